//! The cell: an atomic pointer to an `Arc`.

use crate::boxed::Box;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicPtr, Ordering};

/// A shared value that any thread can read, and that whoever has the cell to themselves can replace.
pub struct AtomicValue<T> {
    /// The address of an `Arc` that the cell owns: of a box from `Box::into_raw`.
    data: AtomicPtr<Arc<T>>,
}

impl<T> AtomicValue<T> {
    /// A cell that holds `value`.
    pub fn new(value: T) -> Self {
        // TODO 1 begins: let the Arc live for as long as the cell holds its address.
        let pointer = Box::into_raw(Box::new(Arc::new(value)));
        // TODO 1 ends.
        AtomicValue { data: AtomicPtr::new(pointer) }
    }

    /// The current value.
    pub fn get(&self) -> Arc<T> {
        // SeqCst, its partner the swap in `replace`.
        let pointer = self.data.load(Ordering::SeqCst);
        // SAFETY: the cell owns the `Arc` at this address, and `replace` has the cell to itself: nobody frees it now.
        let arc: &Arc<T> = unsafe { &*pointer };
        Arc::clone(arc)
    }

    /// Puts `value` in the place of the current one, and gives that up. `&mut self`: no reader is inside of `get`.
    pub fn replace(&mut self, value: T) {
        // TODO 2 begins: the same for the new Arc; and free the old one, which the cell owns.
        let pointer = Box::into_raw(Box::new(Arc::new(value)));
        // SeqCst, its partner the load in `get`.
        let old = self.data.swap(pointer, Ordering::SeqCst);
        // SAFETY: the cell owned the box at this address, and the swap has handed it to this thread. `&mut self`: no
        // reader is looking at it.
        drop(unsafe { Box::from_raw(old) });
        // TODO 2 ends.
    }
}

impl<T> Drop for AtomicValue<T> {
    fn drop(&mut self) {
        let pointer = *self.data.get_mut();
        // SAFETY: the cell owns the box that it holds last, and nobody else can reach the cell any more.
        drop(unsafe { Box::from_raw(pointer) });
    }
}
