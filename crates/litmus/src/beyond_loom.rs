//! Where loom's memory model and Rust's differ. What a test here says is what loom says, and not what is true.

use std::sync::Arc;

use witness::cell::UnsafeCell;
use witness::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use witness::sync::atomic::{AtomicUsize, fence};
use witness::thread;

// ANCHOR: load_buffering
/// Load buffering: each thread reads one location and then writes 1 to the other.
///
/// Rust allows `(1, 1)`: with `Relaxed`, a store may become visible before the load that stands before it. loom runs
/// the threads' operations one at a time, each load returns a store that has been made, and so it never sees this.
pub fn load_buffering() -> (usize, usize) {
    let words = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let other = {
        let words = words.clone();
        thread::spawn(move || {
            let seen = words.1.load(Relaxed);
            words.0.store(1, Relaxed);
            seen
        })
    };
    let seen = words.0.load(Relaxed);
    words.1.store(1, Relaxed);
    (seen, other.join().unwrap())
}
// ANCHOR_END: load_buffering

/// Store buffering with `SeqCst` accesses and no fence.
///
/// Rust forbids `(0, 0)`: all `SeqCst` accesses have one order. loom treats them as `AcqRel`, and so it sees it: a false
/// alarm for a design that relies on that order.
pub fn store_buffering_with_seq_cst_accesses() -> (usize, usize) {
    crate::store_buffering::without_a_fence(SeqCst, SeqCst)
}

// ANCHOR: seq_cst
/// A lock for two threads that relies on that order: each says that it wants to enter, and enters if the other has not
/// said so. Right in Rust, since not both can read 0; and loom lets both in.
pub fn a_lock_of_seq_cst_accesses() {
    let wants = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let inside = Arc::new(AtomicUsize::new(0));
    let enter = |mine: &AtomicUsize, other: &AtomicUsize, inside: &AtomicUsize| {
        mine.store(1, SeqCst);
        if other.load(SeqCst) == 0 {
            assert_eq!(inside.fetch_add(1, SeqCst), 0, "both are inside");
        }
    };
    let other = {
        let (wants, inside) = (wants.clone(), inside.clone());
        thread::spawn(move || enter(&wants.1, &wants.0, &inside))
    };
    enter(&wants.0, &wants.1, &inside);
    other.join().unwrap();
}
// ANCHOR_END: seq_cst

struct Data(UnsafeCell<usize>);

// SAFETY: broken: what reads it here is a data race in Rust's memory model.
unsafe impl Send for Data {}
// SAFETY: broken: as above.
unsafe impl Sync for Data {}

// ANCHOR: fences
/// Two `SeqCst` fences, and no atomic that carries the one to the other: broken on purpose, and loom passes it.
///
/// If T1 has read 0 from `asked`, then its fence comes before T0's in the order of all `SeqCst` fences; otherwise it would
/// have read 1. T0 learns this from `answer`. But it learns it by a `Relaxed` load with no fence after it, so T1's write
/// to `data` does not happen before T0's read: the order of the fences is not happens-before. In Rust that is a data race.
/// loom lets one `SeqCst` fence synchronise with the next outright, and finds nothing.
pub fn ordered_by_fences_alone() {
    let data = Arc::new(Data(UnsafeCell::new(0)));
    let words = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let other = {
        let (data, words) = (data.clone(), words.clone());
        thread::spawn(move || {
            let (asked, answer) = (&words.0, &words.1);
            // SAFETY: T0 reads the data only after it has learnt that this comes first. NOT kept, see above.
            data.0.with_mut(|data| unsafe { *data = 1 });
            fence(SeqCst);
            if asked.load(Relaxed) == 0 {
                answer.store(1, Relaxed);
            }
        })
    };
    let (asked, answer) = (&words.0, &words.1);
    asked.store(1, Relaxed);
    fence(SeqCst);
    if answer.load(Relaxed) == 1 {
        // SAFETY: needs T1's write to happen before. NOT kept, see above.
        assert_eq!(data.0.with(|data| unsafe { *data }), 1);
    }
    other.join().unwrap();
}
// ANCHOR_END: fences

// ANCHOR: fence_of_another
/// A fence in a thread that has not read what it would have to acquire: broken on purpose, and loom passes it.
///
/// T1 has read T0's flag, without acquiring. T2's fence acquires what T2 has read, and that is T1's word alone. In loom a
/// fence acquires all that has been read before it, by whichever thread.
pub fn a_fence_for_what_another_thread_has_read() {
    let data = Arc::new(Data(UnsafeCell::new(0)));
    let words = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let messenger = {
        let words = words.clone();
        thread::spawn(move || {
            if words.0.load(Relaxed) == 1 {
                words.1.store(1, Release);
            }
        })
    };
    let reader = {
        let (data, words) = (data.clone(), words.clone());
        thread::spawn(move || {
            if words.1.load(Acquire) == 1 {
                fence(Acquire);
                // SAFETY: needs T0's write to happen before. NOT kept, see above.
                assert_eq!(data.0.with(|data| unsafe { *data }), 1);
            }
        })
    };
    // SAFETY: nobody reads the data before the flag says so.
    data.0.with_mut(|data| unsafe { *data = 1 });
    words.0.store(1, Release);
    messenger.join().unwrap();
    reader.join().unwrap();
}
// ANCHOR_END: fence_of_another

// ANCHOR: swap
/// A swap beside two stores of one thread, which looks afterwards.
///
/// Rust forbids `(0, 3)` and `(1, 3)`: what a read-modify-write has read is the last store before it in the order of all
/// stores to the word. If that is not the store of 2, then this one comes after the swap, and who has made it reads nothing
/// older.
pub fn a_swap_beside_two_stores() -> (usize, usize) {
    let word = Arc::new(AtomicUsize::new(0));
    let other = {
        let word = word.clone();
        thread::spawn(move || word.swap(3, Relaxed))
    };
    word.store(1, Relaxed);
    word.store(2, Relaxed);
    let seen = word.load(Relaxed);
    (other.join().unwrap(), seen)
}
// ANCHOR_END: swap
