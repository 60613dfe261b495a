//! Checking an exercise: building its check and running it, with an eye on what can go wrong with code that is being
//! written. It may not compile, may hang, may crash; nothing of this touches the learner's files.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use check::Failure;
use check::report::{self, Event};
use indicatif::{ProgressBar, ProgressStyle};

use crate::exercise::{Course, Exercise};
use crate::interrupt::asked_to_stop;
use crate::progress;

/// How a check went.
#[derive(Debug)]
pub(crate) enum Checked {
    /// The code was run: its claims, and what became of them.
    Ran {
        /// The claims, in order.
        claims: Vec<String>,
        /// How many of them hold, from the first on.
        held: usize,
        /// How it ended.
        end: End,
        /// How long it ran.
        took: Duration,
        /// Where what it printed is.
        log: PathBuf,
    },
    /// rustc refused it, and this is what it said.
    NotCompiled(String),
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

/// How the check of code that compiles ended.
#[derive(Debug)]
pub(crate) enum End {
    /// Every claim holds.
    Solved,
    /// A claim does not.
    Refuted(Box<Failure>),
    /// It was stopped after this limit.
    Hung(Duration),
    /// It died of a signal, or however this platform calls it.
    Crashed(String),
    /// It ended early, and said nothing.
    Left(String),
}

/// Builds the check of `exercise` and runs it, for at most `limit`.
///
/// # Errors
///
/// When cargo cannot be started, or something on disk cannot be read or written.
pub(crate) fn check(course: &Course, exercise: &Exercise, limit: Duration) -> Result<Checked> {
    let spinner = spinner(&format!("Building {}: the first time takes a minute or two", exercise.package()));
    let program = build(exercise)?;
    spinner.finish_and_clear();
    match program {
        Ok(program) => run(course, exercise, &program, limit),
        Err(said) => Ok(Checked::NotCompiled(said)),
    }
}

fn spinner(message: &str) -> ProgressBar {
    // Hidden where standard error is no terminal.
    let spinner = ProgressBar::new_spinner().with_message(message.to_owned());
    spinner.set_style(ProgressStyle::with_template("{spinner} {msg} ({elapsed})").expect("the template is a constant"));
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}

/// The test's program, or what rustc has against it.
fn build(exercise: &Exercise) -> Result<std::result::Result<PathBuf, String>> {
    let colours = anstream::AutoStream::choice(&std::io::stderr());
    let colour = if matches!(colours, anstream::ColorChoice::Never) { "never" } else { "always" };
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["test", "--quiet", "--no-run", "--test", "check", "--message-format=json-render-diagnostics", "--color"])
        .arg(colour)
        .arg("--manifest-path")
        .arg(exercise.folder.join("Cargo.toml"))
        .current_dir(&exercise.folder)
        .stdin(Stdio::null())
        .output()
        .context("cannot run cargo")?;
    if !output.status.success() {
        return Ok(Err(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(message) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        if message["target"]["name"] == "check"
            && let Some(program) = message["executable"].as_str()
        {
            return Ok(Ok(program.into()));
        }
    }
    bail!("cargo built no test `check` of {}", exercise.package());
}

fn run(course: &Course, exercise: &Exercise, program: &Path, limit: Duration) -> Result<Checked> {
    let package = exercise.package();
    let folder = progress::folder(course).context("cannot make the folder .workshop")?;
    let log = folder.join(format!("{package}.log"));
    let report = tempfile::Builder::new().prefix(&package).suffix(".report").tempfile_in(&folder)?;
    let output = File::create(&log).with_context(|| format!("cannot write {}", course.displayed(&log)))?;
    let mut command = tokio::process::Command::new(program);
    command
        .args(["every_claim_holds", "--exact", "--nocapture"])
        .current_dir(&exercise.folder)
        .env(report::REPORT, report.path())
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stderr(output.try_clone()?)
        .stdout(output)
        .kill_on_drop(true);
    // A group of its own, so that whatever it has started can be stopped with it.
    #[cfg(unix)]
    command.process_group(0);

    let spinner = spinner(&format!("Checking {package}"));
    let started = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(async {
        let mut child = command.spawn().with_context(|| format!("cannot run {}", program.display()))?;
        let ended = tokio::select! {
            status = child.wait() => Ended::Itself(status?),
            () = tokio::time::sleep(limit) => Ended::Late,
            stopped = asked_to_stop() => { stopped?; Ended::Interrupted }
        };
        if !matches!(ended, Ended::Itself(_)) {
            kill_tree(&child);
            child.kill().await?;
        }
        anyhow::Ok(ended)
    })?;
    spinner.finish_and_clear();

    let took = started.elapsed();
    let text = fs::read_to_string(report.path())?;
    let events = report::events(&text).context("the check's report does not read: was it built by another version?")?;
    let claims = events.iter().find_map(|event| match event {
        Event::Claims(claims) => Some(claims.clone()),
        _ => None,
    });
    let held = events.iter().filter(|event| matches!(event, Event::Held(_))).count();
    let end = match (events.into_iter().last(), ended) {
        (_, Ended::Interrupted) => return Ok(Checked::Interrupted),
        (Some(Event::Failed(failure)), _) => End::Refuted(Box::new(failure)),
        (_, Ended::Late) => End::Hung(limit),
        (Some(Event::Passed), Ended::Itself(status)) if status.success() => End::Solved,
        (_, Ended::Itself(status)) => match signal(status) {
            Some(signal) => End::Crashed(signal),
            None => End::Left(status.to_string()),
        },
    };
    Ok(Checked::Ran { claims: claims.unwrap_or_default(), held, end, took, log })
}

enum Ended {
    Itself(ExitStatus),
    Late,
    Interrupted,
}

/// Stops the process and whatever it has started.
#[cfg(unix)]
fn kill_tree(child: &tokio::process::Child) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    if let Some(group) = group {
        // It may have ended by now.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// Stops the process and whatever it has started.
#[cfg(windows)]
fn kill_tree(child: &tokio::process::Child) {
    if let Some(id) = child.id() {
        let mut kill = Command::new("taskkill");
        kill.args(["/T", "/F", "/PID", &id.to_string()]).stdin(Stdio::null()).stdout(Stdio::null());
        // It may have ended by now; what is left is killed by its handle.
        let _ = kill.stderr(Stdio::null()).status();
    }
}

#[cfg(not(any(unix, windows)))]
fn kill_tree(_child: &tokio::process::Child) {}

/// The signal that it died of: `signal 11, SIGSEGV`.
#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<String> {
    use std::os::unix::process::ExitStatusExt;
    let number = status.signal()?;
    // Its name is what std prints in brackets: `signal: 11 (SIGSEGV) (core dumped)`.
    let text = status.to_string();
    let name = text.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(name, _)| name.to_owned());
    Some(name.map_or_else(|| format!("signal {number}"), |name| format!("signal {number}, {name}")))
}

/// What Windows calls it: an exit code that no program returns by itself.
#[cfg(not(unix))]
fn signal(status: ExitStatus) -> Option<String> {
    let code = status.code()?.cast_unsigned();
    let name = match code {
        0xc000_0005 => "an access violation",
        0xc000_00fd => "a stack overflow",
        0xc000_001d => "an illegal instruction",
        0xc000_0409 => "an abort",
        _ => return None,
    };
    Some(format!("{name}, {code:#x}"))
}
