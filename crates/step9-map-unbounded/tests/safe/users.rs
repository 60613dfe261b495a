//! What users may do with the map of this step. All of it is safe code.
#![forbid(unsafe_code)]

use std::hash::Hash;

use crate::RcuMap;
use crate::sync::Mutex;
use crate::sync::atomic::AtomicUsize;
use crate::sync::atomic::Ordering::Relaxed;

/// Makes the map grow, and so migrate.
pub fn grow<K: Hash + Eq, V>(map: &RcuMap<K, V>) {
    map.reserve(map.capacity() + 1);
}

// ANCHOR: count
/// Counts a visit.
pub fn count(visits: &RcuMap<u64, AtomicUsize>) {
    let guard = visits.read();
    guard.get(&1).expect("it is there").fetch_add(1, Relaxed);
}
// ANCHOR_END: count

// ANCHOR: lost
/// Counts a visit with a reference from before the map grew; returns what the map says then.
pub fn count_across_growth(visits: &RcuMap<u64, AtomicUsize>) -> usize {
    let guard = visits.read();
    let visits_of_1 = guard.get(&1).expect("it is there");
    grow(visits);
    visits_of_1.fetch_add(1, Relaxed);
    guard.get(&1).expect("it is there").load(Relaxed)
}
// ANCHOR_END: lost

// ANCHOR: held
/// Holds a lock while the map grows, gives it back, and tries it again.
pub fn lock_across_growth<V>(map: &RcuMap<u64, Mutex<V>>, lock_again: impl FnOnce(&Mutex<V>)) {
    let guard = map.read();
    let held = guard.get(&1).expect("it is there").lock().expect("nothing panics under it");
    grow(map);
    drop(held);
    lock_again(guard.get(&1).expect("it is there"));
}
// ANCHOR_END: held

// ANCHOR: two
/// The same lock, found before the map grew and after it.
pub fn both_copies<V>(map: &RcuMap<u64, Mutex<V>>, with: impl FnOnce(&Mutex<V>, &Mutex<V>)) {
    let guard = map.read();
    let old = guard.get(&1).expect("it is there");
    grow(map);
    let new = guard.get(&1).expect("it is there");
    with(old, new);
}
// ANCHOR_END: two
