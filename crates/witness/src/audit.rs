//! The ordering audit: which orderings of a design its models need.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::counterexample::Bug;
use crate::explain;
use crate::hook;
use crate::model::{Builder, Model, fail};
use crate::ordering::{Alteration, OrderingSite, Place};

/// Weakens the orderings of a source file one at a time, and asks models whether they notice.
///
/// For each ordering that an operation in the file names, each weaker one is put in its place, a fence is also taken
/// away, and the models are explored until one fails. A weakening that a model rejects is *killed*: the ordering is
/// needed. One that *survives* shows only that these models cannot tell the difference: it is no reason to weaken
/// anything, and needs an argument. So a design whose weakenings are all killed has a set of orderings of which no single
/// one can be weakened (for these models, in loom's memory model, up to their bounds); it need not be the weakest set.
///
/// The number of explorations is at most that of the weakenings times that of the models; a killed one ends early.
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
    models: Vec<(String, Builder, Model)>,
}

enum Subject {
    Sources(Vec<(String, String)>),
    /// The orderings inside witness's own twins.
    Twins,
}

/// What an audit found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Audited {
    /// The files whose orderings were weakened.
    pub files: Vec<String>,
    /// The models that were asked, in the order in which they were, with how many executions each has.
    pub models: Vec<AuditedModel>,
    /// Every weakening, in the order of the source.
    pub weakenings: Vec<Weakening>,
    /// Lines that name an ordering stronger than `Relaxed` which no model reaches: `file:line: code`.
    pub unreached: Vec<String>,
}

/// A model that an audit asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuditedModel {
    /// Its name.
    pub name: String,
    /// How many executions it has when nothing is weakened.
    pub executions: usize,
    /// The preemption bound; `None` is none.
    pub preemption_bound: Option<usize>,
}

/// One ordering, replaced by a weaker one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Weakening {
    /// The file, as the audit was told it.
    pub file: String,
    /// The line of the operation, counted from 1; 0 inside a twin.
    pub line: u32,
    /// That line, trimmed.
    pub code: String,
    /// What the ordering is for: `load`, `swap`, `cas, failure`, `fence`.
    pub operation: String,
    /// The ordering that the source names.
    pub declared: String,
    /// The weaker one; `removed` for a fence.
    pub weakened: String,
    /// What the models said.
    pub outcome: Outcome,
}

/// What the models said of a weakening.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A model failed.
    Killed {
        /// Which one.
        model: String,
        /// With which verdict.
        bug: Bug,
        /// In which execution.
        execution: usize,
    },
    /// All models passed.
    Survived {
        /// How many executions were explored in all.
        executions: usize,
    },
}

/// A weakening of which the models cannot tell the difference, and why the ordering stays nevertheless.
#[derive(Clone, Copy, Debug)]
pub struct Survivor {
    /// A piece of the line of source that no other line with a survivor has.
    pub code: &'static str,
    /// The weaker ordering, or `removed`.
    pub weakened: &'static str,
    /// The argument for keeping the ordering as it is.
    pub because: &'static str,
}

impl Audit {
    /// An audit of the orderings in `file`, whose text is `source`: `Audit::of("src/cell.rs",
    /// include_str!("../src/cell.rs"))`.
    pub fn of(file: &str, source: &str) -> Audit {
        Audit { subject: Subject::Sources(vec![(file.to_owned(), source.to_owned())]), models: Vec::new() }
    }

    /// An audit of the orderings inside witness's own `Arc`, whose operations are several of the memory model's: for
    /// whoever would check the checker.
    pub fn of_twins() -> Audit {
        Audit { subject: Subject::Twins, models: Vec::new() }
    }

    /// Also audits the orderings in `file`.
    pub fn and(mut self, file: &str, source: &str) -> Audit {
        if let Subject::Sources(sources) = &mut self.subject {
            sources.push((file.to_owned(), source.to_owned()));
        }
        self
    }

    /// Asks `model` too. Models are asked in the order in which they are named here: the smallest first is the fastest.
    pub fn model(self, name: &str, model: impl Fn() + Send + Sync + 'static) -> Audit {
        self.model_with(name, Builder::new(), model)
    }

    /// As [`model`](Self::model), explored as `builder` says.
    pub fn model_with(mut self, name: &str, builder: Builder, model: impl Fn() + Send + Sync + 'static) -> Audit {
        self.models.push((name.to_owned(), builder.name(name), Arc::new(model)));
        self
    }

    /// Explores the models, first as they are and then once for every weakening, until one fails.
    ///
    /// # Panics
    ///
    /// If a model fails with nothing weakened; the message is its timeline. If the audit has no models.
    #[track_caller]
    pub fn run(self) -> Audited {
        assert!(!self.models.is_empty(), "an audit asks models, and this one has none: add them with Audit::model");
        hook::install();
        let mut found: Vec<OrderingSite> = Vec::new();
        let mut models = Vec::new();
        for (name, builder, model) in &self.models {
            match builder.explore(model, None, Some(Alteration::Survey)) {
                Ok(explored) => {
                    found.extend(explored.sites);
                    models.push(AuditedModel {
                        name: name.clone(),
                        executions: explored.report.executions,
                        preemption_bound: explored.report.preemption_bound,
                    });
                }
                Err(failure) => {
                    let witness = failure.report(Some(name.clone()), builder.bound()).witness;
                    fail(&format!(
                        "nothing is weakened yet, and the model fails\n{}",
                        witness.expect("a failure has a witness")
                    ));
                }
            }
        }
        let sites = self.of_subject(&found);
        let unreached = self.unreached(&sites);
        let weakenings = sites.iter().flat_map(|site| self.weaken(site)).collect();
        let files = match &self.subject {
            Subject::Sources(sources) => sources.iter().map(|(file, _)| file.clone()).collect(),
            Subject::Twins => vec!["the twins".to_owned()],
        };
        Audited { files, models, weakenings, unreached }
    }

    /// The sites that are audited, in the order of the source.
    fn of_subject(&self, found: &[OrderingSite]) -> Vec<Located> {
        let mut sites: Vec<Located> = Vec::new();
        for &site in found {
            let located = match (&self.subject, site.place) {
                (Subject::Sources(sources), Place::Source { file, line, column }) => {
                    let file = explain::clean(file);
                    let Some(index) = sources.iter().position(|(name, _)| explain::clean(name) == file) else {
                        continue;
                    };
                    let code = sources[index].1.lines().nth(line as usize - 1).unwrap_or_default().trim().to_owned();
                    Located { site, order: (index, line, column), file: sources[index].0.clone(), line, code }
                }
                (Subject::Twins, Place::Twin(name)) => {
                    let index = sites.iter().position(|known| known.code == name).unwrap_or(sites.len());
                    Located { site, order: (index, 0, 0), file: "the twins".to_owned(), line: 0, code: name.to_owned() }
                }
                _ => continue,
            };
            if !sites.iter().any(|known| known.site == site) {
                sites.push(located);
            }
        }
        sites.sort_by_key(|located| located.order);
        sites
    }

    /// The lines that name an ordering which could be weaker, and that no site explains.
    fn unreached(&self, sites: &[Located]) -> Vec<String> {
        let Subject::Sources(sources) = &self.subject else { return Vec::new() };
        let mut unreached = Vec::new();
        for (file, source) in sources {
            let lines: Vec<&str> = source.lines().map(code_of).collect();
            for (index, line) in lines.iter().enumerate().filter(|(_, line)| names_an_ordering(line)) {
                let statement = statement_around(&lines, index);
                let reached = sites
                    .iter()
                    .any(|located| located.file == *file && statement.contains(&(located.line as usize - 1)));
                if !reached {
                    unreached.push(format!("{file}:{}: {}", index + 1, line.trim()));
                }
            }
        }
        unreached
    }

    fn weaken(&self, located: &Located) -> Vec<Weakening> {
        let tried = located.site.weaker().into_iter().map(|to| Weakening {
            file: located.file.clone(),
            line: located.line,
            code: located.code.clone(),
            operation: located.site.slot.name().to_owned(),
            declared: format!("{:?}", located.site.declared),
            weakened: to.map_or_else(|| "removed".to_owned(), |ordering| format!("{ordering:?}")),
            outcome: self.ask(Alteration::Weaken(located.site, to)),
        });
        tried.collect()
    }

    fn ask(&self, alteration: Alteration) -> Outcome {
        let mut executions = 0;
        for (name, builder, model) in &self.models {
            match builder.explore(model, None, Some(alteration)) {
                Ok(explored) => executions += explored.report.executions,
                Err(failure) => {
                    let (bug, execution) = (failure.bug(), failure.execution());
                    return Outcome::Killed { model: name.clone(), bug, execution };
                }
            }
        }
        Outcome::Survived { executions }
    }
}

/// A site, and where it stands in the sources that are audited.
struct Located {
    site: OrderingSite,
    order: (usize, u32, u32),
    file: String,
    line: u32,
    code: String,
}

/// The line without its comment.
fn code_of(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

fn names_an_ordering(code: &str) -> bool {
    // A line with nothing but `Relaxed` has nothing to weaken.
    const ORDERINGS: [&str; 4] = ["Acquire", "Release", "AcqRel", "SeqCst"];
    let imports = code.trim_start().starts_with("use ") || code.trim_start().starts_with("pub use ");
    !imports && code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| ORDERINGS.contains(&word))
}

/// The lines of the statement that line `index` is part of, roughly: between the ends of others.
fn statement_around(lines: &[&str], index: usize) -> Range<usize> {
    let ends = |line: &str| line.trim_end().ends_with([';', '{', '}']);
    let start = (0..index).rev().find(|&before| ends(lines[before])).map_or(0, |before| before + 1);
    let end = (index..lines.len()).find(|&after| ends(lines[after])).map_or(lines.len(), |after| after + 1);
    start..end
}

impl Audited {
    /// The weakenings that no model rejected.
    pub fn survivors(&self) -> impl Iterator<Item = &Weakening> {
        self.weakenings.iter().filter(|weakening| matches!(weakening.outcome, Outcome::Survived { .. }))
    }

    /// Asserts that the survivors are exactly these, and that a model reaches every ordering.
    ///
    /// # Panics
    ///
    /// If another weakening survives, if one that is listed does not, or if no model reaches an ordering in the source.
    #[track_caller]
    pub fn expect_survivors(&self, expected: &[Survivor]) {
        let is_expected = |weakening: &Weakening, survivor: &Survivor| {
            weakening.code.contains(survivor.code) && weakening.weakened == survivor.weakened
        };
        let mut complaints = Vec::new();
        for weakening in self.survivors() {
            if !expected.iter().any(|survivor| is_expected(weakening, survivor)) {
                complaints.push(format!(
                    "{}:{}: {} ({}) weakened to {} survives: add a model that needs it, or list it with an argument",
                    weakening.file, weakening.line, weakening.operation, weakening.declared, weakening.weakened
                ));
            }
        }
        for survivor in expected {
            if !self.survivors().any(|weakening| is_expected(weakening, survivor)) {
                complaints.push(format!(
                    "`{}` weakened to {} is listed as a survivor, and is none: take it from the list",
                    survivor.code, survivor.weakened
                ));
            }
        }
        for line in &self.unreached {
            complaints.push(format!("{line}: no model reaches this ordering"));
        }
        assert!(complaints.is_empty(), "{}\n{self}", complaints.join("\n"));
    }

    /// The audit as JSON, indented, with a newline at its end.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("an audit has string keys only");
        json.push('\n');
        json
    }
}

impl fmt::Display for Audited {
    /// A table of at most 80 columns where the models' names allow it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let survived = self.survivors().count();
        writeln!(f, "ordering audit of {}", self.files.join(", "))?;
        for model in &self.models {
            let bound = match model.preemption_bound {
                Some(bound) => format!("preemption bound {bound}"),
                None => "no bound".to_owned(),
            };
            writeln!(f, "  model `{}`: {} executions, {bound}", model.name, model.executions)?;
        }
        let mut last = None;
        for weakening in &self.weakenings {
            let at = (&weakening.file, weakening.line, &weakening.code);
            if last != Some(at) {
                let place = if weakening.line == 0 { String::new() } else { format!("{}: ", weakening.line) };
                writeln!(f, "{place}{}", weakening.code)?;
                last = Some(at);
            }
            let what = format!("{} {} → {}", weakening.operation, weakening.declared, weakening.weakened);
            match &weakening.outcome {
                Outcome::Killed { model, bug, execution } => {
                    writeln!(f, "    {what:<34} killed: {bug}, in `{model}`, execution {execution}")?;
                }
                Outcome::Survived { executions } => {
                    writeln!(f, "    {what:<34} survived {executions} executions")?;
                }
            }
        }
        let killed = self.weakenings.len() - survived;
        write!(f, "{} weakenings: {killed} killed, {survived} survived", self.weakenings.len())?;
        for line in &self.unreached {
            write!(f, "\nno model reaches {line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Audit, names_an_ordering, statement_around};
    use crate::sync::Arc;
    use crate::{Bug, Probe, thread};

    /// Two threads drop their handles; whoever is last drops the value, which both have used.
    fn last_drop_in_either_thread() {
        let arc = Arc::new(Probe::new(1));
        let other = {
            let arc = arc.clone();
            thread::spawn(move || assert_eq!(**arc, 1))
        };
        assert_eq!(**arc, 1);
        drop(arc);
        other.join().unwrap();
    }

    fn taken_by_whoever_is_last() {
        let arc = Arc::new(Probe::new(1));
        let other = {
            let arc = arc.clone();
            thread::spawn(move || {
                assert_eq!(**arc, 1);
                if let Some(mut value) = Arc::into_inner(arc) {
                    *value = 2;
                }
            })
        };
        assert_eq!(**arc, 1);
        if let Some(mut value) = Arc::into_inner(arc) {
            *value = 3;
        }
        other.join().unwrap();
    }

    fn unwrapped_after_the_other_is_dropped() {
        let arc = Arc::new(Probe::new(1));
        let other = {
            let arc = arc.clone();
            thread::spawn(move || assert_eq!(**arc, 1))
        };
        if let Ok(mut value) = Arc::try_unwrap(arc) {
            *value = 2;
        }
        other.join().unwrap();
    }

    fn changed_in_place_when_alone() {
        let mut arc = Arc::new(Probe::new(1));
        let other = {
            let arc = arc.clone();
            thread::spawn(move || assert_eq!(**arc, 1))
        };
        if let Some(value) = Arc::get_mut(&mut arc) {
            **value = 2;
        }
        other.join().unwrap();
    }

    #[test]
    fn every_ordering_inside_the_twin_of_arc_is_needed() {
        let audited = Audit::of_twins()
            .model("last drop", last_drop_in_either_thread)
            .model("get_mut", changed_in_place_when_alone)
            .model("try_unwrap", unwrapped_after_the_other_is_dropped)
            .model("into_inner", taken_by_whoever_is_last)
            .run();
        audited.expect_survivors(&[]);
        let sites: Vec<_> = audited.weakenings.iter().map(|w| format!("{} {}", w.code, w.operation)).collect();
        let expected = [
            "drop fetch_sub",
            "drop fence",
            "get_mut load",
            "try_unwrap fence",
            "into_inner fetch_sub",
            "into_inner fence",
        ];
        assert_eq!(sites, expected, "{audited}");
        let verdicts = audited.weakenings.iter().map(|weakening| &weakening.outcome);
        assert!(
            verdicts.clone().all(|outcome| matches!(outcome, super::Outcome::Killed { bug: Bug::DataRace, .. })),
            "{audited}"
        );
    }

    #[test]
    fn a_line_names_an_ordering_or_does_not() {
        assert!(names_an_ordering("self.head.load(Acquire)"));
        assert!(names_an_ordering("fence(Ordering::SeqCst);"));
        assert!(!names_an_ordering("self.len.load(Relaxed)"));
        assert!(!names_an_ordering("use std::sync::atomic::Ordering::{Acquire, Release};"));
        assert!(!names_an_ordering("fn release(&self) {}"));
    }

    #[test]
    fn a_statement_may_have_many_lines() {
        let lines = ["fn f() {", "    a", "        .swap(b, AcqRel)", "        .c();", "}"];
        assert_eq!(statement_around(&lines, 2), 1..4);
    }
}
