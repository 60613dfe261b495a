//! What the steps' tests recorded for the book: the files in `book/src/generated/`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use witness::Witness;

use crate::course::Step;
use crate::workspace;

/// The version of the counterexamples' format that this program reads.
const SCHEMA: u32 = 1;

/// The folder that the recording tests write to.
pub fn folder() -> PathBuf {
    workspace::book().join("src").join("generated")
}

/// The step's counterexample.
///
/// # Errors
///
/// When none is recorded, or what is recorded does not read as one.
pub fn witness(step: &Step) -> Result<Witness> {
    let path = folder().join(format!("{}.json", step.package()));
    let name = workspace::displayed(&path);
    let json = fs::read_to_string(&path).with_context(|| {
        let command = format!("cargo workshop record {}", step.package());
        format!("no counterexample of {} is recorded in {name}; `{command}` records it", step.package())
    })?;
    let witness: Witness = serde_json::from_str(&json).with_context(|| format!("{name} is not a counterexample"))?;
    ensure!(witness.schema == SCHEMA, "{name} has format {}, this program reads format {SCHEMA}", witness.schema);
    Ok(witness)
}
