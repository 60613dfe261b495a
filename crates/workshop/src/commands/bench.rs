//! `cargo workshop bench`: races the steps against the crates that people use, and puts the results into the book.

use std::env;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::Outcome;
use crate::workspace;

/// Races the steps against the crates that people use.
///
/// Takes some minutes, most of them for the first build. The book's chapter then shows this machine's figures; `git
/// checkout book/src/generated` brings back those that were there before.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Take half an hour or so: more windows, and a million strings.
    #[arg(long)]
    full: bool,
    /// Leave the book as it is: print the table, and keep the raw values in the target directory only.
    #[arg(long)]
    print_only: bool,
    /// Leave out criterion's part, one thread at a time.
    #[arg(long)]
    skip_criterion: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    if !arguments.skip_criterion && !criterion()? {
        return Ok(Outcome::Failed);
    }
    let mut threads = bench("threads");
    threads.arg("--");
    if arguments.full {
        threads.arg("--full");
    }
    if !arguments.print_only {
        threads.arg("--record");
    }
    let status = threads.status().context("cannot run cargo")?;
    Ok(if status.success() { Outcome::Fine } else { Outcome::Failed })
}

/// `cargo bench` for one of the benches.
fn bench(name: &str) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace::root()).args(["bench", "--package", "bench", "--bench", name]);
    cargo
}

/// Runs criterion's part. What it prints, a few lines for each benchmark, is kept in a file; here the name of the current
/// one is shown.
fn criterion() -> Result<bool> {
    let path = workspace::target().join("bench-one-thread.txt");
    let mut kept = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut criterion = bench("one_thread").stdout(Stdio::piped()).spawn().context("cannot run cargo")?;
    let progress = ProgressBar::new_spinner();
    progress.set_style(ProgressStyle::with_template("{elapsed_precise} {spinner} {wide_msg}")?);
    let mut measured = 0usize;
    if let Some(output) = criterion.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line.context("cannot read what criterion prints")?;
            writeln!(kept, "{line}")?;
            if let Some((name, _)) = line.split_once("time:") {
                // Criterion puts a long name on a line of its own.
                if !name.trim().is_empty() {
                    progress.set_message(format!("criterion: {}", name.trim()));
                }
                measured += 1;
            } else if !line.starts_with([' ', '\t']) && line.contains('/') {
                progress.set_message(format!("criterion: {line}"));
            }
            progress.enable_steady_tick(Duration::from_millis(200));
        }
    }
    progress.finish_and_clear();
    let success = criterion.wait()?.success();
    if success {
        let mut out = anstream::stdout().lock();
        writeln!(out, "criterion: {measured} benchmarks of one thread, in {}", workspace::displayed(&path))?;
    }
    Ok(success)
}
