//! What the audit finds in small designs whose answer is known.

mod subjects;

use std::sync::Arc as StdArc;

use witness::boxed::Box;
use witness::sync::Arc;
use witness::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use witness::{Audit, Audited, Bug, Builder, Model, Outcome, Probe, Stage, Survivor, thread};

use subjects::arc;
use subjects::elsewhere;
use subjects::every_operation::every_operation;
use subjects::hazard_pointer::Guarded;
use subjects::message_passing::Letter;
use subjects::published_too_late::Slot;
use subjects::spin_lock::SpinLock;

/// An audit of a file in `subjects`.
macro_rules! audit_of {
    ($file:literal) => {
        Audit::of(concat!("tests/audit/subjects/", $file), include_str!(concat!("subjects/", $file)))
    };
}

/// Runs `one` and `other` in a thread each, on what `design` makes.
fn beside<T: Send + Sync + 'static>(design: T, one: fn(&T), other: fn(&T)) -> T {
    let design = StdArc::new(design);
    let shared = design.clone();
    let thread = thread::spawn(move || one(&shared));
    other(&design);
    thread.join().unwrap();
    StdArc::into_inner(design).expect("the other thread has ended")
}

/// `operation declared → weakened: verdict` for each weakening.
fn rows(audited: &Audited) -> Vec<String> {
    let row = |weakening: &witness::Weakening| {
        let verdict = match &weakening.outcome {
            Outcome::Killed { bug, .. } => bug.name(),
            Outcome::Survived { .. } => "survived",
        };
        format!("{} {} → {}: {verdict}", weakening.operation, weakening.declared, weakening.weakened)
    };
    audited.weakenings.iter().map(row).collect()
}

// ---- designs of which every ordering is needed

#[test]
fn a_spin_lock_needs_both_of_its_orderings() {
    let audited = audit_of!("spin_lock.rs")
        .model("two threads", || {
            let add = |lock: &SpinLock<usize>| lock.with(|value| *value += 1);
            beside(SpinLock::new(0), add, add).with(|value| assert_eq!(*value, 2));
        })
        .run();
    audited.expect_survivors(&[]);
    assert_eq!(rows(&audited), ["cas, success Acquire → Relaxed: data race", "store Release → Relaxed: data race"]);
}

fn free(letter: Letter) {
    let value = letter.value.load(Relaxed);
    // SAFETY: the sender has ended, and nobody else has the pointer.
    drop(unsafe { Box::from_raw(value) });
}

fn read(value: Option<*mut Probe<i32>>) {
    // With a weaker ordering it may be an old value, which is null, or a new one without what is behind it.
    if let Some(value) = value.filter(|value| !value.is_null()) {
        // SAFETY: sent before the flag was set.
        assert_eq!(unsafe { **value }, 1);
    }
}

#[test]
fn message_passing_needs_both_sides_with_fences_or_without() {
    let audited = audit_of!("message_passing.rs")
        .model("orderings", || free(beside(Letter::default(), Letter::send, |letter| read(letter.receive()))))
        .model("fences", || {
            free(beside(Letter::default(), Letter::send_with_a_fence, |letter| read(letter.receive_with_a_fence())));
        })
        .run();
    audited.expect_survivors(&[]);
    let expected = [
        "store Release → Relaxed: data race",
        "load Acquire → Relaxed: data race",
        "fence Release → removed: data race",
        "fence Acquire → removed: data race",
    ];
    assert_eq!(rows(&audited), expected);
}

#[test]
fn the_last_drop_of_a_reference_count_needs_its_release_and_its_fence() {
    let audited = audit_of!("arc.rs")
        .model("two handles", || {
            let arc = arc::Arc::new(Probe::new(1));
            let other = arc.clone();
            let thread = thread::spawn(move || assert_eq!(**other.get(), 1));
            assert_eq!(**arc.get(), 1);
            drop(arc);
            thread.join().unwrap();
        })
        .run();
    audited.expect_survivors(&[]);
    assert_eq!(rows(&audited), ["fetch_sub Release → Relaxed: data race", "fence Acquire → removed: data race"]);
}

fn reader_beside_writer() {
    let read = |guarded: &Guarded| assert!([1, 2].contains(&guarded.read()));
    beside(Guarded::new(1), |guarded| guarded.replace(2), read);
}

#[test]
fn a_hazard_pointer_needs_all_of_its_orderings() {
    let audited = audit_of!("hazard_pointer.rs").model("reader beside writer", reader_beside_writer).run();
    audited.expect_survivors(&[]);

    assert_eq!(audited.weakenings.len(), 11, "{audited}");
    assert!(rows(&audited).iter().all(|row| row.ends_with("data race")), "{audited}");
}

// ---- the twin of Arc

/// Two threads drop their handles; whoever is last drops the value, which both have used.
fn last_drop_in_either_thread() {
    let arc = Arc::new(Probe::new(1));
    let other = {
        let arc = arc.clone();
        thread::spawn(move || assert_eq!(**arc, 1))
    };
    assert_eq!(**arc, 1);
    drop(arc);
    other.join().unwrap();
}

fn taken_by_whoever_is_last() {
    let arc = Arc::new(Probe::new(1));
    let take = |arc: Arc<Probe<i32>>| {
        if let Some(mut value) = Arc::into_inner(arc) {
            *value = 2;
        }
    };
    let other = {
        let arc = arc.clone();
        thread::spawn(move || {
            assert_eq!(**arc, 1);
            take(arc);
        })
    };
    assert_eq!(**arc, 1);
    take(arc);
    other.join().unwrap();
}

fn unwrapped_after_the_other_is_dropped() {
    let arc = Arc::new(Probe::new(1));
    let other = {
        let arc = arc.clone();
        thread::spawn(move || assert_eq!(**arc, 1))
    };
    if let Ok(mut value) = Arc::try_unwrap(arc) {
        *value = 2;
    }
    other.join().unwrap();
}

fn changed_in_place_when_alone() {
    let mut arc = Arc::new(Probe::new(1));
    let other = {
        let arc = arc.clone();
        thread::spawn(move || assert_eq!(**arc, 1))
    };
    if let Some(value) = Arc::get_mut(&mut arc) {
        **value = 2;
    }
    other.join().unwrap();
}

const TWINS: &[Model] = &[
    Model::new("the last of two drops", last_drop_in_either_thread),
    Model::new("get_mut after the other's drop", changed_in_place_when_alone),
    Model::new("try_unwrap after the other's drop", unwrapped_after_the_other_is_dropped),
    Model::new("into_inner of both", taken_by_whoever_is_last),
];

/// The other twins have no orderings of their own: an atomic has those that it is given, and a lock is loom's.
#[test]
fn every_ordering_inside_the_twin_of_arc_is_needed() {
    let audited = Audit::of_twins().models(TWINS).run();
    audited.expect_survivors(&[]);
    let sites: Vec<_> = audited.weakenings.iter().map(|w| format!("{} {}", w.code, w.operation)).collect();
    let expected = [
        "drop fetch_sub",
        "drop fence",
        "get_mut load",
        "try_unwrap fence",
        "into_inner fetch_sub",
        "into_inner fence",
    ];
    assert_eq!(sites, expected, "{audited}");
    assert!(rows(&audited).iter().all(|row| row.ends_with("data race")), "{audited}");
}

#[test]
fn the_audit_of_the_twins_that_the_book_shows() {
    recording::audit("witness-twins-audit", Audit::of_twins().models(TWINS), &[]);
}

// ---- what a fence does in loom

/// loom does not switch threads at a fence, and lets two `SeqCst` fences synchronise. Without a switch between the store
/// and the fence nobody could see the one and not the other, and the weakening would survive.
#[test]
fn a_switch_before_each_seq_cst_fence_kills_a_relaxed_publication() {
    let model = || {
        let slot = beside(Slot::default(), Slot::publish, Slot::look);
        // SAFETY: both threads are done with it.
        drop(unsafe { Box::from_raw(slot.0.load(Relaxed)) });
    };
    let audited = audit_of!("published_too_late.rs").model("publish beside look", model).run();
    let store = &audited.weakenings[0];
    assert_eq!((store.operation.as_str(), store.weakened.as_str()), ("store", "Relaxed"));
    assert!(matches!(store.outcome, Outcome::Killed { bug: Bug::DataRace, .. }), "{audited}");
}

#[test]
fn plain_loom_lets_that_publication_pass() {
    use loom::cell::UnsafeCell;
    use loom::sync::atomic::{AtomicBool, Ordering::*, fence};

    /// The value, and whether it is there.
    struct Slot(UnsafeCell<i32>, AtomicBool);
    // SAFETY: broken: the value is published with Relaxed.
    unsafe impl Sync for Slot {}
    // SAFETY: as above.
    unsafe impl Send for Slot {}

    loom::model(|| {
        let slot = StdArc::new(Slot(UnsafeCell::new(0), AtomicBool::new(false)));
        let shared = slot.clone();
        let thread = loom::thread::spawn(move || {
            // SAFETY: nobody looks before the flag is set.
            shared.0.with_mut(|value| unsafe { *value = 1 });
            shared.1.store(true, Relaxed);
            fence(SeqCst);
        });
        let there = slot.1.load(Relaxed);
        fence(SeqCst);
        if there {
            // SAFETY: needs the write to happen before. NOT kept.
            assert_eq!(slot.0.with(|value| unsafe { *value }), 1);
        }
        thread.join().unwrap();
    });
}

// ---- what is tried, and where

fn each_operation_once() {
    every_operation(&AtomicUsize::new(0));
    // The exchanges fail here, and the update is tried.
    every_operation(&AtomicUsize::new(7));
}

#[test]
fn each_weaker_ordering_of_each_operation_is_tried_at_its_line() {
    let audited = audit_of!("every_operation.rs").model("alone", each_operation_once).run();
    let tried: Vec<String> = audited
        .weakenings
        .iter()
        .map(|weakening| {
            format!("{}: {} {} → {}", weakening.line, weakening.operation, weakening.declared, weakening.weakened)
        })
        .collect();
    let expected = [
        "5: store SeqCst → Release",
        "5: store SeqCst → Relaxed",
        "6: load SeqCst → Acquire",
        "6: load SeqCst → Relaxed",
        "7: swap SeqCst → AcqRel",
        "7: swap SeqCst → Acquire",
        "7: swap SeqCst → Release",
        "7: swap SeqCst → Relaxed",
        "8: fetch_add AcqRel → Acquire",
        "8: fetch_add AcqRel → Release",
        "8: fetch_add AcqRel → Relaxed",
        "9: cas, success AcqRel → Acquire",
        "9: cas, success AcqRel → Release",
        "9: cas, success AcqRel → Relaxed",
        "10: cas, failure SeqCst → Acquire",
        "10: cas, failure SeqCst → Relaxed",
        "12: update, fetch Acquire → Relaxed",
        "12: update, set AcqRel → Acquire",
        "12: update, set AcqRel → Release",
        "12: update, set AcqRel → Relaxed",
        "17: fence AcqRel → Acquire",
        "17: fence AcqRel → Release",
        "17: fence AcqRel → removed",
        "18: fence SeqCst → AcqRel",
        "18: fence SeqCst → Acquire",
        "18: fence SeqCst → Release",
        "18: fence SeqCst → removed",
    ];
    assert_eq!(tried, expected);
    assert!(audited.weakenings.iter().all(witness::Weakening::survived), "one thread needs none of them: {audited}");
    // The first exchange never fails, and the second never succeeds.
    let unreached = [
        "tests/audit/subjects/every_operation.rs:9: let _ = word.compare_exchange(2, 3, AcqRel, Acquire);",
        "tests/audit/subjects/every_operation.rs:10: let _ = word.compare_exchange(2, 3, Release, SeqCst);",
    ];
    assert_eq!(audited.unreached, unreached);
    let update = audited.weakenings.iter().find(|weakening| weakening.line == 12).expect("there is one");
    assert_eq!(update.code, ".fetch_update( AcqRel, Acquire, |word| Some(word + 1), );");
}

fn what_passes_its_ordering_on() {
    let word = AtomicUsize::new(0);
    elsewhere::an_exchange_that_succeeds(&word);
    elsewhere::through_a_constant(&word);
    elsewhere::through_a_parameter(&word);
}

#[test]
fn an_ordering_that_no_model_uses_is_named() {
    let audited = audit_of!("elsewhere.rs").model("alone", what_passes_its_ordering_on).run();
    let unreached = [
        "tests/audit/subjects/elsewhere.rs:20: word.compare_exchange(0, 1, Relaxed, Acquire).expect(\"it is 0\");",
        "tests/audit/subjects/elsewhere.rs:25: word.swap(1, AcqRel);",
    ];
    assert_eq!(audited.unreached, unreached, "{audited}");
    // What is passed on is weakened where it is used.
    assert_eq!(rows(&audited), ["store Release → Relaxed: survived", "load Acquire → Relaxed: survived"]);
    assert_eq!(audited.weakenings.iter().map(|w| w.line).collect::<Vec<_>>(), [8, 16]);
    let missed = StdArc::new(audited);
    let complaint = std::panic::catch_unwind(move || missed.expect_survivors(&[])).unwrap_err();
    let complaint = complaint.downcast_ref::<String>().expect("a message");
    assert!(
        complaint.contains("elsewhere.rs:25: word.swap(1, AcqRel);: no model reaches this ordering"),
        "{complaint}"
    );
    assert!(complaint.contains("elsewhere.rs:8: store (Release) weakened to Relaxed survives"), "{complaint}");
    // `called_by_no_model` is not dead code to the compiler.
    let _: fn(&AtomicUsize) = elsewhere::called_by_no_model;
}

// ---- how it goes about it

#[test]
fn it_stops_at_the_first_model_that_kills() {
    let audited = audit_of!("spin_lock.rs")
        .model("alone", || SpinLock::new(0).with(|value| *value += 1))
        .model("two threads", || {
            let add = |lock: &SpinLock<usize>| lock.with(|value| *value += 1);
            beside(SpinLock::new(0), add, add);
        })
        .model("never asked about a weakening", || {
            let lock = SpinLock::new(0);
            lock.with(|value| *value += 1);
            lock.with(|value| *value += 1);
        })
        .run();
    for weakening in &audited.weakenings {
        assert!(matches!(&weakening.outcome, Outcome::Killed { model, .. } if model == "two threads"), "{audited}");
    }
}

#[test]
fn a_model_without_the_ordering_is_explored_once_and_counts_every_time() {
    static EXPLORED: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let audited = audit_of!("elsewhere.rs")
        .model("with it", || elsewhere::through_a_constant(&AtomicUsize::new(0)))
        // With this bound there is one exploration, and not one for each bound up to it.
        .model_with("without it", Builder::new().preemption_bound(0), || {
            EXPLORED.fetch_add(1, Relaxed);
            beside(AtomicUsize::new(0), |word| word.store(1, Relaxed), |word| assert!(word.load(Relaxed) < 2));
        })
        .run();
    let (with, without) = (audited.models[0].executions, audited.models[1].executions);
    let [weakening] = &audited.weakenings[..] else { panic!("{audited}") };
    assert_eq!(weakening.outcome, Outcome::Survived { executions: with + without, reached: with });
    assert_eq!(EXPLORED.load(Relaxed), without, "{audited}");
}

#[test]
fn it_says_the_same_every_time_and_how_far_it_has_come() {
    let audit = || audit_of!("hazard_pointer.rs").model("reader beside writer", reader_beside_writer);
    let mut reports = Vec::new();
    let first = audit().run_with(|progress| reports.push(progress));
    assert_eq!(first.to_json(), audit().run().to_json());
    let stages = [(Stage::Models, 1), (Stage::Weakenings, 11)];
    let expected: Vec<_> =
        stages.into_iter().flat_map(|(stage, total)| (1..=total).map(move |done| (stage, done, total))).collect();
    assert_eq!(reports.iter().map(|report| (report.stage, report.done, report.total)).collect::<Vec<_>>(), expected);
}

#[test]
fn a_kill_can_be_looked_at_with_the_ordering_that_was_tried() {
    let audited =
        audit_of!("hazard_pointer.rs").model("reader beside writer", reader_beside_writer).with_witnesses().run();
    let release = audited.weakenings.iter().find(|weakening| weakening.operation == "swap").expect("there is one");
    let Outcome::Killed { bug, witness: Some(witness), .. } = &release.outcome else { panic!("{audited}") };
    assert_eq!((witness.bug, *bug), (Bug::DataRace, Bug::DataRace));
    let timeline = witness.to_string();
    assert!(timeline.contains("swap") && timeline.contains("(Relaxed)"), "{timeline}");
    assert!(!timeline.contains("Release"), "{timeline}");
}

const TWO_BOUNDS: &[Model] = &[Model::new("reader beside writer", reader_beside_writer).bound(3).audit_bound(1)];

#[test]
fn a_thorough_audit_goes_up_to_the_models_own_bounds() {
    let bounds = |audit: Audit| audit.run().models[0].preemption_bound;
    assert_eq!(bounds(audit_of!("hazard_pointer.rs").models(TWO_BOUNDS)), Some(1));
    assert_eq!(bounds(audit_of!("hazard_pointer.rs").models(TWO_BOUNDS).thorough()), Some(3));
    assert_eq!(bounds(audit_of!("hazard_pointer.rs").models(TWO_BOUNDS).thorough().preemption_bound(2)), Some(2));
}

#[test]
fn a_survivor_needs_an_argument_and_an_argument_a_survivor() {
    let audited =
        || audit_of!("elsewhere.rs").model("alone", || elsewhere::through_a_constant(&AtomicUsize::new(0))).run();
    let listed = Survivor { code: "word.store(1, PUBLISH)", weakened: "Relaxed", because: "it is a test" };
    let mut argued = audited();
    assert!(argued.argue(&[listed]).is_empty() && argued.unexpected().count() == 0);
    assert!(argued.to_string().contains("survived 1 executions, 1 with it\n         because it is a test"), "{argued}");
    assert_eq!(audited().argue(&[Survivor { weakened: "Acquire", ..listed }]).len(), 1);
}

#[test]
#[should_panic(expected = "nothing is weakened yet, and the model fails\nleak:")]
fn a_model_that_fails_as_it_is_ends_the_audit() {
    let _ = audit_of!("spin_lock.rs").model("leaks", || std::mem::forget(Probe::new(1))).run();
}

#[test]
#[should_panic(expected = "an audit asks models, and this one has none")]
fn an_audit_without_models_asks_nobody() {
    let _ = audit_of!("spin_lock.rs").run();
}
