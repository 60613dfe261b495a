//! `RwLock<Arc<T>>`: as [`MutexArc`](crate::mutex_arc::MutexArc), and readers share the lock while they clone.

use std::mem;

use crate::shared::Shared;
use crate::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// An `Arc` behind a `RwLock`.
#[derive(Debug, Default)]
pub struct RwLockArc<T> {
    arc: RwLock<Arc<T>>,
}

impl<T> RwLockArc<T> {
    /// A cell that holds `arc`.
    pub fn new(arc: Arc<T>) -> Self {
        RwLockArc { arc: RwLock::new(arc) }
    }

    // ANCHOR: get
    /// A clone of the `Arc` in the cell. Whoever has it keeps its value alive, and keeps nobody waiting.
    pub fn get(&self) -> Arc<T> {
        Arc::clone(&self.read())
    }

    /// Puts `arc` in the cell and returns what was there.
    pub fn set(&self, arc: Arc<T>) -> Arc<T> {
        mem::replace(&mut *self.write(), arc)
    }
    // ANCHOR_END: get

    /// Replaces the value by `rebuild` of it, as [`MutexArc::update`](crate::mutex_arc::MutexArc::update) does.
    pub fn update(&self, mut rebuild: impl FnMut(&T) -> T) {
        let mut old = self.get();
        loop {
            let new = Arc::new(rebuild(&old));
            let mut current = self.write();
            // `old` is held here, so its address is not given to another value: the same pointer is the same value.
            if Arc::ptr_eq(&current, &old) {
                let replaced = mem::replace(&mut *current, new);
                drop(current);
                drop(replaced); // without the lock
                return;
            }
            let newer = Arc::clone(&current);
            drop(current);
            old = newer;
        }
    }

    /// Nobody panics with the lock in hand: to clone or to exchange an `Arc` runs no code of `T`.
    #[track_caller]
    fn read(&self) -> RwLockReadGuard<'_, Arc<T>> {
        self.arc.read().unwrap_or_else(PoisonError::into_inner)
    }

    #[track_caller]
    fn write(&self) -> RwLockWriteGuard<'_, Arc<T>> {
        self.arc.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Shared<T> for RwLockArc<T> {
    fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.get())
    }

    fn update(&self, rebuild: impl FnMut(&T) -> T) {
        self.update(rebuild);
    }
}
