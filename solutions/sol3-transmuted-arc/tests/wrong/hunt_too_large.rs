//! The hunt.
//!
//! Wrong: so many threads do so much that nobody waits for the end.

use witness::{Probe, thread};

use crate::cell::Cell;

/// The checker explores this with one cell after the other.
pub fn model<C: Cell>() {
    let cell = C::new(Probe::new(1));
    thread::name_current("main");
    // TODO 3 begins: use the cell as its callers would, in two or three threads, and assert what has to hold.
    thread::scope(|scope| {
        for writer in 0..3 {
            let cell = &cell;
            scope.spawn(move || {
                for round in 0..3 {
                    cell.replace(Probe::new(writer * 3 + round));
                    drop(cell.get());
                }
            });
        }
        (0..4).for_each(|_| drop(cell.get()));
    });
    // TODO 3 ends.
}
