//! The cell: one word, which holds the `Arc`'s pointer, or null while somebody has taken it.
//!
//! Wrong: `get` has been changed, so that it need not put anything back.

use std::marker::PhantomData;
use std::ptr;

use crate::sync::Arc;
use crate::sync::atomic::{AtomicPtr, Ordering};

/// An `Arc<T>` that any thread can get a clone of, and any thread can replace.
pub struct ArcCell<T> {
    /// `taken()`, or a pointer from `Arc::into_raw`, whose strong reference the cell owns.
    pointer: AtomicPtr<T>,
    /// Makes the cell `Send` and `Sync` exactly when an `Arc<T>` is.
    owns: PhantomData<Arc<T>>,
}

const fn taken<T>() -> *mut T {
    ptr::null_mut()
}

impl<T> ArcCell<T> {
    /// A cell that holds `arc`.
    pub fn new(arc: Arc<T>) -> Self {
        ArcCell { pointer: AtomicPtr::new(Arc::into_raw(arc).cast_mut()), owns: PhantomData }
    }

    /// A clone of the `Arc` in the cell. Waits while another thread has it taken.
    pub fn get(&self) -> Arc<T> {
        let arc = self.take();
        self.put(Arc::clone(&arc));
        arc
    }

    /// Puts `arc` in the cell and returns what was there. Waits while another thread has it taken.
    pub fn set(&self, arc: Arc<T>) -> Arc<T> {
        let old = self.take();
        self.put(arc);
        old
    }

    /// Takes the `Arc` out. Until this thread calls `put`, everybody else waits here.
    fn take(&self) -> Arc<T> {
        // TODO 1 begins: wait until it is there (`crate::thread::yield_now`), and let only one thread have it.
        loop {
            // Relaxed: a guess, which the exchange below checks.
            let pointer = self.pointer.load(Ordering::Relaxed);
            if pointer != taken() {
                // Acquire: its partner is the Release in `put`. Relaxed: a failure gives nothing.
                let exchanged = self.pointer.compare_exchange(pointer, taken(), Ordering::Acquire, Ordering::Relaxed);
                if let Ok(pointer) = exchanged {
                    // SAFETY: the cell owned a strong reference, and the exchange has handed it to this thread alone.
                    return unsafe { Arc::from_raw(pointer) };
                }
            }
            crate::thread::yield_now();
        }
        // TODO 1 ends.
    }

    /// Puts an `Arc` where this thread has taken one.
    fn put(&self, arc: Arc<T>) {
        // TODO 2 begins: hand over the strong reference, and all that this thread did before.
        // Release: its partner is the Acquire in `take`. A store will do: nobody else writes to a cell that is taken.
        self.pointer.store(Arc::into_raw(arc).cast_mut(), Ordering::Release);
        // TODO 2 ends.
    }
}

impl<T> Drop for ArcCell<T> {
    fn drop(&mut self) {
        // Relaxed, without a partner: `&mut self` says that every other access to the cell happened before.
        let pointer = self.pointer.load(Ordering::Relaxed);
        debug_assert!(pointer != taken(), "a thread has taken the Arc and not put it back");
        // SAFETY: `&mut self`: no thread is between `take` and `put`, so the cell owns a strong reference to its value, and
        // nobody else can reach the cell any more.
        drop(unsafe { Arc::from_raw(pointer) });
    }
}
