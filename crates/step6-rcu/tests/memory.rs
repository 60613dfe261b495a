//! A thread that reads many domains, one after the other, does not keep those that are gone.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use step6::{Domain, RcuCell};

struct Counting;

thread_local! {
    static BYTES: Cell<isize> = const { Cell::new(0) };
}

// SAFETY: all is done by `System`, as it has to be done.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.set(BYTES.get() + layout.size() as isize);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        BYTES.set(BYTES.get() - layout.size() as isize);
        // SAFETY: as the caller promises; `alloc` got it from `System`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_thread_does_not_keep_the_domains_that_it_has_read() {
    let before = BYTES.get();
    for round in 0..1_000 {
        let cell = RcuCell::new_in(&Domain::new(), round);
        cell.replace(round + 1);
        assert_eq!(*cell.read(), round + 1);
        let kept = BYTES.get() - before;
        assert!(kept < 8_192, "{kept} bytes after {round} domains");
    }
}
