//! `cargo workshop check ex1`: which claim of an exercise does not hold yet, and what shows it.

use std::fs;
use std::io::{self, Write};
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::{Where, first_unsolved};
use crate::checking::{self, Checked, End};
use crate::cli::Outcome;
use crate::exercise::{Course, Exercise};
use crate::progress::Progress;
use crate::terminal::{BAD, BOLD, DIM, GOOD, paragraph};

/// Checks an exercise: says which claim does not hold yet, and what shows it.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The exercise: `1` or `ex1`. Without it: the first that is not solved.
    exercise: Option<String>,
    #[command(flatten)]
    limit: Limit,
    #[command(flatten)]
    place: Where,
}

/// How long code may run.
#[derive(Args, Clone, Copy)]
pub(crate) struct Limit {
    /// Stop the exercise's code after so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
}

impl Limit {
    pub(crate) fn duration(self) -> Duration {
        Duration::from_secs(self.limit)
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let course = arguments.place.course()?;
    let exercise = match &arguments.exercise {
        Some(name) => course.find(name)?,
        None => match first_unsolved(&course, &Progress::load(&course)?)? {
            Some(exercise) => exercise,
            None => {
                writeln!(anstream::stdout(), "Every exercise is solved. `cargo workshop check ex1` checks one again.")?;
                return Ok(Outcome::Fine);
            }
        },
    };
    check(&course, &exercise, arguments.limit)
}

/// Checks the exercise, says what came out, and remembers it.
pub(crate) fn check(course: &Course, exercise: &Exercise, limit: Limit) -> Result<Outcome> {
    // From now on this is somebody's workspace, whatever comes out.
    Progress::update(course, exercise, |_| ())?;
    let checked = checking::check(course, exercise, limit.duration())?;
    let solved = matches!(checked, Checked::Ran { end: End::Solved, .. });
    if matches!(checked, Checked::Interrupted) {
        return Ok(Outcome::Interrupted);
    }
    Progress::update(course, exercise, |entry| {
        entry.solved = solved;
        entry.has_been_solved |= solved;
    })?;
    tell(course, exercise, &checked)?;
    Ok(if solved { Outcome::Fine } else { Outcome::Failed })
}

fn tell(course: &Course, exercise: &Exercise, checked: &Checked) -> Result<()> {
    let mut out = anstream::stdout().lock();
    writeln!(out, "{BOLD}{exercise}{BOLD:#}\n")?;
    let package = exercise.package();
    let (claims, held, end, took, log) = match checked {
        Checked::Interrupted => return Ok(()),
        Checked::NotCompiled(said) => {
            writeln!(out, "{}\n", said.trim_end())?;
            paragraph(&mut out, "", BAD, "It does not compile yet; the above is what rustc says.")?;
            return Ok(());
        }
        Checked::Ran { claims, held, end, took, log } => (claims, *held, end, took, log),
    };
    for claim in &claims[..held] {
        paragraph(&mut out, "  ✓ ", GOOD, claim)?;
    }
    let open = claims.get(held);
    if let Some(claim) = open {
        paragraph(&mut out, "  ✗ ", BAD, claim)?;
    }
    for claim in claims.iter().skip(held + 1) {
        paragraph(&mut out, "  · ", DIM, claim)?;
    }
    writeln!(out)?;
    match end {
        End::Solved => {
            let took = took.as_secs_f64();
            writeln!(out, "{GOOD}Solved.{GOOD:#} {} claims hold, checked in {took:.1} s.\n", claims.len())?;
            writeln!(out, "What else people try:  cargo workshop solution {package}")?;
            writeln!(out, "Go on:                 cargo workshop next")?;
        }
        End::Refuted(failure) => {
            writeln!(out, "{}\n", failure.evidence.trim_end())?;
            writeln!(out, "{}", failure.advice())?;
        }
        End::Hung(limit) => {
            let text = format!("It hangs: it was still running after {} s, and was stopped.", limit.as_secs());
            paragraph(&mut out, "", BAD, &text)?;
            let advice = "A loop that waits has to yield (`thread::yield_now`), and something has to end it. \
                          (`--limit` sets another limit.)";
            paragraph(&mut out, "", DIM, advice)?;
        }
        End::Crashed(signal) => paragraph(&mut out, "", BAD, &format!("It crashed: {signal}."))?,
        End::Left(status) => {
            paragraph(&mut out, "", BAD, &format!("It ended before the check was through: {status}."))?;
        }
    }
    if !matches!(end, End::Solved | End::Refuted(_)) {
        last_words(&mut out, &fs::read_to_string(log).unwrap_or_default())?;
        writeln!(out, "\nAll that it printed is in {}. Your file is as you left it.", course.displayed(log))?;
    }
    Ok(())
}

/// The end of what it printed, if that is more than the test's own words.
fn last_words(out: &mut dyn Write, log: &str) -> io::Result<()> {
    let is_word =
        |line: &&str| !line.is_empty() && *line != "running 1 test" && !line.starts_with("test every_claim_holds");
    let lines: Vec<&str> = log.lines().filter(is_word).collect();
    if !lines.is_empty() {
        writeln!(out, "\nIts last words:")?;
    }
    for line in &lines[lines.len().saturating_sub(10)..] {
        paragraph(out, "    ", DIM, line)?;
    }
    Ok(())
}
