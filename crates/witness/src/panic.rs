//! The twin of `std::panic::catch_unwind`, and what a panic that is going to be caught does to the locks on its way.

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::panic::UnwindSafe;
use std::rc::Rc;

use crate::objects::Model;
use crate::recorder::ThreadNumber;
use crate::session::{self, Session};
use crate::sync::Release;

/// A twin of [`std::panic::catch_unwind`]: a panic inside of `f` does not fail the model.
///
/// Anywhere else, a panic is a verdict as soon as it happens.
///
/// # Errors
///
/// The panic's payload.
pub fn catch_unwind<R>(f: impl FnOnce() -> R + UnwindSafe) -> std::thread::Result<R> {
    let session = session::current();
    let before = session.panics.enter(session.current_thread());
    let result = std::panic::catch_unwind(f);
    session.panics.leave(session.current_thread(), before);
    if !std::thread::panicking() {
        session.panics.release_all(&session);
    }
    result
}

/// How the threads of an execution stand to panics.
#[derive(Default)]
pub(crate) struct Panics {
    threads: RefCell<Vec<Stand>>,
    /// loom's guards of locks that threads have let go while they unwound. loom's lock has a lock of std inside, and
    /// panics for ever once a guard was dropped by a panic: so the guards are dropped afterwards.
    postponed: RefCell<Vec<Postponed>>,
    any_postponed: Cell<bool>,
}

/// How one thread stands to panics.
#[derive(Clone, Copy, Default)]
struct Stand {
    /// How many `catch_unwind`s it is in.
    catching: usize,
    /// Whether a panic is on its way to one of them.
    unwinding: bool,
}

struct Postponed {
    thread: ThreadNumber,
    // When an execution ends without a release, loom is not there to be told any more.
    release: ManuallyDrop<Release>,
}

impl Panics {
    /// Forgets the last execution.
    pub(crate) fn begin_execution(&self) {
        self.threads.replace(vec![Stand::default()]);
        self.postponed.take();
        self.any_postponed.set(false);
    }

    pub(crate) fn add_thread(&self) {
        self.threads.borrow_mut().push(Stand::default());
    }

    fn enter(&self, thread: ThreadNumber) -> bool {
        let stand = &mut self.threads.borrow_mut()[thread];
        stand.catching += 1;
        stand.unwinding
    }

    fn leave(&self, thread: ThreadNumber, unwinding: bool) {
        let stand = &mut self.threads.borrow_mut()[thread];
        stand.catching -= 1;
        stand.unwinding = unwinding;
    }

    /// A panic of `thread` begins; whether it is going to be caught.
    pub(crate) fn begin(&self, thread: ThreadNumber) -> bool {
        // The hook asks this: a panic in here would be one too many.
        let Ok(mut threads) = self.threads.try_borrow_mut() else { return false };
        let Some(stand) = threads.get_mut(thread).filter(|stand| stand.catching > 0) else { return false };
        stand.unwinding = true;
        true
    }

    /// Whether `thread` is unwinding. std's answer is for the OS thread, on which all threads of a model run; and no hook
    /// tells of a panic that is thrown on (`resume_unwind`): that is then whoever may catch it.
    pub(crate) fn is_unwinding(&self, thread: ThreadNumber) -> bool {
        let threads = self.threads.borrow();
        let announced = threads.iter().any(|stand| stand.unwinding);
        std::thread::panicking()
            && threads.get(thread).is_some_and(|stand| stand.unwinding || !announced && stand.catching > 0)
    }

    /// Puts a release off until nobody unwinds.
    pub(crate) fn postpone(&self, thread: ThreadNumber, release: Release) {
        self.postponed.borrow_mut().push(Postponed { thread, release: ManuallyDrop::new(release) });
        self.any_postponed.set(true);
    }

    /// The release of the lock `model` that `thread` has put off, if it has: it takes the lock once more.
    pub(crate) fn retake(&self, thread: ThreadNumber, model: &Rc<Model>) -> Option<Release> {
        let mut postponed = self.postponed.borrow_mut();
        let is_it = |put_off: &Postponed| put_off.thread == thread && Rc::ptr_eq(&put_off.release.model, model);
        let index = postponed.iter().position(is_it)?;
        Some(ManuallyDrop::into_inner(postponed.remove(index).release))
    }

    /// Does what `thread` has put off, if nobody unwinds any more.
    pub(crate) fn release_of(&self, session: &Rc<Session>, thread: ThreadNumber) {
        if self.any_postponed.get() && !std::thread::panicking() {
            self.release(session, |put_off| put_off.thread == thread);
        }
    }

    /// Does what has been put off, also by threads that have ended since.
    fn release_all(&self, session: &Rc<Session>) {
        self.release(session, |_| true);
    }

    fn release(&self, session: &Rc<Session>, which: impl Fn(&Postponed) -> bool) {
        loop {
            let next = {
                let mut postponed = self.postponed.borrow_mut();
                self.any_postponed.set(!postponed.is_empty());
                postponed.iter().position(&which).map(|index| postponed.remove(index))
            };
            let Some(Postponed { release, .. }) = next else { return };
            ManuallyDrop::into_inner(release).now(session);
        }
    }
}
