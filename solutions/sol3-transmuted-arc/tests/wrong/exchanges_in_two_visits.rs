//! The cell: one atomic word, which is the `Arc` itself, and a lock for whoever counts or replaces.
//!
//! Wrong: it looks and exchanges in two visits to the lock. Two writers may take the same value out.

use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};

use crate::sync::atomic::{AtomicPtr, Ordering};
use crate::sync::{Arc, Mutex};

/// A shared value that any thread can read and any thread can replace.
pub struct AtomicValue<T> {
    /// The bits of an `Arc<T>`, whose strong reference the cell owns.
    arc: AtomicPtr<()>,
    /// Held by whoever must not be disturbed.
    lock: Mutex<()>,
    owns: PhantomData<Arc<T>>,
}

impl<T> AtomicValue<T> {
    /// A cell that holds `value`.
    pub fn new(value: T) -> Self {
        AtomicValue { arc: AtomicPtr::new(into_bits(Arc::new(value))), lock: Mutex::new(()), owns: PhantomData }
    }

    /// The current value.
    pub fn get(&self) -> Arc<T> {
        // TODO 1 begins: between the load and the clone nobody may replace the value.
        let _guard = self.lock.lock().unwrap();
        // SeqCst, its partner the swap in `replace`. (The lock orders the two; the cell of step 3 had no lock.)
        let bits = self.arc.load(Ordering::SeqCst);
        // SAFETY: the cell owns a strong reference, and whoever would take it out waits for the lock.
        let arc: ManuallyDrop<Arc<T>> = unsafe { ManuallyDrop::new(from_bits(bits)) };
        Arc::clone(&arc)
        // TODO 1 ends.
    }

    /// Puts `value` in the place of the current one, and gives up the cell's strong reference to that. If it is the last
    /// one, the old value's `drop` runs with the lock free: it may use the cell.
    pub fn replace(&self, value: T) {
        let new = into_bits(Arc::new(value));
        // TODO 2 begins: whoever drops the old value may call `get`.
        let old = {
            let _guard = self.lock.lock().unwrap();
            self.arc.load(Ordering::SeqCst)
        };
        {
            let _guard = self.lock.lock().unwrap();
            // SeqCst, its partner the load in `get`.
            self.arc.store(new, Ordering::SeqCst);
        }
        // SAFETY: the cell owned a strong reference to the old value. NOT kept: that no other thread has got it, too.
        let old: Arc<T> = unsafe { from_bits(old) };
        drop(old);
        // TODO 2 ends.
    }
}

/// The `Arc` as a bare pointer, which now owns its strong reference.
fn into_bits<T>(arc: Arc<T>) -> *mut () {
    // SAFETY: an `Arc` of a sized type is one pointer wide, and any bits are a raw pointer.
    unsafe { mem::transmute::<Arc<T>, *mut ()>(arc) }
}

/// The pointer as an `Arc` again.
///
/// # Safety
///
/// `bits` come from [`into_bits`] with the same `T`; the result is dropped only by who owns the strong reference.
unsafe fn from_bits<T>(bits: *mut ()) -> Arc<T> {
    // SAFETY: the caller says that these are the bits of an `Arc<T>`.
    unsafe { mem::transmute::<*mut (), Arc<T>>(bits) }
}

impl<T> Drop for AtomicValue<T> {
    fn drop(&mut self) {
        // SAFETY: the cell owns a strong reference to its value, and nobody else can reach the cell any more.
        drop(unsafe { from_bits::<T>(*self.arc.get_mut()) });
    }
}
