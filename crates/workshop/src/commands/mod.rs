//! The subcommands, one file each: its arguments, and a `run` that does what they say.

pub(crate) mod audit;
pub(crate) mod bench;
pub(crate) mod check;
pub(crate) mod cost;
pub(crate) mod doctor;
pub(crate) mod hint;
pub(crate) mod list;
pub(crate) mod next;
pub(crate) mod record;
pub(crate) mod reset;
pub(crate) mod serve;
pub(crate) mod show;
pub(crate) mod solution;
pub(crate) mod watch;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::exercise::{Course, Exercise};
use crate::progress::Progress;

/// Which workspace a command about exercises is about.
#[derive(Args)]
pub(crate) struct Where {
    /// Use the workspace in this folder instead of this one.
    #[arg(long, value_name = "FOLDER")]
    course: Option<PathBuf>,
}

impl Where {
    pub(crate) fn course(&self) -> Result<Course> {
        Course::at(self.course.as_deref())
    }
}

/// The first exercise that is not solved.
fn first_unsolved(course: &Course, progress: &Progress) -> Result<Option<Exercise>> {
    Ok(course.exercises()?.into_iter().find(|exercise| !progress.of(exercise).solved))
}
