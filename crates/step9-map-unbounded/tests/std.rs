//! What one thread alone can show of the broken values, without undefined behaviour; and real threads, of those that are fine.

mod sync {
    pub use std::sync::{Mutex, atomic};
}

#[path = "safe/users.rs"]
#[allow(dead_code, reason = "twin")]
mod users;

use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

use step9::RcuMap;

fn map_of<V>(value: V) -> RcuMap<u64, V> {
    let map = RcuMap::new();
    map.insert(1, value);
    map
}

#[test]
fn an_increment_of_the_old_copy_is_lost() {
    assert_eq!(users::count_across_growth(&map_of(AtomicUsize::new(0))), 0, "and one visit was counted");
}

#[test]
fn what_is_set_once_in_the_old_copy_is_not_set_in_the_new_one() {
    let map = map_of(OnceLock::new());
    let guard = map.read();
    let old = guard.get(&1).unwrap();
    users::grow(&map);
    old.set(7).unwrap();
    assert_eq!(guard.get(&1).unwrap().get(), None);
    guard.get(&1).unwrap().set(8).expect("it can be set once more");
}

#[test]
fn the_copy_of_a_lock_that_is_held_is_never_free_again() {
    let map = map_of(Mutex::new(0));
    users::lock_across_growth(&map, |lock| assert!(lock.try_lock().is_err()));
    assert!(map.read().get(&1).unwrap().try_lock().is_err());
}

/// The two guards are not used: `&mut Vec<u8>` twice, to one buffer, is where undefined behaviour would begin.
#[test]
fn there_are_two_guards_of_one_lock() {
    let map = map_of(Mutex::new(vec![1_u8, 2, 3]));
    users::both_copies(&map, |old, new| {
        let one = old.try_lock().expect("it is free");
        let other = new.try_lock().expect("so is its copy");
        drop((one, other));
    });
}

/// Readers who look at values beside a writer who makes the map grow.
fn beside_growth<V: Send + Sync + PartialEq + Debug>(value: impl Fn(u64) -> V + Sync) {
    let map = RcuMap::new();
    for key in 0..16 {
        map.insert(key, value(key));
    }
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while map.len() < 4_000 {
                    let guard = map.read();
                    for key in 0..16 {
                        assert_eq!(guard.get(&key), Some(&value(key)));
                    }
                }
            });
        }
        for key in 16..4_000 {
            map.insert(key, value(key));
        }
    });
    let guard = map.read();
    assert!((0..4_000).all(|key| guard.get(&key) == Some(&value(key))));
}

#[test]
fn vectors_strings_and_arcs_are_fine() {
    beside_growth(|key| vec![key; 5]);
    beside_growth(|key| key.to_string());
    beside_growth(|key| Arc::<str>::from(key.to_string()));
    beside_growth(|key| Some(Box::new((key, key.to_string()))));
}

#[test]
fn counters_and_locks_behind_a_pointer_are_fine() {
    let map: RcuMap<u64, (Box<AtomicUsize>, Arc<Mutex<usize>>)> = RcuMap::new();
    map.insert(0, Default::default());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..5_000 {
                    let guard = map.read();
                    let (counter, lock) = guard.get(&0).unwrap();
                    counter.fetch_add(1, Relaxed);
                    *lock.lock().unwrap() += 1;
                }
            });
        }
        for key in 1..4_000 {
            map.insert(key, Default::default());
        }
    });
    let guard = map.read();
    let (counter, lock) = guard.get(&0).unwrap();
    assert_eq!((counter.load(Relaxed), *lock.lock().unwrap()), (10_000, 10_000));
}
