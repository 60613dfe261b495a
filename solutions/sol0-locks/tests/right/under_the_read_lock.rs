//! A table that many threads look at, and some replace.
//!
//! Right, too: a writer rebuilds under the read lock, and other writers wait elsewhere.
#![forbid(unsafe_code)]

// TODO 1 begins: choose what keeps the table. `crate::sync` has what std has: locks, `Arc`, atomics.
use std::mem;

use crate::sync::{Mutex, PoisonError, RwLock};

/// A table that many threads look at, and some replace.
pub struct SharedTable<T> {
    table: RwLock<T>,
    /// Locked by a writer from its look at the old table to the exchange. No reader takes it.
    writers: Mutex<()>,
}
// TODO 1 ends.

impl<T> SharedTable<T> {
    /// Shares `table`.
    pub fn new(table: T) -> Self {
        // TODO 2 begins: put it where you keep it.
        SharedTable { table: RwLock::new(table), writers: Mutex::new(()) }
        // TODO 2 ends.
    }

    /// Calls `look` with the table as it is now. It is the same table until `look` returns.
    pub fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        // TODO 3 begins: whoever looks for long keeps nobody else from looking.
        look(&self.table.read().unwrap())
        // TODO 3 ends.
    }

    /// Replaces the table by `rebuild` of it, so that no other update is lost. `rebuild` may take long, and may be
    /// called again if another update came between. When the old table is dropped, no lock is held.
    pub fn update(&self, mut rebuild: impl FnMut(&T) -> T) {
        // TODO 4 begins: readers get through while `rebuild` runs.
        let writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
        let new = rebuild(&self.table.read().unwrap());
        let replaced = mem::replace(&mut *self.table.write().unwrap(), new);
        drop(writers);
        drop(replaced);
        // TODO 4 ends.
    }
}
