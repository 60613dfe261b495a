//! Message passing: data first, then a flag that says that it is there.

use std::sync::Arc;

use witness::sync::atomic::Ordering::{self, Acquire, Relaxed, Release};
use witness::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, fence};
use witness::{Probe, boxed::Box, thread};

// ANCHOR: test
/// What the reader sees: the flag, and then the data.
pub fn reader_sees(store: Ordering, load: Ordering) -> (bool, usize) {
    let shared = Arc::new((AtomicUsize::new(0), AtomicBool::new(false)));
    let writer = {
        let shared = shared.clone();
        thread::spawn(move || {
            shared.0.store(1, Relaxed); // the data
            shared.1.store(true, store); // the flag
        })
    };
    let seen = (shared.1.load(load), shared.0.load(Relaxed));
    writer.join().unwrap();
    seen
}
// ANCHOR_END: test

// ANCHOR: fences
/// The same with `Relaxed` accesses, and a fence before the store or after the load, or both.
pub fn reader_sees_with_fences(writer_fences: bool, reader_fences: bool) -> (bool, usize) {
    let shared = Arc::new((AtomicUsize::new(0), AtomicBool::new(false)));
    let writer = {
        let shared = shared.clone();
        thread::spawn(move || {
            shared.0.store(1, Relaxed); // the data
            if writer_fences {
                fence(Release);
            }
            shared.1.store(true, Relaxed); // the flag
        })
    };
    let flag = shared.1.load(Relaxed);
    if reader_fences {
        fence(Acquire);
    }
    let seen = (flag, shared.0.load(Relaxed));
    writer.join().unwrap();
    seen
}
// ANCHOR_END: fences

/// As [`reader_sees`], but the reader looks at the data first, and then at the flag; the result is still (flag, data).
pub fn reader_looks_at_the_data_first() -> (bool, usize) {
    let shared = Arc::new((AtomicUsize::new(0), AtomicBool::new(false)));
    let writer = {
        let shared = shared.clone();
        thread::spawn(move || {
            shared.0.store(1, Relaxed);
            shared.1.store(true, Release);
        })
    };
    let data = shared.0.load(Acquire);
    let flag = shared.1.load(Acquire);
    writer.join().unwrap();
    (flag, data)
}

/// The same with a boxed payload, which is plain memory: what was a stale value above is a data race here.
pub fn payload(store: Ordering, load: Ordering) {
    let shared = Arc::new(AtomicPtr::<Probe<usize>>::default());
    let writer = {
        let shared = shared.clone();
        thread::spawn(move || shared.store(Box::into_raw(Box::new(Probe::new(1))), store))
    };
    let payload = shared.load(load);
    if !payload.is_null() {
        // SAFETY: needs the payload to be written before this read. Kept by a Release store and an Acquire load; not by
        // weaker ones, which the tests try on purpose.
        assert_eq!(unsafe { **payload }, 1);
    }
    writer.join().unwrap();
    // SAFETY: the writer has ended; the pointer is this thread's alone.
    drop(unsafe { Box::from_raw(shared.load(Relaxed)) });
}
