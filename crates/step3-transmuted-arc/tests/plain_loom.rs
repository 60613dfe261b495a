//! The same source and the same model in loom alone, to see what loom says by itself.
//!
//! Loom's own `Arc` is two words wide, so the transmutes do not compile with it. With std's, loom sees the atomic pointer
//! and not the count. To keep real memory out of it, the model holds a `Weak` of the first value: its block then outlives
//! the last strong reference, and what would touch freed memory touches the block of a value that has been dropped.

mod sync {
    pub use loom::sync::atomic;
    pub use std::sync::Arc;
}

#[path = "../src/atomic_value.rs"]
#[allow(dead_code, reason = "twin")]
mod atomic_value;

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use atomic_value::AtomicValue;

/// A value that says when it is dropped. Nothing in it minds being dropped twice.
struct Flagged {
    number: u64,
    dropped: &'static AtomicBool,
}

impl Flagged {
    fn new(number: u64) -> Flagged {
        Flagged { number, dropped: Box::leak(Box::new(AtomicBool::new(false))) }
    }
}

impl Drop for Flagged {
    fn drop(&mut self) {
        self.dropped.store(true, Relaxed);
    }
}

#[test]
fn loom_alone_explores_the_bug_and_says_nothing() {
    let executions = Arc::new(AtomicUsize::new(0));
    let too_late = Arc::new(AtomicUsize::new(0));
    let counts = (executions.clone(), too_late.clone());

    // ANCHOR: model
    loom::model(move || {
        let (executions, too_late) = &counts;
        executions.fetch_add(1, Relaxed);
        let shared = Arc::new(AtomicValue::new(Flagged::new(1)));
        mem::forget(Arc::downgrade(&shared.get())); // keeps the block, not the value

        let for_writer = shared.clone();
        let writer = loom::thread::spawn(move || {
            for_writer.replace(Flagged::new(2));
        });
        let value = shared.get();
        assert!(value.number == 1 || value.number == 2);
        if value.dropped.load(Relaxed) {
            too_late.fetch_add(1, Relaxed);
        }
        writer.join().unwrap();
    });
    // ANCHOR_END: model

    let (executions, too_late) = (executions.load(Relaxed), too_late.load(Relaxed));
    assert!(too_late > 0, "loom has explored the interleaving in which the reader comes too late");
    let text = format!(
        "loom::model: returned after {executions} executions, no panic, no message\n\
         of these, the reader got an Arc whose value had been dropped in: {too_late}\n"
    );
    recording::deterministic("step3-plain-loom.txt", &text);
}

#[test]
fn looms_own_arc_is_too_wide_for_the_transmute() {
    assert_eq!(size_of::<loom::sync::Arc<u8>>(), 2 * size_of::<*mut ()>());
}
