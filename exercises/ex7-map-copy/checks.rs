//! What has to hold of the map when it grows.

use check::{Checks, Source, model};
use witness::{Bug, Probe, thread};

use super::map::Map;

pub fn checks(sources: &[Source]) -> Checks {
    Checks::of("ex7", sources, &[include_str!("given/map.rs")])
        .claim(1, "A map that has grown has every entry, under its key.", model(grown).but(Bug::Leak))
        .claim(2, "A guard from before goes on, and the writer goes on beside it.", model(held).but(Bug::Leak))
        .claim(2, "Every value is dropped once, and every table freed.", model(held))
        .claim(2, "A reader beside a map that grows finds every key.", model(get_beside_grow))
        .claim(2, "What it has found stays for as long as its guard.", model(held_beside_grow))
        .claim(3, "A table that has waited is freed, and one that has not is not.", model(one_has_waited))
        .claim(3, "However often the map grows, no writer waits for a guard.", model(one_stays))
        .claim(3, "A reader may insert, too, and nobody waits for it to end.", model(insert_in_a_section).bound(2))
}

type Probes = Map<Probe<u32>>;

/// Full: the next insertion makes it grow. The keys 1 and 5 are both at home in slot 1, and in a table of twice as many
/// slots not any more.
fn full() -> Probes {
    let map = Map::with_slots(4);
    for key in [1, 5, 2] {
        insert(&map, key);
    }
    map
}

/// Each key has ten times its number.
fn insert(map: &Probes, key: usize) {
    assert!(map.insert(key, Probe::new(10 * key as u32)));
}

fn get(map: &Probes, reader: usize, key: usize) -> Option<u32> {
    map.read(reader).get(key).map(|value| **value)
}

fn grown() {
    let map = full();
    for key in [7, 13, 4, 9, 3] {
        insert(&map, key);
    }
    for key in [1, 2, 3, 4, 5, 7, 9, 13] {
        assert_eq!(get(&map, 0, key), Some(10 * key as u32), "key {key}");
    }
    assert_eq!(get(&map, 1, 6), None);
    assert!(!map.insert(5, Probe::new(0)), "it is there");
}

fn held() {
    let map = full();
    let guard = map.read(0);
    let value = guard.get(5).expect("it is there");
    insert(&map, 3);
    assert_eq!(**value, 50, "where it was");
    assert_eq!(guard.get(5).map(|value| **value), Some(50), "where it is now");
    assert_eq!(**value, 50, "where it was");
    drop(guard);
    insert(&map, 4);
}

fn get_beside_grow() {
    let map = full();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::name_current("writer");
            insert(&map, 3);
        });
        thread::name_current("reader");
        assert_eq!(get(&map, 0, 5), Some(50));
    });
    assert_eq!(get(&map, 0, 3), Some(30));
}

fn held_beside_grow() {
    let map = full();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::name_current("writer");
            insert(&map, 3);
            insert(&map, 4);
        });
        thread::name_current("reader");
        let guard = map.read(1);
        let value = guard.get(2).expect("it is never removed");
        // Not at once: a writer that does not wait for this section is done by then.
        thread::yield_now();
        assert_eq!(**value, 20);
    });
}

/// Two old tables. The reader that the first one waits for is done, and the one that the second waits for is not.
fn one_has_waited() {
    let map = full();
    let first = map.read(0);
    insert(&map, 3);
    let second = map.read(1);
    let value = second.get(1).expect("it is there");
    for key in [4, 6, 7, 8] {
        insert(&map, key);
    }
    assert_eq!(map.garbage(), 2, "both wait");
    drop(first);
    assert!(!map.insert(1, Probe::new(0)), "a look at what has waited, and no more");
    assert_eq!(**value, 10, "the second one waits");
    assert_eq!(map.garbage(), 1, "the first one does not");
    drop(second);
    assert!(!map.insert(1, Probe::new(0)));
    assert_eq!(map.garbage(), 0, "nobody is in it");
}

/// A guard that is there for long, and the writer's own.
fn one_stays() {
    let map = Map::with_slots(2);
    let guard = map.read(0);
    for key in 1..=16 {
        insert(&map, key);
    }
    assert_eq!(map.garbage(), 4, "all of them wait");
    assert_eq!(guard.get(1).map(|value| **value), Some(10));
    drop(guard);
    insert(&map, 17);
    assert_eq!(map.garbage(), 0, "nobody is in them");
}

/// A reader that inserts before its section has ended. A writer that waits for it with the lock in its hands waits for
/// ever.
fn insert_in_a_section() {
    let map = full();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::name_current("writer");
            insert(&map, 3);
        });
        thread::name_current("reader");
        let guard = map.read(0);
        let value = guard.get(1).expect("it is there");
        insert(&map, 4);
        assert_eq!(guard.get(4).map(|value| **value), Some(40), "it sees what it has written");
        assert_eq!(**value, 10);
    });
    assert!(get(&map, 0, 3).is_some() && get(&map, 0, 4).is_some());
}
