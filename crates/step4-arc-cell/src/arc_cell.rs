//! The cell: one word, which holds the `Arc`'s pointer, or null while somebody has taken it.

use std::fmt;
use std::marker::PhantomData;
use std::ptr;

use crate::sync::Arc;
use crate::sync::atomic::AtomicPtr;
use crate::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use crate::thread;

// ANCHOR: cell
/// An `Arc<T>` that any thread can get a clone of, and any thread can replace.
///
/// No operation is lock-free: each takes the `Arc` out for a moment, and everybody else waits as long.
pub struct ArcCell<T> {
    /// `taken()`, or a pointer from `Arc::into_raw`, whose strong reference the cell owns.
    pub(crate) pointer: AtomicPtr<T>,
    /// Makes the cell `Send` and `Sync` exactly when an `Arc<T>` is.
    owns: PhantomData<Arc<T>>,
}

const fn taken<T>() -> *mut T {
    ptr::null_mut()
}
// ANCHOR_END: cell

impl<T> ArcCell<T> {
    /// A cell that holds `arc`.
    pub fn new(arc: Arc<T>) -> Self {
        ArcCell { pointer: AtomicPtr::new(Arc::into_raw(arc).cast_mut()), owns: PhantomData }
    }

    // ANCHOR: get
    /// A clone of the `Arc` in the cell. Waits while another thread has it taken.
    pub fn get(&self) -> Arc<T> {
        let arc = self.take();
        let clone = Arc::clone(&arc);
        self.put(arc);
        clone
    }

    /// Puts `arc` in the cell and returns what was there. Waits while another thread has it taken.
    pub fn set(&self, arc: Arc<T>) -> Arc<T> {
        let old = self.take();
        self.put(arc);
        old
    }
    // ANCHOR_END: get

    // ANCHOR: take
    /// Takes the `Arc` out. Until this thread calls `put`, everybody else waits here.
    pub(crate) fn take(&self) -> Arc<T> {
        loop {
            // Relaxed: a guess, which the exchange below checks. (Looking first keeps those who wait from writing to the
            // line; and a model of a wait that writes would never end.)
            let pointer = self.pointer.load(Relaxed);
            if pointer != taken() {
                // Acquire: its partner is the Release in `put`. What was done to the value and to its count before it was
                // put here has happened before what this thread does with them.
                let exchanged = self.pointer.compare_exchange(pointer, taken(), Acquire, Relaxed);
                if let Ok(pointer) = exchanged {
                    // SAFETY: the cell owned a strong reference with this pointer, and the exchange has handed it to this
                    // thread alone: to everybody else the cell is taken.
                    return unsafe { Arc::from_raw(pointer) };
                }
            }
            thread::yield_now();
        }
    }

    /// Puts an `Arc` where this thread has taken one.
    pub(crate) fn put(&self, arc: Arc<T>) {
        // Release: its partner is the Acquire in `take`. A plain store will do: while the cell is taken, only the thread
        // that took writes to it.
        self.pointer.store(Arc::into_raw(arc).cast_mut(), Release);
    }
    // ANCHOR_END: take
}

impl<T> Drop for ArcCell<T> {
    fn drop(&mut self) {
        // Relaxed, without a partner: `&mut self` says that every other access to the cell happened before.
        let pointer = self.pointer.load(Relaxed);
        // SAFETY: `&mut self`: no thread is between `take` and `put`, so the cell owns a strong reference to its value, and
        // nobody else can reach the cell any more.
        drop(unsafe { Arc::from_raw(pointer) });
    }
}

impl<T: Default> Default for ArcCell<T> {
    fn default() -> Self {
        ArcCell::new(Arc::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for ArcCell<T> {
    /// Waits while another thread has the value taken, as [`get`](ArcCell::get) does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ArcCell").field(&self.get()).finish()
    }
}
