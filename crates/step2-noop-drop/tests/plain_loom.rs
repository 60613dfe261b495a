//! The same source and the same model in loom alone, to see what loom says by itself.

mod sync {
    pub use loom::sync::{Arc, atomic};
}

mod boxed {
    pub use std::boxed::Box;
}

#[path = "../src/atomic_value.rs"]
#[allow(dead_code, reason = "twin")]
mod atomic_value;

use std::{mem, panic};

use atomic_value::AtomicValue;
use loom::model::Builder;

// ANCHOR: model
/// A reader gets the value once; a writer replaces it once.
fn one_reader_one_writer() {
    let shared = std::sync::Arc::new(AtomicValue::new(1));
    let for_writer = shared.clone();
    let writer = loom::thread::spawn(move || for_writer.replace(2));
    let value = shared.get();
    assert!(*value == 1 || *value == 2);
    drop(value);
    writer.join().unwrap();
}
// ANCHOR_END: model

/// What loom's panic says of the model.
fn what_loom_says(builder: Builder) -> String {
    let payload = panic::catch_unwind(panic::AssertUnwindSafe(|| builder.check(one_reader_one_writer)))
        .expect_err("loom counts its own Arcs");
    payload.downcast_ref::<String>().expect("the message is a formatted one").clone()
}

#[test]
fn loom_alone_says_that_some_arc_leaked() {
    let mut builder = Builder::new();
    builder.location = false;
    let said = what_loom_says(builder);
    assert_eq!(said, "Arc leaked.\n  Index: 0");

    // What `LOOM_LOCATION=1` does.
    let mut builder = Builder::new();
    builder.location = true;
    let said_with_location = what_loom_says(builder).replace('\\', "/");
    assert!(said_with_location.contains("src/atomic_value.rs"), "{said_with_location}");

    let text = format!("loom::model panics:\n\n{said}\n\nwith LOOM_LOCATION=1:\n\n{said_with_location}\n");
    recording::deterministic("step2-plain-loom.txt", &text);
}

#[test]
fn loom_alone_does_not_see_a_leak_of_a_std_box_or_arc() {
    loom::model(|| {
        mem::forget(Box::new(1));
        mem::forget(std::sync::Arc::new(1));
    });
}
