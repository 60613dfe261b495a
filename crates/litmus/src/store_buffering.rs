//! Store buffering: each thread writes its own flag and then looks at the other's.

use std::sync::Arc;

use witness::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, SeqCst};
use witness::sync::atomic::{AtomicUsize, fence};
use witness::thread;

/// What each thread sees of the other.
pub type Seen = (usize, usize);

// ANCHOR: test
/// Nothing between the store and the load.
pub fn without_a_fence(store: Ordering, load: Ordering) -> Seen {
    both_see(store, load, || ())
}

/// A `SeqCst` fence between the two, in both threads.
pub fn with_a_fence() -> Seen {
    both_see(Relaxed, Relaxed, || fence(SeqCst))
}

fn both_see(store: Ordering, load: Ordering, between: fn()) -> Seen {
    let flags = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let other = {
        let flags = flags.clone();
        thread::spawn(move || {
            flags.1.store(1, store);
            between();
            flags.0.load(load)
        })
    };
    flags.0.store(1, store);
    between();
    let seen = flags.1.load(load);
    (seen, other.join().unwrap())
}
// ANCHOR_END: test

/// No fence, and a swap in the place of each store.
pub fn with_swaps() -> Seen {
    let flags = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let other = {
        let flags = flags.clone();
        thread::spawn(move || {
            flags.1.swap(1, AcqRel);
            flags.0.load(Acquire)
        })
    };
    flags.0.swap(1, AcqRel);
    let seen = flags.1.load(Acquire);
    (seen, other.join().unwrap())
}

/// A `SeqCst` fence in one of the two threads only.
pub fn with_one_fence() -> Seen {
    let flags = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let other = {
        let flags = flags.clone();
        thread::spawn(move || {
            flags.1.store(1, Relaxed);
            flags.0.load(Relaxed)
        })
    };
    flags.0.store(1, Relaxed);
    fence(SeqCst);
    let seen = flags.1.load(Relaxed);
    (seen, other.join().unwrap())
}
