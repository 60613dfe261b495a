//! When keys and values are dropped, what their code may do meanwhile, and how much is kept while a reader stays.

mod tracked;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

use step10::RcuMap;
use table::{Domain, Garbage};
use tracked::{Code, Number, Register, Tracked, meddle, panic_after, panic_no_more};

type Map = RcuMap<Tracked, Tracked>;

fn map() -> (Map, Arc<Register>) {
    (Map::new_in(&Domain::new()), Register::new())
}

#[test]
fn everything_is_dropped_with_the_map_and_nothing_twice() {
    for entries in [0, 1, 7, 8, 1_000] {
        let (map, register) = map();
        for number in 0..entries {
            map.insert(Tracked::new(number, &register), Tracked::new(number, &register));
        }
        for number in 0..entries / 2 {
            map.insert(Tracked::new(number, &register), Tracked::new(number + 1, &register));
        }
        for number in 0..entries / 4 {
            map.remove(&Number(number));
        }
        drop(map);
        assert_eq!(register.alive(), 0, "{entries}");
    }
}

#[test]
fn what_a_guard_has_seen_is_dropped_when_it_ends() {
    let (map, register) = map();
    map.insert(Tracked::new(1, &register), Tracked::new(10, &register));
    let guard = map.read();
    let first = guard.get(&Number(1)).unwrap();
    assert_eq!(guard.insert(Tracked::new(1, &register), Tracked::new(11, &register)).unwrap().get(), 10);
    let second = guard.get(&Number(1)).unwrap();
    assert_eq!(guard.remove(&Number(1)).unwrap().get(), 11);
    map.reclaim();
    assert_eq!((first.get(), second.get(), guard.get(&Number(1)).is_none()), (10, 11, true));
    drop(guard);
    map.reclaim();
    assert_eq!(register.alive(), 0);
}

/// The key that is there stays, as in std's map; the other one is dropped at once.
#[test]
fn an_overwrite_keeps_the_key() {
    let register = Register::new();
    let map: RcuMap<Tracked, u64> = RcuMap::new_in(&Domain::new());
    map.insert(Tracked::new(1, &register), 10);
    let guard = map.read();
    let key: *const Tracked = guard.get_key_value(&Number(1)).unwrap().0;
    map.insert(Tracked::new(1, &register), 11);
    assert_eq!(register.alive(), 1, "the spare key has gone, and the old one has a second home");
    drop(guard);
    map.reclaim();
    assert_eq!(register.alive(), 1);
    let guard = map.read();
    let (kept, value) = guard.get_key_value(&Number(1)).unwrap();
    assert_eq!((kept.get(), *value), (1, 11));
    assert!(!std::ptr::eq(kept, key), "its bits have moved");
}

#[test]
fn a_drop_that_panics_does_not_keep_the_rest_from_being_dropped() {
    let (map, register) = map();
    for number in 0..100 {
        map.insert(Tracked::new(number, &register), Tracked::new(number, &register));
    }
    panic_after(Code::Drop, 0);
    let panic = catch_unwind(AssertUnwindSafe(|| map.clear()));
    assert_eq!((panic.is_err(), panic_no_more()), (true, Some(Code::Drop)));
    assert_eq!((map.len(), register.alive()), (0, 0));
    map.insert(Tracked::new(1, &register), Tracked::new(1, &register));
    panic_after(Code::Drop, 1);
    let panic = catch_unwind(AssertUnwindSafe(|| drop(map)));
    assert_eq!((panic.is_err(), panic_no_more()), (true, Some(Code::Drop)));
    assert_eq!(register.alive(), 0);
}

/// What a test does with a map, and with the register that its entries are in.
type Use = fn(&'static Map, &Arc<Register>);

/// Runs `operation` on a map of ten entries, while `code` runs `meddling` on that map whenever it is called.
fn meddling(code: Code, operation: Use, meddling: Use) -> Result<(), String> {
    let register = Register::new();
    let map: &'static Map = Box::leak(Box::new(Map::new_in(&Domain::new())));
    for number in 0..10 {
        insert(map, &register, number);
    }
    let meddler = register.clone();
    let done = catch_unwind(|| meddle(code, move || meddling(map, &meddler), || operation(map, &register)));
    let entries = map.read().iter().count();
    assert_eq!(entries, map.len());
    map.reclaim();
    assert_eq!(register.alive(), 2 * entries);
    done.map_err(|panic| panic.downcast_ref::<&str>().map_or_else(String::new, |message| message.to_string()))
}

fn insert(map: &Map, register: &Arc<Register>, number: u64) {
    map.insert(Tracked::new(number, register), Tracked::new(number, register));
}

#[test]
fn user_code_that_writes_to_its_own_map_under_the_lock_panics_and_does_not_hang() {
    let writes: [Use; 6] = [
        |map, register| insert(map, register, 3),
        |map, _| _ = map.remove(&Number(3)),
        |map, _| map.clear(),
        |map, _| map.reserve(1_000),
        |map, _| map.reclaim(),
        |map, _| _ = map.garbage(),
    ];
    for write in writes {
        let says =
            meddling(Code::Eq, |map, register| insert(map, register, 5), write).expect_err("Eq runs under the lock");
        assert!(says.contains("wrote to the map"), "{says}");
        let says = meddling(Code::Hash, |map, _| map.reserve(500), write).expect_err("so does Hash when the map grows");
        assert!(says.contains("wrote to the map"), "{says}");
    }
}

#[test]
fn a_value_that_cannot_be_made_is_not_inserted() {
    let (map, register) = map();
    let key = |number| Tracked::new(number, &register);
    let get_or_insert = |make: &dyn Fn() -> Tracked| {
        let made = catch_unwind(AssertUnwindSafe(|| map.read().get_or_insert_with(key(1), make).get()));
        made.map_err(|panic| panic.downcast_ref::<&str>().map_or_else(String::new, |message| message.to_string()))
    };
    assert_eq!(get_or_insert(&|| panic!("no value")), Err("no value".to_owned()));
    let says = get_or_insert(&|| {
        map.insert(key(2), key(2));
        key(1)
    });
    assert!(says.clone().is_err_and(|says| says.contains("wrote to the map")), "{says:?}");
    assert_eq!((map.len(), register.alive()), (0, 0));
    assert_eq!(get_or_insert(&|| key(10)), Ok(10));
    assert_eq!((map.len(), register.alive()), (1, 2));
}

#[test]
fn user_code_under_the_lock_may_read_its_own_map() {
    let read: Use = |map, _| {
        let guard = map.read();
        assert!(guard.iter().all(|(key, value)| key.get() == value.get()));
    };
    for code in [Code::Hash, Code::Eq, Code::Drop] {
        meddling(code, |map, register| insert(map, register, 5), read).unwrap();
        meddling(code, |map, _| map.reserve(500), read).unwrap();
        meddling(code, |map, _| map.clear(), read).unwrap();
    }
}

#[test]
fn a_drop_may_do_anything_with_its_own_map() {
    let writes: [Use; 4] = [
        |map, register| insert(map, register, 100),
        |map, _| _ = map.remove(&Number(3)),
        |map, _| map.reserve(1_000),
        |map, _| map.reclaim(),
    ];
    for write in writes {
        meddling(Code::Drop, |map, register| insert(map, register, 5), write).unwrap();
        meddling(Code::Drop, |map, _| (0..8).for_each(|key| _ = map.remove(&Number(key))), write).unwrap();
        meddling(Code::Drop, |map, _| map.reclaim(), write).unwrap();
    }
}

// ANCHOR: garbage
#[test]
fn garbage_is_bounded_by_the_writes_since_the_oldest_reader_came() {
    let (map, register) = map();
    for number in 0..1_000 {
        map.insert(Tracked::new(number, &register), Tracked::new(number, &register));
    }
    map.reclaim();
    assert_eq!(map.garbage(), Garbage::default());

    let (stay, until) = channel::<()>();
    thread::scope(|scope| {
        let (tell, told) = channel();
        // Moved in here, so that the reader ends if an assertion below fails.
        let (map, stay) = (&map, stay);
        scope.spawn(move || {
            let guard = map.read();
            tell.send(()).unwrap();
            until.recv().unwrap();
            assert_eq!(guard.iter().count(), 1_000);
        });
        told.recv().unwrap();
        let capacity = map.capacity();
        for write in 1..=20_000_usize {
            let number = write as u64 % 1_000;
            map.insert(Tracked::new(number, &register), Tracked::new(number, &register));
            if write.is_power_of_two() {
                let Garbage { entries, slots, .. } = map.garbage();
                assert!(entries <= write, "{entries} entries after {write} writes");
                assert!(slots <= 2 * capacity + 8 * write, "{slots} slots after {write} writes");
            }
        }
        assert_eq!(map.garbage().entries, 20_000, "nothing has been dropped while the reader stayed");
        stay.send(()).unwrap();
    });
    map.reclaim();
    assert_eq!((map.garbage(), register.alive()), (Garbage::default(), 2_000));
}

#[test]
fn while_no_reader_stays_little_is_kept() {
    let (map, register) = map();
    let mut most = 0;
    for write in 0..20_000 {
        map.insert(Tracked::new(write % 100, &register), Tracked::new(write, &register));
        drop(map.read());
        most = most.max(map.garbage().entries);
    }
    assert!(most < 256, "{most} entries waited");
}
// ANCHOR_END: garbage
