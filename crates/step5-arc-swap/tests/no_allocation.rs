//! After a thread's first, `load` allocates nothing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

use step5::ArcSwap;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: all is done by `System`, as it has to be done.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises; `alloc` got it from `System`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(f: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    f();
    ALLOCATIONS.get() - before
}

#[test]
fn no_load_but_a_thread_s_first_allocates() {
    let cell = ArcSwap::from_pointee(1);
    let other = ArcSwap::from_pointee(2);
    assert!(allocations(|| drop(cell.load())) > 0, "the node");
    let new = Arc::new(3);
    let in_use = allocations(|| {
        let guards: [_; 10] = std::array::from_fn(|_| cell.load());
        assert_eq!(*other.load_full(), 2);
        cell.store(new);
        assert_eq!(***guards.last().unwrap(), 1);
        assert_eq!(**cell.load(), 3);
    });
    assert_eq!(in_use, 0);
}
