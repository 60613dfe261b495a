//! A table that many threads look at, and some replace.
//!
//! Wrong: the lock is std's. It would do in the program, and the checker, which checks this file, does not see it.
#![forbid(unsafe_code)]

// TODO 1 begins: choose what keeps the table. `crate::sync` has what std has: locks, `Arc`, atomics.
use std::mem;

// NOT kept: what is checked is what is made of `crate::sync`.
use std::sync::{Arc, Mutex, PoisonError};

/// A table that many threads look at, and some replace.
pub struct SharedTable<T> {
    /// Locked for as long as it takes to clone the `Arc`, or to exchange it.
    current: Mutex<Arc<T>>,
    /// Locked by a writer from its look at the old table to the exchange. No reader takes it.
    writers: Mutex<()>,
}
// TODO 1 ends.

impl<T> SharedTable<T> {
    /// Shares `table`.
    pub fn new(table: T) -> Self {
        // TODO 2 begins: put it where you keep it.
        SharedTable { current: Mutex::new(Arc::new(table)), writers: Mutex::new(()) }
        // TODO 2 ends.
    }

    /// Calls `look` with the table as it is now. It is the same table until `look` returns.
    pub fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        // TODO 3 begins: whoever looks for long keeps nobody else from looking.
        // In a statement of its own: the guard lives to the end of the statement.
        let table = Arc::clone(&self.current.lock().unwrap());
        look(&table)
        // TODO 3 ends.
    }

    /// Replaces the table by `rebuild` of it, so that no other update is lost. `rebuild` may take long, and may be
    /// called again if another update came between. When the old table is dropped, no lock is held.
    pub fn update(&self, mut rebuild: impl FnMut(&T) -> T) {
        // TODO 4 begins: readers get through while `rebuild` runs.
        // A rebuild that panics does so before anything is changed: that the lock calls itself poisoned means nothing.
        let writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
        let old = Arc::clone(&self.current.lock().unwrap());
        let new = Arc::new(rebuild(&old));
        let replaced = mem::replace(&mut *self.current.lock().unwrap(), new);
        drop(writers);
        drop((old, replaced)); // perhaps the last ones: the table's drop may take long, and may come back here
        // TODO 4 ends.
    }
}
