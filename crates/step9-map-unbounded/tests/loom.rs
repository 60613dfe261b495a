//! The models of step 9: what goes wrong with a value that keeps something inline which `&self` changes, one thing at a time,
//! and the values with which nothing does.

#[path = "../../table/tests/twin/mod.rs"]
mod twin;

#[allow(unused_imports, reason = "twins look for them here")]
use twin::{alloc, barrier, local, payload, ptr, rcu, retire, stand_in, sync, thread};

#[allow(unused_imports, reason = "twins look for them here")]
mod table {
    pub use crate::twin::payload::HashIsKey as DefaultHashBuilder;
    pub use crate::twin::table::*;
}

#[path = "../src/by_bits.rs"]
#[allow(dead_code, reason = "twin")]
mod by_bits;
#[path = "safe/users.rs"]
mod users;

mod broken {
    pub mod by_atomic_copy;
    pub mod once_lock;
}

use broken::{by_atomic_copy, once_lock::OnceLock};
use by_bits::RcuMap;
use rcu::Domain;
use sync::atomic::AtomicUsize;
use sync::atomic::Ordering::Relaxed;
use sync::{Arc, Box, Mutex};
use table::DefaultHashBuilder;
use witness::thread::{name_current, scope};
use witness::{Bug, Builder, Probe, Witness};

/// Checked by their own step's models, and not what these are about.
const BUILT_ON: [&str; 8] =
    ["rcu.rs", "local.rs", "retire.rs", "raw.rs", "read.rs", "write.rs", "at_home.rs", "guard.rs"];

/// The witness without their steps. Asserts what is on the line of the failing operation.
fn focused(witness: Witness, line: &str) -> Witness {
    let source = witness.source().unwrap_or_else(|| panic!("no source line\n{witness}"));
    let files = [include_str!("loom.rs"), include_str!("safe/users.rs")];
    let file = files[usize::from(source.file.ends_with("users.rs"))];
    let failing = file.lines().nth(source.line as usize - 1).unwrap_or_default();
    assert!(failing.contains(line), "it fails at `{failing}`\n{witness}");
    witness.without_rows_of(&BUILT_ON)
}

/// A map with one value, of key 1.
fn map_of<V>(value: V) -> (Domain, RcuMap<u64, V>) {
    let domain = local::begin();
    let map = RcuMap::with_capacity_and_hasher_in(1, DefaultHashBuilder::default(), &domain);
    map.insert(1, value);
    (domain, map)
}

// ANCHOR: race
/// A reader counts a visit while the map grows.
fn a_counter_beside_growth() {
    let (_domain, visits) = map_of(AtomicUsize::new(0));
    scope(|scope| {
        scope.spawn(|| {
            name_current("reader");
            users::count(&visits);
        });
        name_current("writer");
        users::grow(&visits);
    });
}

#[test]
fn layer_1_the_copy_of_a_counter_races_with_the_reader_who_counts() {
    let witness = witness::expect_bug(Bug::DataRace, a_counter_beside_growth);
    recording::counterexample("step9", &focused(witness, "fetch_add(1, Relaxed)"));
}
// ANCHOR_END: race

// ANCHOR: lost
/// One thread alone, so nothing races.
#[test]
fn layer_2_an_increment_of_the_old_copy_is_lost() {
    let witness = witness::expect_bug(Bug::Panic, || {
        let (_domain, visits) = map_of(AtomicUsize::new(0));
        assert_eq!(users::count_across_growth(&visits), 1, "the visit was counted");
    });
    recording::counterexample("step9-lost-update", &focused(witness, "the visit was counted"));
}
// ANCHOR_END: lost

// ANCHOR: held
#[test]
fn layer_2_the_copy_of_a_lock_that_is_held_is_never_free_again() {
    let witness = witness::expect_bug(Bug::Deadlock, || {
        let (_domain, map) = map_of(Mutex::new(0));
        users::lock_across_growth(&map, |lock| drop(lock.lock()));
    });
    recording::counterexample("step9-held-lock", &focused(witness, "lock.lock()"));
}
// ANCHOR_END: held

// ANCHOR: once
#[test]
fn layer_2_what_is_set_once_in_the_old_copy_is_not_set_in_the_new_one() {
    let witness = witness::expect_bug(Bug::Panic, || {
        let (_domain, map) = map_of(OnceLock::new());
        let guard = map.read();
        let old = guard.get(&1).expect("it is there");
        users::grow(&map);
        old.set(7);
        assert_eq!(guard.get(&1).expect("it is there").get(), Some(7), "it was set");
    });
    recording::counterexample("step9-once-lock", &focused(witness, "it was set"));
}
// ANCHOR_END: once

// ANCHOR: owners
/// A lock around a buffer on the heap, as in `Mutex<Vec<u8>>`. One thread alone: nothing races.
#[test]
fn layer_3_two_guards_of_one_lock_own_one_buffer() {
    let witness = witness::expect_bug(Bug::UseAfterFree, || {
        let (_domain, map) = map_of(Mutex::new(Box::new(Probe::new(1))));
        users::both_copies(&map, |old, new| {
            let mut one = old.lock().expect("it is free");
            let other = new.lock().expect("so is its copy");
            *one = Box::new(Probe::new(2)); // as a `push` that needs a larger buffer
            assert_eq!(***other, 1);
        });
    });
    recording::counterexample("step9-two-owners", &focused(witness, "***other"));
}
// ANCHOR_END: owners

// ANCHOR: atomic
/// With a copy that does not race.
fn a_counter_beside_growth_by_atomic_copy() {
    let visits = by_atomic_copy::RcuMap::<u64, AtomicUsize>::with_capacity_and_hasher_in(
        1,
        DefaultHashBuilder::default(),
        &local::begin(),
    );
    visits.insert(1, AtomicUsize::new(0));
    scope(|scope| {
        scope.spawn(|| {
            name_current("reader");
            let guard = visits.read();
            guard.get(&1).expect("it is there").fetch_add(1, Relaxed);
        });
        name_current("writer");
        visits.reserve(visits.capacity() + 1);
    });
    assert_eq!(visits.read().get(&1).expect("it is there").load(Relaxed), 1, "the visit was counted");
}

#[test]
fn an_atomic_copy_mends_layer_1_and_no_other() {
    let witness = witness::expect_bug(Bug::Panic, a_counter_beside_growth_by_atomic_copy);
    recording::counterexample("step9-atomic-copy", &focused(witness, "the visit was counted"));
}
// ANCHOR_END: atomic

// ANCHOR: fine
const BOUND: usize = 2;

/// A buffer on the heap that readers look at: `Vec`, `String`, `Box`.
fn a_buffer() {
    let (_domain, map) = map_of(Box::new(Probe::new(1)));
    scope(|scope| {
        scope.spawn(|| assert_eq!(***map.read().get(&1).expect("it is there"), 1));
        users::grow(&map);
    });
    assert_eq!(***map.read().get(&1).expect("it is there"), 1);
}

/// A counter on the heap.
fn a_counter_behind_a_box() {
    let (_domain, map) = map_of(Box::new(AtomicUsize::new(0)));
    scope(|scope| {
        scope.spawn(|| map.read().get(&1).expect("it is there").fetch_add(1, Relaxed));
        users::grow(&map);
    });
    assert_eq!(map.read().get(&1).expect("it is there").load(Relaxed), 1);
}

/// A lock behind a count.
fn a_lock_behind_an_arc() {
    let (_domain, map) = map_of(Arc::new(Mutex::new(Probe::new(0))));
    scope(|scope| {
        scope.spawn(|| **map.read().get(&1).expect("it is there").lock().expect("nothing panics under it") += 1);
        users::grow(&map);
        **map.read().get(&1).expect("it is there").lock().expect("nothing panics under it") += 1;
    });
    assert_eq!(**map.read().get(&1).expect("it is there").lock().expect("nothing panics under it"), 2);
}

/// A count that a reader takes a share in.
fn a_count_that_readers_change() {
    let (_domain, map) = map_of(Arc::new(Probe::new(1)));
    let kept = scope(|scope| {
        let reader = scope.spawn(|| map.read().get(&1).expect("it is there").clone());
        users::grow(&map);
        reader.join().expect("it does not panic")
    });
    assert_eq!((Arc::strong_count(&kept), **kept), (2, 1));
    drop(map);
    assert_eq!(Arc::strong_count(&kept), 1);
}

#[test]
fn what_is_behind_a_pointer_may_be_shared_and_changed_while_the_map_grows() {
    let models: [(&str, fn()); 4] = [
        ("Box<_>, Vec<_>, String", a_buffer),
        ("Box<AtomicUsize>", a_counter_behind_a_box),
        ("Arc<Mutex<_>>", a_lock_behind_an_arc),
        ("Arc<_>, cloned by a reader", a_count_that_readers_change),
    ];
    let mut text = String::new();
    for (name, model) in models {
        let report = Builder::new().name(name).preemption_bound(BOUND).check(model);
        if let Some(witness) = report.witness {
            panic!("{name}\n{witness}");
        }
        assert!(report.complete, "{name}");
        let executions = report.executions;
        text.push_str(&format!("{name:<28} {executions:>5} executions, preemption bound {BOUND}: no bug\n"));
    }
    recording::deterministic("step9-fine.txt", &text);
}
// ANCHOR_END: fine

// ANCHOR: naive
#[test]
#[ignore = "fails on purpose: the copy of the counter races with the reader who counts"]
fn every_visit_is_counted() {
    witness::model(a_counter_beside_growth);
}
// ANCHOR_END: naive
