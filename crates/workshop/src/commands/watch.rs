//! `cargo workshop watch`: checks an exercise whenever one of its files is saved.

use std::fs;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use super::check::{Limit, check};
use super::hint::hint;
use super::next::introduce;
use super::{Where, first_unsolved};
use crate::cli::Outcome;
use crate::exercise::{Course, Exercise};
use crate::interrupt::asked_to_stop;
use crate::progress::Progress;
use crate::terminal::DIM;

/// How long the files have to be left alone before they are looked at: many editors save in more than one step.
const QUIET: Duration = Duration::from_millis(150);

/// Checks an exercise whenever one of its files is saved.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The exercise to begin with. Without it: the first that is not solved.
    exercise: Option<String>,
    #[command(flatten)]
    limit: Limit,
    #[command(flatten)]
    place: Where,
}

enum Happening {
    Changed,
    Typed(String),
    Stop,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let course = arguments.place.course()?;
    let mut current = match &arguments.exercise {
        Some(name) => Some(course.find(name)?),
        None => first_unsolved(&course, &Progress::load(&course)?)?,
    };
    let (tell, told) = mpsc::channel();
    // From before the first look on, so that no change is missed.
    let _watcher = watch(&course, tell.clone())?;
    read_keys(tell.clone());
    wait_for_the_end(tell);

    let mut seen = Texts::read(&course)?;
    let mut to_check: Vec<Exercise> = current.iter().cloned().collect();
    let mut typed = None;
    loop {
        for exercise in to_check.drain(..) {
            if let Outcome::Interrupted = check_anew(&course, &exercise, arguments.limit)? {
                return Ok(Outcome::Fine);
            }
            current = Some(exercise);
        }
        match typed.take().as_deref() {
            Some("n") => {
                current = first_unsolved(&course, &Progress::load(&course)?)?;
                match &current {
                    Some(exercise) => introduce(&course, exercise)?,
                    None => writeln!(anstream::stdout(), "Every exercise is solved.")?,
                }
            }
            Some("h") => {
                if let Some(exercise) = &current {
                    hint(&course, exercise, None)?;
                }
            }
            _ => {}
        }
        invite()?;
        match told.recv() {
            Err(_) | Ok(Happening::Stop) => return Ok(Outcome::Fine),
            Ok(Happening::Typed(line)) if line == "q" => return Ok(Outcome::Fine),
            Ok(Happening::Typed(line)) => typed = Some(line),
            Ok(Happening::Changed) => {
                // What is typed in this moment waits, and is not lost.
                while let Ok(happening) = told.recv_timeout(QUIET) {
                    match happening {
                        Happening::Changed => {}
                        Happening::Typed(line) => typed = Some(line),
                        Happening::Stop => return Ok(Outcome::Fine),
                    }
                }
                let now = Texts::read(&course)?;
                to_check = now.that_differ_from(&seen);
                seen = now;
            }
        }
    }
}

/// The exercises, each with what is in its `src`.
struct Texts(Vec<(Exercise, Files)>);

type Files = Vec<(PathBuf, Vec<u8>)>;

impl Texts {
    fn read(course: &Course) -> Result<Texts> {
        let read = |exercise: Exercise| {
            let folder = exercise.folder.join("src");
            let mut texts = Vec::new();
            for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
                let path = entry?.path();
                // A file that is being replaced is not there for a moment.
                if let Ok(text) = fs::read(&path) {
                    texts.push((path, text));
                }
            }
            // What `reset` keeps is not checked.
            texts.retain(|(path, _)| !path.to_string_lossy().contains(".mine-"));
            texts.sort();
            Ok((exercise, texts))
        };
        Ok(Texts(course.exercises()?.into_iter().map(read).collect::<Result<_>>()?))
    }

    fn that_differ_from(&self, before: &Texts) -> Vec<Exercise> {
        let differs = |(exercise, texts): &&(Exercise, _)| {
            !before.0.iter().any(|(other, old)| other.folder == exercise.folder && old == texts)
        };
        self.0.iter().filter(differs).map(|(exercise, _)| exercise.clone()).collect()
    }
}

fn check_anew(course: &Course, exercise: &Exercise, limit: Limit) -> Result<Outcome> {
    // Clears the screen where there is one.
    write!(anstream::stdout(), "\x1b[2J\x1b[H")?;
    check(course, exercise, limit)
}

fn invite() -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    writeln!(out, "\n{DIM}Save a file to check it. Or type h: a hint, n: the next exercise, q: quit.{DIM:#}")?;
    out.flush()
}

fn watch(course: &Course, tell: Sender<Happening>) -> Result<RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Our own reading is an event as well.
        if !event.is_ok_and(|event| event.kind.is_access()) {
            // Nobody receives while the process ends.
            let _ = tell.send(Happening::Changed);
        }
    })?;
    watcher.watch(&course.root().join("exercises"), RecursiveMode::Recursive).context("cannot watch the exercises")?;
    Ok(watcher)
}

fn read_keys(tell: Sender<Happening>) {
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if tell.send(Happening::Typed(line.trim().to_lowercase())).is_err() {
                break;
            }
        }
    });
}

/// A check stops by itself when the process is asked to; this is for the time between two.
fn wait_for_the_end(tell: Sender<Happening>) {
    thread::spawn(move || {
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build()
            && runtime.block_on(asked_to_stop()).is_ok()
        {
            let _ = tell.send(Happening::Stop);
        }
    });
}
