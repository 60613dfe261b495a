//! Memory that is used, or freed, after it has been freed.

use super::world::atomic::{AtomicPtr, Ordering::*};
use super::world::{Arc, Box, Probe, hint, thread};

/// A reader has the pointer in its hand when the writer frees the value.
pub fn through_a_raw_pointer() {
    let shared = std::sync::Arc::new(AtomicPtr::new(Box::into_raw(Box::new(Probe::new(1_u64)))));
    let writer = {
        let shared = shared.clone();
        thread::spawn(move || {
            let new = Box::into_raw(Box::new(Probe::new(2)));
            let old = shared.swap(new, AcqRel);
            // SAFETY: broken: a reader may have loaded `old` before the swap.
            drop(unsafe { Box::from_raw(old) });
        })
    };
    let value = shared.load(Acquire);
    writer.join().unwrap();
    // SAFETY: broken: nothing keeps the value alive once it has been replaced.
    let probe = unsafe { &*value };
    hint::black_box(**probe); // ✗ read through a raw pointer
    // SAFETY: the writer has ended; the last pointer is this thread's.
    drop(unsafe { Box::from_raw(shared.load(Relaxed)) });
}

/// Two handles, one strong reference.
pub fn deref_after_the_last_drop() {
    let arc = Arc::new(1_u64);
    // SAFETY: broken: the copy of the handle owns no strong reference.
    let copy = std::mem::ManuallyDrop::new(unsafe { std::ptr::read(&arc) });
    drop(arc);
    hint::black_box(**copy); // ✗ deref after the last drop
}

pub fn increment_after_free() {
    let pointer = Arc::into_raw(Arc::new(1_u64));
    // SAFETY: `pointer` owns the only strong reference.
    drop(unsafe { Arc::from_raw(pointer) });
    // SAFETY: broken: the count is zero, and the block is gone.
    unsafe { Arc::increment_strong_count(pointer) }; // ✗ increment after free
}

/// The allocator likes to hand out again what was freed last: then the count that goes up is another value's.
pub fn increment_after_free_at_a_reused_address() {
    let pointer = Arc::into_raw(Arc::new(1_u64));
    // SAFETY: `pointer` owns the only strong reference.
    drop(unsafe { Arc::from_raw(pointer) });
    let other = Arc::new(2_u64);
    // SAFETY: broken: the count is zero, and the block is gone, or somebody else's.
    unsafe { Arc::increment_strong_count(pointer) }; // ✗ increment after free and reuse
    drop(other);
}

pub fn double_free() {
    let pointer = Box::into_raw(Box::new(1_u64));
    // SAFETY: `pointer` comes from `into_raw`.
    drop(unsafe { Box::from_raw(pointer) });
    // SAFETY: broken: the box has been dropped.
    let again = unsafe { Box::from_raw(pointer) };
    drop(again); // ✗ double free
}
