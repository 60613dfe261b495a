//! The run of one model: one OS thread that explores, one that waits, and what they share.
//!
//! loom runs every thread of a model as a coroutine on the OS thread that called it. So all of a model's bookkeeping
//! sits on that OS thread ([`Session`], thread-local, holding loom's objects), but for what the waiting thread needs in
//! order to tell a failure ([`Shared`]).

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::panic::Location;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::copying::{self, Lent};
use crate::local::Locals;
use crate::objects::Objects;
use crate::operation::{BlockNumber, ObjectNumber, Operation};
use crate::ordering::Alteration;
use crate::panic::Panics;
use crate::recorder::{Finding, Recorder, Source, ThreadNumber};

/// Where an operation stands in the source, as `#[track_caller]` tells.
pub(crate) type Site = &'static Location<'static>;

/// What the exploring OS thread and the waiting one share.
pub(crate) struct Shared {
    recorder: Mutex<Recorder>,
    /// Counts operations; the waiting thread sees by it that a model has stopped to use any.
    pub(crate) progress: AtomicU64,
    /// Set once a verdict has been reached: from then on no operation of this model returns.
    failed: AtomicBool,
}

impl Shared {
    pub(crate) fn recorder(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on no operation of this model returns.
    pub(crate) fn stop(&self) {
        self.failed.store(true, Relaxed);
    }
}

/// How one exploration of a model goes.
pub(crate) struct Rules {
    pub(crate) max_threads: usize,
    pub(crate) allow_stack_pointers: bool,
    /// The execution in which the source lines of drops are looked up, which is too slow to do in every one.
    pub(crate) resolve_drops_in: Option<usize>,
    /// What an audit does to the orderings.
    pub(crate) alteration: Option<Alteration>,
    /// Locks that some thread tries (and does not wait for), by where they are made: as far as that was known when the
    /// exploration at this preemption bound began, since loom has to find the same places to switch in every execution.
    pub(crate) tried_locks: RefCell<HashSet<Site>>,
}

/// A model's bookkeeping on the OS thread that explores it.
pub(crate) struct Session {
    pub(crate) shared: Arc<Shared>,
    pub(crate) rules: Rules,
    pub(crate) objects: RefCell<Objects>,
    /// Locks that some thread has tried by now.
    pub(crate) tried_locks: RefCell<HashSet<Site>>,
    wake: Sender<()>,
    pub(crate) panics: Panics,
    pub(crate) lent: Lent,
    pub(crate) locals: Locals,
    running: Cell<bool>,
}

thread_local! {
    static SESSION: RefCell<Option<Rc<Session>>> = const { RefCell::new(None) };
}

impl Session {
    pub(crate) fn new(rules: Rules, wake: Sender<()>) -> Session {
        Session {
            shared: Arc::new(Shared {
                recorder: Mutex::new(Recorder::new()),
                progress: AtomicU64::new(0),
                failed: AtomicBool::new(false),
            }),
            rules,
            objects: RefCell::new(Objects::new()),
            tried_locks: RefCell::default(),
            wake,
            panics: Panics::default(),
            lent: Lent::default(),
            locals: Locals::default(),
            running: Cell::new(false),
        }
    }

    /// Makes this the session of the calling OS thread.
    pub(crate) fn enter(self: &Rc<Self>) {
        SESSION.set(Some(self.clone()));
    }

    /// Whether an execution is under way, so that loom can be asked.
    pub(crate) fn is_running(&self) -> bool {
        self.running.get()
    }

    pub(crate) fn recorder(&self) -> MutexGuard<'_, Recorder> {
        self.shared.recorder()
    }

    /// The thread of the model that is calling.
    pub(crate) fn current_thread(&self) -> ThreadNumber {
        let marker = 0_u8;
        self.recorder().thread_of_stack(&raw const marker as usize)
    }

    /// Whether this execution is the one whose drops are to be looked up in the source.
    pub(crate) fn wants_frames(&self) -> bool {
        self.rules.resolve_drops_in == Some(self.recorder().executions)
    }

    /// Starts the next execution: closes the books of the last one, and registers the calling coroutine as thread 0.
    pub(crate) fn begin_execution(&self, stack_top: usize) {
        self.end_execution();
        self.recorder().begin_execution(stack_top);
        self.panics.begin_execution();
        self.lent.begin_execution();
        self.locals.begin_execution();
        self.running.set(true);
        self.objects.borrow_mut().begin_execution();
    }

    /// Takes what is known by now of the locks that threads try. Returns whether that is news.
    pub(crate) fn learn_tried_locks(&self) -> bool {
        let tried = self.tried_locks.borrow().clone();
        self.rules.tried_locks.replace(tried.clone()) != tried
    }

    /// Looks for what the last execution leaked, then gives back all its memory.
    ///
    /// This is where every thread of that execution has ended; inside of it, the last thread to end cannot know.
    pub(crate) fn end_execution(&self) {
        if !self.running.replace(false) {
            return;
        }
        let leaked = self.recorder().leaked();
        if let Some(finding) = leaked {
            self.fail(finding);
        }
        self.objects.borrow_mut().clear();
        self.recorder().free_quarantine();
    }

    /// Parks the calling OS thread for ever once this model has failed.
    pub(crate) fn stop_if_failed(&self) {
        if self.shared.failed.load(Relaxed) {
            park_for_ever();
        }
    }

    /// Takes `finding` as the model's verdict, unless there is one already.
    pub(crate) fn report(&self, finding: Finding) {
        if !self.shared.failed.swap(true, Relaxed) {
            let thread = self.is_running().then(|| self.current_thread());
            self.recorder().conclude(finding, thread);
            // The waiting thread may have given up on this model; then nobody is left to hear of it.
            let _ = self.wake.send(());
        }
    }

    /// Takes `finding` as the model's verdict, and never returns.
    ///
    /// Nothing unwinds: unwinding out of an execution of loom would run drops outside of it.
    pub(crate) fn fail(&self, finding: Finding) -> ! {
        self.report(finding);
        park_for_ever();
    }
}

/// The session of the calling OS thread, if it explores a model.
pub(crate) fn try_current() -> Option<Rc<Session>> {
    SESSION.try_with(|session| session.try_borrow().ok()?.clone()).ok()?
}

/// The session of the calling OS thread.
///
/// # Panics
///
/// Outside a model.
#[track_caller]
pub(crate) fn current() -> Rc<Session> {
    match try_current() {
        Some(session) if session.is_running() => session,
        _ => panic!("witness's types work inside a model only: wrap this code in witness::model(|| …)"),
    }
}

/// An operation that the calling thread of the model is about to do.
///
/// It is noted as pending before loom is asked, because loom may switch threads first, or fail in it; once done it is
/// appended to the events, with its result.
pub(crate) struct Pending {
    session: Rc<Session>,
    thread: ThreadNumber,
}

/// Notes that the calling thread is about to do `operation`.
pub(crate) fn begin(session: &Rc<Session>, source: Source, operation: Operation) -> Pending {
    session.stop_if_failed();
    session.shared.progress.fetch_add(1, Relaxed);
    let marker = 0_u8;
    let mut recorder = session.recorder();
    let thread = recorder.thread_of_stack(&raw const marker as usize);
    let runaway = recorder.begin(thread, source, operation);
    drop(recorder);
    if runaway {
        session.fail(Finding::TooManyEvents);
    }
    session.panics.release_of(session, thread);
    if session.lent.by(thread) {
        copying::take_back_of(session, thread);
    }
    Pending { session: session.clone(), thread }
}

impl Pending {
    /// The operation is done; `result` completes it.
    ///
    /// Returns the event's index among this execution's events.
    pub(crate) fn done(self, result: impl FnOnce(&mut Recorder, &mut Operation)) -> Option<usize> {
        // The failure of another thread may have been found while loom ran that one.
        self.session.stop_if_failed();
        self.session.recorder().done(self.thread, result)
    }

    /// The operation turns out to be about object `number`.
    pub(crate) fn about(&self, number: ObjectNumber) {
        if let Some(entry) = self.session.recorder().pending_mut(self.thread) {
            entry.operation.set_object(number);
        }
    }

    /// The memory that the operation is about lies in a block.
    pub(crate) fn within(&self, number: Option<BlockNumber>) {
        if let Some(entry) = self.session.recorder().pending_mut(self.thread)
            && let Operation::Cell { within, .. } | Operation::DropProbe { within, .. } = &mut entry.operation
        {
            *within = number;
        }
    }

    pub(crate) fn thread(&self) -> ThreadNumber {
        self.thread
    }

    /// The operation is not worth a row after all.
    pub(crate) fn forget(self) {
        self.session.recorder().forget(self.thread);
    }

    /// It is this operation that shows the bug.
    pub(crate) fn fail(self, finding: Finding) -> ! {
        self.session.fail(finding)
    }
}

pub(crate) fn park_for_ever() -> ! {
    loop {
        std::thread::park();
    }
}
