//! Draws a witness as lanes, one a thread, for a terminal.

use std::fmt;

use crate::counterexample::Witness;

pub(crate) fn draw(witness: &Witness, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "{}: {}", witness.bug, witness.summary)?;
    for event in &witness.events {
        writeln!(f, "{:>4} {}", event.step, event.text)?;
    }
    Ok(())
}
