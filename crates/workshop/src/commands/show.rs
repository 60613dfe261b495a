//! `cargo workshop show step3`: the counterexample of a broken step, as it was recorded.

use std::io::Write;

use anyhow::Result;
use clap::Args;

use crate::cli::{Outcome, Usage};
use crate::course::{STEPS, Step, Verdict};
use crate::generated;

/// Prints a step's counterexample: what each thread does, up to the bug.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The step: `3` or `step3`.
    step: String,
    /// Print it as JSON; `null` where there is no counterexample.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let Some(step) = Step::find(&arguments.step) else {
        let names: Vec<String> = STEPS.iter().map(Step::package).collect();
        let name = &arguments.step;
        return Err(Usage(format!("there is no step `{name}`; the steps are {}", names.join(", "))).into());
    };
    let mut out = anstream::stdout().lock();
    if let Verdict::Correct { .. } = step.verdict {
        if arguments.json {
            writeln!(out, "null")?;
        } else {
            writeln!(out, "{step}")?;
            writeln!(out, "It is correct: there is no counterexample. What bears that out:")?;
            writeln!(out, "  {}", step.verdict.proof())?;
            writeln!(out, "  {}", step.command())?;
        }
        return Ok(Outcome::Fine);
    }
    let witness = generated::witness(step)?;
    if arguments.json {
        write!(out, "{}", witness.to_json())?;
    } else {
        let text = witness.to_string();
        writeln!(out, "{}", text.trim_end_matches('\n'))?;
    }
    Ok(Outcome::Fine)
}
