//! What clones cost, and what happens when one of them panics.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::Relaxed};

use step8::RcuMap;
use table::Domain;

/// Counts the clones that are made of its [`Counted`]s, how many of these are there, and lets a clone panic.
#[derive(Default)]
struct Counts {
    clones: AtomicUsize,
    alive: AtomicIsize,
    /// How many more clones succeed.
    until_panic: AtomicUsize,
}

impl Counts {
    fn new() -> Arc<Counts> {
        Arc::new(Counts { until_panic: AtomicUsize::new(usize::MAX), ..Counts::default() })
    }

    fn of(self: &Arc<Counts>, number: u64) -> Counted {
        self.alive.fetch_add(1, Relaxed);
        Counted(number, self.clone())
    }
}

struct Counted(u64, Arc<Counts>);

impl Clone for Counted {
    fn clone(&self) -> Counted {
        let left = self.1.until_panic.load(Relaxed);
        assert!(left > 0, "this clone panics");
        self.1.until_panic.store(left - 1, Relaxed);
        self.1.clones.fetch_add(1, Relaxed);
        self.1.of(self.0)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.alive.fetch_sub(1, Relaxed);
    }
}

impl PartialEq for Counted {
    fn eq(&self, other: &Counted) -> bool {
        self.0 == other.0
    }
}

impl Eq for Counted {}

impl Hash for Counted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

fn contents(map: &RcuMap<Counted, Counted>) -> BTreeMap<u64, u64> {
    map.read().iter().map(|(key, value)| (key.0, value.0)).collect()
}

// ANCHOR: cost
#[test]
fn growing_clones_every_entry_again_and_again() {
    let mut text = String::from("entries   clones of keys   clones of values\n");
    for entries in [100, 1_000, 10_000_u64] {
        let (keys, values) = (Counts::new(), Counts::new());
        let map = RcuMap::new_in(&Domain::new());
        for number in 0..entries {
            map.insert(keys.of(number), values.of(number));
        }
        let clones = [&keys, &values].map(|counts| counts.clones.load(Relaxed));
        text.push_str(&format!("{entries:>7} {:>16} {:>18}\n", clones[0], clones[1]));
        drop(map);
        assert_eq!([&keys, &values].map(|counts| counts.alive.load(Relaxed)), [0, 0]);
    }
    recording::deterministic("step8-clones.txt", &text);
}
// ANCHOR_END: cost

// ANCHOR: panic
/// Lets the first clone panic, then the second, and so on, until growing succeeds.
#[test]
fn a_clone_that_panics_leaves_the_map_as_it_was() {
    for panicking in ["key", "value"] {
        let (keys, values) = (Counts::new(), Counts::new());
        let map = RcuMap::new_in(&Domain::new());
        for number in 0..20 {
            map.insert(keys.of(number), values.of(number * 2));
        }
        map.reclaim();
        let before = contents(&map);
        let counts = if panicking == "key" { &keys } else { &values };

        let mut panics = 0;
        loop {
            counts.until_panic.store(panics, Relaxed);
            if catch_unwind(AssertUnwindSafe(|| map.reserve(1_000))).is_ok() {
                break;
            }
            panics += 1;
            assert_eq!(contents(&map), before);
            assert_eq!([&keys, &values].map(|counts| counts.alive.load(Relaxed)), [20, 20], "no clone is left over");
        }
        assert_eq!(panics, 20, "one for each entry's {panicking}");
        assert_eq!(contents(&map), before);
        assert!(map.capacity() >= 1_020);
        map.reclaim();
        assert_eq!([&keys, &values].map(|counts| counts.alive.load(Relaxed)), [20, 20], "the originals are dropped");
        drop(map);
        assert_eq!([&keys, &values].map(|counts| counts.alive.load(Relaxed)), [0, 0]);
    }
}
// ANCHOR_END: panic

#[test]
fn an_insert_whose_growth_panics_has_not_inserted() {
    let (keys, values) = (Counts::new(), Counts::new());
    let map = RcuMap::new_in(&Domain::new());
    let mut entries = 0;
    while map.capacity() == 0 || map.len() < map.capacity() {
        map.insert(keys.of(entries), values.of(entries));
        entries += 1;
    }
    values.until_panic.store(3, Relaxed);
    assert!(catch_unwind(AssertUnwindSafe(|| map.insert(keys.of(entries), values.of(entries)))).is_err());
    assert!(!map.contains_key(&keys.of(entries)));
    assert_eq!(map.len() as u64, entries);
    assert_eq!([&keys, &values].map(|counts| counts.alive.load(Relaxed)), [entries as isize; 2]);

    values.until_panic.store(usize::MAX, Relaxed);
    assert!(map.insert(keys.of(entries), values.of(entries)));
    assert_eq!(map.len() as u64, entries + 1);
}

/// An overwrite keeps the key that is there; its entry gets a new place, and so a clone of the key.
#[test]
fn an_overwrite_whose_clone_panics_has_not_overwritten() {
    let (keys, values) = (Counts::new(), Counts::new());
    let map = RcuMap::new_in(&Domain::new());
    map.insert(keys.of(1), values.of(10));
    keys.until_panic.store(0, Relaxed);
    assert!(catch_unwind(AssertUnwindSafe(|| map.insert(keys.of(1), values.of(11)))).is_err());
    assert_eq!(contents(&map), BTreeMap::from([(1, 10)]));
    assert_eq!([&keys, &values].map(|counts| counts.alive.load(Relaxed)), [1, 1]);

    keys.until_panic.store(usize::MAX, Relaxed);
    assert!(!map.insert(keys.of(1), values.of(11)));
    assert_eq!(contents(&map), BTreeMap::from([(1, 11)]));
    drop(map);
    assert_eq!([&keys, &values].map(|counts| counts.alive.load(Relaxed)), [0, 0]);
}

/// A value whose clone does something to the map that it is in.
struct Meddler(Arc<dyn Fn() + Send + Sync>);

impl Clone for Meddler {
    fn clone(&self) -> Meddler {
        (self.0)();
        Meddler(self.0.clone())
    }
}

#[test]
fn a_clone_that_writes_to_its_map_is_a_panic_and_one_that_reads_it_is_fine() {
    let map: &'static RcuMap<u64, Meddler> = Box::leak(Box::new(RcuMap::new()));
    map.insert(1, Meddler(Arc::new(|| assert!(map.contains_key(&1) && map.read().iter().count() > 0))));
    map.reserve(100);

    map.insert(2, Meddler(Arc::new(|| _ = map.remove(&1))));
    let panic = catch_unwind(|| map.reserve(10_000)).unwrap_err();
    let message = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    assert!(message.is_some_and(|message| message.contains("wrote to the map")), "{message:?}");
    assert!(map.contains_key(&1) && map.contains_key(&2));
    assert_eq!(map.len(), 2);
}

#[test]
fn readers_of_the_old_table_keep_the_old_values() {
    let map = RcuMap::new_in(&Domain::new());
    map.insert(1, vec![1; 10]);
    let guard = map.read();
    let old = guard.get(&1).unwrap();
    map.reserve(100);
    let new = guard.get(&1).unwrap();
    assert_eq!(old, new);
    assert!(!std::ptr::eq(old.as_ptr(), new.as_ptr()), "two buffers");
    drop(guard);
}
