//! The steps of the course: the one list that every command and the course map go by.

use std::fmt;
use std::io::{self, Write};

use clap::builder::styling::{AnsiColor, Style};
use witness::Bug;

use Verdict::{Broken, Correct};

/// What the course shows of a step's design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It has a bug, which the step's model finds.
    Broken {
        /// The bug that the recorded counterexample ends in.
        bug: Bug,
    },
    /// It has none that the step's models can see.
    Correct {
        /// What the step claims of it, and its models and tests bear out.
        claim: &'static str,
    },
}

impl Verdict {
    /// `broken` or `correct`.
    pub fn word(self) -> &'static str {
        match self {
            Broken { .. } => "broken",
            Correct { .. } => "correct",
        }
    }

    /// What proves it, in a few words.
    pub fn proof(self) -> String {
        match self {
            Broken { bug } => format!("the model finds: {}", bug.name()),
            Correct { claim } => format!("models and tests: {claim}"),
        }
    }
}

/// A step of the course: a crate and its chapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The number by which the course calls it.
    pub number: u8,
    /// The crate's folder in `crates/`.
    pub folder: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// What the course shows of it.
    pub verdict: Verdict,
    /// The chapter's file, as `SUMMARY.md` has it.
    pub chapter: &'static str,
}

/// Every step, in the order of the course.
pub const STEPS: &[Step] = &[
    Step {
        number: 0,
        folder: "step0-locks",
        title: "Behind a lock: RwLock<T>, Mutex<Arc<T>>, RwLock<Arc<T>>",
        verdict: Correct { claim: "old or new, never a mix" },
        chapter: "step0-locks.md",
    },
    Step {
        number: 1,
        folder: "step1-stack-pointer",
        title: "An AtomicPtr to an Arc on the stack",
        verdict: Broken { bug: Bug::StackPointer },
        chapter: "step1-stack-pointer.md",
    },
    Step {
        number: 2,
        folder: "step2-noop-drop",
        title: "An Arc in a Box, and a drop that drops a reference",
        verdict: Broken { bug: Bug::Leak },
        chapter: "step2-noop-drop.md",
    },
    Step {
        number: 3,
        folder: "step3-transmuted-arc",
        title: "The Arc itself as the atomic pointer",
        verdict: Broken { bug: Bug::UseAfterFree },
        chapter: "step3-transmuted-arc.md",
    },
    Step {
        number: 4,
        folder: "step4-arc-cell",
        title: "Take and put: ArcCell, whose readers wait for each other",
        verdict: Correct { claim: "every ordering is needed" },
        chapter: "step4-arc-cell.md",
    },
    Step {
        number: 5,
        folder: "step5-arc-swap",
        title: "Debt slots: readers owe a reference, writers pay for it",
        verdict: Correct { claim: "readers are lock-free" },
        chapter: "step5-arc-swap.md",
    },
    Step {
        number: 6,
        folder: "step6-rcu",
        title: "RCU: read-side sections, grace periods, deferred drops",
        verdict: Correct { claim: "readers never wait" },
        chapter: "step6-rcu.md",
    },
    Step {
        number: 7,
        folder: "step7-map-copy",
        title: "An RCU map: entries inline, writers that do not wait; K, V: Copy",
        verdict: Correct { claim: "look-ups are wait-free" },
        chapter: "step7-map-copy.md",
    },
    Step {
        number: 8,
        folder: "step8-map-clone",
        title: "RCU map of Clone types: entries are cloned when it grows",
        verdict: Correct { claim: "each clone is dropped once" },
        chapter: "step8-map-clone.md",
    },
    Step {
        number: 9,
        folder: "step9-map-unbounded",
        title: "RCU map of any types: entries move as bytes",
        verdict: Broken { bug: Bug::DataRace },
        chapter: "step9-map-unbounded.md",
    },
    Step {
        number: 10,
        folder: "step10-map-relocate",
        title: "RCU map of Relocate types: entries move as bytes, if they may",
        verdict: Correct { claim: "as std's, readers never wait" },
        chapter: "step10-map-relocate.md",
    },
];

impl Step {
    /// The cargo package: `step3`.
    pub fn package(&self) -> String {
        format!("step{}", self.number)
    }

    /// What to type to see the verdict for oneself.
    pub fn command(&self) -> String {
        format!("cargo test -p step{}", self.number)
    }

    /// The step that is meant by `3`, `step3` or the crate's folder.
    pub fn find(name: &str) -> Option<&'static Step> {
        let number = name.strip_prefix("step").unwrap_or(name);
        STEPS.iter().find(|step| step.number.to_string() == number || step.folder == name)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "step{}: {}", self.number, self.title)
    }
}

/// Writes the course map, two lines a step and no line wider than 80 columns; colours are for the writer to drop.
///
/// # Errors
///
/// What the writer fails with.
pub fn write_map(out: &mut dyn Write) -> io::Result<()> {
    for step in STEPS {
        let colour = match step.verdict {
            Broken { .. } => AnsiColor::Red,
            Correct { .. } => AnsiColor::Green,
        };
        let style = Style::new().fg_color(Some(colour.into()));
        let word = step.verdict.word();
        writeln!(out, "{:>3}  {:<66} {style}{word:>7}{style:#}", step.number, step.title)?;
        writeln!(out, "     {:<52} {:>20}", step.verdict.proof(), step.command())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_the_map_is_wider_than_80_columns() {
        let mut map = anstream::StripStream::new(Vec::new());
        write_map(&mut map).unwrap();
        let map = String::from_utf8(map.into_inner()).unwrap();
        assert_eq!(map.lines().count(), 2 * STEPS.len());
        for line in map.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }

    #[test]
    fn a_step_is_found_by_its_number_its_package_and_its_folder() {
        for step in STEPS {
            for name in [step.number.to_string(), step.package(), step.folder.to_string()] {
                assert_eq!(Step::find(&name), Some(step), "{name}");
            }
        }
        for name in ["", "step", "step99", "03", "steps"] {
            assert_eq!(Step::find(name), None, "{name}");
        }
    }
}
