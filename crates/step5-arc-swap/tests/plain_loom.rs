//! The same source in loom alone, with std's `Arc`: the right cell and two broken ones, and loom tells no difference.

use loom::thread_local;

mod sync {
    pub use loom::sync::atomic;
    pub use std::boxed::Box;
    pub use std::sync::Arc;
}

const GUARD_SLOTS: usize = 1;

#[path = "../src/arc_swap.rs"]
#[allow(dead_code, reason = "twin")]
mod arc_swap;
#[path = "../src/registry.rs"]
#[allow(dead_code, reason = "twin")]
mod registry;

#[path = "../../barrier/tests/twin/barrier.rs"]
#[allow(dead_code, reason = "shared with other steps")]
mod barrier;
#[path = "twin/local.rs"]
#[allow(dead_code, reason = "shared with the other models")]
mod local;

#[path = "broken/no_recheck.rs"]
mod no_recheck;
#[path = "broken/relaxed_end.rs"]
mod relaxed_end;

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use arc_swap::{ArcSwap, Guard};

/// A value that says when it is dropped.
struct Flagged {
    number: u64,
    dropped: &'static AtomicBool,
}

impl Flagged {
    /// The block outlives the value, because a `Weak` of it is forgotten: so nothing here touches freed memory.
    fn new(number: u64) -> Arc<Flagged> {
        let arc = Arc::new(Flagged { number, dropped: Box::leak(Box::new(AtomicBool::new(false))) });
        mem::forget(Arc::downgrade(&arc));
        arc
    }
}

impl Drop for Flagged {
    fn drop(&mut self) {
        self.dropped.store(true, Relaxed);
    }
}

/// What loom says of a reader beside a writer.
fn what_loom_says(load: fn(&ArcSwap<Flagged>) -> Guard<Flagged>, end: fn(Guard<Flagged>)) -> String {
    let executions = Arc::new(AtomicUsize::new(0));
    let too_late = Arc::new(AtomicUsize::new(0));
    let counts = (executions.clone(), too_late.clone());
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    // ANCHOR: model
    builder.check(move || {
        let (executions, too_late) = &counts;
        executions.fetch_add(1, Relaxed);
        let registry = local::begin();
        let cell = Arc::new(ArcSwap::new(Flagged::new(1)));
        let for_writer = cell.clone();
        let writer = loom::thread::spawn(move || for_writer.store(Flagged::new(2)));
        let guard = load(&cell);
        assert!(guard.number == 1 || guard.number == 2);
        if guard.dropped.load(Relaxed) {
            too_late.fetch_add(1, Relaxed);
        }
        end(guard);
        writer.join().unwrap();
        drop(cell);
        drop(registry);
    });
    // ANCHOR_END: model
    let (executions, too_late) = (executions.load(Relaxed), too_late.load(Relaxed));
    format!("{executions} executions, no panic, no message; a dropped value was read in {too_late}\n")
}

#[test]
fn loom_alone_tells_no_difference() {
    let text = format!(
        "as it is:              {}the debt ends Relaxed: {}no second look:        {}",
        what_loom_says(ArcSwap::load, drop),
        what_loom_says(ArcSwap::load, relaxed_end::end),
        what_loom_says(no_recheck::load, drop),
    );
    recording::deterministic("step5-plain-loom.txt", &text);
}
