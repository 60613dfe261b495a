//! The same source in loom alone, to see what loom says by itself.
//!
//! The model is the one of `tests/loom.rs` up to the first dereference: `get` would read a dead stack frame here, for real.

mod sync {
    pub use loom::sync::{Arc, atomic};
}

#[path = "../src/atomic_value.rs"]
#[allow(dead_code, reason = "twin")]
mod atomic_value;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use atomic_value::AtomicValue;

#[test]
fn loom_alone_lets_a_stack_pointer_through() {
    let executions = Arc::new(AtomicUsize::new(0));
    let count = executions.clone();

    // ANCHOR: model
    loom::model(move || {
        count.fetch_add(1, Relaxed);
        let shared = Arc::new(AtomicValue::new(1));
        let for_writer = shared.clone();
        let writer = loom::thread::spawn(move || {
            for_writer.swap_in(2);
        });
        shared.swap_in(3);
        writer.join().unwrap();
    });
    // ANCHOR_END: model

    let executions = executions.load(Relaxed);
    let text = format!("loom::model: returned after {executions} executions, no panic, no message\n");
    recording::deterministic("step1-plain-loom.txt", &text);
}
