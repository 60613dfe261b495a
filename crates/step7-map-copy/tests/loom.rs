//! The models of the map: the table's own source, on the checker.

#[path = "../../table/tests/twin/mod.rs"]
mod twin;

#[allow(unused_imports, reason = "twins look for it here")]
use twin::payload::HashIsKey as DefaultHashBuilder;
#[allow(unused_imports, reason = "twins look for them here")]
use twin::{alloc, barrier, local, payload, ptr, rcu, retire, stand_in, sync, table, thread};

use payload::{HashIsKey, Key, ModelMap};
use rcu::Domain;
use witness::thread::{name_current, scope};
use witness::{Audit, Ledger, Model, Probe};

type Guard<'map> = table::Guard<'map, Key, Probe<u32>, HashIsKey, payload::ByBits>;

/// A map of so many words, and the domain that it is in.
fn map(words: usize) -> (Domain, ModelMap) {
    let domain = local::begin();
    let map = ModelMap::with_capacity_and_hasher_in(6 * words, HashIsKey::default(), &domain);
    (domain, map)
}

/// The number of the `which`th key at home in the first word.
fn first(which: u64) -> u64 {
    Key::at(0, which)
}

fn insert(map: &ModelMap, key: u64, value: u32) -> bool {
    map.insert(Key::new(key), Probe::new(value))
}

fn get(guard: &Guard<'_>, key: u64) -> Option<u32> {
    guard.get(&key).map(|value| **value)
}

/// Runs the reader in a thread of its own, and the writer in this one.
fn beside(map: &ModelMap, read: impl FnOnce(&ModelMap) + Send, write: impl FnOnce(&ModelMap)) {
    scope(|scope| {
        scope.spawn(|| {
            name_current("reader");
            read(map);
        });
        name_current("writer");
        write(map);
    });
}

// ANCHOR: rung1
/// A key is not there, or it is there with its value.
fn insert_beside_get() {
    let (_domain, map) = map(1);
    beside(
        &map,
        |map| assert!(matches!(get(&map.read(), first(1)), None | Some(1))),
        |map| assert!(insert(map, first(1), 1)),
    );
}
// ANCHOR_END: rung1

/// The second store to the word carries on what the first one has published.
fn insert_insert_beside_get() {
    let (_domain, map) = map(1);
    beside(
        &map,
        |map| assert!(matches!(get(&map.read(), first(1)), None | Some(1))),
        |map| {
            insert(map, first(1), 1);
            insert(map, first(2), 2);
        },
    );
}

// ANCHOR: rung2
/// In the same word: the old value or the new one.
fn overwrite_beside_get() {
    let (_domain, map) = map(1);
    insert(&map, first(1), 1);
    beside(
        &map,
        |map| assert!(matches!(get(&map.read(), first(1)), Some(1 | 2))),
        |map| assert!(!insert(map, first(1), 2)),
    );
}

/// Two words, the first of which is full: of the keys 1 to 7. Key 9, at home there too, is in the second.
fn full_word() -> (Domain, ModelMap) {
    let (domain, map) = map(2);
    for which in 1..=7 {
        insert(&map, first(which), which as u32);
    }
    (domain, map)
}

/// To a later word: the old value or the new one.
fn overwrite_later_beside_get() {
    let (_domain, map) = full_word();
    beside(
        &map,
        |map| assert!(matches!(get(&map.read(), first(1)), Some(1 | 10))),
        |map| assert!(!insert(map, first(1), 10)),
    );
}

/// The same for two sections of one thread, in a slot that it has for its reads of this map; and what is replaced is dropped
/// once none can be reading it.
fn overwrite_later_beside_two_sections_of_a_reader() {
    let (_domain, map) = full_word();
    beside(
        &map,
        |map| {
            let mut reader = map.reader();
            let [before, after] = [(); 2].map(|()| get(&reader.read(), first(1)));
            assert!(matches!((before, after), (Some(1), Some(1 | 10)) | (Some(10), Some(10))));
        },
        |map| {
            assert!(!insert(map, first(1), 10));
            map.reclaim();
        },
    );
}

/// To an earlier word: the old value or the new one.
fn overwrite_earlier_beside_get() {
    let (_domain, map) = full_word();
    insert(&map, first(9), 9);
    map.remove(&first(1));
    map.reclaim();
    beside(
        &map,
        |map| assert!(matches!(get(&map.read(), first(9)), Some(9 | 10))),
        |map| assert!(!insert(map, first(9), 10)),
    );
}

// ANCHOR_END: rung2

/// Not there, or with its value, which stays for as long as the guard does.
fn remove_beside_get() {
    let (_domain, map) = map(1);
    insert(&map, first(1), 1);
    beside(
        &map,
        |map| assert!(matches!(get(&map.read(), first(1)), Some(1) | None)),
        |map| {
            assert!(map.remove(&first(1)));
            map.reclaim();
        },
    );
}

/// A slot is written again only when nobody can be looking at the entry that was there.
fn remove_and_reuse_beside_get() {
    let (_domain, map) = map(1);
    for which in 1..=6 {
        insert(&map, first(which), which as u32);
    }
    beside(
        &map,
        |map| {
            let guard = map.read();
            if let Some(value) = guard.get(&first(1)) {
                // Something else in between, so that the checker may switch threads.
                assert!(!guard.contains_key(&first(99)));
                assert_eq!(**value, 1);
            }
        },
        |map| {
            assert!(map.remove(&first(1)));
            map.reclaim();
            assert!(insert(map, first(8), 8));
        },
    );
}

/// Two moves nearer home in one section: the second is not made before a grace period has passed.
fn two_moves_beside_get() {
    let (domain, map) = full_word();
    insert(&map, first(9), 9);
    map.remove(&first(1));
    map.reclaim();
    // This grace period waits for this thread's own section. When it has passed, a second slot of the first word is
    // free.
    let section = domain.read();
    map.remove(&first(2));
    map.reclaim();
    beside(
        &map,
        |map| assert!(matches!(get(&map.read(), first(9)), Some(9..=12))),
        |map| {
            insert(map, first(9), 10); // to the first word
            insert(map, first(9), 11); // to the second one, since the first is full again
            drop(section);
            map.reclaim();
            insert(map, first(9), 12); // not to the first one yet, if the reader may have been there between
        },
    );
}

/// Two keys move nearer home in one section, for which no grace period is needed: each of them misleads at most once.
fn two_keys_move_beside_gets() {
    let (_domain, map) = full_word();
    insert(&map, first(9), 9);
    insert(&map, first(10), 10);
    map.remove(&first(1));
    map.remove(&first(2));
    map.reclaim();
    beside(
        &map,
        |map| {
            let guard = map.read();
            assert!(matches!(get(&guard, first(10)), Some(10 | 110)));
            assert!(matches!(get(&guard, first(9)), Some(9 | 109)));
        },
        |map| {
            insert(map, first(9), 109);
            insert(map, first(10), 110);
        },
    );
}

/// Looks up key 9 twice. Whatever the writer is at, the second value is no older than the first.
fn get_twice(map: &ModelMap, values: std::ops::RangeInclusive<u32>) {
    let guard = map.read();
    let [before, after] = [(); 2].map(|()| get(&guard, first(9)));
    assert!(after.is_some() || before.is_none(), "it was there, and nobody has removed it");
    assert!([before, after].into_iter().flatten().all(|value| values.contains(&value)));
    assert!(before <= after, "{before:?}, and then {after:?}");
}

/// A full word of which one slot is free, and key 9 in the second word.
fn full_word_and_a_free_slot() -> (Domain, ModelMap) {
    let (domain, map) = full_word();
    insert(&map, first(9), 0);
    map.remove(&first(1));
    map.reclaim();
    (domain, map)
}

/// A key moves nearer home, and then away again: a reader that has been at home before the key was there, and goes on to
/// the newer value, does not find the older one at home afterwards.
fn overwrite_earlier_and_later_beside_two_gets() {
    let (_domain, map) = full_word_and_a_free_slot();
    beside(
        &map,
        |map| get_twice(map, 0..=2),
        |map| {
            insert(map, first(9), 1); // to the first word
            insert(map, first(9), 2); // to the second one, since the first is full again
        },
    );
}

/// The same with a key that is new.
fn insert_and_overwrite_beside_two_gets() {
    let (_domain, map) = full_word_and_a_free_slot();
    map.remove(&first(9));
    beside(
        &map,
        |map| get_twice(map, 1..=2),
        |map| {
            insert(map, first(9), 1);
            insert(map, first(9), 2);
        },
    );
}

/// A key moves away from home, and is removed: a reader that has found it later in the search knows that the superseded
/// entry is out of date.
fn overwrite_later_and_remove_beside_two_gets() {
    let (_domain, map) = full_word();
    beside(
        &map,
        |map| {
            let guard = map.read();
            let [before, after] = [(); 2].map(|()| get(&guard, first(1)).unwrap_or(u32::MAX));
            assert!([1, 10, u32::MAX].contains(&before) && [1, 10, u32::MAX].contains(&after));
            assert!(before <= after, "{before}, and then {after}");
        },
        |map| {
            insert(map, first(1), 10);
            map.remove(&first(1));
        },
    );
}

/// A key moves away from home, and then nearer: a first pass that ends with a superseded entry, and a second one that
/// finds nothing.
fn overwrite_later_and_earlier_beside_two_gets() {
    let (domain, map) = map(4);
    for which in 1..=7 {
        insert(&map, first(which), 0);
    }
    insert(&map, first(9), 0);
    for which in 11..=16 {
        insert(&map, Key::at(1, which), 0);
    }
    // As in `two_moves_beside_get`: when this has passed, a slot of the first word is free.
    let section = domain.read();
    map.remove(&first(1));
    map.reclaim();
    beside(
        &map,
        |map| get_twice(map, 0..=2),
        |map| {
            insert(map, first(9), 1); // from the second word to the next, since the first two are full
            drop(section);
            map.reclaim();
            insert(map, first(9), 2); // to the first
        },
    );
}

/// A full table of one word: the keys 1 to 6, of which the first is at home in the first word of a larger one, too.
fn full_map() -> (Domain, ModelMap) {
    let (domain, map) = map(1);
    for which in 1..=6 {
        insert(&map, Key::at(which % 2, which), which as u32);
    }
    (domain, map)
}

/// In the old table, or in the new one.
fn grow_beside_get() {
    let (_domain, map) = full_map();
    beside(&map, |map| assert_eq!(get(&map.read(), Key::at(1, 1)), Some(1)), |map| assert!(insert(map, first(8), 8)));
}

// ANCHOR: rung3
/// A reader who writes in a section of its own does not wait for the writer who wants the readers gone.
fn grow_beside_insert_in_a_section() {
    let (_domain, map) = full_map();
    beside(
        &map,
        |map| {
            let guard = map.read();
            assert!(guard.insert(Key::new(first(9)), Probe::new(9)).is_none());
            assert_eq!(get(&guard, first(9)), Some(9), "a guard sees what its own thread has written");
        },
        |map| assert!(insert(map, first(8), 8)),
    );
    assert_eq!((get(&map.read(), first(8)), get(&map.read(), first(9))), (Some(8), Some(9)));
}

// ANCHOR_END: rung3

/// Two writers, each of whom finds the map full.
fn grow_beside_grow() {
    let (_domain, map) = full_map();
    beside(&map, |map| assert!(insert(map, first(9), 9)), |map| assert!(insert(map, first(8), 8)));
    let guard = map.read();
    assert!(
        (1..=6).all(|which| get(&guard, Key::at(which % 2, which)) == Some(which as u32))
            && (8..=9).all(|which| get(&guard, first(which)) == Some(which as u32))
    );
    assert_eq!(map.len(), 8);
}

/// A key that nobody touches comes once, whatever happens to the table meanwhile.
fn grow_beside_iter() {
    let (_domain, map) = full_map();
    beside(
        &map,
        |map| {
            let guard = map.read();
            let mut values: Vec<u32> = guard.iter().map(|(_, value)| **value).filter(|&value| value < 8).collect();
            values.sort_unstable();
            assert_eq!(values, [1, 2, 3, 4, 5, 6]);
        },
        |map| assert!(insert(map, first(8), 8)),
    );
}

/// Who has a guard sees the map as it was, or empty.
fn clear_beside_get() {
    let (_domain, map) = map(1);
    insert(&map, first(1), 1);
    beside(&map, |map| assert!(matches!(get(&map.read(), first(1)), Some(1) | None)), |map| map.clear());
    assert_eq!((map.len(), map.capacity()), (0, 6));
}

/// The last value of one writer, of the other, or the first.
fn overwrite_beside_overwrite_beside_get() {
    let (_domain, map) = map(1);
    insert(&map, first(1), 1);
    scope(|scope| {
        scope.spawn(|| {
            name_current("reader");
            assert!(matches!(get(&map.read(), first(1)), Some(1..=3)));
        });
        scope.spawn(|| {
            name_current("writer");
            assert!(!insert(&map, first(1), 2));
        });
        assert!(!insert(&map, first(1), 3));
    });
    assert!(matches!(get(&map.read(), first(1)), Some(2 | 3)));
}

/// What two threads make of one value, one after the other.
fn update_beside_update() {
    let (_domain, map) = map(1);
    insert(&map, first(1), 1);
    let increment = |map: &ModelMap| assert!(map.update(&first(1), |value| Probe::new(**value + 1)));
    beside(&map, increment, increment);
    assert_eq!(get(&map.read(), first(1)), Some(3));
}

/// Every model, the three rungs in turn. The audit in `cargo test` goes less far where it says so: a kill takes few
/// preemptions. `cargo workshop audit step7` goes as far as the models do.
const MODELS: &[Model] = &[
    Model::new("insert beside get", insert_beside_get),
    Model::new("insert, insert beside get", insert_insert_beside_get),
    Model::new("overwrite beside get", overwrite_beside_get),
    Model::new("overwrite later beside get", overwrite_later_beside_get),
    Model::new("overwrite earlier beside get", overwrite_earlier_beside_get),
    Model::new("overwrite later beside two sections of a reader", overwrite_later_beside_two_sections_of_a_reader)
        .bound(2)
        .audit_bound(1),
    Model::new("two moves beside get", two_moves_beside_get).bound(2).audit_bound(1),
    Model::new("two keys move beside gets", two_keys_move_beside_gets).bound(2).audit_bound(1),
    Model::new("overwrite earlier, later beside two gets", overwrite_earlier_and_later_beside_two_gets)
        .bound(3)
        .audit_bound(1),
    Model::new("insert, overwrite beside two gets", insert_and_overwrite_beside_two_gets).bound(3).audit_bound(1),
    Model::new("overwrite later, remove beside two gets", overwrite_later_and_remove_beside_two_gets)
        .bound(3)
        .audit_bound(1),
    Model::new("overwrite later, earlier beside two gets", overwrite_later_and_earlier_beside_two_gets)
        .bound(2)
        .audit_bound(1),
    Model::new("remove beside get", remove_beside_get).bound(3).audit_bound(2),
    Model::new("remove and reuse beside get", remove_and_reuse_beside_get).bound(2),
    Model::new("update beside update", update_beside_update).bound(2),
    Model::new("grow beside get", grow_beside_get).bound(3).audit_bound(2),
    Model::new("grow beside insert in a section", grow_beside_insert_in_a_section).bound(2).audit_bound(1),
    Model::new("grow beside grow", grow_beside_grow).bound(2),
    Model::new("grow beside iter", grow_beside_iter).bound(2),
    Model::new("clear beside get", clear_beside_get).bound(3).audit_bound(2),
    Model::new("overwrite beside overwrite beside get", overwrite_beside_overwrite_beside_get).bound(2).audit_bound(1),
];

#[test]
fn every_model_holds() {
    recording::models("step7-models.txt", MODELS);
}

#[test]
fn every_ordering_is_needed() {
    let audit = Audit::of("src/table/raw.rs", include_str!("../../table/src/table/raw.rs"))
        .and("src/table/map.rs", include_str!("../../table/src/table/map.rs"))
        .and("src/table/grow.rs", include_str!("../../table/src/table/grow.rs"))
        .models(MODELS);
    recording::audit("step7-audit", audit, &[]);
}

/// What the readers and writers of a map in a domain with `Barrier::Fence` pay. With `membarrier(2)` the reader has no
/// fence.
#[test]
fn the_cost_of_get_overwrite_and_insert() {
    // Large enough that no batch of what has been replaced is full yet: what that costs is shared by all of the batch.
    let filled = || {
        let (_domain, map) = map(16);
        insert(&map, first(1), 1);
        map
    };
    let next = std::sync::atomic::AtomicU64::new(1);
    let ledger = Ledger::new("step7 RcuMap")
        .operation("get", filled, |map| assert!(get(&map.read(), first(1)).is_some()))
        .operation("overwrite", filled, |map| assert!(!insert(map, first(1), 2)))
        .operation(
            "insert",
            || map(2).1,
            move |map| {
                let which = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                assert!(insert(map, first(which), 2));
            },
        );
    recording::ledger("step7-ledger", &[ledger]);
}
