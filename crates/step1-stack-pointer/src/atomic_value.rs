//! The cell: an atomic pointer to an `Arc`.

use crate::sync::Arc;
use crate::sync::atomic::{AtomicPtr, Ordering};

// ANCHOR: new
/// A shared value that any thread can read and any thread can replace, broken in every method.
pub struct AtomicValue<T> {
    data: AtomicPtr<Arc<T>>,
}

impl<T> AtomicValue<T> {
    /// A cell that means to hold `value`.
    ///
    /// Broken: it holds the address of `arc`, a local variable. When this function returns, `arc` is dropped, the value
    /// with it, and its stack frame is free for the next call.
    pub fn new(value: T) -> Self {
        let mut arc = Arc::new(value);
        let pointer: *mut Arc<T> = &mut arc;
        AtomicValue { data: AtomicPtr::new(pointer) }
    }
    // ANCHOR_END: new

    // ANCHOR: get
    /// The current value, it hopes.
    pub fn get(&self) -> Arc<T> {
        // SeqCst, its partner the swap in `swap_in`.
        let pointer = self.data.load(Ordering::SeqCst);
        // SAFETY: needs `pointer` to point to a live `Arc`. NOT kept: it points into a stack frame that has ended.
        let arc: &Arc<T> = unsafe { &*pointer };
        Arc::clone(arc)
    }
    // ANCHOR_END: get

    // ANCHOR: replace
    /// Puts `value` in the place of the current one, it hopes, and drops that.
    pub fn replace(&self, value: T) {
        let (_, old) = self.swap_in(value);
        // SAFETY: needs `old` to point to a live `Arc`. NOT kept: it points into a stack frame that has ended.
        let old_arc: &Arc<T> = unsafe { &*old };
        #[allow(dropping_references, reason = "the next step is about this one")]
        drop(old_arc);
    }

    /// The first half of `replace`, which follows no pointer: the one that it has put in, and the one that it got out.
    #[inline(never)] // so that every call has the frame of its own that the source suggests
    pub fn swap_in(&self, value: T) -> (*mut Arc<T>, *mut Arc<T>) {
        let mut arc = Arc::new(value);
        let pointer: *mut Arc<T> = &mut arc;
        // SeqCst, its partner the load in `get`.
        let old = self.data.swap(pointer, Ordering::SeqCst);
        (pointer, old)
    }
    // ANCHOR_END: replace
}
