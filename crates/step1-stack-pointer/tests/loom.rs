//! The models: the cell's own source, on the checker's types.

mod sync {
    pub use witness::sync::{Arc, atomic};
}

#[path = "../src/atomic_value.rs"]
#[allow(dead_code, reason = "twin")]
mod atomic_value;

use atomic_value::AtomicValue;
use witness::{Bug, Probe, thread};

// ANCHOR: model
/// A reader gets the value once; a writer replaces it once.
fn one_reader_one_writer() {
    thread::name_current("reader");
    let shared = std::sync::Arc::new(AtomicValue::new(Probe::new(1)));
    let for_writer = shared.clone();
    let writer = thread::Builder::new()
        .name("writer".to_owned())
        .spawn(move || for_writer.replace(Probe::new(2)))
        .expect("the model has room for it");
    let value = shared.get();
    assert!(**value == 1 || **value == 2);
    writer.join().expect("it does not panic");
}
// ANCHOR_END: model

#[test]
fn loom_finds_a_pointer_to_a_dead_stack_frame() {
    let witness = witness::expect_bug(Bug::StackPointer, one_reader_one_writer);

    let source = witness.source().expect("a failing operation has a line");
    assert_eq!(source.file, "src/atomic_value.rs");
    assert_eq!(source.line, line_of("AtomicPtr::new(pointer)"));
    recording::counterexample("step1", &witness);
}

// ANCHOR: naive
#[test]
#[ignore = "fails on purpose: new puts the address of its own local variable into the cell"]
fn a_reader_gets_what_a_writer_put_in() {
    witness::model(one_reader_one_writer);
}
// ANCHOR_END: naive

/// The line of `src/atomic_value.rs` that contains `text`.
fn line_of(text: &str) -> u32 {
    let index = include_str!("../src/atomic_value.rs").lines().position(|line| line.contains(text));
    index.expect("the source has it") as u32 + 1
}
