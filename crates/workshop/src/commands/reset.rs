//! `cargo workshop reset ex1`: an exercise as it was given. What the learner had is kept.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use super::Where;
use crate::cli::Outcome;
use crate::exercise;
use crate::progress::Progress;

/// Puts an exercise back as it was given, and keeps your version beside it.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The exercise: `1` or `ex1`.
    exercise: String,
    #[command(flatten)]
    place: Where,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let course = arguments.place.course()?;
    let exercise = course.find(&arguments.exercise)?;
    let mut out = anstream::stdout().lock();
    for file in &exercise.files {
        let path = exercise.folder.join(file);
        let given = exercise::read(&exercise.given(file))?;
        let name = course.displayed(&path);
        match fs::read(&path) {
            Ok(yours) if yours == given.as_bytes() => {
                writeln!(out, "{name} is as it was given.")?;
                continue;
            }
            Ok(yours) => {
                let kept = keep(&path, &yours).with_context(|| format!("{name} cannot be kept, so it stays"))?;
                writeln!(out, "{name} is as it was given again.\nYours is kept as {}.", course.displayed(&kept))?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => writeln!(out, "{name} is there again.")?,
            Err(error) => return Err(error).with_context(|| format!("cannot read {name}")),
        }
        put(&path, &given).with_context(|| format!("cannot write {name}"))?;
    }
    Progress::update(&course, &exercise, |entry| entry.solved = false)?;
    Ok(Outcome::Fine)
}

/// Writes `yours` to a new file beside `path`: `cell.mine-1.rs`, or the next number that is free.
fn keep(path: &Path, yours: &[u8]) -> io::Result<PathBuf> {
    for number in 1.. {
        let kept = path.with_extension(format!("mine-{number}.rs"));
        match File::create_new(&kept) {
            Ok(mut file) => {
                file.write_all(yours)?;
                file.sync_all()?;
                return Ok(kept);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    unreachable!("there are enough numbers")
}

/// Replaces the file as a whole or not at all.
fn put(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().context("it has no folder")?;
    let mut half = tempfile::NamedTempFile::new_in(folder)?;
    half.write_all(text.as_bytes())?;
    half.as_file().set_permissions(fs::metadata(folder.join("lib.rs"))?.permissions())?;
    half.persist(path)?;
    Ok(())
}
