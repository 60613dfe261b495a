//! The map at work, on real threads.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::channel;
use std::thread;

use step7::RcuMap;

/// Each key has the value that its writer was at, in both halves.
fn both(number: u64) -> [u64; 2] {
    [number, !number]
}

#[test]
fn readers_find_every_key_while_the_map_grows_under_them() {
    let map: RcuMap<u64, [u64; 2]> = RcuMap::new();
    let inserted = std::sync::atomic::AtomicU64::new(0);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Relaxed) {
                    let there = inserted.load(std::sync::atomic::Ordering::Acquire);
                    for key in (0..there).step_by(97) {
                        let guard = map.read();
                        let [left, right] = *guard.get(&key).expect("it has been inserted");
                        assert_eq!(left, !right);
                    }
                }
            });
        }
        for key in 0..20_000 {
            assert!(map.insert(key, both(key)));
            inserted.store(key + 1, std::sync::atomic::Ordering::Release);
        }
        done.store(true, Relaxed);
    });
    assert_eq!(map.len(), 20_000);
}

// ANCHOR: in_a_section
/// In the order of the thread (lock, migrate, swap, wait, unlock) this never ends.
#[test]
fn a_reader_may_insert_in_its_section_while_another_thread_makes_the_map_grow() {
    let map: RcuMap<u64, u64> = RcuMap::new();
    let (tell, told) = channel();
    let (go_on, told_to_go_on) = channel::<()>();
    thread::scope(|scope| {
        let map = &map;
        scope.spawn(move || {
            let guard = map.read();
            tell.send(()).unwrap();
            told_to_go_on.recv().unwrap();
            assert_eq!(guard.insert(1_000_000, 1), None);
            assert_eq!(guard.get(&1_000_000), Some(&1));
        });
        told.recv().unwrap();
        let capacity = map.capacity();
        (0..10_000).for_each(|key| _ = map.insert(key, key));
        assert!(map.capacity() > capacity, "it has grown, and waited for nobody");
        go_on.send(()).unwrap();
    });
    assert_eq!(map.len(), 10_001);
}
// ANCHOR_END: in_a_section

#[test]
fn what_std_s_map_does_this_one_does() {
    let map: RcuMap<u32, u32> = [(1, 10), (2, 20)].into_iter().collect();
    let mut expected: HashMap<u32, u32> = [(1, 10), (2, 20)].into();
    assert!(map.insert(3, 30) && !map.insert(1, 11) && map.remove(&2) && !map.remove(&2));
    expected.extend([(3, 30), (1, 11)]);
    expected.remove(&2);
    let guard = map.read();
    let entries: HashMap<u32, u32> = guard.iter().map(|(&key, &value)| (key, value)).collect();
    assert_eq!((entries, map.len()), (expected, 2));
    assert_eq!(guard.get_key_value(&1), Some((&1, &11)));
    assert!(map.contains_key(&3) && !map.contains_key(&2));

    map.clear();
    assert!(map.is_empty() && map.capacity() > 0);
    map.reserve(100);
    assert!(map.capacity() >= 100);
    assert_eq!(guard.iter().count(), 0, "the guard is no snapshot");
    (&map).extend([(5, 50)]);
    assert!(map.update(&5, |value| value + 1) && !map.update(&6, |value| value + 1));
    assert_eq!(format!("{map:?}"), "{5: 51}");
    assert_eq!(format!("{:?}", RcuMap::<u8, u8>::default()), "{}");
}
