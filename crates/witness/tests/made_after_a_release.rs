//! What a thread makes right after a `Release` is not released by it. Loom counts only some of a thread's steps, and to make
//! a cell is none of them: for loom alone it would have happened before.

use std::ptr::null_mut;
use std::sync::Arc;

use witness::boxed::Box;
use witness::cell::UnsafeCell;
use witness::sync::atomic::{AtomicBool, AtomicPtr, Ordering::*};
use witness::{Bug, Probe, expect_bug, thread};

/// Publishes what `make` returns after a flag has been released, and has another thread free it that has acquired the flag.
fn published<T: 'static>(make: fn() -> *mut T, free: fn(*mut T)) {
    expect_bug(Bug::DataRace, move || {
        let shared = Arc::new((AtomicBool::new(false), AtomicPtr::new(null_mut::<T>())));
        let reader = {
            let shared = shared.clone();
            thread::spawn(move || {
                let pointer = if shared.0.load(Acquire) { shared.1.load(Relaxed) } else { null_mut() };
                if !pointer.is_null() {
                    free(pointer);
                }
                !pointer.is_null()
            })
        };
        shared.0.store(true, Release);
        let made = make();
        shared.1.store(made, Relaxed);
        if !reader.join().unwrap() {
            free(made);
        }
    });
}

#[test]
fn a_block() {
    // SAFETY: broken: the block may not be there yet.
    published(|| Box::into_raw(Box::new(1)), |pointer| drop(unsafe { Box::from_raw(pointer) }));
}

// The next two are in memory of std's, which no block of the checker's watches.

#[test]
fn a_probe() {
    let make = || std::boxed::Box::into_raw(std::boxed::Box::new(Probe::new(1)));
    published(make, |pointer| {
        // SAFETY: broken: the probe may not be there yet.
        let probe = unsafe { std::boxed::Box::from_raw(pointer) };
        assert_eq!(**probe, 1);
    });
}

#[test]
fn a_cell() {
    let make = || std::boxed::Box::into_raw(std::boxed::Box::new(UnsafeCell::new(1)));
    published(make, |pointer| {
        // SAFETY: broken: the cell may not be there yet.
        let cell = unsafe { std::boxed::Box::from_raw(pointer) };
        // SAFETY: nobody writes to it.
        assert_eq!(cell.with(|value| unsafe { *value }), 1);
    });
}
