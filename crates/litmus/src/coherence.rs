//! Coherence: what a single atomic promises by itself, whatever the orderings.

use std::sync::Arc;

use witness::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use witness::thread;

// ANCHOR: reads
/// One thread counts up to 2; the other looks twice.
pub fn two_looks() -> (usize, usize) {
    let counter = Arc::new(AtomicUsize::new(0));
    let writer = {
        let counter = counter.clone();
        thread::spawn(move || {
            counter.store(1, Relaxed);
            counter.store(2, Relaxed);
        })
    };
    let seen = (counter.load(Relaxed), counter.load(Relaxed));
    writer.join().unwrap();
    seen
}
// ANCHOR_END: reads

// ANCHOR: add
/// Two threads add 1 each, with a read-modify-write.
pub fn two_additions() -> usize {
    let counter = Arc::new(AtomicUsize::new(0));
    let other = {
        let counter = counter.clone();
        thread::spawn(move || counter.fetch_add(1, Relaxed))
    };
    counter.fetch_add(1, Relaxed);
    other.join().unwrap();
    counter.load(Relaxed)
}

/// The same with a load and a store.
pub fn two_loads_and_stores() -> usize {
    fn add(counter: &AtomicUsize) {
        counter.store(counter.load(Relaxed) + 1, Relaxed);
    }
    let counter = Arc::new(AtomicUsize::new(0));
    let other = {
        let counter = counter.clone();
        thread::spawn(move || add(&counter))
    };
    add(&counter);
    other.join().unwrap();
    counter.load(Relaxed)
}
// ANCHOR_END: add
