//! The twin of `RwLock`.

use std::cell::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::rc::Rc;
use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};

use super::lock::{self, Guard};
use crate::identity::Identity;
use crate::objects::{self, Handle, LockWord, Model, Shared};
use crate::recorder::Class;
use crate::session;

/// A twin of [`std::sync::RwLock`]. Its bits can be copied, which copies how it is locked.
///
/// A thread that reads may read once more, even while a writer waits; with std's it may then wait for ever.
#[repr(C)]
pub struct RwLock<T> {
    identity: Identity,
    poisoned: UnsafeCell<bool>,
    value: UnsafeCell<T>,
}

// SAFETY: as std's: readers share `&T`, a writer is alone.
unsafe impl<T: Send + Sync> Sync for RwLock<T> {}

const TYPE_NAME: &str = "RwLock";

impl<T> RwLock<T> {
    /// An unlocked lock that holds `value`.
    #[track_caller]
    pub fn new(value: T) -> RwLock<T> {
        let session = session::current();
        let handle = Handle::RwLock(LockWord::new(), loom::sync::RwLock::new(()), Shared::new());
        let bytes = size_of::<Self>();
        let (tag, _) = objects::construct(&session, Class::Lock, TYPE_NAME, bytes, Location::caller(), handle);
        RwLock { identity: Identity::new(tag), poisoned: UnsafeCell::new(false), value: UnsafeCell::new(value) }
    }

    /// Waits until no writer has the lock, and shares it with other readers.
    ///
    /// # Errors
    ///
    /// If a writer panicked while it held the lock, inside [`catch_unwind`](crate::panic::catch_unwind).
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        let begun = lock::begin(self.address(), TYPE_NAME, "read", Location::caller());
        begun.comes_to_a_shared_lock();
        let guard = begun.retake().or_else(|| begun.reads_already()).unwrap_or_else(|| {
            let guard = loom_lock(&begun.model).read().unwrap_or_else(PoisonError::into_inner);
            // SAFETY: the twin's guard has the model, and lets loom's guard go first.
            unsafe { Guard::read(guard) }
        });
        let model = begun.finish(Some(&guard));
        self.checked(RwLockReadGuard { lock: self, loom: Some(guard), model, not_send: PhantomData })
    }

    /// Waits until nobody has the lock, and has it alone.
    ///
    /// # Errors
    ///
    /// If a writer panicked while it held the lock.
    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        let begun = lock::begin(self.address(), TYPE_NAME, "write", Location::caller());
        let guard = begun.retake().unwrap_or_else(|| {
            let guard = loom_lock(&begun.model).write().unwrap_or_else(PoisonError::into_inner);
            // SAFETY: the twin's guard has the model, and lets loom's guard go first.
            unsafe { Guard::write(guard) }
        });
        let model = begun.finish(Some(&guard));
        self.checked(RwLockWriteGuard { lock: self, loom: Some(guard), model, not_send: PhantomData })
    }

    /// Shares the lock if no writer has it.
    ///
    /// # Errors
    ///
    /// If a writer has it, or it is poisoned.
    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        let begun = lock::begin(self.address(), TYPE_NAME, "try_read", Location::caller());
        begun.comes_to_a_shared_lock();
        begun.is_a_try();
        let guard = begun.retake().or_else(|| begun.reads_already()).or_else(|| {
            let guard = loom_lock(&begun.model).try_read().ok()?;
            // SAFETY: the twin's guard has the model, and lets loom's guard go first.
            Some(unsafe { Guard::read(guard) })
        });
        let model = begun.finish(guard.as_ref());
        if guard.is_none() {
            return Err(TryLockError::WouldBlock);
        }
        Ok(self.checked(RwLockReadGuard { lock: self, loom: guard, model, not_send: PhantomData })?)
    }

    /// Takes the lock if nobody has it.
    ///
    /// # Errors
    ///
    /// If somebody has it, or it is poisoned.
    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        let begun = lock::begin(self.address(), TYPE_NAME, "try_write", Location::caller());
        begun.comes_to_a_shared_lock();
        begun.is_a_try();
        let guard = begun.retake().or_else(|| {
            let guard = loom_lock(&begun.model).try_write().ok()?;
            // SAFETY: the twin's guard has the model, and lets loom's guard go first.
            Some(unsafe { Guard::write(guard) })
        });
        let model = begun.finish(guard.as_ref());
        if guard.is_none() {
            return Err(TryLockError::WouldBlock);
        }
        Ok(self.checked(RwLockWriteGuard { lock: self, loom: guard, model, not_send: PhantomData })?)
    }

    /// Whether a writer panicked while it held the lock.
    pub fn is_poisoned(&self) -> bool {
        // SAFETY: all threads of a model run on one OS thread, and this reference ends at once.
        unsafe { *self.poisoned.get() }
    }

    /// Forgets that a writer panicked while it held the lock.
    pub fn clear_poison(&self) {
        // SAFETY: as in `is_poisoned`.
        unsafe { *self.poisoned.get() = false }
    }

    /// The value, for whoever has the lock alone.
    ///
    /// # Errors
    ///
    /// If a writer panicked while it held the lock.
    #[track_caller]
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        lock::exclusive(self.address(), TYPE_NAME, "get_mut", Location::caller());
        let poisoned = self.is_poisoned();
        let value = self.value.get_mut();
        if poisoned { Err(PoisonError::new(value)) } else { Ok(value) }
    }

    /// Consumes the lock and returns its value.
    ///
    /// # Errors
    ///
    /// If a writer panicked while it held the lock.
    #[track_caller]
    pub fn into_inner(self) -> LockResult<T> {
        lock::exclusive(self.address(), TYPE_NAME, "into_inner", Location::caller());
        let poisoned = self.is_poisoned();
        let value = self.value.into_inner();
        if poisoned { Err(PoisonError::new(value)) } else { Ok(value) }
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(&self.identity) as usize
    }

    fn checked<G>(&self, guard: G) -> LockResult<G> {
        if self.is_poisoned() { Err(PoisonError::new(guard)) } else { Ok(guard) }
    }
}

fn loom_lock(model: &Model) -> &loom::sync::RwLock<()> {
    match &model.handle {
        Handle::RwLock(_, lock, _) => lock,
        _ => unreachable!("a twin's type is checked when it is found"),
    }
}

/// A twin of [`std::sync::RwLockReadGuard`].
pub struct RwLockReadGuard<'a, T> {
    lock: &'a RwLock<T>,
    loom: Option<Guard>,
    model: Rc<Model>,
    not_send: PhantomData<*const ()>,
}

// SAFETY: as std's: a shared guard gives `&T` only.
unsafe impl<T: Sync> Sync for RwLockReadGuard<'_, T> {}

impl<T> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: loom lets no write guard of this lock exist beside this one.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> Drop for RwLockReadGuard<'_, T> {
    fn drop(&mut self) {
        lock::unlock(&self.model, "unlock read", self.loom.take());
    }
}

/// A twin of [`std::sync::RwLockWriteGuard`].
pub struct RwLockWriteGuard<'a, T> {
    lock: &'a RwLock<T>,
    loom: Option<Guard>,
    model: Rc<Model>,
    not_send: PhantomData<*const ()>,
}

// SAFETY: as std's: a shared guard gives `&T` only.
unsafe impl<T: Sync> Sync for RwLockWriteGuard<'_, T> {}

impl<T> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: loom lets no other guard of this lock exist beside this one.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: loom lets no other guard of this lock exist beside this one, and the caller has it exclusively.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for RwLockWriteGuard<'_, T> {
    fn drop(&mut self) {
        if crate::thread::panicking() {
            // SAFETY: as in `is_poisoned`.
            unsafe { *self.lock.poisoned.get() = true }
        }
        lock::unlock(&self.model, "unlock write", self.loom.take());
    }
}

impl<T: fmt::Debug> fmt::Debug for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Debug> fmt::Debug for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RwLock").field("poisoned", &self.is_poisoned()).finish_non_exhaustive()
    }
}

impl<T: Default> Default for RwLock<T> {
    #[track_caller]
    fn default() -> Self {
        RwLock::new(T::default())
    }
}

impl<T> From<T> for RwLock<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        RwLock::new(value)
    }
}
