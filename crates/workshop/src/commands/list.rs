//! `cargo workshop list`: the whole course, and how far one is.

use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::Where;
use crate::cli::Outcome;
use crate::course::STEPS;
use crate::exercise::{self, Exercise};
use crate::progress::Progress;
use crate::terminal::{BOLD, DIM, GOOD, bar};

/// Lists the steps and their exercises: how long each takes, and which are done.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Where,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let course = arguments.place.course()?;
    let progress = Progress::load(&course)?;
    let exercises = course.exercises()?;
    let mut out = anstream::stdout().lock();
    let mut numbers: Vec<u8> = STEPS.iter().map(|step| step.number).collect();
    numbers.extend(exercises.iter().map(|exercise| exercise.number));
    numbers.sort_unstable();
    numbers.dedup();
    for number in numbers {
        if let Some(step) = STEPS.iter().find(|step| step.number == number) {
            let chapter = course.root().join("book/src").join(step.chapter);
            let minutes = exercise::read(&chapter).ok().and_then(|text| agenda::minutes(&text));
            let minutes = minutes.map_or_else(String::new, |minutes| format!("{minutes} min"));
            writeln!(out, "{BOLD}step{:<3}{:<65}{minutes:>8}{BOLD:#}", step.number, step.title)?;
        }
        for exercise in exercises.iter().filter(|exercise| exercise.number == number) {
            let (mark, style) = if progress.of(exercise).solved { ("✓", GOOD) } else { ("·", DIM) };
            let minutes = format!("{} min", exercise.minutes);
            writeln!(out, "{style}     {mark} ex{number:<3}{:<60}{minutes:>8}{style:#}", exercise.title)?;
        }
    }
    let is_solved = |exercise: &&Exercise| progress.of(exercise).solved;
    let minutes = |exercise: &Exercise| exercise.minutes;
    let (done, all) =
        (exercises.iter().filter(is_solved).map(minutes).sum(), exercises.iter().map(minutes).sum::<u32>());
    let solved = exercises.iter().filter(is_solved).count();
    let (bar, count) = (bar(done, all, 30), exercises.len());
    writeln!(out, "\n{bar} {solved} of {count} exercises, {done} of {all} minutes")?;
    if solved < count {
        writeln!(out, "Go on:  cargo workshop next")?;
    }
    Ok(Outcome::Fine)
}
