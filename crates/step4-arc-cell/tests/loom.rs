//! The models: the cell's own source, on the checker's types.

mod sync {
    pub use witness::sync::{Arc, atomic};
}

mod thread {
    pub use witness::thread::{name_current, scope, yield_now};
}

#[path = "../src/arc_cell.rs"]
#[allow(dead_code, reason = "twin")]
mod arc_cell;

mod broken {
    pub mod relaxed_put;
    pub mod swap_in_set;
    pub mod swap_in_take;
}

use arc_cell::ArcCell;
use sync::Arc;
use thread::{name_current, scope};
use witness::{Audit, Bug, Ledger, Model, Probe};

fn value(number: u32) -> Arc<Probe<u32>> {
    Arc::new(Probe::new(number))
}

fn cell() -> ArcCell<Probe<u32>> {
    ArcCell::new(value(1))
}

// ANCHOR: models
/// A reader gets what was there before, or what a writer has set.
fn get_beside_set() {
    let cell = cell();
    scope(|scope| {
        scope.spawn(|| {
            name_current("writer");
            assert_eq!(**cell.set(value(2)), 1);
        });
        name_current("reader");
        let got = **cell.get();
        assert!(got == 1 || got == 2);
    });
    assert_eq!(**cell.get(), 2);
}

/// Two readers; each ends with a reference of its own, and the cell with one more.
fn get_beside_get() {
    let cell = cell();
    let (one, two) = scope(|scope| {
        let one = scope.spawn(|| cell.get());
        let two = cell.get();
        (one.join().expect("a panic has failed the model"), two)
    });
    assert_eq!((**one, **two), (1, 1));
    assert_eq!(Arc::strong_count(&one), 3);
}

/// Two writers: one of them gets the first value, the other what the first writer has set, and nobody a value twice.
fn set_beside_set() {
    let cell = cell();
    let (two, three) = scope(|scope| {
        let two = scope.spawn(|| **cell.set(value(2)));
        let three = **cell.set(value(3));
        (two.join().expect("a panic has failed the model"), three)
    });
    assert!(matches!((two, three, **cell.get()), (1, 2, 3) | (3, 1, 2)));
}

/// A writer, a reader, and a second reader who may get from the first reader's `put` what the writer has set.
fn get_beside_get_beside_set() {
    let cell = cell();
    scope(|scope| {
        scope.spawn(|| assert_eq!(**cell.set(value(2)), 1));
        scope.spawn(|| drop(cell.get()));
        let got = **cell.get();
        assert!(got == 1 || got == 2);
    });
}

/// Every model, the smallest first.
const MODELS: &[Model] = &[
    Model::new("get beside get", get_beside_get),
    Model::new("get beside set", get_beside_set),
    Model::new("set beside set", set_beside_set),
    // With two preemptions, two threads that wait may yield to each other for longer than an execution may be.
    Model::new("get beside get beside set", get_beside_get_beside_set).bound(1),
];
// ANCHOR_END: models

#[test]
fn every_model_passes_and_needs_every_ordering() {
    let audit = Audit::of("src/arc_cell.rs", include_str!("../src/arc_cell.rs")).models(MODELS);
    recording::audit("step4-audit", audit, &[]);
}

// ANCHOR: broken
#[test]
fn a_relaxed_put_is_a_data_race() {
    let witness = witness::expect_bug(Bug::DataRace, || {
        let cell = cell();
        scope(|scope| {
            scope.spawn(|| {
                name_current("writer");
                drop(broken::relaxed_put::set(&cell, value(2)));
            });
            name_current("reader");
            let got = **cell.get();
            assert!(got == 1 || got == 2);
        });
    });
    recording::counterexample("step4-relaxed-put", &witness);
}

#[test]
fn a_writer_that_does_not_wait_loses_its_value() {
    let witness = witness::expect_bug(Bug::Leak, || {
        let cell = cell();
        scope(|scope| {
            scope.spawn(|| {
                name_current("writer");
                drop(broken::swap_in_set::set(&cell, value(2)));
            });
            name_current("reader");
            let got = **cell.get();
            assert!(got == 1 || got == 2);
        });
    });
    recording::counterexample("step4-swap-in-set", &witness);
}

#[test]
fn a_reader_that_stops_after_its_take_stops_the_other() {
    let witness = witness::expect_bug(Bug::NoProgress, || {
        let cell = cell();
        scope(|scope| {
            let stalled = scope.spawn(|| {
                name_current("stalled reader");
                std::mem::forget(cell.take()); // and it never runs again
            });
            stalled.join().expect("it does not panic");
            name_current("reader");
            drop(cell.get());
        });
    });
    recording::counterexample("step4-stalled-reader", &witness);
}
// ANCHOR_END: broken

#[test]
fn the_model_of_a_wait_that_writes_does_not_end() {
    let witness = witness::expect_bug(Bug::NoProgress, || {
        let cell = cell();
        scope(|scope| {
            scope.spawn(|| drop(broken::swap_in_take::get(&cell)));
            drop(broken::swap_in_take::get(&cell));
        });
    });
    assert!(witness.to_string().contains("swap"), "{witness}");
}

#[test]
fn the_cost_of_get_and_set() {
    let ledger =
        Ledger::new("step4 ArcCell")
            .operation("get", cell, |cell| drop(cell.get()))
            .operation("set", cell, |cell| drop(cell.set(value(2))));
    recording::ledger("step4-ledger", &[ledger]);
}
