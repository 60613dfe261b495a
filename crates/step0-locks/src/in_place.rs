//! `RwLock<T>`: readers look at the value where it is.

use std::mem;

use crate::shared::Shared;
use crate::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A value behind a `RwLock`: where the thread starts.
#[derive(Debug, Default)]
pub struct InPlace<T> {
    pub(crate) lock: RwLock<T>,
}

impl<T> InPlace<T> {
    /// `value`, behind a lock that nobody holds.
    pub fn new(value: T) -> Self {
        InPlace { lock: RwLock::new(value) }
    }

    // ANCHOR: read
    /// The value, for as long as the guard is there. Waits while a writer has the lock.
    pub fn read(&self) -> RwLockReadGuard<'_, T> {
        self.lock.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the value by `rebuild` of it. Waits until no guard is left; whoever comes after that waits for `rebuild`.
    ///
    /// A thread that calls this while it has a guard of the same value waits for itself.
    pub fn update(&self, rebuild: impl FnOnce(&T) -> T) {
        let mut value = self.write();
        let new = rebuild(&value);
        let old = mem::replace(&mut *value, new);
        drop(value);
        drop(old); // without the lock: it may take long, and may call this cell
    }
    // ANCHOR_END: read

    /// Puts `value` and returns what was there. Waits as [`update`](Self::update) does, and makes nobody else wait long.
    pub fn replace(&self, value: T) -> T {
        mem::replace(&mut *self.write(), value)
    }

    /// A writer that panics does so in its `rebuild`, before it has touched the value. So the value is whole, and that the
    /// lock calls itself poisoned means nothing here.
    #[track_caller]
    fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.lock.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Shared<T> for InPlace<T> {
    fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.read())
    }

    fn update(&self, rebuild: impl FnMut(&T) -> T) {
        self.update(rebuild);
    }
}
