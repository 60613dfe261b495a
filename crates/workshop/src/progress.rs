//! How far a learner is: a small file of JSON, `.workshop/progress.json`, which git ignores.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::exercise::{Course, Exercise};

/// What is remembered of one exercise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// Whether every claim held when it was last checked.
    pub solved: bool,
    /// Whether every claim has ever held, which opens the solution for good.
    pub has_been_solved: bool,
    /// How many of its hints have been shown.
    pub hints: usize,
}

/// What is remembered of all of them, by package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Progress(BTreeMap<String, Entry>);

impl Progress {
    /// What is remembered of this exercise.
    pub fn of(&self, exercise: &Exercise) -> Entry {
        self.0.get(&exercise.package()).copied().unwrap_or_default()
    }

    /// The progress in this workspace; none, if nothing has been done yet.
    ///
    /// # Errors
    ///
    /// When the file is there and cannot be read.
    pub fn load(course: &Course) -> Result<Progress> {
        let file = file(course);
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Progress::default()),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", course.displayed(&file))),
        };
        serde_json::from_str(&text).with_context(|| {
            let name = course.displayed(&file);
            format!("{name} is not what this program wrote: mend it, or delete it to begin anew")
        })
    }

    /// Changes what is remembered of one exercise.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or written.
    pub fn update(course: &Course, exercise: &Exercise, change: impl FnOnce(&mut Entry)) -> Result<Progress> {
        let mut progress = Progress::load(course)?;
        change(progress.0.entry(exercise.package()).or_default());
        let file = file(course);
        let write = || {
            let folder = folder(course)?;
            let mut half = tempfile::NamedTempFile::new_in(folder)?;
            half.write_all(format!("{}\n", serde_json::to_string_pretty(&progress)?).as_bytes())?;
            half.persist(&file)?;
            Ok::<_, anyhow::Error>(())
        };
        write().with_context(|| format!("cannot write {}", course.displayed(&file)))?;
        Ok(progress)
    }
}

/// The folder of what git ignores: made when it is first asked for.
///
/// # Errors
///
/// When it cannot be made.
pub(crate) fn folder(course: &Course) -> io::Result<PathBuf> {
    let folder = course.root().join(".workshop");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn file(course: &Course) -> PathBuf {
    course.root().join(".workshop").join("progress.json")
}
