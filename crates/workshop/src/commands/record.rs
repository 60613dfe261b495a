//! `cargo workshop record`: runs the tests that make what the book prints, and keeps the results.

use std::collections::BTreeMap;
use std::env;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::cli::{Outcome, Usage};
use crate::course::Step;
use crate::{generated, workspace};

/// Runs the tests that make what the book prints, and keeps the results.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Only these crates: `3`, `step3`, `witness`.
    #[arg(value_name = "CRATE")]
    crates: Vec<String>,
    /// Write nothing; fail if a recording is stale, missing or an orphan.
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let crates = chosen(&arguments.crates)?;
    let book = workspace::book();
    let before = generated::recordings(&book)?;
    let mut failed = Vec::new();
    for folder in &crates {
        let name = workspace::displayed(folder);
        anstream::eprintln!("{} {name}", if arguments.check { "Checking" } else { "Recording" });
        let mut tests = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        tests.args(["test", "--quiet", "--tests", "--manifest-path"]).arg(folder.join("Cargo.toml"));
        if arguments.check {
            tests.env_remove(recording::RECORD);
        } else {
            tests.env(recording::RECORD, "1");
        }
        if !tests.status().context("cannot run cargo")?.success() {
            failed.push(name);
        }
    }
    let changes = changes(&before, &generated::recordings(&book)?);
    let misfits = generated::misfits(&book, &workspace::root().join("crates"))?;

    let mut out = anstream::stdout().lock();
    for change in &changes {
        writeln!(out, "{change}")?;
    }
    if changes.is_empty() && !arguments.check && failed.is_empty() {
        writeln!(out, "Nothing has changed.")?;
    }
    for misfit in &misfits {
        writeln!(out, "{misfit}")?;
    }
    for name in &failed {
        writeln!(out, "{name}: its tests fail")?;
    }
    if !failed.is_empty() || arguments.check && !misfits.is_empty() {
        return Ok(Outcome::Failed);
    }
    if arguments.check {
        writeln!(out, "The recordings are what the code produces now.")?;
    }
    Ok(Outcome::Fine)
}

/// The folders of the crates that record, all of them or those that are named.
fn chosen(names: &[String]) -> Result<Vec<PathBuf>> {
    let all = generated::recording_crates(&workspace::root().join("crates"))?;
    let mut chosen = Vec::new();
    for name in names {
        let folder = Step::find(name).map_or(name.as_str(), |step| step.folder);
        let Some(path) = all.iter().find(|path| path.ends_with(folder)) else {
            let all: Vec<String> = all.iter().map(|path| workspace::displayed(path)).collect();
            return Err(Usage(format!("`{name}` records nothing; those that do are {}", all.join(", "))).into());
        };
        chosen.push(path.clone());
    }
    Ok(if names.is_empty() { all } else { chosen })
}

/// One line for each recording that is new, different or gone.
fn changes(before: &BTreeMap<String, Vec<u8>>, after: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let mut changes = Vec::new();
    for (name, content) in after {
        match before.get(name) {
            None => changes.push(format!("new:     generated/{name}")),
            Some(old) if old != content => changes.push(format!("changed: generated/{name}")),
            Some(_) => {}
        }
    }
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    changes.extend(gone.map(|name| format!("gone:    generated/{name}")));
    changes
}

#[cfg(test)]
mod tests {
    use super::changes;

    #[test]
    fn what_is_new_different_or_gone_is_listed() {
        let recordings =
            |list: &[(&str, &str)]| list.iter().map(|(n, c)| (n.to_string(), c.as_bytes().to_vec())).collect();
        let before = recordings(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let after = recordings(&[("a", "1"), ("b", "2"), ("d", "1")]);
        assert_eq!(changes(&before, &after), ["changed: generated/b", "new:     generated/d", "gone:    generated/c"]);
        assert_eq!(changes(&before, &before), [""; 0]);
    }
}
