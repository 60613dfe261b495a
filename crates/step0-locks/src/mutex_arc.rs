//! `Mutex<Arc<T>>`: the lock is held only to clone the `Arc`, or to exchange it.

use std::mem;

use crate::shared::Shared;
use crate::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An `Arc` behind a `Mutex`.
#[derive(Debug, Default)]
pub struct MutexArc<T> {
    arc: Mutex<Arc<T>>,
}

impl<T> MutexArc<T> {
    /// A cell that holds `arc`.
    pub fn new(arc: Arc<T>) -> Self {
        MutexArc { arc: Mutex::new(arc) }
    }

    // ANCHOR: get
    /// A clone of the `Arc` in the cell. Whoever has it keeps its value alive, and keeps nobody waiting.
    pub fn get(&self) -> Arc<T> {
        Arc::clone(&self.lock())
    }

    /// Puts `arc` in the cell and returns what was there.
    pub fn set(&self, arc: Arc<T>) -> Arc<T> {
        mem::replace(&mut *self.lock(), arc)
    }
    // ANCHOR_END: get

    // ANCHOR: update
    /// Replaces the value by `rebuild` of it. The lock is not held meanwhile; if another writer comes between, `rebuild` is
    /// called again with what that one left.
    pub fn update(&self, mut rebuild: impl FnMut(&T) -> T) {
        let mut old = self.get();
        loop {
            let new = Arc::new(rebuild(&old));
            let mut current = self.lock();
            // `old` is held here, so its address is not given to another value: the same pointer is the same value.
            if Arc::ptr_eq(&current, &old) {
                let replaced = mem::replace(&mut *current, new);
                drop(current);
                drop(replaced); // without the lock: the last drop may take long, and may call this cell
                return;
            }
            let newer = Arc::clone(&current);
            drop(current);
            old = newer;
        }
    }
    // ANCHOR_END: update

    /// Nobody panics with the lock in hand: to clone or to exchange an `Arc` runs no code of `T`.
    #[track_caller]
    fn lock(&self) -> MutexGuard<'_, Arc<T>> {
        self.arc.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Shared<T> for MutexArc<T> {
    fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.get())
    }

    fn update(&self, rebuild: impl FnMut(&T) -> T) {
        self.update(rebuild);
    }
}
