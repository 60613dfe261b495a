//! `cargo workshop solution ex1`: the solved TODOs, why they are right, and what else people try.

use std::io::Write;

use anyhow::{Context, Result, anyhow};
use check::todo;
use clap::Args;

use super::Where;
use crate::cli::Outcome;
use crate::exercise;
use crate::progress::Progress;
use crate::terminal::{BOLD, DIM, markdown};

/// Shows the solution of an exercise that you have solved, and what else people try.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The exercise: `1` or `ex1`.
    exercise: String,
    /// Also if you have not solved it.
    #[arg(long)]
    spoil: bool,
    #[command(flatten)]
    place: Where,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let course = arguments.place.course()?;
    let exercise = course.find(&arguments.exercise)?;
    let package = exercise.package();
    let mut out = anstream::stdout().lock();
    if !Progress::load(&course)?.of(&exercise).has_been_solved && !arguments.spoil {
        writeln!(out, "You have not solved {package} yet. A hint may do:  cargo workshop hint {package}")?;
        writeln!(out, "The solution all the same:                  cargo workshop solution {package} --spoil")?;
        return Ok(Outcome::Failed);
    }
    for file in &exercise.files {
        let path = exercise.solution.join(file);
        let text = exercise::read(&path)?;
        writeln!(out, "{BOLD}{}{BOLD:#}\n", course.displayed(&path))?;
        let parts = todo::parts(&text).map_err(|error| anyhow!("{}{error}", course.displayed(&path)))?;
        for region in parts.regions {
            writeln!(out, "{DIM}// TODO {}: {}{DIM:#}", region.number, region.task)?;
            let indent = |line: &&str| line.len() - line.trim_start().len();
            let text = region.lines.iter().filter(|line| !line.is_empty());
            let indent = text.map(indent).min().unwrap_or(0);
            for line in region.lines {
                writeln!(out, "{}", line.get(indent..).unwrap_or_default())?;
            }
            writeln!(out)?;
        }
    }
    let page = exercise::read(&exercise.solution.join("README.md")).context("the solution has no page")?;
    markdown(&mut out, &page)?;
    Ok(Outcome::Fine)
}
