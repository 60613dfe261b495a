//! The models: the cell's own source, on the checker's types.

mod sync {
    pub use witness::sync::{Arc, atomic};
}

mod boxed {
    pub use witness::boxed::Box;
}

#[path = "../src/atomic_value.rs"]
#[allow(dead_code, reason = "twin")]
mod atomic_value;

use atomic_value::AtomicValue;
use witness::{Bug, Probe, thread};

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
    drop(value);
    writer.join().expect("it does not panic");
}
// ANCHOR_END: model

#[test]
fn loom_finds_a_leak() {
    let witness = witness::expect_bug(Bug::Leak, one_reader_one_writer);

    let source = witness.source().expect("a leaked block has the line that allocated it");
    assert_eq!(source.file, "src/atomic_value.rs");
    assert_eq!(source.line, line_of("Box::new(Arc::new(value))"), "it is the value that `new` has put in");
    let line = format!("atomic_value.rs:{}", source.line);
    assert_eq!(
        witness.details,
        [
            format!("#1 (Arc): allocated by T0 at {line}, freed never"),
            format!("#2 (Box): allocated by T0 at {line}, freed never"),
        ]
    );
    assert_eq!(witness.preemptions, 0, "no interleaving is needed: every run leaks");
    recording::counterexample("step2", &witness);
}

// ANCHOR: naive
#[test]
#[ignore = "fails on purpose: replace frees nothing of what it takes out"]
fn a_replaced_value_is_freed() {
    witness::model(one_reader_one_writer);
}
// ANCHOR_END: naive

/// The first line of `src/atomic_value.rs` that contains `text`.
fn line_of(text: &str) -> u32 {
    let index = include_str!("../src/atomic_value.rs").lines().position(|line| line.contains(text));
    index.expect("the source has it") as u32 + 1
}
