//! What a map keeps while somebody reads, and for how long.

mod tracked;

use std::sync::mpsc::channel;
use std::thread;

use table::{DefaultHashBuilder, Domain, Garbage, Map};
use tracked::{ByBits, ByClone, Register, Tracked};

type Bits<V> = Map<u32, V, DefaultHashBuilder, ByBits>;

const NONE: Garbage = Garbage { entries: 0, tables: 0, slots: 0 };

fn filled(len: u32) -> Bits<u32> {
    let map = Map::new_in(&Domain::new());
    (0..len).for_each(|key| _ = map.insert(key, key));
    map
}

#[test]
fn a_table_that_has_been_outgrown_is_freed_at_once_if_nobody_reads() {
    let map: Bits<u32> = Map::new_in(&Domain::new());
    for key in 0..10_000 {
        map.insert(key, key);
        assert_eq!(map.garbage(), NONE);
    }
}

#[test]
fn fewer_than_256_entries_wait_while_nobody_reads() {
    let register = Register::default();
    let map: Map<u32, Tracked<u32>, DefaultHashBuilder, ByBits> = Map::new_in(&Domain::new());
    for round in 0..20 {
        for key in 0..1_000 {
            map.insert(key, register.tracked(round));
            assert!(register.alive() - map.len() < 256);
        }
    }
    for key in 0..1_000 {
        map.remove(&key);
        assert!(register.alive() - map.len() < 256);
    }
    map.reclaim();
    assert_eq!((register.alive(), map.garbage()), (0, NONE));
}

/// The bound that the documentation states: every entry that is removed or replaced after the guard began, and
/// eight slots of old tables for each write, beside the table that there was.
#[test]
fn garbage_beside_a_reader_who_stays_is_bounded() {
    for len in [1, 6, 7, 50, 335, 340, 448, 1_000] {
        let map = filled(len);
        map.reclaim();
        // At most half of the slots are spare.
        let before = map.capacity() * 2;
        let guard = map.read();
        let (mut writes, mut unlinked) = (0, 0);
        for round in 0..40 {
            for key in 0..len {
                writes += 1;
                unlinked += usize::from(match (key + round) % 7 {
                    0 => map.remove(&key),
                    _ => !map.insert(key, round),
                });
                let garbage = map.garbage();
                assert_eq!(garbage.entries, unlinked, "every one of them, and no others");
                assert!(garbage.slots <= before + 8 * writes, "{len}: {garbage:?} after {writes} writes");
            }
            if writes > 3_000 {
                break;
            }
        }
        assert_eq!(guard.iter().count(), map.len());
        drop(guard);
        map.reclaim();
        assert_eq!(map.garbage(), NONE);
    }
}

#[test]
fn a_map_that_is_only_overwritten_stays_as_large_as_it_is() {
    let map = filled(1_000);
    let capacity = map.capacity();
    for round in 0..200 {
        (0..1_000).for_each(|key| _ = map.insert(key, round));
    }
    (0..100_000).for_each(|round| _ = map.insert(7, round));
    assert_eq!(map.capacity(), capacity);
}

#[test]
fn a_key_that_is_overwritten_all_the_time_beside_short_readers_stays_near_home() {
    let map = filled(448);
    let domain = map.domain().clone();
    let mut section = Some(domain.read());
    for round in 0..20_000 {
        map.insert(7, round);
        if round % 3 == 0 {
            // A section that ends when the next one has begun: some section is always open.
            let next = domain.read();
            section = Some(next);
        }
    }
    assert!(section.is_some());
    assert!(map.capacity() <= 2 * 448, "{}", map.capacity());
}

#[test]
fn a_reader_in_another_domain_keeps_nothing() {
    let map = filled(1_000);
    let other = Domain::new();
    let _section = other.read();
    (0..1_000).for_each(|key| _ = map.insert(key, 0));
    map.reclaim();
    assert_eq!(map.garbage(), NONE);
}

#[test]
fn what_a_guard_has_handed_out_stays_in_whichever_table_it_is() {
    let register = Register::default();
    let map: Map<u32, Tracked<u32>, DefaultHashBuilder, ByClone> = Map::new_in(&Domain::new());
    (0..7).for_each(|key| _ = map.insert(key, register.tracked(key)));
    let guard = map.read();
    let values: Vec<&Tracked<u32>> = (0..7).map(|key| guard.get(&key).unwrap()).collect();
    (7..5_000).for_each(|key| _ = map.insert(key, register.tracked(key)));
    map.remove(&3);
    let four = guard.insert(4, register.tracked(40)).unwrap();
    map.clear();
    assert_eq!(map.len(), 0);
    assert_eq!(values.iter().map(|value| value.value).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(four.value, 4);
    assert_eq!(guard.get(&1).map(|value| value.value), None, "the map itself is empty");
    drop(guard);
    map.reclaim();
    assert_eq!((register.alive(), map.garbage()), (0, NONE));
}

#[test]
fn writers_go_on_beside_a_reader_who_stays_and_one_who_writes_in_a_section() {
    let map = filled(7);
    let (tell, told) = channel();
    let (end, ended) = channel::<()>();
    thread::scope(|scope| {
        // Moved in here, so that the reader ends if an assertion below fails.
        let (map, end) = (&map, end);
        scope.spawn(move || {
            let guard = map.read();
            let three = guard.get(&3).unwrap();
            tell.send(()).unwrap();
            ended.recv().unwrap();
            assert_eq!(*three, 3);
        });
        told.recv().unwrap();
        // The thread's own order would wait here: for the reader above, and in each other's sections for each other.
        let writers = [0, 1].map(|which| {
            scope.spawn(move || {
                for key in 0..5_000 {
                    let guard = map.read();
                    guard.insert(which * 10_000 + key, key);
                    assert_eq!(guard.get(&(which * 10_000 + key)), Some(&key));
                }
            })
        });
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        assert!(map.garbage().tables > 0);
        end.send(()).unwrap();
    });
    assert_eq!(map.len(), 10_000);
    map.reclaim();
    assert_eq!(map.garbage(), NONE);
}

/// A guard that is forgotten is a section that never ends. Nothing that it may have seen is dropped before the map is.
#[test]
fn a_guard_that_is_forgotten_keeps_everything_until_the_map_goes() {
    let register = Register::default();
    let map: Map<u32, Tracked<u32>, DefaultHashBuilder, ByBits> = Map::new_in(&Domain::new());
    (0..100).for_each(|key| _ = map.insert(key, register.tracked(key)));
    map.reclaim();
    thread::scope(|scope| {
        scope.spawn(|| std::mem::forget(map.read()));
    });
    for round in 0..10 {
        (0..100).for_each(|key| _ = map.insert(key, register.tracked(round)));
    }
    map.clear();
    map.reclaim();
    assert_eq!((map.garbage().entries, register.alive()), (1_100, 1_100));
    drop(map);
    assert_eq!(register.alive(), 0);
}

#[test]
fn what_a_thread_has_unlinked_is_dropped_when_it_has_ended() {
    let register = Register::default();
    let map: Map<u32, Tracked<u32>, DefaultHashBuilder, ByBits> = Map::new_in(&Domain::new());
    for round in 0..300 {
        thread::scope(|scope| {
            scope.spawn(|| {
                let guard = map.read();
                guard.insert(round % 7, register.tracked(round));
                guard.remove(&(round % 5));
            });
        });
        assert!(register.alive() < map.len() + 10, "{} in round {round}", register.alive());
    }
    map.reclaim();
    assert_eq!(register.alive(), map.len());
}

/// It is ready to be dropped, and put off because its thread is inside of a section. Then the map goes.
#[test]
fn what_has_been_put_off_goes_with_the_map() {
    for by_clearing in [false, true] {
        let (register, domain) = (Register::default(), Domain::new());
        let map: Map<u32, Tracked<u32>, DefaultHashBuilder, ByBits> = Map::new_in(&domain);
        (0..10).for_each(|key| _ = map.insert(key, register.tracked(key)));
        let before = domain.read();
        if by_clearing {
            map.clear();
        } else {
            (0..10).for_each(|key| _ = map.remove(&key));
        }
        map.reclaim();
        drop(before);
        let section = domain.read();
        map.reclaim();
        assert_eq!((map.garbage().entries, register.alive()), (10, 10));
        drop(map);
        assert_eq!(register.alive(), 0, "by clearing: {by_clearing}");
        drop(section);
    }
}
