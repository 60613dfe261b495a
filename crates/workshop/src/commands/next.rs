//! `cargo workshop next`: what to do now.

use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::{Where, first_unsolved};
use crate::cli::Outcome;
use crate::exercise::{Course, Exercise};
use crate::progress::Progress;
use crate::terminal::markdown;

/// Shows the first exercise that is not solved: what to read, what to do.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Where,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let course = arguments.place.course()?;
    match first_unsolved(&course, &Progress::load(&course)?)? {
        Some(exercise) => introduce(&course, &exercise)?,
        None => {
            writeln!(anstream::stdout(), "Every exercise is solved. `cargo workshop list` shows the whole course.")?
        }
    }
    Ok(Outcome::Fine)
}

/// The exercise's page, and where its chapter is.
pub(crate) fn introduce(course: &Course, exercise: &Exercise) -> Result<()> {
    let mut out = anstream::stdout().lock();
    markdown(&mut out, &exercise.readme()?)?;
    if let Some(step) = exercise.step() {
        writeln!(out, "The chapter:  book/src/{} (`cargo run` serves the book)", step.chapter)?;
    }
    for file in &exercise.files {
        writeln!(out, "Your file:    {}", course.displayed(&exercise.folder.join(file)))?;
    }
    writeln!(out, "It takes:     about {} minutes", exercise.minutes)?;
    Ok(())
}
