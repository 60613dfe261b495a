//! `cargo workshop cost`: what a read and a write of each design do to memory that others use, too.

use std::io::Write;

use anyhow::{Context, Result, ensure};
use clap::Args;
use recording::report::{Message, Request};
use witness::Ledger;

use crate::cli::{Outcome, Usage};
use crate::course::{STEPS, Step};
use crate::reports::{self, Subject};
use crate::workspace;

/// Prints what the operations of each design cost, counted.
#[derive(Args)]
#[command(after_help = "What is shared is touched by more than one thread: its cache line goes from core\n\
                        to core. The ledgers are those that the steps' tests have recorded, and checked\n\
                        since; the book's page `What an operation costs` reasons from them.")]
pub(crate) struct Arguments {
    /// Only this step: `4` or `step4`.
    step: Option<String>,
    /// Count now: what you have changed is not recorded yet.
    #[arg(long)]
    fresh: bool,
    /// Print the ledgers as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let step = arguments.step.as_deref().map(|name| Step::find(name).ok_or_else(|| unknown(name))).transpose()?;
    let ledgers = if arguments.fresh { counted(step)? } else { recorded(step)? };
    let mut out = anstream::stdout().lock();
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&ledgers)?)?;
    } else if let (Some(step), true) = (step, ledgers.is_empty()) {
        writeln!(out, "{step}")?;
        writeln!(out, "has no ledger: what it costs has not been counted.")?;
    } else {
        write!(out, "{}", Ledger::table(&ledgers))?;
    }
    Ok(Outcome::Fine)
}

fn unknown(name: &str) -> Usage {
    let names: Vec<String> = STEPS.iter().map(Step::package).collect();
    Usage(format!("there is no step `{name}`; the steps are {}", names.join(", ")))
}

/// What the tests have recorded.
fn recorded(step: Option<&Step>) -> Result<Vec<Ledger>> {
    let all = recording::recorded_ledgers().context("cannot read the recorded ledgers")?;
    let is_wanted = |name: &str| step.is_none_or(|step| name == step.package());
    Ok(all.into_iter().filter(|(name, _)| is_wanted(name)).flat_map(|(_, ledgers)| ledgers).collect())
}

/// What the tests count now.
fn counted(step: Option<&Step>) -> Result<Vec<Ledger>> {
    let mut ledgers = Vec::new();
    for step in STEPS.iter().filter(|known| step.is_none_or(|step| step == *known)) {
        let folder = workspace::root().join("crates").join(step.folder);
        for test in reports::tests_of(&folder, Subject::Ledger)? {
            anstream::eprintln!("Counting {}: {}", workspace::displayed(&folder), test.name);
            let before = ledgers.len();
            reports::run(&test, &Request::default(), |message| {
                if let Message::Ledgers(counted) = message {
                    ledgers.extend(counted);
                }
            })?;
            ensure!(
                ledgers.len() > before,
                "the test `{}` has not reported: does it call recording::ledger itself?",
                test.name
            );
        }
    }
    Ok(ledgers)
}
