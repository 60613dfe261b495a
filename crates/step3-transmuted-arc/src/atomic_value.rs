//! The cell: one atomic word, which is the `Arc` itself.

use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};

use crate::sync::Arc;
use crate::sync::atomic::{AtomicPtr, Ordering};

/// A shared value that any thread can read and any thread can replace, broken: see [`get`](Self::get).
pub struct AtomicValue<T> {
    /// The bits of an `Arc<T>`, whose strong reference the cell owns.
    arc: AtomicPtr<()>,
    owns: PhantomData<Arc<T>>,
}

impl<T> AtomicValue<T> {
    /// A cell that holds `value`.
    pub fn new(value: T) -> Self {
        AtomicValue { arc: AtomicPtr::new(into_bits(Arc::new(value))), owns: PhantomData }
    }

    // ANCHOR: get
    /// The current value.
    ///
    /// Broken: between the `load` and the `clone` this thread has a pointer and no strong reference. If another thread
    /// replaces the value there, it may drop the last one, and the clone counts up in freed memory.
    pub fn get(&self) -> Arc<T> {
        // SeqCst, its partner the swap in `replace`; and no ordering would do: a load can say what the pointer was, not
        // keep alive what it points to.
        let bits = self.arc.load(Ordering::SeqCst);
        // SAFETY: needs a strong reference that outlives the clone. NOT kept: the one that the cell owned when it was
        // loaded may be gone by now. (ManuallyDrop, because this thread does not own one.)
        let arc = unsafe { ManuallyDrop::new(from_bits(bits)) };
        Arc::clone(&arc)
    }
    // ANCHOR_END: get

    // ANCHOR: replace
    /// Puts `value` in the place of the current one, and gives up the cell's strong reference to that.
    pub fn replace(&self, value: T) {
        // SeqCst, its partner the load in `get`: a reader that gets these bits also sees the value behind them.
        let old = self.arc.swap(into_bits(Arc::new(value)), Ordering::SeqCst);
        // SAFETY: the cell owned a strong reference to the old value, and the swap has handed it to this thread alone.
        let old: Arc<T> = unsafe { from_bits(old) };
        drop(old);
    }
    // ANCHOR_END: replace
}

// ANCHOR: bits
/// The `Arc` as a bare pointer, which now owns its strong reference.
fn into_bits<T>(arc: Arc<T>) -> *mut () {
    // SAFETY: an `Arc` of a sized type is one pointer wide (the library asserts it), and any bits are a raw pointer.
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
// ANCHOR_END: bits

impl<T> Drop for AtomicValue<T> {
    fn drop(&mut self) {
        // Relaxed, without a partner: `&mut self` says that every other access to the cell happened before.
        let bits = self.arc.load(Ordering::Relaxed);
        // SAFETY: the cell owns a strong reference to its value, and nobody else can reach the cell any more.
        drop(unsafe { from_bits::<T>(bits) });
    }
}
