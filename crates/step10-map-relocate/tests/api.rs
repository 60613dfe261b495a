//! The map as its users meet it.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, DefaultHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use step10::RcuMap;
use table::Domain;

#[test]
fn insert_says_whether_the_key_is_new_and_a_guard_s_insert_what_was_there() {
    let map = RcuMap::new();
    assert!(map.insert("one", 1));
    assert!(!map.insert("one", 10));
    let guard = map.read();
    assert_eq!(guard.insert("one", 11), Some(&10));
    assert_eq!(guard.insert("two", 2), None);
    assert_eq!((guard.get("one"), guard.get("two"), guard.get("three")), (Some(&11), Some(&2), None));
    assert_eq!(guard.get_key_value("two"), Some((&"two", &2)));
    assert!(guard.contains_key("two") && map.contains_key("two") && !map.contains_key("three"));
    assert_eq!(map.len(), 2);
}

#[test]
fn get_or_insert_with_makes_a_value_only_for_a_new_key() {
    let map = RcuMap::new();
    let guard = map.read();
    for key in 0..1_000 {
        assert_eq!(guard.get_or_insert_with(key, || key.to_string()), &key.to_string());
    }
    let before = guard.get(&7).unwrap();
    assert!(std::ptr::eq(guard.get_or_insert_with(7, || unreachable!("it is there")), before));
    assert_eq!(map.len(), 1_000);
}

#[test]
fn of_many_threads_one_makes_the_value_and_all_get_it() {
    const KEYS: u64 = 500;
    let map: RcuMap<u64, u64> = RcuMap::new();
    let made: Vec<AtomicU64> = (0..KEYS).map(|_| AtomicU64::new(0)).collect();
    let got: Vec<Vec<u64>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let (map, made) = (&map, &made);
                scope.spawn(move || {
                    let mut reader = map.reader();
                    let make = |key: u64| 10 * (made[key as usize].fetch_add(1, Relaxed) + 1) + number;
                    (0..KEYS).map(|key| *reader.read().get_or_insert_with(key, || make(key))).collect()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(made.iter().all(|made| made.load(Relaxed) == 1));
    let guard = map.read();
    let there: Vec<u64> = (0..KEYS).map(|key| *guard.get(&key).unwrap()).collect();
    assert!(got.iter().all(|got| *got == there));
}

#[test]
fn remove_says_whether_the_key_was_there_and_a_guard_s_remove_its_value() {
    let map: RcuMap<_, _> = [("one", 1), ("two", 2)].into_iter().collect();
    assert!(map.remove("one"));
    assert!(!map.remove("one"));
    let guard = map.read();
    assert_eq!(guard.remove("two"), Some(&2));
    assert_eq!(guard.remove("two"), None);
    assert!(map.is_empty() && guard.iter().next().is_none());
}

#[test]
fn keys_are_looked_up_by_what_they_borrow() {
    let map: RcuMap<String, Vec<u8>> = RcuMap::new();
    map.insert("one".to_owned(), vec![1]);
    assert_eq!(map.read().get("one").map(Vec::as_slice), Some(&[1][..]));
    assert!(map.remove("one"));
    let map: RcuMap<Arc<[u8]>, u8> = RcuMap::new();
    map.insert(Arc::from([1, 2]), 3);
    assert_eq!(map.read().get(&[1, 2][..]), Some(&3));
}

#[test]
fn a_guard_sees_its_thread_s_own_writes_and_keeps_what_it_has_seen() {
    let map = RcuMap::new();
    map.insert(1, "one".to_owned());
    let guard = map.read();
    let one = guard.get(&1).unwrap();
    map.insert(1, "uno".to_owned());
    let uno = guard.get(&1).unwrap();
    map.reserve(10_000);
    map.clear();
    assert_eq!((one.as_str(), uno.as_str(), guard.get(&1)), ("one", "uno", None));
}

#[test]
fn guards_nest_and_may_be_of_many_maps() {
    let maps: Vec<RcuMap<u64, u64>> = (0..5).map(|number| [(number, number)].into_iter().collect()).collect();
    let guards: Vec<_> = maps.iter().map(RcuMap::read).collect();
    let more: Vec<_> = maps.iter().map(RcuMap::read).collect();
    drop(guards);
    assert!(more.iter().zip(0..).all(|(guard, number)| guard.get(&number) == Some(&number)));
}

#[test]
fn a_reader_opens_one_section_after_the_other() {
    let map: RcuMap<u64, u64> = (0..100).map(|key| (key, key)).collect();
    let mut reader = map.reader();
    assert!((0..100).all(|key| reader.read().get(&key) == Some(&key)));
    let guard = reader.read();
    let before = guard.get(&1);
    map.insert(1, 2);
    assert_eq!((before, guard.get(&1)), (Some(&1), Some(&2)));
    drop(guard);
    assert_eq!(reader.read().get(&1), Some(&2));
}

#[test]
fn every_hasher_will_do() {
    fn fill<S: std::hash::BuildHasher>(map: &RcuMap<u64, u64, S>) {
        for key in 0..1_000 {
            map.insert(key, key);
        }
        let guard = map.read();
        assert!((0..1_000).all(|key| guard.get(&key) == Some(&key)));
        assert_eq!(guard.iter().map(|(_, value)| value).sum::<u64>(), 499_500);
    }
    fill(&RcuMap::new());
    fill(&RcuMap::with_hasher(RandomState::new()));
    fill(&RcuMap::with_capacity_and_hasher(10, BuildHasherDefault::<DefaultHasher>::new()));
    let map: RcuMap<u64, u64, RandomState> = RcuMap::default();
    fill(&map);
    let _: &RandomState = map.hasher();
}

#[test]
fn reserve_and_with_capacity_make_room() {
    let map: RcuMap<u64, u64> = RcuMap::new();
    assert_eq!(map.capacity(), 0);
    map.reserve(100);
    let capacity = map.capacity();
    assert!(capacity >= 100);
    (0..100).for_each(|key| assert!(map.insert(key, key)));
    assert_eq!(map.capacity(), capacity);
    assert!(RcuMap::<u64, u64>::with_capacity(1_000).capacity() >= 1_000);
    map.clear();
    assert_eq!((map.len(), map.capacity()), (0, capacity));
    assert!(std::panic::catch_unwind(|| RcuMap::<u64, u64>::with_capacity(usize::MAX)).is_err());
}

#[test]
fn it_extends_collects_and_prints_as_std_s_does() {
    let std: HashMap<u64, &str> = [(1, "one")].into_iter().collect();
    let mut map: RcuMap<u64, &str> = std.clone().into_iter().collect();
    assert_eq!(format!("{map:?}"), format!("{std:?}"));
    assert_eq!(format!("{:?}", map.read()), format!("{std:?}"));
    map.extend([(2, "two")]);
    (&map).extend([(3, "three")]);
    let guard = map.read();
    let all: BTreeMap<u64, &str> = guard.iter().map(|(key, value)| (*key, *value)).collect();
    assert_eq!(all, BTreeMap::from([(1, "one"), (2, "two"), (3, "three")]));
    let mut count = 0;
    for (key, value) in &guard {
        assert_eq!(all[key], *value);
        count += 1;
    }
    assert_eq!(count, 3);
}

#[test]
fn a_map_may_have_a_domain_of_its_own() {
    let (one, other) = (Domain::new(), Domain::new());
    let map: RcuMap<u64, String> = RcuMap::new_in(&one);
    assert!(*map.domain() == one);
    map.insert(1, "one".to_owned());
    let stays = other.read();
    map.remove(&1);
    map.reclaim();
    assert_eq!(map.garbage().entries, 0, "a section of another domain does not matter");
    drop(stays);
}

#[test]
fn values_that_change_are_boxed() {
    let visits: RcuMap<&str, Box<AtomicU64>> = RcuMap::new();
    visits.insert("one", Box::default());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..10_000 {
                    visits.read().get("one").unwrap().fetch_add(1, Relaxed);
                }
            });
        }
        for number in 0..100 {
            visits.reserve(number * 10);
        }
    });
    assert_eq!(visits.read().get("one").unwrap().load(Relaxed), 20_000, "each was counted");
}

#[test]
fn zero_sized_keys_and_values_and_large_ones() {
    let map: RcuMap<(), ()> = RcuMap::new();
    assert!(map.insert((), ()));
    assert!(!map.insert((), ()));
    assert_eq!(map.read().get(&()), Some(&()));
    assert!(map.remove(&()));

    let map: RcuMap<u64, [u64; 200]> = RcuMap::new();
    for key in 0..100 {
        map.insert(key, [key; 200]);
    }
    assert!((0..100).all(|key| map.read().get(&key) == Some(&[key; 200])));
}

#[test]
fn a_map_may_be_sent_away_and_dropped_elsewhere() {
    let map: RcuMap<u64, String> = RcuMap::new();
    map.insert(1, "one".to_owned());
    let map = thread::spawn(move || {
        map.insert(1, "uno".to_owned());
        map
    })
    .join()
    .unwrap();
    assert_eq!(map.read().get(&1).map(String::as_str), Some("uno"));
    thread::spawn(move || drop(map)).join().unwrap();
}
