//! Running a model.

use std::cell::RefCell;
use std::io::Write;
use std::rc::Rc;
use std::sync::atomic::{AtomicI32, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use crate::counterexample::{Bug, Witness};
use crate::crash::{self, Death};
use crate::explain;
use crate::ordering::{Alteration, OrderingSite};
use crate::recorder::{Finding, Source};
use crate::session::{Rules, Session, Shared};
use crate::{hook, thread};

/// What exploring a model found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// How many executions were explored: with a bug, all of them up to and including the one that shows it; without
    /// one, those of the last exploration, which includes all that came before it.
    pub executions: usize,
    /// The preemption bound up to which there is no bug, or at which there is one; `None` is no bound.
    pub preemption_bound: Option<usize>,
    /// Whether everything within the bound was explored; false after a bug, or when `max_executions` cut it short.
    pub complete: bool,
    /// The counterexample, if there is one.
    pub witness: Option<Witness>,
}

/// How a model is explored.
///
/// The exploration takes preemption bounds 0, 1 and 2 first, so that a counterexample has as few preemptions as it can,
/// and then the bound that was asked for (none, unless [`preemption_bound`](Self::preemption_bound) says so).
#[derive(Clone, Debug)]
pub struct Builder {
    name: Option<String>,
    preemption_bound: Option<usize>,
    max_branches: usize,
    max_executions: Option<usize>,
    allow_stack_pointers: bool,
    stall_limit: Duration,
}

impl Default for Builder {
    fn default() -> Self {
        Builder::new()
    }
}

/// Explores every execution of `model` that loom can tell apart.
///
/// # Panics
///
/// If one of them has a bug: the message is its timeline.
#[track_caller]
pub fn model(model: impl Fn() + Send + Sync + 'static) {
    Builder::new().model(model);
}

/// Explores `model` until it fails, and returns the counterexample.
///
/// # Panics
///
/// If the model has no bug, or shows another one first: the message says which, with its timeline.
#[track_caller]
pub fn expect_bug(bug: Bug, model: impl Fn() + Send + Sync + 'static) -> Witness {
    Builder::new().expect_bug(bug, model)
}

impl Builder {
    /// The settings that [`model`](crate::model()) uses.
    pub fn new() -> Builder {
        Builder {
            name: None,
            preemption_bound: None,
            max_branches: 1_000,
            max_executions: None,
            allow_stack_pointers: false,
            stall_limit: Duration::from_secs(10),
        }
    }

    /// Names the model, for its witness.
    pub fn name(mut self, name: &str) -> Builder {
        self.name = Some(name.to_owned());
        self
    }

    /// Explores only executions with at most this many preemptions (switches away from a thread that could go on).
    pub fn preemption_bound(mut self, bound: usize) -> Builder {
        self.preemption_bound = Some(bound);
        self
    }

    /// How many scheduling points one execution may have before it counts as one that gets nowhere. 1000 by default.
    pub fn max_branches(mut self, branches: usize) -> Builder {
        self.max_branches = branches;
        self
    }

    /// Stops each exploration after this many executions; the report then says that it is not complete.
    pub fn max_executions(mut self, executions: usize) -> Builder {
        self.max_executions = Some(executions);
        self
    }

    /// Whether pointers to the stack frames of the model's threads may be written to an `AtomicPtr`. They may not by
    /// default; an MCS lock, whose nodes are on the stacks of the threads that wait, needs it.
    pub fn allow_stack_pointers(mut self, allow: bool) -> Builder {
        self.allow_stack_pointers = allow;
        self
    }

    /// How long a model may go without any checked operation before it counts as an endless loop. 10 s by default.
    pub fn stall_limit(mut self, limit: Duration) -> Builder {
        self.stall_limit = limit;
        self
    }

    /// As [`model`](crate::model()), with these settings.
    ///
    /// # Panics
    ///
    /// If an execution has a bug.
    #[track_caller]
    pub fn model(self, model: impl Fn() + Send + Sync + 'static) {
        if let Some(witness) = self.check(model).witness {
            fail(&witness.to_string());
        }
    }

    /// As [`expect_bug`], with these settings.
    ///
    /// # Panics
    ///
    /// If the model has no bug, or shows another one first.
    #[track_caller]
    pub fn expect_bug(self, bug: Bug, model: impl Fn() + Send + Sync + 'static) -> Witness {
        let report = self.check(model);
        match report.witness {
            Some(witness) if witness.bug == bug => witness,
            Some(witness) => fail(&format!("expected a {bug}, found another bug\n{witness}")),
            None => {
                let plural = if report.executions == 1 { "" } else { "s" };
                fail(&format!("expected a {bug}, found no bug in {} execution{plural}", report.executions))
            }
        }
    }

    /// Explores `model` and says what was found. Never panics over a bug.
    pub fn check(self, model: impl Fn() + Send + Sync + 'static) -> Report {
        hook::install();
        let model: Body = Arc::new(model);
        match self.explore(&model, None, None) {
            Ok(explored) => explored.report,
            Err(failure) => self.explain(&model, failure, None),
        }
    }

    /// The report of a failed exploration.
    pub(crate) fn explain(&self, model: &Body, failure: Failure, alteration: Option<Alteration>) -> Report {
        // Drops say nothing of their source line unless their stacks are walked. That is slow, so it is done in a second
        // exploration, which takes the same way to the same execution.
        let failure = if failure.has_unresolved_drops() && failure.can_be_repeated() {
            match self.explore(model, Some(failure.execution()), alteration) {
                Err(again) if again.is_like(&failure) => again,
                _ => failure,
            }
        } else {
            failure
        };
        failure.report(self.name.clone(), self.preemption_bound)
    }

    /// One exploration, on an OS thread of its own. A failed one never ends: its thread stays parked.
    pub(crate) fn explore(
        &self,
        model: &Body,
        resolve_drops_in: Option<usize>,
        alteration: Option<Alteration>,
    ) -> Result<Explored, Failure> {
        let (wake, woken) = channel();
        let (tell, told) = channel();
        let rules = Rules {
            max_threads: loom::MAX_THREADS,
            allow_stack_pointers: self.allow_stack_pointers,
            resolve_drops_in,
            alteration,
            tried_locks: RefCell::default(),
        };
        let mark: crash::Mark = Box::leak(Box::new(AtomicI32::new(0)));
        let settings = self.clone();
        let model = model.clone();
        let wake_when_done = wake.clone();
        std::thread::Builder::new()
            .name("model".to_owned())
            .spawn(move || {
                crash::watch(mark);
                let session = Rc::new(Session::new(rules, wake));
                session.enter();
                // The receiver waits for this first of all.
                let _ = tell.send(session.shared.clone());
                let report = settings.explore_here(&session, &model);
                let _ = wake_when_done.send(());
                report
            })
            .map(|explorer| self.wait(explorer, &woken, &told, mark))
            .unwrap_or_else(|error| panic!("cannot start a thread to explore the model on: {error}"))
    }

    /// What the OS thread of an exploration does.
    fn explore_here(&self, session: &Rc<Session>, model: &Body) -> Report {
        let mut bounds: Vec<Option<usize>> =
            (0..3).take_while(|&bound| self.preemption_bound.is_none_or(|last| bound < last)).map(Some).collect();
        bounds.push(self.preemption_bound);
        let mut executions = 0;
        let mut complete = true;
        for bound in bounds {
            loop {
                (executions, complete) = self.explore_up_to(bound, session, model);
                // If it is the last one, it has to be done with all that is known in the end.
                if !session.learn_tried_locks() || bound != self.preemption_bound {
                    break;
                }
            }
        }
        Report { executions, preemption_bound: self.preemption_bound, complete, witness: None }
    }

    /// Explores the executions with at most `bound` preemptions. Says how many, and whether that is all of them.
    fn explore_up_to(&self, bound: Option<usize>, session: &Session, model: &Body) -> (usize, bool) {
        let before = session.recorder().begin_bound(bound);
        let mut loom = loom::model::Builder::new();
        loom.max_threads = session.rules.max_threads;
        loom.max_branches = self.max_branches;
        // loom looks at its limit only every `checkpoint_interval` executions, and counts from 1.
        loom.max_permutations = self.max_executions.map(|limit| limit + 1);
        loom.checkpoint_interval = if self.max_executions.is_some() { 1 } else { usize::MAX };
        loom.max_duration = None;
        loom.preemption_bound = bound;
        loom.checkpoint_file = None;
        loom.location = false;
        loom.log = false;
        let model = model.clone();
        loom.check(move || thread::run(None, || model()));
        session.end_execution();
        let executions = session.recorder().executions - before;
        (executions, self.max_executions.is_none_or(|limit| executions < limit))
    }

    fn wait(
        &self,
        explorer: std::thread::JoinHandle<Report>,
        woken: &Receiver<()>,
        told: &mpsc::Receiver<Arc<Shared>>,
        mark: crash::Mark,
    ) -> Result<Explored, Failure> {
        let shared = told.recv().expect("the exploring thread starts with this");
        let mut progress = 0;
        let mut since = Instant::now();
        loop {
            match woken.recv_timeout(Duration::from_millis(50)) {
                Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
            match crash::death(mark) {
                Some(Death::Signal(signal)) => {
                    give_up(&shared, Finding::Crash { signal });
                    return Err(Failure { shared });
                }
                Some(Death::Exit) => {
                    give_up(&shared, Finding::Exit);
                    let report = Failure { shared }.report(self.name.clone(), self.preemption_bound);
                    if let Some(witness) = report.witness {
                        // Not `eprintln!`, which a test harness keeps until a test's end.
                        let _ = writeln!(std::io::stderr(), "\n{witness}");
                    }
                    crash::exit();
                }
                None => {}
            }
            let now = shared.progress.load(Relaxed);
            if now != progress {
                (progress, since) = (now, Instant::now());
            } else if since.elapsed() >= self.stall_limit {
                give_up(&shared, Finding::EndlessLoop { seconds: self.stall_limit.as_secs() });
                return Err(Failure { shared });
            }
        }
        if shared.recorder().verdict.is_some() {
            return Err(Failure { shared });
        }
        match explorer.join() {
            Ok(report) => {
                let mut recorder = shared.recorder();
                Ok(Explored { report, sites: std::mem::take(&mut recorder.sites), altered: recorder.altered })
            }
            // A panic of the checker itself, outside any execution.
            Err(payload) => std::panic::resume_unwind(payload),
        }
    }
}

/// What a model runs.
pub(crate) type Body = Arc<dyn Fn() + Send + Sync>;

/// Panics with `message`, which is all that is printed: a backtrace of the test's thread would say nothing of the model.
pub(crate) fn fail(message: &str) -> ! {
    eprintln!("{message}");
    std::panic::resume_unwind(Box::new(message.to_owned()));
}

/// An exploration that found no bug.
pub(crate) struct Explored {
    pub(crate) report: Report,
    /// The orderings that it used.
    pub(crate) sites: Vec<OrderingSite>,
    /// In how many of its executions the ordering was used that an audit has replaced.
    pub(crate) altered: usize,
}

/// An exploration that found a bug.
pub(crate) struct Failure {
    shared: Arc<Shared>,
}

impl Failure {
    pub(crate) fn report(&self, model: Option<String>, bound: Option<usize>) -> Report {
        let recorder = self.shared.recorder();
        Report {
            executions: recorder.executions,
            preemption_bound: recorder.bound,
            complete: false,
            witness: Some(explain::witness(&recorder, model, bound)),
        }
    }

    /// What the verdict is.
    pub(crate) fn bug(&self) -> Bug {
        let recorder = self.shared.recorder();
        explain::bug(&recorder.verdict.as_ref().expect("a failure has a verdict").finding)
    }

    pub(crate) fn execution(&self) -> usize {
        self.shared.recorder().executions
    }

    fn has_unresolved_drops(&self) -> bool {
        self.shared.recorder().events.iter().any(|event| matches!(event.source, Source::Drop(None)))
    }

    /// Whether a second exploration is safe to make, and ends.
    fn can_be_repeated(&self) -> bool {
        let recorder = self.shared.recorder();
        let finding = recorder.verdict.as_ref().map(|verdict| &verdict.finding);
        !matches!(finding, Some(Finding::Crash { .. } | Finding::EndlessLoop { .. }) | None)
    }

    /// Whether both end in the same way.
    fn is_like(&self, other: &Failure) -> bool {
        let (ours, theirs) = (self.shared.recorder(), other.shared.recorder());
        let kind = |verdict: &Option<crate::recorder::Verdict>| {
            verdict.as_ref().map(|verdict| std::mem::discriminant(&verdict.finding))
        };
        ours.executions == theirs.executions
            && ours.events.len() == theirs.events.len()
            && kind(&ours.verdict) == kind(&theirs.verdict)
    }
}

/// The exploring thread is stuck, or dead: concludes in its stead.
fn give_up(shared: &Shared, finding: Finding) {
    shared.stop();
    let mut recorder = shared.recorder();
    let thread = recorder.running();
    recorder.conclude(finding, Some(thread));
}
