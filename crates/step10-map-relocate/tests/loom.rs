//! The models of step 10: the same source as the library, on the checker's types.

use std::mem::MaybeUninit;

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
#[path = "../src/relocate/mod.rs"]
#[allow(dead_code, unused_imports, reason = "twin")]
mod relocate;

#[path = "own_types/address_lock.rs"]
mod address_lock;

use address_lock::{AddressLock, Held};
use by_bits::RcuMap;
use payload::Key;
use rcu::Domain;
use relocate::Relocate;
use table::DefaultHashBuilder;
use witness::thread::{name_current, scope};
use witness::{Audit, Bug, Ledger, Model, Probe};

// SAFETY: a number that nobody changes through a shared reference. Where it is, it does not say.
unsafe impl<T> Relocate for Probe<T> {}
// SAFETY: a probe.
unsafe impl Relocate for Key {}

type Map = RcuMap<Key, Probe<u32>>;

/// A map with room for seven entries, and these keys in it, each with ten times its number. All of them are at home in one word.
fn map_of(keys: std::ops::Range<u64>) -> (Domain, Map) {
    let domain = local::begin();
    let map = Map::with_capacity_and_hasher_in(1, DefaultHashBuilder::default(), &domain);
    for key in keys {
        insert(&map, key, 10 * key as u32);
    }
    (domain, map)
}

fn insert(map: &Map, key: u64, value: u32) {
    map.insert(Key::new(Key::at(0, key)), Probe::new(value));
}

fn get(map: &Map, key: u64) -> Option<u32> {
    map.read().get(&Key::at(0, key)).map(|value| **value)
}

fn grow(map: &Map) {
    map.reserve(map.capacity() + 1);
}

// ANCHOR: models
fn insert_beside_get() {
    let (_domain, map) = map_of(1..2);
    scope(|scope| {
        scope.spawn(|| assert!(matches!(get(&map, 2), None | Some(20))));
        insert(&map, 2, 20);
    });
    assert_eq!((get(&map, 1), get(&map, 2)), (Some(10), Some(20)));
}

fn remove_beside_get() {
    let (_domain, map) = map_of(1..2);
    scope(|scope| {
        scope.spawn(|| assert!(matches!(get(&map, 1), None | Some(10))));
        assert!(map.remove(&Key::at(0, 1)));
        map.reclaim();
    });
    assert_eq!((get(&map, 1), map.len()), (None, 0));
}

fn overwrite_beside_get() {
    let (_domain, map) = map_of(1..2);
    scope(|scope| {
        scope.spawn(|| assert!(matches!(get(&map, 1), Some(10 | 11))));
        insert(&map, 1, 11);
        map.reclaim();
    });
    assert_eq!(get(&map, 1), Some(11));
}

fn grow_beside_get() {
    let (_domain, map) = map_of(1..3);
    scope(|scope| {
        scope.spawn(|| assert_eq!(get(&map, 2), Some(20)));
        grow(&map);
    });
    assert_eq!((get(&map, 1), get(&map, 2)), (Some(10), Some(20)));
}

/// The iterator stays in the table that it began in, and finds each key once.
fn grow_beside_iter() {
    let (_domain, map) = map_of(1..3);
    scope(|scope| {
        scope.spawn(|| {
            let guard = map.read();
            let mut values: Vec<u32> = guard.iter().map(|(_, value)| **value).collect();
            values.sort();
            assert_eq!(values, [10, 20]);
        });
        grow(&map);
    });
}

fn grow_beside_grow() {
    let (_domain, map) = map_of(1..2);
    scope(|scope| {
        scope.spawn(|| map.reserve(20));
        map.reserve(100);
    });
    assert_eq!(get(&map, 1), Some(10));
}

/// What a reader holds on to when the map grows, and the key is overwritten in the new table.
fn grow_and_overwrite_beside_a_reference() {
    let (_domain, map) = map_of(1..2);
    scope(|scope| {
        scope.spawn(|| {
            let guard = map.read();
            let value = guard.get(&Key::at(0, 1)).expect("it is never removed");
            assert!([10, 11].contains(&**value));
            assert!([10, 11].contains(&**value), "still there");
        });
        grow(&map);
        insert(&map, 1, 11);
        map.reclaim();
    });
    assert_eq!(get(&map, 1), Some(11));
}

fn clear_beside_get() {
    let (_domain, map) = map_of(1..2);
    scope(|scope| {
        scope.spawn(|| assert!(matches!(get(&map, 1), None | Some(10))));
        map.clear();
        map.reclaim();
    });
    assert_eq!((get(&map, 1), map.len()), (None, 0));
}

/// Two writers of one key. Only one of the two values that are written is left, and nobody sees none.
fn overwrite_beside_overwrite_beside_get() {
    let (_domain, map) = map_of(1..2);
    scope(|scope| {
        scope.spawn(|| assert!(matches!(get(&map, 1), Some(10..=12))));
        scope.spawn(|| insert(&map, 1, 11));
        insert(&map, 1, 12);
    });
    assert!(matches!(get(&map, 1), Some(11 | 12)));
}

/// Two threads want an entry for the same key: one of them makes it, and both get it.
fn get_or_insert_beside_get_or_insert() {
    let (_domain, map) = map_of(1..2);
    let get_or_insert = |value| **map.read().get_or_insert_with(Key::new(Key::at(0, 2)), || Probe::new(value));
    let (ours, theirs) = scope(|scope| {
        let other = scope.spawn(|| get_or_insert(21));
        (get_or_insert(20), other.join().unwrap())
    });
    assert_eq!((ours, Some(ours), map.len()), (theirs, get(&map, 2), 2));
}

/// A key comes home, into a slot that was free, and goes away again, since its word is full: who has found the newest
/// value does not find an older one afterwards.
fn overwrite_twice_beside_two_gets() {
    let domain = local::begin();
    let map = Map::with_capacity_and_hasher_in(14, DefaultHashBuilder::default(), &domain);
    (1..10).for_each(|key| insert(&map, key, 10 * key as u32));
    map.remove(&Key::at(0, 1));
    map.reclaim();
    scope(|scope| {
        scope.spawn(|| {
            let [before, after] = [(); 2].map(|()| get(&map, 9).expect("it is never removed"));
            assert!(90 <= before && before <= after && after <= 92, "{before}, and then {after}");
        });
        insert(&map, 9, 91);
        insert(&map, 9, 92);
    });
    assert_eq!(get(&map, 9), Some(92));
}

/// Every model. A kill needs one preemption.
const MODELS: &[Model] = &[
    Model::new("insert beside get", insert_beside_get).bound(2).audit_bound(1),
    Model::new("get or insert beside get or insert", get_or_insert_beside_get_or_insert).bound(2).audit_bound(1),
    Model::new("remove beside get", remove_beside_get).bound(2).audit_bound(1),
    Model::new("overwrite beside get", overwrite_beside_get).bound(2).audit_bound(1),
    Model::new("overwrite twice beside two gets", overwrite_twice_beside_two_gets).bound(1),
    Model::new("grow beside get", grow_beside_get).bound(2).audit_bound(1),
    Model::new("grow beside iter", grow_beside_iter).bound(2).audit_bound(1),
    Model::new("grow beside grow", grow_beside_grow).bound(2).audit_bound(1),
    Model::new("grow and overwrite beside a reference", grow_and_overwrite_beside_a_reference).bound(2).audit_bound(1),
    Model::new("clear beside get", clear_beside_get).bound(2).audit_bound(1),
    Model::new("overwrite beside overwrite beside get", overwrite_beside_overwrite_beside_get).bound(1),
];
// ANCHOR_END: models

#[test]
fn every_model_holds() {
    recording::models("step10-models.txt", MODELS);
}

/// The orderings of the table's sources, asked of this step's models, with this step's migration. (Step 7 asks larger ones.)
#[test]
fn every_ordering_is_needed() {
    let audit = Audit::of("src/table/grow.rs", include_str!("../../table/src/table/grow.rs"))
        .and("src/table/raw.rs", include_str!("../../table/src/table/raw.rs"))
        .and("src/table/map.rs", include_str!("../../table/src/table/map.rs"))
        .and("src/table/write.rs", include_str!("../../table/src/table/write.rs"))
        .models(MODELS);
    recording::audit("step10-audit", audit, &[]);
}

/// What a look-up and the writes cost, with a guard for each. (With `membarrier(2)` the reader has no fence.)
#[test]
fn the_cost_of_get_and_insert() {
    let made = || map_of(1..3);
    let ledger = Ledger::new("step10 RcuMap")
        .operation("get", made, |(_, map)| _ = get(map, 1))
        .operation("overwrite", made, |(_, map)| insert(map, 1, 11))
        .operation("insert, remove", made, |(_, map)| {
            insert(map, 3, 30);
            map.remove(&Key::at(0, 3));
        });
    recording::ledger("step10-ledger", &[ledger]);
}

/// Adds 1 to the value, when the lock is free.
fn add_one(lock: &AddressLock<Probe<u32>>) {
    loop {
        if let Some(mut value) = lock.try_lock() {
            **value += 1;
            return;
        }
        witness::thread::yield_now();
    }
}

// ANCHOR: address_lock
/// A writer and a reader, through one lock.
fn through_one_address() {
    let lock = AddressLock::new(Probe::new(0), &Held::new());
    scope(|scope| {
        scope.spawn(|| add_one(&lock));
        add_one(&lock);
    });
    assert_eq!(**lock.try_lock().expect("nobody holds it"), 2);
}

/// The same, after the lock's bits were copied as a growing map would copy them: one thread has a `&` to the old place, one
/// to the new.
fn through_two_addresses() {
    let old = Box::new(MaybeUninit::new(AddressLock::new(Probe::new(0), &Held::new())));
    let mut new = Box::new(MaybeUninit::<AddressLock<Probe<u32>>>::uninit());
    // SAFETY: both are places for a lock, and they do not overlap. What `AddressLock` asks for is NOT kept: while there are
    // two copies, one lock has two addresses.
    unsafe { witness::ptr::copy_nonoverlapping(&raw const *old, &raw mut *new, 1) };
    // SAFETY: both hold the bits of a lock. Only the new one is dropped.
    let (old, new) = unsafe { (old.assume_init_ref(), new.assume_init_mut()) };
    scope(|scope| {
        scope.spawn(|| {
            name_current("new reader");
            add_one(new);
        });
        name_current("old reader");
        add_one(old);
    });
    // SAFETY: the threads are done, and the old copy is forgotten.
    unsafe { std::ptr::drop_in_place(new) };
}
// ANCHOR_END: address_lock

#[test]
fn a_lock_that_is_known_by_its_address_works_where_it_is() {
    witness::model(through_one_address);
}

#[test]
fn copied_while_others_refer_to_it_it_lets_two_in() {
    let witness = witness::expect_bug(Bug::DataRace, through_two_addresses);
    recording::counterexample("step10-address-lock", &witness);
}
