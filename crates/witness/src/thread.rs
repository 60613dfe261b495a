//! Twins of `std::thread`.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, Location};
use std::rc::Rc;

use crate::hook;
pub use crate::local::{AccessError, LocalKey};
use crate::operation::Operation;
use crate::recorder::{Finding, Source, ThreadNumber};
use crate::session::{self, Session, Site, park_for_ever};

/// What a joined thread returned.
pub type Result<T> = std::thread::Result<T>;

/// A twin of [`std::thread::JoinHandle`].
pub struct JoinHandle<T> {
    thread: ThreadNumber,
    loom: loom::thread::JoinHandle<T>,
}

impl<T> JoinHandle<T> {
    /// Waits for the thread to end.
    ///
    /// # Errors
    ///
    /// Never: a panic of the thread has failed the model by then.
    #[track_caller]
    pub fn join(self) -> Result<T> {
        let session = session::current();
        let operation = Operation::Join { thread: self.thread };
        let pending = session::begin(&session, Source::Caller(Location::caller()), operation);
        let result = self.loom.join();
        pending.done(|_, _| ());
        result
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("thread", &self.thread).finish()
    }
}

/// A twin of [`std::thread::spawn`].
///
/// Fails the model if it has as many threads as loom can explore already (4 besides the one that runs the model).
#[track_caller]
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    start(None, f, Location::caller())
}

fn start<T: 'static>(name: Option<String>, f: impl FnOnce() -> T + 'static, site: Site) -> JoinHandle<T> {
    let session = session::current();
    let pending = session::begin(&session, Source::Caller(site), Operation::Spawn { thread: None });
    let limit = session.rules.max_threads;
    if session.recorder().threads.len() >= limit {
        pending.fail(Finding::TooManyThreads { limit });
    }
    let thread = session.recorder().add_thread(name);
    session.panics.add_thread();
    let loom = loom::thread::spawn(move || run(Some(thread), f));
    pending.done(|_, operation| {
        if let Operation::Spawn { thread: spawned } = operation {
            *spawned = Some(thread);
        }
    });
    JoinHandle { thread, loom }
}

/// Runs a thread of the model, at the base of its stack. A panic never leaves it.
pub(crate) fn run<T>(thread: Option<ThreadNumber>, f: impl FnOnce() -> T) -> T {
    let base = 0_u8;
    let top = &raw const base as usize;
    match (session::try_current(), thread) {
        (Some(session), Some(thread)) => session.recorder().enter_stack(thread, top),
        (Some(session), None) => session.begin_execution(top),
        (None, _) => unreachable!("a thread of a model runs on its session's OS thread"),
    }
    match std::panic::catch_unwind(AssertUnwindSafe(|| call(f))) {
        Ok(value) => value,
        Err(payload) => {
            // The hook has reported it, unless it was thrown on (`resume_unwind`), which calls no hook.
            if let Some(session) = session::try_current() {
                let message = session.recorder().label_addresses(&hook::message(&*payload));
                session.report(Finding::Panic { message, place: None });
            }
            park_for_ever()
        }
    }
}

/// Keeps the locals of `f` in frames of their own, below the address that marks the base of the stack.
#[inline(never)]
fn call<T>(f: impl FnOnce() -> T) -> T {
    f()
}

/// A twin of [`std::thread::Builder`]: names the thread in the timeline.
#[derive(Debug, Default)]
pub struct Builder {
    name: Option<String>,
}

impl Builder {
    /// A builder of an unnamed thread.
    pub fn new() -> Builder {
        Builder::default()
    }

    /// Names the thread.
    pub fn name(mut self, name: String) -> Builder {
        self.name = Some(name);
        self
    }

    /// As [`spawn`].
    ///
    /// # Errors
    ///
    /// Never.
    #[track_caller]
    pub fn spawn<F, T>(self, f: F) -> std::io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        Ok(start(self.name, f, Location::caller()))
    }
}

/// Names the calling thread in the timeline: for the one that runs the model, since it has no builder.
pub fn name_current(name: &str) {
    let session = session::current();
    let thread = session.current_thread();
    session.recorder().threads[thread].name = Some(name.to_owned());
}

/// A twin of [`std::thread::yield_now`]: the thread wants another one to make progress first.
#[track_caller]
pub fn yield_now() {
    let session = session::current();
    let pending = session::begin(&session, Source::Caller(Location::caller()), Operation::Yield);
    loom::thread::yield_now();
    pending.done(|_, _| ());
}

/// A twin of [`std::thread::panicking`]: whether the calling thread of the model unwinds, on its way to a
/// [`catch_unwind`](crate::panic::catch_unwind).
pub fn panicking() -> bool {
    session::try_current()
        .filter(|session| session.is_running())
        .is_some_and(|session| session.panics.is_unwinding(session.current_thread()))
}

/// A thread's handle, until somebody joins it.
type Unjoined = Rc<RefCell<Option<JoinHandle<()>>>>;

/// The threads of a [`scope`].
pub struct Scope<'scope, 'env: 'scope> {
    session: Rc<Session>,
    unjoined: RefCell<Vec<Unjoined>>,
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// A twin of [`std::thread::ScopedJoinHandle`].
pub struct ScopedJoinHandle<'scope, T> {
    handle: Unjoined,
    result: Rc<RefCell<Option<T>>>,
    scope: PhantomData<&'scope ()>,
}

/// A twin of [`std::thread::scope`]: its threads may borrow, because it waits for them all.
#[track_caller]
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    let scope =
        Scope { session: session::current(), unjoined: RefCell::new(Vec::new()), scope: PhantomData, env: PhantomData };
    let result = f(&scope);
    let unjoined = scope.unjoined.take();
    for handle in unjoined {
        let handle = handle.borrow_mut().take();
        if let Some(handle) = handle {
            let _ = handle.join();
        }
    }
    result
}

impl<'scope, 'env> Scope<'scope, 'env> {
    /// Starts a thread that may borrow what outlives the scope.
    #[track_caller]
    pub fn spawn<F, T>(&'scope self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        self.session.stop_if_failed();
        let result = Rc::new(RefCell::new(None));
        let slot = result.clone();
        let body: Box<dyn FnOnce() + 'scope> = Box::new(move || {
            let value = f();
            *slot.borrow_mut() = Some(value);
        });
        // SAFETY: `scope` joins every thread before it returns, and so before anything that outlives `'scope` ends. A
        // panic in `scope`'s closure fails the model: then no thread of it runs on, and nothing is unwound.
        let body = unsafe { std::mem::transmute::<Box<dyn FnOnce() + 'scope>, Box<dyn FnOnce() + 'static>>(body) };
        let handle = Rc::new(RefCell::new(Some(start(None, body, Location::caller()))));
        self.unjoined.borrow_mut().push(handle.clone());
        ScopedJoinHandle { handle, result, scope: PhantomData }
    }
}

impl<T> ScopedJoinHandle<'_, T> {
    /// Waits for the thread to end.
    ///
    /// # Errors
    ///
    /// Never: a panic of the thread has failed the model by then.
    #[track_caller]
    pub fn join(self) -> Result<T> {
        let handle = self.handle.borrow_mut().take();
        if let Some(handle) = handle {
            handle.join()?;
        }
        let value = self.result.borrow_mut().take();
        value.ok_or_else(|| Box::new("the thread left no result") as Box<dyn Any + Send>)
    }
}
