//! The cell: an atomic pointer to an `Arc` on the heap.

use crate::boxed::Box;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicPtr, Ordering};

/// A shared value that any thread can read and any thread can replace, broken: see [`replace`](Self::replace).
pub struct AtomicValue<T> {
    /// A box that holds the current `Arc`.
    data: AtomicPtr<Arc<T>>,
}

impl<T> AtomicValue<T> {
    // ANCHOR: new
    /// A cell that holds `value`.
    pub fn new(value: T) -> Self {
        let arc = Box::new(Arc::new(value));
        AtomicValue { data: AtomicPtr::new(Box::into_raw(arc)) }
    }
    // ANCHOR_END: new

    // ANCHOR: get
    /// The current value.
    pub fn get(&self) -> Arc<T> {
        // SeqCst, its partner the swap in `replace`: who gets the pointer also sees the `Arc` in the box.
        let pointer = self.data.load(Ordering::SeqCst);
        // SAFETY: needs the box to live. It does, because nothing ever frees a box that has been in the cell while the
        // cell can be reached: the leak in `replace` is what makes this sound.
        let arc: &Arc<T> = unsafe { &*pointer };
        Arc::clone(arc)
    }
    // ANCHOR_END: get

    // ANCHOR: replace
    /// Puts `value` in the place of the current one.
    ///
    /// Broken: it means to drop the old `Arc`, and drops a reference to it, which does nothing. The box, the `Arc` in it
    /// and the old value are never freed.
    pub fn replace(&self, value: T) {
        let arc = Box::new(Arc::new(value));
        // SeqCst, its partner the load in `get`.
        let old = self.data.swap(Box::into_raw(arc), Ordering::SeqCst);
        // SAFETY: as in `get`, the box lives because nobody frees it.
        let old_arc: &Arc<T> = unsafe { &*old };
        #[allow(dropping_references, reason = "this is the bug that the step is about")]
        drop(old_arc);
    }
    // ANCHOR_END: replace
}

impl<T> Drop for AtomicValue<T> {
    fn drop(&mut self) {
        // Relaxed, without a partner: `&mut self` says that every other access to the cell happened before.
        let current = self.data.load(Ordering::Relaxed);
        // SAFETY: the cell owns the box that it holds last, and nobody else can reach the cell any more.
        drop(unsafe { Box::from_raw(current) });
    }
}
