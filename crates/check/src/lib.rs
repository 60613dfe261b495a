//! Checks of the exercises: claims that a learner's code has to make true.
//!
//! Each exercise has a `checks.rs` with one function, `checks`, which lists its claims in the order in which one would
//! meet them. The source that it checks is the module beside it:
//!
//! ```text
//! // exercises/ex1-…/checks.rs              // exercises/ex1-…/tests/check.rs
//! use super::atomic_value::AtomicValue;      #[path = "../src/atomic_value.rs"]
//!                                            mod atomic_value;
//! pub fn checks(sources: &[Source])          #[path = "../checks.rs"]
//!     -> Checks { … }                        mod checks;
//! ```
//!
//! So one `checks.rs` serves the exercise, its solution, and all the wrong solutions, which are sibling modules of one
//! test binary: see [`variants!`]. A check never panics over what it finds; it returns a [`Verdict`], which says which
//! claim does not hold, for which [`Reason`], and which hint is about it.
//!
//! `cargo workshop check` reads what a check does while it does it: see [`report`].
#![warn(missing_docs)]

mod claim;
pub mod report;
pub mod todo;
mod variants;

use std::fmt;

use serde::{Deserialize, Serialize};
use witness::Bug;

pub use claim::{Breaks, Catches, Model, Orderings, Passes, breaks, catches, model, orderings, passes};
use report::{Event, Report};

/// A file that the learner works on.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its path as its crate sees it: `src/atomic_value.rs`.
    pub file: String,
    /// Its text.
    pub text: String,
}

/// The [`Source`] whose path, relative to the test that says this, is the argument.
#[macro_export]
macro_rules! source {
    ($path:literal) => {
        $crate::Source::new($path, include_str!($path))
    };
}

impl Source {
    /// A source of which a test in `tests/` says that it is at `path`.
    pub fn new(path: &str, text: &str) -> Source {
        let file = path.strip_prefix("../").map_or_else(|| format!("tests/{path}"), str::to_owned);
        Source { file, text: text.replace("\r\n", "\n") }
    }

    /// The file's name, and the line of a TODO whose code has `words` in it.
    pub fn line_with(&self, words: &str) -> Option<String> {
        todo::line_that_has(&self.text, words).map(|line| format!("{}:{line}", self.name()))
    }

    fn name(&self) -> &str {
        self.file.rsplit('/').next().unwrap_or(&self.file)
    }
}

/// Something that can be checked of the code.
pub trait Claim {
    /// Whether it holds; if not, what shows it.
    ///
    /// # Errors
    ///
    /// When it does not hold.
    fn check(&self) -> Result<(), Refutation>;
}

impl<F: Fn() -> Result<(), Refutation>> Claim for F {
    fn check(&self) -> Result<(), Refutation> {
        self()
    }
}

/// What shows that a claim does not hold.
#[derive(Clone, Debug)]
pub struct Refutation {
    /// In a word.
    pub reason: Reason,
    /// In full: a timeline, or some lines of text of at most 80 columns.
    pub evidence: String,
}

/// Why a check fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// A model of the code has a bug.
    Bug(Bug),
    /// A `todo!()` is left.
    Unfinished,
    /// What is not a TODO has been changed.
    Edited,
    /// An ordering could be weaker, as far as the models can tell.
    TooStrong,
    /// A model has more executions than are explored.
    TooLarge,
    /// What the learner is to break works.
    Unbroken,
    /// The learner's model lets a wrong implementation pass.
    Missed,
    /// The learner's model finds a bug in the right implementation.
    FalseAlarm,
    /// What should be let in is not.
    Refused,
    /// The code has something that the checker does not see: a lock of std's, say, in a model that has a bug.
    Unseen,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Bug(bug) => write!(f, "{bug}"),
            Reason::Unfinished => f.write_str("unfinished"),
            Reason::Edited => f.write_str("more than the TODOs was changed"),
            Reason::TooStrong => f.write_str("an ordering can be weaker"),
            Reason::TooLarge => f.write_str("too large a model"),
            Reason::Unbroken => f.write_str("nothing breaks"),
            Reason::Missed => f.write_str("a wrong implementation passes"),
            Reason::FalseAlarm => f.write_str("a false alarm"),
            Reason::Refused => f.write_str("something is not let in"),
            Reason::Unseen => f.write_str("the checker does not see all of it"),
        }
    }
}

/// What a check comes to.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Every claim holds.
    Pass,
    /// A claim does not, and those after it were not looked at.
    Fail(Failure),
}

/// A claim that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The exercise: `ex1`.
    pub exercise: String,
    /// The claim.
    pub claim: String,
    /// Why it does not hold, in a word.
    pub reason: Reason,
    /// What shows it: a timeline, or some lines of text.
    pub evidence: String,
    /// The number of the hint that is about it, from 1.
    pub hint: u8,
}

impl Failure {
    /// What to type next: for the hint that is about it, or for the text that has been changed.
    pub fn advice(&self) -> String {
        let Failure { exercise, hint, .. } = self;
        match self.reason {
            Reason::Edited => format!("To begin again, with yours kept beside it:  cargo workshop reset {exercise}"),
            Reason::Unseen => format!("Mend that first, and check again:  cargo workshop check {exercise}"),
            _ => format!("Hint {hint} is about it:  cargo workshop hint {exercise} {hint}"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "This does not hold:\n  {}\n", self.claim)?;
        writeln!(f, "{}\n", self.evidence)?;
        f.write_str(&self.advice())
    }
}

/// The claim that comes first in every exercise.
const UNCHANGED: &str = "What is not a TODO is as it was given.";

/// The claims of an exercise, about one version of its code.
pub struct Checks {
    exercise: String,
    sources: Vec<Source>,
    /// The modules of the crate that stand in the place of std's.
    twins: &'static [&'static str],
    claims: Vec<(u8, String, Box<dyn Claim>)>,
}

impl Checks {
    /// The checks of `exercise` for `sources`, which started as the texts `given`. The first claim is that what is not a
    /// TODO is still what it was.
    ///
    /// # Panics
    ///
    /// If there are more or fewer sources than texts.
    pub fn of(exercise: &str, sources: &[Source], given: &[&str]) -> Checks {
        assert_eq!(sources.len(), given.len(), "each source has one text that it started as");
        let pairs: Vec<(Source, String)> =
            sources.iter().cloned().zip(given.iter().map(|text| text.replace("\r\n", "\n"))).collect();
        let unchanged = move || {
            pairs.iter().try_for_each(|(source, given)| {
                todo::first_change(given, &source.text).map_or(Ok(()), |change| {
                    let evidence = format!("{}{change}", source.name());
                    Err(Refutation { reason: Reason::Edited, evidence })
                })
            })
        };
        let (exercise, sources) = (exercise.to_owned(), sources.to_vec());
        Checks { exercise, sources, twins: &[], claims: Vec::new() }.claim(1, UNCHANGED, unchanged)
    }

    /// Of these modules the learner has to take `crate`'s: of std's ones the checker sees nothing. Whoever does not is
    /// told so, when a model has a bug; an editor that adds an import has std in mind.
    pub fn twins(mut self, modules: &'static [&'static str]) -> Checks {
        self.twins = modules;
        self
    }

    /// A line that names one of std's modules of which there is a twin.
    fn unseen(&self) -> Option<String> {
        self.sources.iter().find_map(|source| {
            self.twins.iter().find_map(|module| {
                let line = source.line_with(&format!("std::{module}"))?;
                Some(format!(
                    "{line} takes something from `std::{module}`.\n\
                     The checker sees what is from `crate::{module}`, and nothing of std's."
                ))
            })
        })
    }

    /// One claim more: one sentence, the hint that is about it, and how it is checked.
    pub fn claim(mut self, hint: u8, claim: &str, check: impl Claim + 'static) -> Checks {
        self.claims.push((hint, claim.to_owned(), Box::new(check)));
        self
    }

    /// Checks one claim after the other until one does not hold.
    pub fn run(&self) -> Verdict {
        self.run_and_tell(|_| ())
    }

    fn run_and_tell(&self, mut tell: impl FnMut(Event)) -> Verdict {
        tell(Event::Claims(self.claims.iter().map(|(_, claim, _)| claim.clone()).collect()));
        for (index, (hint, claim, check)) in self.claims.iter().enumerate() {
            tell(Event::Checking(index));
            if let Err(Refutation { mut reason, mut evidence }) = check.check() {
                if let (Reason::Bug(_), Some(unseen)) = (reason, self.unseen()) {
                    (reason, evidence) = (Reason::Unseen, format!("{unseen}\n\n{evidence}"));
                }
                let failure =
                    Failure { exercise: self.exercise.clone(), claim: claim.clone(), reason, evidence, hint: *hint };
                tell(Event::Failed(failure.clone()));
                return Verdict::Fail(failure);
            }
            tell(Event::Held(index));
        }
        tell(Event::Passed);
        Verdict::Pass
    }

    /// Fails the test that calls it if a claim does not hold; tells `cargo workshop check`, if that has started the test,
    /// how it goes.
    ///
    /// # Panics
    ///
    /// If a claim does not hold. The message is printed before, since a backtrace of the test says nothing.
    #[track_caller]
    pub fn assert(&self) {
        let mut report = Report::to_the_workshop();
        if let Verdict::Fail(failure) = self.run_and_tell(|event| report.write(&event)) {
            eprintln!("{failure}");
            std::panic::resume_unwind(Box::new(failure.to_string()));
        }
    }

    /// Asserts that the claim that begins with `claim` does not hold, for this reason, and that those before it do.
    ///
    /// # Panics
    ///
    /// If something else comes out.
    #[track_caller]
    pub fn expect_failure(&self, reason: Reason, claim: &str) {
        match self.run() {
            Verdict::Pass => panic!("expected a failure ({reason}) of `{claim}`, and every claim holds"),
            Verdict::Fail(failure) => {
                assert!(
                    failure.reason == reason && failure.claim.starts_with(claim),
                    "expected a failure ({reason}) of `{claim}`, and there was another ({}):\n{failure}",
                    failure.reason
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "fn f() {\n    // TODO 1 begins: add.\n    todo!()\n    // TODO 1 ends.\n}\n";

    fn checks(text: &str) -> Checks {
        Checks::of("ex1", &[Source::new("../src/f.rs", text)], &[GIVEN]).claim(2, "Nothing leaks.", model(|| ())).claim(
            3,
            "Nothing panics.",
            model(|| std::mem::forget(witness::boxed::Box::new(1))).but(Bug::Leak),
        )
    }

    #[test]
    fn a_check_passes_when_every_claim_holds() {
        assert!(matches!(checks(GIVEN).run(), Verdict::Pass));
        checks(GIVEN).assert();
    }

    #[test]
    fn what_does_not_hold_is_told_with_its_reason_and_its_hint() {
        let checks = checks(GIVEN).claim(2, "No leak at all.", model(|| std::mem::forget(witness::boxed::Box::new(1))));
        let Verdict::Fail(failure) = checks.run() else { panic!("it leaks") };
        assert_eq!((failure.reason, failure.hint), (Reason::Bug(Bug::Leak), 2));
        let text = failure.to_string();
        for expected in ["No leak at all.", "Box::new → #1", "cargo workshop hint ex1 2"] {
            assert!(text.contains(expected), "{text}");
        }
        checks.expect_failure(Reason::Bug(Bug::Leak), "No leak");
    }

    #[test]
    #[should_panic(expected = "and there was another (leak)")]
    fn another_reason_is_not_the_one_that_was_expected() {
        let leak = || std::mem::forget(witness::boxed::Box::new(1));
        checks(GIVEN).claim(2, "No leak.", model(leak)).expect_failure(Reason::Bug(Bug::DoubleFree), "No leak.");
    }

    #[test]
    #[should_panic(expected = "every claim holds")]
    fn a_wrong_solution_that_passes_is_told() {
        checks(GIVEN).expect_failure(Reason::Edited, "");
    }

    #[test]
    fn a_todo_that_is_left_is_no_bug() {
        let checks = checks(GIVEN).claim(1, "It ends.", model(|| todo!("this")));
        checks.expect_failure(Reason::Unfinished, "It ends.");
    }

    #[test]
    fn what_is_to_break_has_to_break_in_the_way_that_is_asked_for() {
        let leak = || std::mem::forget(witness::boxed::Box::new(1));
        let claim = |check| checks(GIVEN).claim(1, "It leaks.", check);
        assert!(matches!(claim(breaks(&[Bug::DataRace, Bug::Leak], leak)).run(), Verdict::Pass));
        claim(breaks(&[Bug::DoubleFree], leak)).expect_failure(Reason::Bug(Bug::Leak), "It leaks.");
        claim(breaks(&[Bug::Leak], || panic!("it leaks"))).expect_failure(Reason::Bug(Bug::Panic), "It leaks.");
        claim(breaks(&[Bug::Panic], || todo!())).expect_failure(Reason::Unfinished, "It leaks.");
        claim(breaks(&[Bug::Leak], || ())).expect_failure(Reason::Unbroken, "It leaks.");
    }

    #[test]
    fn work_that_was_edited_away_is_seen_first() {
        checks(&GIVEN.replace("fn f", "fn g")).expect_failure(Reason::Edited, UNCHANGED);
        let Verdict::Fail(failure) = checks(&GIVEN.replace("fn f", "fn g")).run() else { panic!("it was edited") };
        assert!(failure.advice().ends_with("cargo workshop reset ex1"), "{failure}");
        checks(&GIVEN.replace("// TODO 1 ends.", "")).expect_failure(Reason::Edited, UNCHANGED);
        assert!(matches!(checks(&GIVEN.replace("todo!()", "1 + 1")).run(), Verdict::Pass));
    }

    #[test]
    fn what_is_taken_from_std_where_there_is_a_twin_is_named_if_a_model_has_a_bug() {
        let leak = || std::mem::forget(witness::boxed::Box::new(1));
        let with = |code: &str| checks(&GIVEN.replace("todo!()", code)).twins(&["sync", "thread"]);
        assert!(matches!(with("std::thread::yield_now()").run(), Verdict::Pass));
        let Verdict::Fail(failure) = with("std::thread::yield_now()").claim(1, "No leak.", model(leak)).run() else {
            panic!("it leaks")
        };
        assert_eq!(failure.reason, Reason::Unseen);
        let text = failure.to_string();
        for expected in ["f.rs:3 takes something from `std::thread`", "`crate::thread`", "Box::new → #1", "check ex1"]
        {
            assert!(text.contains(expected), "{text}");
        }
        for seen in ["crate::thread::yield_now()", "1 // not std::thread's", "std::mem::take(x)"] {
            with(seen).claim(1, "No leak.", model(leak)).expect_failure(Reason::Bug(Bug::Leak), "No leak.");
        }
    }

    #[test]
    fn the_workshop_is_told_how_it_goes() {
        let mut told = Vec::new();
        checks(GIVEN).claim(1, "It ends.", model(|| todo!())).run_and_tell(|event| told.push(event));
        assert!(matches!(&told[0], Event::Claims(claims) if claims.len() == 4));
        assert!(matches!(told[told.len() - 2..], [Event::Checking(3), Event::Failed(_)]));
        assert_eq!(told.iter().filter(|event| matches!(event, Event::Held(_))).count(), 3);
    }
}
