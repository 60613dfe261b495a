//! Every outcome that the chapter on litmus tests speaks of.

use std::fmt::Write as _;

use litmus::{beyond_loom, coherence, message_passing, outcomes, store_buffering, volatile_flag};
use witness::sync::atomic::Ordering::{self, Acquire, Relaxed, Release, SeqCst};
use witness::{Bug, Builder};

const STORES: [Ordering; 3] = [Relaxed, Release, SeqCst];
const LOADS: [Ordering; 3] = [Relaxed, Acquire, SeqCst];

/// A row for each ordering of the store, a column for each of the load.
fn table(cell: impl Fn(Ordering, Ordering) -> String) -> String {
    let mut table = format!("{:<16}", "store \\ load");
    for load in LOADS {
        let _ = write!(table, "{:<16}", format!("{load:?}"));
    }
    for store in STORES {
        table = table.trim_end().to_owned();
        let _ = write!(table, "\n{:<16}", format!("{store:?}"));
        for load in LOADS {
            let _ = write!(table, "{:<16}", cell(store, load));
        }
    }
    format!("{}\n", table.trim_end())
}

/// Whether both sides have what it takes: a Release store and an Acquire load, or more.
fn synchronises(store: Ordering, load: Ordering) -> bool {
    store != Relaxed && load != Relaxed
}

#[test]
fn the_flag_without_the_data_needs_only_one_relaxed_side() {
    let table = table(|store, load| {
        let seen = outcomes(move || message_passing::reader_sees(store, load));
        assert_eq!(seen.may_be(&(true, 0)), !synchronises(store, load), "{store:?} {load:?}: {seen}");
        assert!(seen.may_be(&(true, 1)) && seen.may_be(&(false, 0)) && seen.may_be(&(false, 1)));
        if seen.may_be(&(true, 0)) { "flag, no data" } else { "never" }.to_owned()
    });
    recording::deterministic("litmus-message-passing.txt", &table);
}

#[test]
fn fences_hand_over_too_if_there_are_two() {
    let mut table = String::new();
    for (writer, reader) in [(false, false), (true, false), (false, true), (true, true)] {
        let seen = outcomes(move || message_passing::reader_sees_with_fences(writer, reader));
        assert_eq!(seen.may_be(&(true, 0)), !(writer && reader), "{seen}");
        let name = match (writer, reader) {
            (false, false) => "no fence",
            (true, false) => "fence(Release) in the writer",
            (false, true) => "fence(Acquire) in the reader",
            (true, true) => "both fences",
        };
        let _ = writeln!(table, "{name:<32}{}", if seen.may_be(&(true, 0)) { "flag, no data" } else { "never" });
    }
    recording::deterministic("litmus-fences.txt", &table);
}

#[test]
fn a_payload_behind_a_pointer_races_unless_both_sides_order_it() {
    let table = table(|store, load| {
        let report = Builder::new().check(move || message_passing::payload(store, load));
        let bug = report.witness.map(|witness| witness.bug);
        assert_eq!(bug, (!synchronises(store, load)).then_some(Bug::DataRace), "{store:?} {load:?}");
        bug.map_or("no bug".to_owned(), |bug| bug.to_string())
    });
    recording::deterministic("litmus-payload.txt", &table);
}

#[test]
fn the_timeline_of_a_relaxed_publication() {
    let witness = Builder::new()
        .name("message passing, Relaxed")
        .expect_bug(Bug::DataRace, || message_passing::payload(Relaxed, Acquire));
    recording::counterexample("litmus-relaxed-publication", &witness);
}

#[test]
fn store_buffering_needs_a_fence_on_both_sides() {
    let mut table = String::new();
    let mut row = |name: &str, seen: litmus::Outcomes<(usize, usize)>| {
        let _ = writeln!(table, "{name:<32} {seen}");
        seen.may_be(&(0, 0))
    };
    assert!(row("Relaxed", outcomes(|| store_buffering::without_a_fence(Relaxed, Relaxed))));
    assert!(row("Release store, Acquire load", outcomes(|| store_buffering::without_a_fence(Release, Acquire))));
    assert!(row("fence(SeqCst) in one thread", outcomes(store_buffering::with_one_fence)));
    assert!(!row("fence(SeqCst) in both threads", outcomes(store_buffering::with_a_fence)));
    recording::deterministic("litmus-store-buffering.txt", &table);
}

#[test]
fn the_answers_to_the_exercise() {
    let seen = outcomes(message_passing::reader_looks_at_the_data_first);
    assert!([(false, 0), (false, 1), (true, 0), (true, 1)].iter().all(|result| seen.may_be(result)), "{seen}");
    let seen = outcomes(store_buffering::with_swaps);
    assert!(seen.may_be(&(0, 0)), "{seen}");
}

#[test]
fn one_atomic_never_goes_back() {
    let seen = outcomes(coherence::two_looks);
    assert!(!seen.may_be(&(1, 0)) && !seen.may_be(&(2, 0)) && !seen.may_be(&(2, 1)), "{seen}");
    assert!(seen.may_be(&(0, 2)) && seen.may_be(&(1, 1)) && seen.may_be(&(1, 2)), "{seen}");
    recording::deterministic("litmus-coherence.txt", &format!("{seen}\n"));
}

#[test]
fn all_threads_agree_on_the_order_of_one_atomic_and_not_of_two() {
    let one = outcomes(coherence::one_atomic_seen_by_two);
    // 1 came after 2, says the first; 2 came after 1, says the other.
    let disagree = (1, (1, 2));
    assert!(!one.may_be(&disagree), "{one}");
    assert!(one.may_be(&(1, (2, 1))) && one.may_be(&(2, (1, 2))), "{one}");
    let two = outcomes(coherence::two_atomics_seen_by_two);
    // Each has seen the store that it looked for first, and not the other one.
    let each_another = ((1, 0), (1, 0));
    assert!(two.may_be(&each_another), "{two}");
    let verdict = |may_be| if may_be { "they may disagree" } else { "they agree" };
    let text = format!(
        "one atomic, Relaxed                 {}, {} executions\n\
         two atomics, Release and Acquire    {}, {} executions\n",
        verdict(one.may_be(&disagree)),
        one.executions,
        verdict(two.may_be(&each_another)),
        two.executions
    );
    recording::deterministic("litmus-agreement.txt", &text);
}

#[test]
fn a_read_modify_write_is_never_lost_and_a_load_with_a_store_may_be() {
    let (one, two) = (outcomes(coherence::two_additions), outcomes(coherence::two_loads_and_stores));
    assert!(!one.may_be(&1) && one.may_be(&2), "{one}");
    assert!(two.may_be(&1) && two.may_be(&2), "{two}");
    let text = format!("{:<24} {one}\n{:<24} {two}\n", "fetch_add", "load, then store");
    recording::deterministic("litmus-addition.txt", &text);
}

#[test]
fn a_volatile_flag_is_a_data_race() {
    let witness = Builder::new().name("volatile flag").expect_bug(Bug::DataRace, volatile_flag::volatile_flag);
    assert!(witness.missing_edge.is_some(), "{witness}");
    recording::counterexample("litmus-volatile-flag", &witness);
}

/// What loom says, beside what Rust's memory model says. The second column is no output: it is argued in the sources.
#[test]
fn what_loom_cannot_tell() {
    let load_buffering = outcomes(beyond_loom::load_buffering);
    assert!(!load_buffering.may_be(&(1, 1)), "loom has learnt load buffering: say so in the book");
    let seq_cst = outcomes(beyond_loom::store_buffering_with_seq_cst_accesses);
    assert!(seq_cst.may_be(&(0, 0)), "loom has learnt SeqCst accesses: say so in the book");
    let fences = Builder::new().check(beyond_loom::ordered_by_fences_alone);
    assert!(fences.witness.is_none() && fences.complete, "loom has learnt SeqCst fences: say so in the book");
    let fence = Builder::new().check(beyond_loom::a_fence_for_what_another_thread_has_read);
    assert!(
        fence.witness.is_none() && fence.complete,
        "loom has learnt whose reads a fence is for: say so in the book"
    );
    let swap = outcomes(beyond_loom::a_swap_beside_two_stores);
    assert!(swap.may_be(&(1, 3)), "loom has learnt where a swap stands: say so in the book");
    let text = format!(
        "load buffering, Relaxed            {load_buffering}\n\
         store buffering, SeqCst accesses   {seq_cst}\n\
         ordered by fences alone            no bug in {} executions\n\
         a fence for another thread's read  no bug in {} executions\n\
         a swap beside two stores           {swap}\n",
        fences.executions, fence.executions
    );
    recording::deterministic("litmus-beyond-loom.txt", &text);
}

/// A false alarm: the assertion cannot fail in Rust, and the timeline says that it may be so.
#[test]
fn a_design_that_relies_on_seq_cst_accesses_is_called_wrong() {
    let witness = Builder::new()
        .name("a lock of SeqCst accesses")
        .expect_bug(Bug::Panic, beyond_loom::a_lock_of_seq_cst_accesses);
    assert!(witness.to_string().contains("may be a false alarm"), "{witness}");
    recording::counterexample("litmus-seq-cst-false-alarm", &witness);
}

/// Another one, and the three steps that do not fit together.
#[test]
fn a_swap_beside_two_stores_is_called_wrong() {
    let witness = Builder::new().expect_bug(Bug::Panic, || {
        assert_ne!(beyond_loom::a_swap_beside_two_stores(), (1, 3), "forbidden");
    });
    assert!(witness.to_string().contains("may be a false alarm: loom lets step"), "{witness}");
    recording::counterexample("litmus-swap-false-alarm", &witness);
}
