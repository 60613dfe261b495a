//! The models: the cell's own source, on the checker's types.

mod sync {
    pub use witness::sync::{Arc, atomic};
}

#[path = "../src/atomic_value.rs"]
#[allow(dead_code, reason = "twin")]
mod atomic_value;

use atomic_value::AtomicValue;
use witness::{Bug, Ledger, Probe, thread};

// ANCHOR: model
/// A reader gets the value once; a writer replaces it once.
fn one_reader_one_writer() {
    let shared = std::sync::Arc::new(AtomicValue::new(Probe::new(1)));
    let for_writer = shared.clone();
    thread::name_current("reader");
    let writer = thread::Builder::new()
        .name("writer".to_owned())
        .spawn(move || for_writer.replace(Probe::new(2)))
        .expect("the model has room for it");
    let value = shared.get();
    assert!(**value == 1 || **value == 2);
    writer.join().expect("it does not panic");
}
// ANCHOR_END: model

// ANCHOR: finds
#[test]
fn loom_finds_a_use_after_free() {
    let witness = witness::expect_bug(Bug::UseAfterFree, one_reader_one_writer);

    let source = witness.source().expect("a failing operation has a line");
    assert_eq!(source.file, "src/atomic_value.rs");
    assert_eq!(source.line, line_of("Arc::clone(&arc)"));
    assert_eq!(witness.preemptions, 1, "one switch, in the window, is enough");
    recording::counterexample("step3", &witness);
}
// ANCHOR_END: finds

// ANCHOR: naive
#[test]
#[ignore = "fails on purpose: get counts up in a block that replace has freed"]
fn a_reader_always_gets_a_live_value() {
    witness::model(one_reader_one_writer);
}
// ANCHOR_END: naive

/// The line of `src/atomic_value.rs` that contains `text`.
fn line_of(text: &str) -> u32 {
    let index = include_str!("../src/atomic_value.rs").lines().position(|line| line.contains(text));
    index.expect("the source has it") as u32 + 1
}

/// By turns, it works: nobody is in the window of `get` while another thread replaces the value.
#[test]
fn the_cost_of_get_and_replace() {
    let cell = || AtomicValue::new(Probe::new(1));
    let ledger = Ledger::new("step3 AtomicValue").operation("get", cell, |cell| drop(cell.get())).operation(
        "replace",
        cell,
        |cell| cell.replace(Probe::new(2)),
    );
    recording::ledger("step3-ledger", &[ledger]);
}
