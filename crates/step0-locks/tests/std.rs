//! What real threads show: who gets through while the table is rebuilt, and what a writer leaves behind.

mod sync {
    pub use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
}

#[path = "../src/in_place.rs"]
#[allow(dead_code, reason = "twin")]
mod in_place;
#[path = "../src/mutex_arc.rs"]
#[allow(dead_code, reason = "twin")]
mod mutex_arc;
#[path = "../src/rwlock_arc.rs"]
#[allow(dead_code, reason = "twin")]
mod rwlock_arc;
#[path = "../src/shared.rs"]
mod shared;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, TryLockError, Weak};
use std::thread;

use in_place::InPlace;
use mutex_arc::MutexArc;
use rwlock_arc::RwLockArc;
use shared::Shared;

// ANCHOR: under
#[test]
fn not_one_reader_gets_through_while_the_table_is_rebuilt_under_the_write_lock() {
    let table = InPlace::new(1);
    let (tries, through): ([AtomicUsize; 3], _) = (Default::default(), AtomicUsize::new(0));
    thread::scope(|scope| {
        table.update(|old| {
            for tries in &tries {
                scope.spawn(|| {
                    let value = loop {
                        tries.fetch_add(1, Relaxed);
                        match table.lock.try_read() {
                            Err(TryLockError::WouldBlock) => thread::yield_now(),
                            tried => break *tried.expect("nobody has panicked"),
                        }
                    };
                    through.fetch_add(1, Relaxed);
                    assert_eq!(value, 2);
                });
            }
            // The rebuild takes as long as each of them needs to try a hundred times: no clock is needed to say so.
            while tries.iter().any(|tries| tries.load(Relaxed) < 100) {
                thread::yield_now();
            }
            assert_eq!(through.load(Relaxed), 0);
            old + 1
        });
    });
    assert_eq!(through.load(Relaxed), 3);
}
// ANCHOR_END: under

// ANCHOR: outside
/// Rebuilds the table, and takes as long over it as three readers need to get through a hundred times each.
fn rebuild_while_readers_read(shared: &(impl Shared<u32> + Sync)) {
    shared.update(|old| {
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| (0..100).for_each(|_| assert_eq!(shared.look(|value| *value), 1)));
            }
        });
        old + 1
    });
    assert_eq!(shared.look(|value| *value), 2);
}

#[test]
fn readers_get_through_while_the_table_is_rebuilt_without_the_lock() {
    rebuild_while_readers_read(&MutexArc::new(Arc::new(1)));
    rebuild_while_readers_read(&RwLockArc::new(Arc::new(1)));
}
// ANCHOR_END: outside

#[test]
fn no_update_of_four_threads_is_lost() {
    fn check(shared: &(impl Shared<u32> + Sync)) {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1_000).for_each(|_| shared.update(|value| value + 1)));
            }
        });
        assert_eq!(shared.look(|value| *value), 4_000);
    }
    check(&InPlace::new(0));
    check(&MutexArc::new(Arc::new(0)));
    check(&RwLockArc::new(Arc::new(0)));
}

#[test]
fn a_rebuild_that_panics_leaves_the_value_as_it_was() {
    fn check(shared: &(impl Shared<u32> + Sync)) {
        let panicked = catch_unwind(AssertUnwindSafe(|| shared.update(|_| panic!("on purpose"))));
        assert!(panicked.is_err());
        assert_eq!(shared.look(|value| *value), 1);
        shared.update(|value| value + 1);
        assert_eq!(shared.look(|value| *value), 2);
    }
    let in_place = InPlace::new(1);
    check(&in_place);
    assert!(in_place.lock.is_poisoned(), "std's lock calls itself poisoned, and the value is whole");
    check(&MutexArc::new(Arc::new(1)));
    check(&RwLockArc::new(Arc::new(1)));
}

#[test]
fn set_returns_what_was_there_and_the_last_owner_drops_it() {
    let first = Arc::new(1);
    let watched: Weak<i32> = Arc::downgrade(&first);
    let cell = MutexArc::new(first);
    let held = cell.get();
    assert_eq!(*cell.set(Arc::new(2)), 1);
    assert_eq!(watched.strong_count(), 1, "what `get` gave");
    drop(held);
    assert_eq!(watched.strong_count(), 0);

    let second = Arc::downgrade(&cell.get());
    cell.update(|value| value + 1);
    assert_eq!(second.strong_count(), 0, "an update drops what it replaces");
    let third = Arc::downgrade(&cell.get());
    drop(cell);
    assert_eq!(third.strong_count(), 0, "the cell drops its value");

    let cell = RwLockArc::new(Arc::new(1));
    assert_eq!((*cell.set(Arc::new(2)), *cell.get()), (1, 2));
    let table = InPlace::new(1);
    assert_eq!((table.replace(2), *table.read()), (1, 2));
}

#[test]
fn default_is_that_of_the_value() {
    assert_eq!(*InPlace::<u32>::default().read(), 0);
    assert_eq!(*MutexArc::<u32>::default().get(), 0);
    assert_eq!(*RwLockArc::<u32>::default().get(), 0);
}
