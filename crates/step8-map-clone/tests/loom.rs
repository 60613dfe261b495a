//! The models of step 8: growth beside a reader, each of whom has values of their own; and a counter that is of two minds.

#[path = "../../table/tests/twin/mod.rs"]
mod twin;

#[allow(unused_imports, reason = "twins look for them here")]
use twin::{alloc, barrier, local, payload, ptr, rcu, retire, stand_in, sync, thread};

#[allow(unused_imports, reason = "twins look for them here")]
mod table {
    pub use crate::twin::payload::HashIsKey as DefaultHashBuilder;
    pub use crate::twin::table::*;
}

#[path = "../src/by_clone.rs"]
#[allow(dead_code, reason = "twin")]
mod by_clone;

use by_clone::RcuMap;
use rcu::Domain;
use sync::atomic::AtomicUsize;
use sync::atomic::Ordering::Relaxed;
use table::DefaultHashBuilder;
use witness::thread::{name_current, scope};
use witness::{Bug, Builder, Probe};

/// A map with one value, of key 1.
fn map_of<V: Clone>(value: V) -> (Domain, RcuMap<u64, V>) {
    let domain = local::begin();
    let map = RcuMap::with_capacity_and_hasher_in(1, DefaultHashBuilder::default(), &domain);
    map.insert(1, value);
    (domain, map)
}

fn grow<V: Clone>(map: &RcuMap<u64, V>) {
    map.reserve(map.capacity() + 1);
}

/// Both tables have a value, and each of the values is dropped.
fn grow_beside_get() {
    let (_domain, map) = map_of(Probe::new(1));
    scope(|scope| {
        scope.spawn(|| assert_eq!(**map.read().get(&1).expect("it is there"), 1));
        grow(&map);
    });
    assert_eq!(**map.read().get(&1).expect("it is there"), 1);
}

/// The value in the old table and its clone: the one is dropped with the table, the other when it has been replaced.
fn grow_and_overwrite_beside_get() {
    let (_domain, map) = map_of(Probe::new(1));
    scope(|scope| {
        scope.spawn(|| {
            let guard = map.read();
            assert!([1, 2].contains(&**guard.get(&1).expect("it is there")));
        });
        grow(&map);
        map.insert(1, Probe::new(2));
    });
    assert_eq!(**map.read().get(&1).expect("it is there"), 2);
}

#[test]
fn readers_and_writers_have_values_of_their_own_and_each_is_dropped_once() {
    let models: [(&str, fn()); 2] =
        [("grow beside get", grow_beside_get), ("grow and overwrite beside get", grow_and_overwrite_beside_get)];
    let mut text = String::new();
    for (name, model) in models {
        let report = Builder::new().name(name).preemption_bound(2).check(model);
        if let Some(witness) = report.witness {
            panic!("{name}\n{witness}");
        }
        assert!(report.complete, "{name}");
        text.push_str(&format!("{name:<32} {:>5} executions, preemption bound 2: no bug\n", report.executions));
    }
    recording::deterministic("step8-models.txt", &text);
}

// ANCHOR: counter
/// A counter that can be cloned, as well as one can.
struct Counter(AtomicUsize);

impl Clone for Counter {
    fn clone(&self) -> Counter {
        Counter(AtomicUsize::new(self.0.load(Relaxed)))
    }
}
// ANCHOR_END: counter

// ANCHOR: split
/// A reader counts a visit while the map grows. Nothing races.
fn a_counter_beside_growth() {
    let (_domain, visits) = map_of(Counter(AtomicUsize::new(0)));
    scope(|scope| {
        scope.spawn(|| {
            name_current("reader");
            let guard = visits.read();
            guard.get(&1).expect("it is there").0.fetch_add(1, Relaxed);
        });
        name_current("writer");
        grow(&visits);
    });
    assert_eq!(visits.read().get(&1).expect("it is there").0.load(Relaxed), 1, "the visit was counted");
}

#[test]
fn an_increment_of_a_counter_that_is_being_cloned_is_lost() {
    let witness = witness::expect_bug(Bug::Panic, a_counter_beside_growth);
    assert!(witness.summary.contains("the visit was counted"), "{witness}");
    let built_on = ["rcu.rs", "local.rs", "retire.rs", "raw.rs", "read.rs", "write.rs", "at_home.rs", "guard.rs"];
    recording::counterexample("step8-split-brain", &witness.without_rows_of(&built_on));
}
// ANCHOR_END: split
