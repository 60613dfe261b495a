//! The twin of `Mutex`.

use std::cell::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::rc::Rc;
use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};

use super::lock::{self, Guard};
use crate::identity::Identity;
use crate::objects::{self, Handle, LockWord, Model};
use crate::recorder::Class;
use crate::session;

/// A twin of [`std::sync::Mutex`]. Its bits can be copied, which copies whether it is locked.
#[repr(C)]
pub struct Mutex<T> {
    identity: Identity,
    poisoned: UnsafeCell<bool>,
    value: UnsafeCell<T>,
}

// SAFETY: as std's: the value is reached by one guard at a time.
unsafe impl<T: Send> Sync for Mutex<T> {}

const TYPE_NAME: &str = "Mutex";

impl<T> Mutex<T> {
    /// An unlocked mutex that holds `value`.
    #[track_caller]
    pub fn new(value: T) -> Mutex<T> {
        let session = session::current();
        let handle = Handle::Mutex(LockWord::new(), loom::sync::Mutex::new(()));
        let bytes = size_of::<Self>();
        let (tag, _) = objects::construct(&session, Class::Lock, TYPE_NAME, bytes, Location::caller(), handle);
        Mutex { identity: Identity::new(tag), poisoned: UnsafeCell::new(false), value: UnsafeCell::new(value) }
    }

    /// Waits for the lock.
    ///
    /// # Errors
    ///
    /// If a thread panicked while it held the lock, inside [`catch_unwind`](crate::panic::catch_unwind).
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let begun = lock::begin(self.address(), TYPE_NAME, "lock", Location::caller());
        let guard = begun.retake().unwrap_or_else(|| {
            let guard = loom_mutex(&begun.model).lock().unwrap_or_else(PoisonError::into_inner);
            // SAFETY: the twin's guard has the model, and lets loom's guard go first.
            unsafe { Guard::mutex(guard) }
        });
        let model = begun.finish(Some(&guard));
        self.checked(MutexGuard { mutex: self, loom: Some(guard), model, not_send: PhantomData })
    }

    /// Takes the lock if it is free.
    ///
    /// # Errors
    ///
    /// If it is not free, or poisoned.
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        let begun = lock::begin(self.address(), TYPE_NAME, "try_lock", Location::caller());
        begun.is_a_try();
        let guard = begun.retake().or_else(|| {
            let guard = loom_mutex(&begun.model).try_lock().ok()?;
            // SAFETY: the twin's guard has the model, and lets loom's guard go first.
            Some(unsafe { Guard::mutex(guard) })
        });
        let model = begun.finish(guard.as_ref());
        if guard.is_none() {
            return Err(TryLockError::WouldBlock);
        }
        Ok(self.checked(MutexGuard { mutex: self, loom: guard, model, not_send: PhantomData })?)
    }

    /// Whether a thread panicked while it held the lock.
    pub fn is_poisoned(&self) -> bool {
        // SAFETY: all threads of a model run on one OS thread, and this reference ends at once.
        unsafe { *self.poisoned.get() }
    }

    /// Forgets that a thread panicked while it held the lock.
    pub fn clear_poison(&self) {
        // SAFETY: as in `is_poisoned`.
        unsafe { *self.poisoned.get() = false }
    }

    /// The value, for whoever has the mutex alone.
    ///
    /// # Errors
    ///
    /// If a thread panicked while it held the lock.
    #[track_caller]
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        lock::exclusive(self.address(), TYPE_NAME, "get_mut", Location::caller());
        let poisoned = self.is_poisoned();
        let value = self.value.get_mut();
        if poisoned { Err(PoisonError::new(value)) } else { Ok(value) }
    }

    /// Consumes the mutex and returns its value.
    ///
    /// # Errors
    ///
    /// If a thread panicked while it held the lock.
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

    fn checked<'a>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        if self.is_poisoned() { Err(PoisonError::new(guard)) } else { Ok(guard) }
    }
}

fn loom_mutex(model: &Model) -> &loom::sync::Mutex<()> {
    match &model.handle {
        Handle::Mutex(_, mutex) => mutex,
        _ => unreachable!("a twin's type is checked when it is found"),
    }
}

/// A twin of [`std::sync::MutexGuard`].
pub struct MutexGuard<'a, T> {
    mutex: &'a Mutex<T>,
    loom: Option<Guard>,
    model: Rc<Model>,
    not_send: PhantomData<*const ()>,
}

// SAFETY: as std's: a shared guard gives `&T` only.
unsafe impl<T: Sync> Sync for MutexGuard<'_, T> {}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: loom lets one guard of this mutex exist at a time.
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: loom lets one guard of this mutex exist at a time, and the caller has it exclusively.
        unsafe { &mut *self.mutex.value.get() }
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        if crate::thread::panicking() {
            // SAFETY: as in `is_poisoned`.
            unsafe { *self.mutex.poisoned.get() = true }
        }
        lock::unlock(&self.model, "unlock", self.loom.take());
    }
}

impl<T: fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutex").field("poisoned", &self.is_poisoned()).finish_non_exhaustive()
    }
}

impl<T: Default> Default for Mutex<T> {
    #[track_caller]
    fn default() -> Self {
        Mutex::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Mutex::new(value)
    }
}
