//! What can be claimed of a learner's code, and how it is checked.

use std::sync::Arc;
use std::time::Duration;

use witness::{Audit, Bug, Builder, Report, Witness};

use crate::{Claim, Reason, Refutation, Source};

/// A model without checked operations for this long counts as an endless loop.
const STALL_LIMIT: Duration = Duration::from_secs(3);

/// More executions than this and a model counts as too large. A check takes seconds.
const MOST_EXECUTIONS: usize = 20_000;

/// The same for a model that the learner writes, which is explored for several implementations.
const MOST_EXECUTIONS_OF_A_HUNT: usize = 3_000;

type Code = Arc<dyn Fn() + Send + Sync>;

/// Claims that no execution of a model has a bug.
pub struct Model {
    bound: Option<usize>,
    most_executions: usize,
    code: Code,
    ignored: Vec<Bug>,
    built_on: &'static [&'static str],
}

/// Claims that no execution of `code` has a bug.
pub fn model(code: impl Fn() + Send + Sync + 'static) -> Model {
    let most_executions = MOST_EXECUTIONS;
    Model { bound: None, most_executions, code: Arc::new(code), ignored: Vec::new(), built_on: &[] }
}

impl Model {
    /// With at most this many preemptions.
    pub fn bound(mut self, preemptions: usize) -> Model {
        self.bound = Some(preemptions);
        self
    }

    /// This bug is another claim's affair: it ends the exploration and does not refute this one.
    pub fn but(mut self, bug: Bug) -> Model {
        self.ignored.push(bug);
        self
    }

    /// The timeline is without the rows of these files, which the code builds on: see
    /// [`Witness::without_rows_of`].
    pub fn built_on(mut self, files: &'static [&'static str]) -> Model {
        self.built_on = files;
        self
    }

    /// As the learner's models are explored.
    fn of_the_learner(code: impl Fn() + Send + Sync + 'static) -> Model {
        Model { most_executions: MOST_EXECUTIONS_OF_A_HUNT, ..model(code).bound(2) }
    }

    fn explore(&self) -> Report {
        let code = self.code.clone();
        let mut report = builder(self.bound).max_executions(self.most_executions).check(move || code());
        report.witness = report.witness.map(|witness| witness.without_rows_of(self.built_on));
        report
    }

    fn too_large(&self) -> Refutation {
        let evidence = format!(
            "There are more than {} executions: too many to look at them all.\n\
             Every operation on an atomic or a lock multiplies them.",
            self.most_executions
        );
        Refutation { reason: Reason::TooLarge, evidence }
    }
}

fn builder(bound: Option<usize>) -> Builder {
    let builder = Builder::new().stall_limit(STALL_LIMIT);
    match bound {
        Some(bound) => builder.preemption_bound(bound),
        None => builder,
    }
}

impl Claim for Model {
    fn check(&self) -> Result<(), Refutation> {
        let report = self.explore();
        match report.witness {
            Some(witness) if self.ignored.contains(&witness.bug) => Ok(()),
            Some(witness) => Err(refuted_by(&witness)),
            None if !report.complete => Err(self.too_large()),
            None => Ok(()),
        }
    }
}

fn refuted_by(witness: &Witness) -> Refutation {
    let unfinished = witness.bug == Bug::Panic && witness.summary.contains("not yet implemented");
    let reason = if unfinished { Reason::Unfinished } else { Reason::Bug(witness.bug) };
    let left = if unfinished { "A `todo!()` is left.\n\n" } else { "" };
    Refutation { reason, evidence: format!("{left}{witness}") }
}

/// Claims that a model, which is the learner's, passes.
pub struct Passes(Model);

/// Claims that `code`, a model that the learner wrote, finds no bug in what it is given, which has none.
pub fn passes(code: impl Fn() + Send + Sync + 'static) -> Passes {
    Passes(Model::of_the_learner(code))
}

impl Claim for Passes {
    fn check(&self) -> Result<(), Refutation> {
        self.0.check().map_err(|refutation| match refutation.reason {
            Reason::Bug(_) => Refutation { reason: Reason::FalseAlarm, ..refutation },
            _ => refutation,
        })
    }
}

/// Claims that a model, which is the learner's, catches a bug.
pub struct Catches(Model);

/// Claims that `code`, a model that the learner wrote, finds the bug in what it is given, whichever way it shows.
pub fn catches(code: impl Fn() + Send + Sync + 'static) -> Catches {
    Catches(Model::of_the_learner(code))
}

impl Claim for Catches {
    fn check(&self) -> Result<(), Refutation> {
        let report = self.0.explore();
        if let Some(witness) = report.witness {
            // Whoever leaves a `todo!()` has caught nothing.
            let refuted = refuted_by(&witness);
            return if refuted.reason == Reason::Unfinished { Err(refuted) } else { Ok(()) };
        }
        if !report.complete {
            return Err(self.0.too_large());
        }
        let evidence = match report.executions {
            1 => "It has a bug, and the one execution of your model does not show it.".to_owned(),
            executions => format!("It has a bug, and none of the {executions} executions of your model shows it."),
        };
        Err(Refutation { reason: Reason::Missed, evidence })
    }
}

/// Claims that a model, in which code of the learner's misuses something, has a bug.
pub struct Breaks {
    bugs: Vec<Bug>,
    model: Model,
}

/// Claims that `code`, in which code of the learner's misuses something, has one of these bugs. Another one does not
/// count: a panic, say, of the learner's own. The timeline of what breaks goes to standard output.
pub fn breaks(bugs: &[Bug], code: impl Fn() + Send + Sync + 'static) -> Breaks {
    Breaks { bugs: bugs.to_vec(), model: Model::of_the_learner(code) }
}

impl Breaks {
    /// As [`Model::built_on`].
    pub fn built_on(self, files: &'static [&'static str]) -> Breaks {
        Breaks { model: self.model.built_on(files), ..self }
    }
}

impl Claim for Breaks {
    fn check(&self) -> Result<(), Refutation> {
        let report = self.model.explore();
        if let Some(witness) = report.witness {
            let refuted = refuted_by(&witness);
            return match refuted.reason {
                Reason::Unfinished => Err(refuted),
                _ if self.bugs.contains(&witness.bug) => {
                    println!("{witness}\n");
                    Ok(())
                }
                _ => {
                    let evidence = format!("Something breaks, and it is something else.\n\n{}", refuted.evidence);
                    Err(Refutation { evidence, ..refuted })
                }
            };
        }
        if !report.complete {
            return Err(self.model.too_large());
        }
        let evidence = match report.executions {
            1 => "There is one execution, and nothing is wrong in it.".to_owned(),
            executions => format!("There are {executions} executions, and nothing is wrong in any of them."),
        };
        Err(Refutation { reason: Reason::Unbroken, evidence })
    }
}

/// Claims that no ordering in a file can be weakened without a model noticing.
pub struct Orderings {
    source: Source,
    models: Vec<(&'static str, Option<usize>, Code)>,
}

/// Claims that no ordering in `source` can be weakened further, one at a time, without one of the models to be added
/// noticing: the audit of the witness crate grades.
pub fn orderings(source: &Source) -> Orderings {
    Orderings { source: source.clone(), models: Vec::new() }
}

impl Orderings {
    /// Asks this model too, with at most so many preemptions.
    pub fn model(
        mut self,
        name: &'static str,
        bound: Option<usize>,
        code: impl Fn() + Send + Sync + 'static,
    ) -> Orderings {
        self.models.push((name, bound, Arc::new(code)));
        self
    }
}

impl Claim for Orderings {
    fn check(&self) -> Result<(), Refutation> {
        let mut audit = Audit::of(&self.source.file, &self.source.text);
        for (name, bound, code) in &self.models {
            let code = code.clone();
            audit = audit.model_with(name, builder(*bound), move || code());
        }
        let audited = audit.run();
        let file = self.source.name();
        let mut lines: Vec<String> = audited
            .survivors()
            .map(|weakening| {
                let (line, operation, declared) = (weakening.line, &weakening.operation, &weakening.declared);
                format!("{file}:{line}: {operation}: {declared} → {}: no model notices", weakening.weakened)
            })
            .collect();
        lines.extend(audited.unreached.iter().map(|line| format!("{line}: no model gets here")));
        if lines.is_empty() {
            return Ok(());
        }
        lines.push("Weaken one at a time, and check again: the others may be needed then.".to_owned());
        Err(Refutation { reason: Reason::TooStrong, evidence: lines.join("\n") })
    }
}
