//! The hunt: a model that finds the bug in every wrong cell, and none in the right one.

use witness::{Probe, thread};

use crate::cell::Cell;

/// The checker explores this with one cell after the other.
pub fn model<C: Cell>() {
    let cell = C::new(Probe::new(1));
    thread::name_current("main");
    // TODO 3 begins: use the cell as its callers would, in two or three threads, and assert what has to hold.
    assert_eq!(**cell.get(), 1);
    // TODO 3 ends.
}
