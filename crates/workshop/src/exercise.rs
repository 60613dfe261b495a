//! The exercises, as they are found on disk: one folder each in `exercises/`, and one beside it in `solutions/`.
//!
//! ```text
//! exercises/ex1-stack-pointer/             solutions/sol1-stack-pointer/
//!     README.md   the task, its minutes        README.md     why it is right
//!     hints.md    three of them                src/          the same source, solved
//!     src/        what the learner edits       tests/wrong/  what else people try
//!     given/      the same, as it was
//!     checks.rs   the claims
//! ```

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use agenda::minutes;
use anyhow::{Context, Result, ensure};

use crate::cli::Usage;
use crate::course::{STEPS, Step};
use crate::workspace;

/// A workspace with exercises.
#[derive(Clone, Debug)]
pub struct Course {
    root: PathBuf,
}

/// An exercise: a package that one works on.
#[derive(Clone, Debug)]
pub struct Exercise {
    /// The number of the step that it belongs to.
    pub number: u8,
    /// What it is about: the title of its README, without the number.
    pub title: String,
    /// How long it takes.
    pub minutes: u32,
    /// Its folder.
    pub folder: PathBuf,
    /// The folder of its solution.
    pub solution: PathBuf,
    /// The files that the learner edits, relative to both folders: `src/atomic_value.rs`.
    pub files: Vec<String>,
}

impl Course {
    /// The workspace in `folder`, or the one that this program was built in.
    ///
    /// # Errors
    ///
    /// When the folder is not there.
    pub fn at(folder: Option<&Path>) -> Result<Course> {
        let root = folder.map_or_else(|| Ok(workspace::root().to_path_buf()), std::path::absolute)?;
        ensure!(root.is_dir(), "there is no folder {}", root.display());
        Ok(Course { root })
    }

    /// The workspace's root folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The path as one types it from the workspace's root, with `/` on every platform.
    pub fn displayed(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().replace('\\', "/")
    }

    /// The exercises that there are, in the order of the course.
    ///
    /// # Errors
    ///
    /// When a folder in `exercises/` is not whole.
    pub fn exercises(&self) -> Result<Vec<Exercise>> {
        let folder = self.root.join("exercises");
        let mut exercises = Vec::new();
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let path = entry?.path();
            if path.join("Cargo.toml").is_file() {
                let name = self.displayed(&path);
                exercises.push(Exercise::read(&path).with_context(|| format!("{name} is not a whole exercise"))?);
            }
        }
        exercises.sort_by_key(|exercise| exercise.number);
        Ok(exercises)
    }

    /// The exercise that is meant by `1`, `ex1` or its folder.
    ///
    /// # Errors
    ///
    /// When there is none; and as [`exercises`](Self::exercises).
    pub fn find(&self, name: &str) -> Result<Exercise> {
        let exercises = self.exercises()?;
        let number = name.strip_prefix("ex").unwrap_or(name);
        let is_meant = |exercise: &&Exercise| {
            exercise.number.to_string() == number || exercise.folder.file_name().is_some_and(|folder| folder == name)
        };
        if let Some(exercise) = exercises.iter().find(is_meant) {
            return Ok(exercise.clone());
        }
        let names: Vec<String> = exercises.iter().map(Exercise::package).collect();
        Err(Usage(format!("there is no exercise `{name}`; the exercises are {}", names.join(", "))).into())
    }
}

impl Exercise {
    fn read(folder: &Path) -> Result<Exercise> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let number = name.strip_prefix("ex").and_then(|name| name.split_once('-')?.0.parse().ok());
        let number: u8 = number.context("its folder's name is not exN-about")?;
        let readme = read(&folder.join("README.md"))?;
        let title = readme.lines().next().and_then(|line| line.strip_prefix(&format!("# Exercise {number}: ")));
        let title = title.with_context(|| format!("its README does not begin with `# Exercise {number}: `"))?;
        let minutes = minutes(&readme).context("its README has no data-minutes")?;
        let given = folder.join("given");
        let mut files = Vec::new();
        for entry in fs::read_dir(&given).with_context(|| format!("cannot read {}", given.display()))? {
            files.push(format!("src/{}", entry?.file_name().to_string_lossy()));
        }
        files.sort();
        let solution = folder.join("../../solutions").join(format!("sol{}", name.trim_start_matches("ex")));
        Ok(Exercise {
            number,
            title: title.to_owned(),
            minutes,
            folder: folder.to_path_buf(),
            solution: clean(&solution),
            files,
        })
    }

    /// The cargo package: `ex1`.
    pub fn package(&self) -> String {
        format!("ex{}", self.number)
    }

    /// The step that it belongs to, if the course has it already.
    pub fn step(&self) -> Option<&'static Step> {
        STEPS.iter().find(|step| step.number == self.number)
    }

    /// A file of [`files`](Self::files) as it is given.
    pub fn given(&self, file: &str) -> PathBuf {
        self.folder.join(file.replacen("src/", "given/", 1))
    }

    /// What is to be done, as Markdown.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn readme(&self) -> Result<String> {
        read(&self.folder.join("README.md"))
    }

    /// The hints, from gentle to nearly there, as Markdown.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or its headings are not `## Hint 1`, `## Hint 2`, ….
    pub fn hints(&self) -> Result<Vec<String>> {
        let text = read(&self.folder.join("hints.md"))?;
        let mut hints: Vec<String> = Vec::new();
        for line in text.lines() {
            if line.starts_with("## ") {
                let number = hints.len() + 1;
                ensure!(line == format!("## Hint {number}"), "hints.md has `{line}` where hint {number} begins");
                hints.push(String::new());
            }
            match hints.last_mut() {
                Some(hint) => *hint += &format!("{line}\n"),
                None => ensure!(line.is_empty(), "hints.md has text before its first hint"),
            }
        }
        Ok(hints)
    }
}

impl fmt::Display for Exercise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Exercise {}: {}", self.number, self.title)
    }
}

pub(crate) fn read(path: &Path) -> Result<String> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text.replace("\r\n", "\n"))
}

/// The path without `..`, for people.
fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => _ = clean.pop(),
            part => clean.push(part),
        }
    }
    clean
}
