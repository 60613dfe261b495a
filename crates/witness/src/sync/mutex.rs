//! The twin of `Mutex`.

use std::cell::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::rc::Rc;
use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};

use crate::heap;
use crate::objects::{self, Handle, Identity, LockWord, Model};
use crate::operation::{Access, Operation, UNKNOWN};
use crate::recorder::{Class, Source};
use crate::session::{self, Pending, Session, Site};

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

/// Begins an operation on the lock at `address`.
pub(super) fn begin(
    address: usize,
    type_name: &'static str,
    what: &'static str,
    site: Site,
) -> (Rc<Session>, Pending, Rc<Model>) {
    let session = session::current();
    let operation = Operation::Lock { object: UNKNOWN, what, acquired: None };
    let pending = session::begin(&session, Source::Caller(site), operation);
    heap::check_live(&session, address);
    let model = objects::find(&session, address, type_name);
    pending.about(model.number);
    objects::aim(&session, address, model.number, Access::Write);
    (session, pending, model)
}

/// The operation is done: the lock is held now, or was not free.
pub(super) fn finish(session: &Session, pending: Pending, model: &Model, word: &LockWord, got: Option<Access>) {
    let thread = pending.thread();
    if got.is_some() {
        word.change(session);
    }
    pending.done(|recorder, operation| {
        if let Some(access) = got {
            recorder.objects[model.number].holders.push((thread, access));
        }
        if let Operation::Lock { acquired, .. } = operation {
            *acquired = Some(got.is_some());
        }
    });
}

/// The calling thread gives the lock up: `release` lets loom's guard go.
pub(super) fn unlock(model: &Model, word: &LockWord, what: &'static str, access: Access, release: impl FnOnce()) {
    let Some(session) = session::try_current() else { return };
    session.stop_if_failed();
    let operation = Operation::Unlock { object: model.number, what };
    let pending = session::begin(&session, Source::of_drop(), operation);
    session.recorder().aim(model.number, Access::Write, None);
    let thread = pending.thread();
    word.change(&session);
    {
        let holders = &mut session.recorder().objects[model.number].holders;
        if let Some(index) = holders.iter().position(|&holder| holder == (thread, access)) {
            holders.swap_remove(index);
        }
    }
    release();
    pending.done(|_, _| ());
}

impl<T> Mutex<T> {
    /// An unlocked mutex that holds `value`.
    #[track_caller]
    pub fn new(value: T) -> Mutex<T> {
        let session = session::current();
        let handle = Handle::Mutex(LockWord::new(), loom::sync::Mutex::new(()));
        let bytes = size_of::<Self>();
        let (identity, _) = objects::construct(&session, Class::Lock, TYPE_NAME, bytes, Location::caller(), handle);
        Mutex { identity, poisoned: UnsafeCell::new(false), value: UnsafeCell::new(value) }
    }

    /// Waits for the lock.
    ///
    /// # Errors
    ///
    /// If a thread panicked while it held the lock, inside [`catch_unwind`](crate::panic::catch_unwind).
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let (session, pending, model) = begin(self.address(), TYPE_NAME, "lock", Location::caller());
        let (word, mutex) = loom_mutex(&model);
        let guard = mutex.lock().unwrap_or_else(PoisonError::into_inner);
        finish(&session, pending, &model, word, Some(Access::Write));
        let guard = self.guard(&model, guard);
        if guard.is_poisoned() { Err(PoisonError::new(guard)) } else { Ok(guard) }
    }

    /// Takes the lock if it is free.
    ///
    /// # Errors
    ///
    /// If it is not free, or poisoned.
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        let (session, pending, model) = begin(self.address(), TYPE_NAME, "try_lock", Location::caller());
        let (word, mutex) = loom_mutex(&model);
        match mutex.try_lock() {
            Ok(guard) => {
                finish(&session, pending, &model, word, Some(Access::Write));
                let guard = self.guard(&model, guard);
                if guard.is_poisoned() { Err(PoisonError::new(guard).into()) } else { Ok(guard) }
            }
            Err(_) => {
                finish(&session, pending, &model, word, None);
                Err(TryLockError::WouldBlock)
            }
        }
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
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        let poisoned = self.is_poisoned();
        let value = self.value.get_mut();
        if poisoned { Err(PoisonError::new(value)) } else { Ok(value) }
    }

    /// Consumes the mutex and returns its value.
    ///
    /// # Errors
    ///
    /// If a thread panicked while it held the lock.
    pub fn into_inner(self) -> LockResult<T> {
        let poisoned = self.is_poisoned();
        let value = self.value.into_inner();
        if poisoned { Err(PoisonError::new(value)) } else { Ok(value) }
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(&self.identity) as usize
    }

    fn guard(&self, model: &Rc<Model>, guard: loom::sync::MutexGuard<'_, ()>) -> MutexGuard<'_, T> {
        // SAFETY: the guard borrows from `model`, which the twin's guard keeps alive, and which it outlives: the twin's
        // guard drops it before its `Rc`.
        let guard = unsafe {
            std::mem::transmute::<loom::sync::MutexGuard<'_, ()>, loom::sync::MutexGuard<'static, ()>>(guard)
        };
        MutexGuard { mutex: self, loom: Some(guard), model: model.clone(), not_send: PhantomData }
    }
}

fn loom_mutex(model: &Model) -> (&LockWord, &loom::sync::Mutex<()>) {
    match &model.handle {
        Handle::Mutex(word, mutex) => (word, mutex),
        _ => unreachable!("a twin's type is checked when it is found"),
    }
}

/// A twin of [`std::sync::MutexGuard`].
pub struct MutexGuard<'a, T> {
    mutex: &'a Mutex<T>,
    loom: Option<loom::sync::MutexGuard<'static, ()>>,
    model: Rc<Model>,
    not_send: PhantomData<*const ()>,
}

impl<T> MutexGuard<'_, T> {
    fn is_poisoned(&self) -> bool {
        self.mutex.is_poisoned()
    }
}

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
        if std::thread::panicking() {
            // SAFETY: as in `is_poisoned`.
            unsafe { *self.mutex.poisoned.get() = true }
        }
        let (word, _) = loom_mutex(&self.model);
        let loom = &mut self.loom;
        unlock(&self.model, word, "unlock", Access::Write, || drop(loom.take()));
    }
}

impl<T: fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
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
