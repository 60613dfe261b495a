//! Twins of `std::alloc`: raw blocks on the checked heap.

use std::panic::Location;

pub use std::alloc::{Layout, LayoutError, handle_alloc_error};

use crate::heap;
use crate::operation::Operation;
use crate::recorder::{Finding, Source};
use crate::session;

const KIND: &str = "alloc";

/// A twin of [`std::alloc::alloc`]: a block that must be freed by [`dealloc`] before the execution ends.
///
/// # Safety
///
/// As std's: `layout` has a size above zero.
#[track_caller]
pub unsafe fn alloc(layout: Layout) -> *mut u8 {
    allocate("alloc", layout, false)
}

/// A twin of [`std::alloc::alloc_zeroed`].
///
/// A twin atomic is not there until [`ptr::write`](crate::ptr::write) has put one there: zeroes are not enough.
///
/// # Safety
///
/// As std's: `layout` has a size above zero.
#[track_caller]
pub unsafe fn alloc_zeroed(layout: Layout) -> *mut u8 {
    allocate("alloc_zeroed", layout, true)
}

#[track_caller]
fn allocate(what: &'static str, layout: Layout, zeroed: bool) -> *mut u8 {
    let session = session::current();
    let operation = Operation::Allocate { what, block: None };
    let pending = session::begin(&session, Source::Caller(Location::caller()), operation);
    let (memory, number) = heap::allocate(&session, KIND, layout, zeroed);
    pending.done(|_, operation| operation.set_block(number));
    memory
}

/// A twin of [`std::alloc::dealloc`].
///
/// Fails the model if no block of [`alloc`] starts there, if that has another layout, or if it has been freed.
///
/// # Safety
///
/// As std's: `pointer` comes from [`alloc`] or [`alloc_zeroed`] with the same layout, and nothing uses the block any
/// more.
#[track_caller]
pub unsafe fn dealloc(pointer: *mut u8, layout: Layout) {
    let session = session::current();
    let operation = Operation::Free { what: "dealloc", block: None };
    let pending = session::begin(&session, Source::Caller(Location::caller()), operation);
    let number = heap::owned(&session, pointer as usize, KIND, "dealloc");
    let allocated = session.recorder().block(number).layout;
    if allocated.align() != layout.align() || allocated.size() != layout.size().max(1) {
        pending.fail(Finding::WrongLayout { block: number, given: layout });
    }
    heap::free(&session, number);
    pending.done(|_, operation| operation.set_block(number));
}
