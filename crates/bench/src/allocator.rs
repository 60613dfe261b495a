//! The system's allocator, with a count that can be turned on.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicIsize};

/// A global allocator that can count the bytes that are allocated and not yet freed.
///
/// It counts only while [`bytes_kept_by`] runs, so that what is measured otherwise pays one load of a line that nobody
/// writes.
pub struct Counting;

static IS_ON: AtomicBool = AtomicBool::new(false);
static BYTES: AtomicIsize = AtomicIsize::new(0);

fn count(bytes: isize) {
    // Relaxed: a sum that is read when the threads that add to it have ended.
    if IS_ON.load(Relaxed) {
        BYTES.fetch_add(bytes, Relaxed);
    }
}

// SAFETY: every call goes to the system's allocator as it is; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract of `alloc`, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the block came from `System`; the caller keeps the rest of the contract.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract of `alloc_zeroed`, which is the same.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        // SAFETY: the block came from `System`; the caller keeps the rest of the contract.
        unsafe { System.realloc(block, layout, size) }
    }
}

/// How many bytes more are allocated after `f` than before it, and what it returned. `None` where [`Counting`] is not
/// the global allocator.
pub fn bytes_kept_by<R>(f: impl FnOnce() -> R) -> (Option<isize>, R) {
    BYTES.store(0, Relaxed);
    IS_ON.store(true, Relaxed);
    let probe = std::hint::black_box(Box::new(0u64));
    let is_counting = BYTES.load(Relaxed) > 0;
    drop(probe);
    let result = f();
    IS_ON.store(false, Relaxed);
    (is_counting.then(|| BYTES.load(Relaxed)), result)
}
