//! Claims about what safe code can do. Nothing in this file may be unsafe.

#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::sync::atomic::AtomicPtr;
use std::sync::mpsc::channel;
use std::sync::{Arc, OnceLock, RwLock};
use std::thread;

use step4::ArcCell;

type Table = HashMap<String, String>;

fn table(version: u32) -> Table {
    HashMap::from([("version".to_owned(), version.to_string())])
}

// ANCHOR: safe
#[test]
fn the_cell_is_used_without_unsafe() {
    let cell = ArcCell::new(Arc::new(table(0)));
    let held = cell.get();
    thread::scope(|scope| {
        scope.spawn(|| drop(cell.set(Arc::new(table(1)))));
        scope.spawn(|| assert!(["0", "1"].contains(&cell.get()["version"].as_str())));
    });
    assert_eq!(cell.get()["version"], "1");
    drop(cell);
    assert_eq!(held["version"], "0", "what `get` gave outlives its successor, and the cell");
}
// ANCHOR_END: safe

#[test]
fn an_arc_is_one_pointer_wide() {
    assert_eq!(size_of::<Arc<Table>>(), size_of::<*mut ()>());
    assert_eq!(size_of::<AtomicPtr<Table>>(), size_of::<*mut ()>());
}

#[test]
fn a_hash_map_is_wider_than_any_atomic() {
    // The widest that a processor exchanges at once is 16 bytes; the widest of std's atomics on stable has 8.
    assert!(size_of::<Table>() > 16, "{}", size_of::<Table>());
}

#[test]
fn the_outer_arc_is_one_way_of_several() {
    // Three owners, and no `Arc` around the lock in the last two.
    let shared = Arc::new(RwLock::new(Arc::new(table(1))));
    let other = Arc::clone(&shared);
    assert_eq!(thread::spawn(move || other.read().unwrap()["version"].clone()).join().unwrap(), "1");

    let borrowed = RwLock::new(Arc::new(table(2)));
    let version = thread::scope(|scope| scope.spawn(|| borrowed.read().unwrap()["version"].clone()).join().unwrap());
    assert_eq!(version, "2");

    static EVERYBODYS: OnceLock<RwLock<Arc<Table>>> = OnceLock::new();
    EVERYBODYS.get_or_init(|| RwLock::new(Arc::new(table(3))));
    let version = thread::spawn(|| EVERYBODYS.get().unwrap().read().unwrap()["version"].clone()).join().unwrap();
    assert_eq!(version, "3");
}

// ANCHOR: sent
#[test]
fn updates_can_be_sent_to_workers_that_have_tables_of_their_own() {
    let (updates, workers): (Vec<_>, Vec<_>) = (0..3)
        .map(|_| {
            let (update, updated) = channel::<(String, String)>();
            let worker = thread::spawn(move || {
                let mut own = table(0);
                // A worker would `try_iter` between two lookups. This one waits until there are no more.
                own.extend(updated);
                own
            });
            (update, worker)
        })
        .unzip();
    for update in updates {
        update.send(("version".to_owned(), "1".to_owned())).unwrap();
    }
    for worker in workers {
        assert_eq!(worker.join().unwrap()["version"], "1");
    }
}
// ANCHOR_END: sent
