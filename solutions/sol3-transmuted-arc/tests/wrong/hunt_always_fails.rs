//! The hunt.
//!
//! Wrong: it fails whatever it is given.

use witness::{Probe, thread};

use crate::cell::Cell;

/// The checker explores this with one cell after the other.
pub fn model<C: Cell>() {
    let cell = C::new(Probe::new(1));
    thread::name_current("main");
    // TODO 3 begins: use the cell as its callers would, in two or three threads, and assert what has to hold.
    drop(cell.get());
    panic!("found");
    // TODO 3 ends.
}
