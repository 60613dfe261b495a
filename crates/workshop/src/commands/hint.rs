//! `cargo workshop hint ex1`: one hint more each time.

use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::{Where, first_unsolved};
use crate::cli::{Outcome, Usage};
use crate::exercise::{Course, Exercise};
use crate::progress::Progress;
use crate::terminal::markdown;

/// Shows the hints of an exercise: one more each time.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The exercise: `1` or `ex1`. Without it: the first that is not solved.
    exercise: Option<String>,
    /// Up to this hint, instead of one more than last time.
    number: Option<usize>,
    #[command(flatten)]
    place: Where,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let course = arguments.place.course()?;
    let exercise = match &arguments.exercise {
        Some(name) => Some(course.find(name)?),
        None => first_unsolved(&course, &Progress::load(&course)?)?,
    };
    match exercise {
        Some(exercise) => hint(&course, &exercise, arguments.number)?,
        None => writeln!(anstream::stdout(), "Every exercise is solved. `cargo workshop hint ex1` shows its hints.")?,
    }
    Ok(Outcome::Fine)
}

/// Shows the hints up to `number`, or one more than last time.
pub(crate) fn hint(course: &Course, exercise: &Exercise, number: Option<usize>) -> Result<()> {
    let hints = exercise.hints()?;
    if let Some(number) = number
        && !(1..=hints.len()).contains(&number)
    {
        let package = exercise.package();
        return Err(Usage(format!("{package} has no hint {number}; it has {}", hints.len())).into());
    }
    let seen = Progress::load(course)?.of(exercise).hints;
    let shown = number.unwrap_or(seen + 1).min(hints.len());
    Progress::update(course, exercise, |entry| entry.hints = entry.hints.max(shown))?;

    let mut out = anstream::stdout().lock();
    for hint in &hints[..shown] {
        markdown(&mut out, hint)?;
    }
    let left = hints.len() - shown;
    let package = exercise.package();
    if left > 0 {
        let plural = if left == 1 { "hint" } else { "hints" };
        writeln!(out, "{left} more {plural}:  cargo workshop hint {package}")?;
    } else {
        writeln!(out, "These are all the hints. The solution:  cargo workshop solution {package} --spoil")?;
    }
    Ok(())
}
