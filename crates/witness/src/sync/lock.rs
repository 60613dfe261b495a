//! What the two locks have in common: an operation that may wait, and a guard whose drop is an operation.

use std::rc::Rc;

use crate::heap;
use crate::objects::{self, Handle, LockWord, Model};
use crate::operation::{Access, Operation, UNKNOWN};
use crate::recorder::Source;
use crate::session::{self, Pending, Session, Site};

/// loom's guard of a lock. It borrows from a [`Model`], which whoever has the guard keeps alive.
pub(crate) enum Guard {
    Mutex(#[expect(dead_code, reason = "for its drop")] loom::sync::MutexGuard<'static, ()>),
    Read(Rc<loom::sync::RwLockReadGuard<'static, ()>>),
    Write(#[expect(dead_code, reason = "for its drop")] loom::sync::RwLockWriteGuard<'static, ()>),
}

impl Guard {
    /// # Safety
    ///
    /// The guard is dropped before the model that it borrows from.
    pub(super) unsafe fn mutex(guard: loom::sync::MutexGuard<'_, ()>) -> Guard {
        // SAFETY: the caller says that the lock outlives the guard.
        Guard::Mutex(unsafe {
            std::mem::transmute::<loom::sync::MutexGuard<'_, ()>, loom::sync::MutexGuard<'static, ()>>(guard)
        })
    }

    /// # Safety
    ///
    /// As [`mutex`](Self::mutex).
    pub(super) unsafe fn read(guard: loom::sync::RwLockReadGuard<'_, ()>) -> Guard {
        // SAFETY: the caller says that the lock outlives the guard.
        Guard::Read(Rc::new(unsafe {
            std::mem::transmute::<loom::sync::RwLockReadGuard<'_, ()>, loom::sync::RwLockReadGuard<'static, ()>>(guard)
        }))
    }

    /// # Safety
    ///
    /// As [`mutex`](Self::mutex).
    pub(super) unsafe fn write(guard: loom::sync::RwLockWriteGuard<'_, ()>) -> Guard {
        // SAFETY: the caller says that the lock outlives the guard.
        Guard::Write(unsafe {
            std::mem::transmute::<loom::sync::RwLockWriteGuard<'_, ()>, loom::sync::RwLockWriteGuard<'static, ()>>(
                guard,
            )
        })
    }

    fn access(&self) -> Access {
        match self {
            Guard::Mutex(_) | Guard::Write(_) => Access::Write,
            Guard::Read(_) => Access::Read,
        }
    }
}

/// A lock that the calling thread holds, and that is to be let go.
pub(crate) struct Release {
    // Dropped before the model that it borrows from.
    guard: Guard,
    pub(crate) model: Rc<Model>,
    what: &'static str,
    source: Source,
}

/// An operation on a lock that has begun.
pub(super) struct Begun {
    session: Rc<Session>,
    pending: Pending,
    pub(super) model: Rc<Model>,
}

/// Begins an operation on the lock at `address`.
pub(super) fn begin(address: usize, type_name: &'static str, what: &'static str, site: Site) -> Begun {
    let session = session::current();
    let operation = Operation::Lock { object: UNKNOWN, what, acquired: None };
    let pending = session::begin(&session, Source::Caller(site), operation);
    heap::check_live(&session, address);
    let model = objects::find(&session, address, type_name);
    pending.about(model.number);
    objects::aim(&session, address, model.number, Access::Write);
    Begun { session, pending, model }
}

impl Begun {
    /// The guard of the same lock that this thread has let go while it unwinds, and loom has not been told of.
    pub(super) fn retake(&self) -> Option<Guard> {
        let release = self.session.panics.retake(self.pending.thread(), &self.model)?;
        Some(release.record(&self.session))
    }

    /// The guard by which this thread reads already.
    pub(super) fn reads_already(&self) -> Option<Guard> {
        let Handle::RwLock(_, _, shared) = &self.model.handle else { return None };
        let thread = self.pending.thread();
        let guard = shared.readers.borrow().iter().find(|&&(reader, _)| reader == thread)?.1.upgrade()?;
        Some(Guard::Read(guard))
    }

    /// This thread is about to find out who has the lock, and may do so before or after another one stops to read.
    pub(super) fn comes_to_a_shared_lock(&self) {
        if let Handle::RwLock(_, _, shared) = &self.model.handle {
            shared.pass();
        }
    }

    /// Notes that this lock is one that threads try, and do not only wait for.
    pub(super) fn is_a_try(&self) {
        let created = self.session.recorder().objects[self.model.number].created;
        self.session.tried_locks.borrow_mut().insert(created);
    }

    /// The operation is done: the lock is held now, or was not free.
    pub(super) fn finish(self, guard: Option<&Guard>) -> Rc<Model> {
        let thread = self.pending.thread();
        if guard.is_some() {
            word(&self.model).change(&self.session);
        }
        if let (Some(Guard::Read(guard)), Handle::RwLock(_, _, shared)) = (guard, &self.model.handle) {
            let mut readers = shared.readers.borrow_mut();
            readers.retain(|&(reader, _)| reader != thread);
            readers.push((thread, Rc::downgrade(guard)));
        }
        let number = self.model.number;
        self.pending.done(|recorder, operation| {
            if let Some(guard) = guard {
                recorder.objects[number].holders.push((thread, guard.access()));
            }
            if let Operation::Lock { acquired, .. } = operation {
                *acquired = Some(guard.is_some());
            }
        });
        self.model
    }
}

fn word(model: &Model) -> &LockWord {
    match &model.handle {
        Handle::Mutex(word, _) | Handle::RwLock(word, ..) => word,
        _ => unreachable!("a twin's type is checked when it is found"),
    }
}

/// The calling thread drops the guard of a lock.
pub(super) fn unlock(model: &Rc<Model>, what: &'static str, guard: Option<Guard>) {
    let (Some(session), Some(guard)) = (session::try_current(), guard) else { return };
    session.stop_if_failed();
    let poisons = guard.access() == Access::Write;
    let release = Release { guard, model: model.clone(), what, source: Source::of_drop() };
    if poisons && std::thread::panicking() {
        session.panics.postpone(session.current_thread(), release);
    } else {
        release.now(&session);
    }
}

impl Release {
    /// Lets the lock go.
    pub(crate) fn now(self, session: &Rc<Session>) {
        let model = self.model.clone();
        self.record_and(session, |guard| {
            if !std::thread::panicking() {
                let_others_see_it_held(session, &model, &guard);
            }
            drop(guard);
        });
    }

    /// Records that the lock was let go, but for loom's part.
    fn record(self, session: &Rc<Session>) -> Guard {
        self.record_and(session, |guard| guard)
    }

    fn record_and<R>(self, session: &Rc<Session>, f: impl FnOnce(Guard) -> R) -> R {
        let Release { guard, model, what, source } = self;
        let operation = Operation::Unlock { object: model.number, what };
        let pending = session::begin(session, source, operation);
        session.recorder().aim(model.number, Access::Write, None);
        let holder = (pending.thread(), guard.access());
        word(&model).change(session);
        {
            let holders = &mut session.recorder().objects[model.number].holders;
            if let Some(index) = holders.iter().position(|&known| known == holder) {
                holders.swap_remove(index);
            }
        }
        let result = f(guard);
        pending.done(|_, _| ());
        result
    }
}

/// Lets other threads run while this one still holds the lock, if they can see that: those that try, and those that read
/// beside it. (Those that wait do not get on either way.)
///
/// loom switches threads when a lock is taken, not when it is let go. So whatever a thread does with a lock in hand, if it
/// is no atomic access, would be one step, in which nobody finds the lock taken.
fn let_others_see_it_held(session: &Session, model: &Model, guard: &Guard) {
    let is_tried = || {
        let created = session.recorder().objects[model.number].created;
        session.rules.tried_locks.borrow().contains(created)
    };
    match (&model.handle, guard) {
        (Handle::RwLock(_, _, shared), Guard::Read(guard)) if Rc::strong_count(guard) == 1 => shared.pass(),
        (_, Guard::Read(_)) => {}
        // To try a lock that is held changes nothing, and is a place to switch.
        (Handle::Mutex(_, mutex), _) if is_tried() => assert!(mutex.try_lock().is_err(), "it is held"),
        (Handle::RwLock(_, lock, _), _) if is_tried() => assert!(lock.try_read().is_err(), "it is held"),
        _ => {}
    }
}

/// The calling thread has the lock at `address` to itself: every operation on it must happen before now.
pub(super) fn exclusive(address: usize, type_name: &'static str, what: &'static str, site: Site) {
    let session = session::current();
    let pending = session::begin(&session, Source::Caller(site), Operation::Exclusive { object: UNKNOWN, what });
    heap::check_live(&session, address);
    let model = objects::find(&session, address, type_name);
    pending.about(model.number);
    objects::aim(&session, address, model.number, Access::Write);
    word(&model).end();
    pending.done(|_, _| ());
}
