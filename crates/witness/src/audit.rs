//! The ordering audit: which orderings of a design its models need.

use std::sync::atomic::{AtomicUsize, Ordering, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::thread;

use crate::audited::{Audited, AuditedModel, Outcome, Weakening};
use crate::explain;
use crate::hook;
use crate::model::{Body, Builder, fail};
use crate::models::{Model, explored_to};
use crate::named_orderings::{Call, NamedOrdering, named_orderings};
use crate::ordering::{Alteration, OrderingSite, Place};

/// Weakens the orderings of a source file one at a time, and asks models whether they notice.
///
/// For each ordering that an operation in the file names, each weaker one is put in its place, a fence is also taken
/// away, and the models are explored until one fails. A weakening that a model rejects is *killed*: the ordering is
/// needed. One that *survives* shows only that these models cannot tell the difference: it is no reason to weaken
/// anything, and needs an argument. So a design whose weakenings are all killed has a set of orderings of which no single
/// one can be weakened (for these models, in loom's memory model, up to their bounds); it need not be the weakest set.
///
/// An ordering is known by the call that names it: file, line and column. Where a call passes on what it was given, all
/// that come through it with the same ordering are weakened together.
///
/// loom treats a `SeqCst` *access* nearly as an `AcqRel` one. So one that is weakened from `SeqCst` to that may survive
/// although the design needs it: such a design is better written with `fence(SeqCst)`, of which each weakening is tried.
///
/// The number of explorations is at most that of the weakenings times that of the models; a killed one ends early, and a
/// model that never comes to an ordering is not explored again for it. As many run at a time as the machine has
/// processors, and the result is the same with any number.
///
/// ```
/// use witness::sync::atomic::{AtomicBool, AtomicPtr, Ordering::{Acquire, Relaxed, Release}};
/// use witness::{Audit, Probe, boxed::Box, thread};
///
/// fn message_passing() {
///     let shared = std::sync::Arc::new(AtomicPtr::default());
///     let writer = {
///         let shared = shared.clone();
///         thread::spawn(move || shared.store(Box::into_raw(Box::new(Probe::new(1))), Release))
///     };
///     let value: *mut Probe<i32> = shared.load(Acquire);
///     if !value.is_null() {
///         // SAFETY: written before it was published, and freed when both threads are done.
///         assert_eq!(unsafe { **value }, 1);
///     }
///     writer.join().unwrap();
///     // SAFETY: the writer has ended.
///     drop(unsafe { Box::from_raw(*std::sync::Arc::into_inner(shared).unwrap().get_mut()) });
/// }
///
/// # let file = file!();
/// # let source = "";
/// // In a test: Audit::of("src/channel.rs", include_str!("../src/channel.rs"))
/// let audited = Audit::of(file, source).model("message passing", message_passing).run();
/// audited.expect_survivors(&[]);
/// assert_eq!(audited.weakenings.len(), 2); // the Release, and the Acquire
/// ```
#[must_use = "an audit that is not run finds nothing"]
pub struct Audit {
    subject: Subject,
    models: Vec<Asked>,
    thorough: bool,
    with_witnesses: bool,
}

enum Subject {
    Sources(Vec<Source>),
    /// The orderings inside witness's own twins.
    Twins,
}

/// A file whose orderings are audited.
struct Source {
    file: String,
    text: String,
    /// The orderings in it; or why it is no Rust.
    named: Result<Vec<NamedOrdering>, String>,
}

impl Source {
    fn new(file: &str, text: &str) -> Source {
        let named = named_orderings(text).map_err(|error| error.to_string());
        Source { file: file.to_owned(), text: text.to_owned(), named }
    }

    fn line(&self, number: u32) -> &str {
        self.text.lines().nth((number as usize).saturating_sub(1)).unwrap_or_default().trim()
    }

    /// The line of the call at `position`, and those that its arguments go on to.
    fn code_at(&self, position: (u32, u32)) -> String {
        let named = self.named.as_deref().unwrap_or_default();
        let call = named.iter().filter_map(|named| named.call.as_ref()).find(|call| call.position == position);
        let last = call.map_or(position.0, |call| call.last_line);
        let lines: Vec<&str> = (position.0..=last).map(|line| self.line(line)).collect();
        lines.join(" ")
    }
}

/// A model that is asked.
struct Asked {
    name: String,
    /// To the bound that it has, and to the one that it has where there is no time for more.
    thorough: Builder,
    hurried: Builder,
    body: Body,
}

/// How far an audit has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// How many of them are done.
    pub done: usize,
    /// How many there are.
    pub total: usize,
}

/// A part of an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The models are explored as they are.
    Models,
    /// Each ordering is weakened.
    Weakenings,
}

impl Audit {
    /// An audit of the orderings in `file`, whose text is `source`: `Audit::of("src/cell.rs",
    /// include_str!("../src/cell.rs"))`.
    pub fn of(file: &str, source: &str) -> Audit {
        Audit::about(Subject::Sources(vec![Source::new(file, source)]))
    }

    /// An audit of the orderings inside witness's own [`Arc`](crate::sync::Arc), whose operations are several of the
    /// memory model's: for whoever would check the checker. The other twins have none: a lock is loom's own.
    pub fn of_twins() -> Audit {
        Audit::about(Subject::Twins)
    }

    fn about(subject: Subject) -> Audit {
        Audit { subject, models: Vec::new(), thorough: false, with_witnesses: false }
    }

    /// Also audits the orderings in `file`.
    pub fn and(mut self, file: &str, source: &str) -> Audit {
        if let Subject::Sources(sources) = &mut self.subject {
            sources.push(Source::new(file, source));
        }
        self
    }

    /// Asks `model` too. Models are asked in the order in which they are named here: the smallest first is the fastest.
    pub fn model(self, name: &str, model: impl Fn() + Send + Sync + 'static) -> Audit {
        self.model_with(name, Builder::new(), model)
    }

    /// As [`model`](Self::model), explored as `builder` says.
    pub fn model_with(mut self, name: &str, builder: Builder, model: impl Fn() + Send + Sync + 'static) -> Audit {
        let builder = builder.name(name);
        let (thorough, hurried) = (builder.clone(), builder);
        self.models.push(Asked { name: name.to_owned(), thorough, hurried, body: Arc::new(model) });
        self
    }

    /// Asks all of `models`, each up to its [`audit_bound`](Model::audit_bound).
    pub fn models(mut self, models: &[Model]) -> Audit {
        self.models.extend(models.iter().map(|model| Asked {
            name: model.name().to_owned(),
            thorough: explored_to(model.preemption_bound()).name(model.name()),
            hurried: explored_to(model.hurried()).name(model.name()),
            body: Arc::new(model.body()),
        }));
        self
    }

    /// Explores each model up to its own bound, and not only up to its [`audit_bound`](Model::audit_bound).
    pub fn thorough(mut self) -> Audit {
        self.thorough = true;
        self
    }

    /// Explores every model up to this many preemptions, whatever bounds it has.
    pub fn preemption_bound(mut self, bound: usize) -> Audit {
        for model in &mut self.models {
            model.thorough = model.thorough.clone().preemption_bound(bound);
            model.hurried = model.thorough.clone();
        }
        self
    }

    /// Keeps the counterexample of each kill, for those who want to see why.
    pub fn with_witnesses(mut self) -> Audit {
        self.with_witnesses = true;
        self
    }

    /// Explores the models, first as they are and then once for every weakening, until one fails.
    ///
    /// # Panics
    ///
    /// If a model fails with nothing weakened; the message is its timeline. If the audit has no models.
    #[track_caller]
    pub fn run(self) -> Audited {
        self.run_with(|_| ())
    }

    /// As [`run`](Self::run), and says now and then how far it has come.
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    #[track_caller]
    pub fn run_with(self, mut progress: impl FnMut(Progress)) -> Audited {
        assert!(!self.models.is_empty(), "an audit asks models, and this one has none: add them with Audit::model");
        hook::install();
        let total = self.models.len();
        let surveyed = in_parallel(
            total,
            |index| self.survey(&self.models[index]),
            |done| {
                progress(Progress { stage: Stage::Models, done, total });
            },
        );
        let mut surveys = Vec::new();
        let mut models = Vec::new();
        for surveyed in surveyed {
            match surveyed {
                Ok((model, survey)) => {
                    models.push(model);
                    surveys.push(survey);
                }
                Err(timeline) => fail(&format!("nothing is weakened yet, and the model fails\n{timeline}")),
            }
        }
        let sites = self.of_subject(&surveys);
        let unreached = self.unreached(&sites);
        let tries: Vec<(OrderingSite, Option<Ordering>)> =
            sites.iter().flat_map(|located| located.site.weaker().into_iter().map(|to| (located.site, to))).collect();
        let total = tries.len();
        let mut outcomes = in_parallel(
            total,
            |index| self.ask(tries[index].0, tries[index].1, &surveys),
            |done| {
                progress(Progress { stage: Stage::Weakenings, done, total });
            },
        )
        .into_iter();
        let mut weakenings = Vec::new();
        for located in &sites {
            for to in located.site.weaker() {
                weakenings.push(Weakening {
                    file: located.file.clone(),
                    line: located.line,
                    code: located.code.clone(),
                    operation: located.site.slot.name().to_owned(),
                    declared: format!("{:?}", located.site.declared),
                    weakened: to.map_or_else(|| "removed".to_owned(), |ordering| format!("{ordering:?}")),
                    outcome: outcomes.next().expect("each weakening has been tried"),
                    because: None,
                });
            }
        }
        let files = match &self.subject {
            Subject::Sources(sources) => sources.iter().map(|source| source.file.clone()).collect(),
            Subject::Twins => vec![TWINS.to_owned()],
        };
        Audited { files, models, weakenings, unreached }
    }

    fn builder<'a>(&self, model: &'a Asked) -> &'a Builder {
        if self.thorough { &model.thorough } else { &model.hurried }
    }

    /// Explores a model as it is: which orderings it uses, or the timeline of its failure.
    fn survey(&self, model: &Asked) -> Result<(AuditedModel, Survey), String> {
        let builder = self.builder(model);
        let alteration = Some(Alteration::Survey);
        match builder.explore(&model.body, None, alteration) {
            Ok(explored) => {
                let (executions, preemption_bound) = (explored.report.executions, explored.report.preemption_bound);
                let survey = Survey { executions, sites: explored.sites };
                Ok((AuditedModel { name: model.name.clone(), executions, preemption_bound }, survey))
            }
            Err(failure) => {
                let report = builder.explain(&model.body, failure, alteration);
                Err(report.witness.expect("a failure has a witness").to_string())
            }
        }
    }

    /// The sites that are audited, in the order of the source.
    fn of_subject(&self, surveys: &[Survey]) -> Vec<Located> {
        let mut sites: Vec<Located> = Vec::new();
        for &site in surveys.iter().flat_map(|survey| &survey.sites) {
            if sites.iter().any(|known| known.site == site) {
                continue;
            }
            let located = match (&self.subject, site.place) {
                (Subject::Sources(sources), Place::Source { file, line, column }) => {
                    let file = explain::clean(file);
                    let Some(index) = sources.iter().position(|source| explain::clean(&source.file) == file) else {
                        continue;
                    };
                    let source = &sources[index];
                    Located {
                        site,
                        order: (index, line, column),
                        file: source.file.clone(),
                        line,
                        code: source.code_at((line, column)),
                    }
                }
                (Subject::Twins, Place::Twin(name)) => {
                    let index = sites.iter().position(|known| known.code == name).unwrap_or(sites.len());
                    Located { site, order: (index, 0, 0), file: TWINS.to_owned(), line: 0, code: name.to_owned() }
                }
                _ => continue,
            };
            sites.push(located);
        }
        sites.sort_by_key(|located| located.order);
        sites
    }

    /// The orderings in the source that could be weaker, and that no model uses.
    fn unreached(&self, sites: &[Located]) -> Vec<String> {
        let Subject::Sources(sources) = &self.subject else { return Vec::new() };
        let mut unreached = Vec::new();
        for source in sources {
            let file = &source.file;
            let named = match &source.named {
                Ok(named) => named,
                Err(error) => {
                    unreached.push(format!("{file}:1: this is not Rust ({error})"));
                    continue;
                }
            };
            let sites: Vec<&Located> = sites.iter().filter(|located| located.file == *file).collect();
            // A site whose call does not name its ordering has got it from elsewhere: a constant, a parameter.
            let is_named_by_its_call = |site: &Located| {
                named.iter().any(|named| {
                    named.ordering == site.site.declared
                        && named.call.as_ref().is_some_and(|call| call.position == site.position())
                })
            };
            let passed_on: Vec<_> =
                sites.iter().filter(|site| !is_named_by_its_call(site)).map(|site| site.site.declared).collect();
            for named in named {
                let is_used_there = named.call.as_ref().is_some_and(|call| {
                    sites.iter().any(|site| site.position() == call.position && site.site.declared == named.ordering)
                });
                let is_passed_on =
                    !named.call.as_ref().is_some_and(Call::is_atomic_operation) && passed_on.contains(&named.ordering);
                let reached = is_used_there || is_passed_on;
                let line = format!("{file}:{}: {}", named.line, source.line(named.line));
                if !reached && !unreached.contains(&line) {
                    unreached.push(line);
                }
            }
        }
        unreached
    }

    /// Whether a model rejects `to` at `site`.
    fn ask(&self, site: OrderingSite, to: Option<Ordering>, surveys: &[Survey]) -> Outcome {
        let alteration = Alteration::Weaken(site, to);
        let (mut executions, mut reached) = (0, 0);
        for (model, survey) in self.models.iter().zip(surveys) {
            // The exploration would be the survey's over again, execution by execution: the ordering never comes up in it.
            if !survey.sites.contains(&site) {
                executions += survey.executions;
                continue;
            }
            let builder = self.builder(model);
            match builder.explore(&model.body, None, Some(alteration)) {
                Ok(explored) => {
                    executions += explored.report.executions;
                    reached += explored.altered;
                }
                Err(failure) => {
                    let (bug, execution) = (failure.bug(), failure.execution());
                    let witness = self.with_witnesses.then(|| {
                        let report = builder.explain(&model.body, failure, Some(alteration));
                        Box::new(report.witness.expect("a failure has a witness"))
                    });
                    return Outcome::Killed { model: model.name.clone(), bug, execution, witness };
                }
            }
        }
        Outcome::Survived { executions, reached }
    }
}

/// A model explored as it is.
struct Survey {
    executions: usize,
    /// The orderings that it used.
    sites: Vec<OrderingSite>,
}

/// What stands for the file when the twins are audited.
const TWINS: &str = "the twins";

/// A site, and where it stands in the sources that are audited.
struct Located {
    site: OrderingSite,
    /// File, line and column.
    order: (usize, u32, u32),
    file: String,
    line: u32,
    code: String,
}

impl Located {
    fn position(&self) -> (u32, u32) {
        (self.order.1, self.order.2)
    }
}

/// Does `work` for each number below `count`, on as many threads as there are processors; calls `progress` with how many
/// are done. The results are in order.
fn in_parallel<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync, mut progress: impl FnMut(usize)) -> Vec<T> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let (done, results) = mpsc::channel();
    let mut all: Vec<Option<T>> = (0..count).map(|_| None).collect();
    thread::scope(|scope| {
        for _ in 0..processors.min(count) {
            let (done, next, work) = (done.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    // Relaxed: each number is handed out once, and says nothing of other memory.
                    let index = next.fetch_add(1, Relaxed);
                    if index >= count || done.send((index, work(index))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        for (finished, (index, result)) in results.iter().enumerate() {
            all[index] = Some(result);
            progress(finished + 1);
        }
    });
    all.into_iter().map(|result| result.expect("a thread that panics makes the scope panic")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Source, in_parallel};

    #[test]
    fn the_results_are_in_order() {
        let mut reported = Vec::new();
        let squares = in_parallel(50, |number| number * number, |done| reported.push(done));
        assert_eq!(squares, (0..50).map(|number| number * number).collect::<Vec<_>>());
        assert_eq!(reported, (1..=50).collect::<Vec<_>>());
        assert!(in_parallel(0, |number| number, |_| ()).is_empty());
    }

    #[test]
    fn a_call_may_take_many_lines() {
        let source = "fn f() {\n    let a = b\n        .swap(\n            c,\n            AcqRel,\n        )\n}";
        let source = Source::new("src/cell.rs", source);
        assert_eq!(source.code_at((3, 10)), ".swap( c, AcqRel, )");
        assert_eq!(source.code_at((2, 5)), "let a = b");
    }
}
