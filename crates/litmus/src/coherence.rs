//! Coherence: what a single atomic promises by itself, whatever the orderings.

use std::sync::Arc;

use witness::sync::atomic::{AtomicUsize, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use witness::thread;

/// What one thread sees, looking twice.
pub type Looks = (usize, usize);

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

// ANCHOR: agree
/// Two threads store to one atomic, 1 and 2. Whoever has stored 2 looks then; a third thread looks twice.
pub fn one_atomic_seen_by_two() -> (usize, Looks) {
    let word = Arc::new(AtomicUsize::new(0));
    let one = {
        let word = word.clone();
        thread::spawn(move || word.store(1, Relaxed))
    };
    let reader = {
        let word = word.clone();
        thread::spawn(move || (word.load(Relaxed), word.load(Relaxed)))
    };
    word.store(2, Relaxed);
    let seen = word.load(Relaxed);
    one.join().unwrap();
    (seen, reader.join().unwrap())
}

/// Two threads each store 1 to an atomic of their own; two others look at both, in opposite orders.
pub fn two_atomics_seen_by_two() -> (Looks, Looks) {
    let words = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let first = {
        let words = words.clone();
        thread::spawn(move || words.0.store(1, Release))
    };
    let second = {
        let words = words.clone();
        thread::spawn(move || words.1.store(1, Release))
    };
    let other = {
        let words = words.clone();
        thread::spawn(move || (words.1.load(Acquire), words.0.load(Acquire)))
    };
    let seen = (words.0.load(Acquire), words.1.load(Acquire));
    first.join().unwrap();
    second.join().unwrap();
    (seen, other.join().unwrap())
}
// ANCHOR_END: agree
