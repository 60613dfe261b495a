//! The same source in loom alone, with std's `Arc`: the right cell and a broken one, and loom tells no difference.

mod sync {
    pub use loom::sync::atomic;
    pub use std::sync::Arc;
}

mod thread {
    pub use loom::thread::yield_now;
}

#[path = "../src/arc_cell.rs"]
#[allow(dead_code, reason = "twin")]
mod arc_cell;

#[path = "broken/relaxed_put.rs"]
mod relaxed_put;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use arc_cell::ArcCell;

/// How many executions a reader beside this writer has, if loom finds nothing in them.
fn executions(set: fn(&ArcCell<u32>, Arc<u32>) -> Arc<u32>) -> usize {
    let executions = Arc::new(AtomicUsize::new(0));
    let count = executions.clone();
    // ANCHOR: model
    loom::model(move || {
        count.fetch_add(1, Relaxed);
        let cell = Arc::new(ArcCell::new(Arc::new(1)));
        let for_writer = cell.clone();
        let writer = loom::thread::spawn(move || drop(set(&for_writer, Arc::new(2))));
        let got = *cell.get();
        assert!(got == 1 || got == 2);
        writer.join().unwrap();
    });
    // ANCHOR_END: model
    executions.load(Relaxed)
}

#[test]
fn loom_alone_tells_no_difference_between_release_and_relaxed() {
    let text = format!(
        "set with Release: {} executions, no panic, no message\nset with Relaxed: {} executions, no panic, no message\n",
        executions(ArcCell::set),
        executions(relaxed_put::set)
    );
    recording::deterministic("step4-plain-loom.txt", &text);
}
