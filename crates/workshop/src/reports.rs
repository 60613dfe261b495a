//! What a crate's own tests report: its audits, and what its operations cost.
//!
//! The models of a step are in its tests. So that nobody has to list them twice, a command finds the tests that call
//! `recording::audit` or `recording::ledger`, runs them with a request in their environment, and hears what they say.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use anyhow::{Context, Result, bail};
use recording::report::{Message, REPORT, Request};
use regex::Regex;
use walkdir::WalkDir;

use crate::workspace;

/// What a test can report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An ordering audit.
    Audit,
    /// A cost ledger.
    Ledger,
}

impl Subject {
    /// What such a test calls.
    fn call(self) -> &'static str {
        match self {
            Subject::Audit => "recording::audit(",
            Subject::Ledger => "recording::ledger(",
        }
    }
}

/// A test that reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportingTest {
    /// The crate's folder.
    pub folder: PathBuf,
    /// The test target: `loom` for `tests/loom.rs`.
    pub target: String,
    /// The test function.
    pub name: String,
}

static FUNCTION: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bfn (\w+)").expect("the pattern is a constant"));

/// The tests in the crate `folder` that report on `subject`.
///
/// # Errors
///
/// When a file cannot be read.
pub fn tests_of(folder: &Path, subject: Subject) -> Result<Vec<ReportingTest>> {
    let tests = folder.join("tests");
    let mut found = Vec::new();
    if !tests.is_dir() {
        return Ok(found);
    }
    for entry in WalkDir::new(&tests).sort_by_file_name() {
        let path = entry?.into_path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", workspace::displayed(&path)))?;
        // `tests/loom.rs` is the target `loom`, and so is all of `tests/loom/`.
        let first = path.strip_prefix(&tests)?.components().next().context("a file in the folder has a name")?;
        let target = Path::new(&first).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut function = None;
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            if let Some(name) = FUNCTION.captures(line) {
                function = Some(name[1].to_owned());
            }
            if line.contains(subject.call())
                && let Some(name) = function.take()
            {
                found.push(ReportingTest { folder: folder.to_path_buf(), target: target.clone(), name });
            }
        }
    }
    Ok(found)
}

/// The crates in the folder `crates` that have such tests, in order.
///
/// # Errors
///
/// When a file cannot be read.
pub fn crates_with(crates: &Path, subject: Subject) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(crates).with_context(|| format!("cannot read {}", crates.display()))? {
        let folder = entry?.path();
        if !tests_of(&folder, subject)?.is_empty() {
            folders.push(folder);
        }
    }
    folders.sort();
    Ok(folders)
}

/// Builds and runs `test`, and calls `hear` with what it says. What the compiler says, or a model that fails, goes to
/// standard error.
///
/// # Errors
///
/// If it does not compile, or fails.
pub fn run(test: &ReportingTest, request: &Request, mut hear: impl FnMut(Message)) -> Result<()> {
    let mut child = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["test", "--quiet", "--manifest-path"])
        .arg(test.folder.join("Cargo.toml"))
        .args(["--test", &test.target, "--", "--nocapture", &test.name])
        .env(REPORT, request.to_environment())
        .env_remove(recording::RECORD)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run cargo")?;
    let output = child.stdout.take().context("the output is piped")?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line.context("cannot read what the test says")?;
        if let Some(message) = Message::of_line(String::from_utf8_lossy(&line).trim_end()) {
            hear(message);
        }
    }
    let status = child.wait().context("cannot wait for the test")?;
    if !status.success() {
        let file = workspace::displayed(&test.folder.join("tests").join(&test.target));
        bail!("`{}` in {file} does not compile or fails: see above", test.name);
    }
    Ok(())
}
