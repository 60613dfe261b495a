//! What can be counted with std's types: the drops that do not happen.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use step2::AtomicValue;

/// Counts its drops.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

// ANCHOR: reference
#[test]
fn drop_of_a_reference_gives_nothing_up() {
    let drops = Arc::new(AtomicUsize::new(0));
    let arc = Arc::new(Counted(drops.clone()));

    let reference = &arc;
    assert_eq!(Arc::strong_count(reference), 1);
    #[allow(dropping_references, reason = "to see what it does")]
    drop(reference);
    assert_eq!(Arc::strong_count(reference), 1, "and `reference` can still be used: a reference is Copy");
    assert_eq!(drops.load(Relaxed), 0);

    drop(arc);
    assert_eq!(drops.load(Relaxed), 1);
}
// ANCHOR_END: reference

#[test]
fn drop_of_a_raw_pointer_gives_nothing_up_either() {
    let drops = Arc::new(AtomicUsize::new(0));
    let pointer: *mut Arc<Counted> = Box::into_raw(Box::new(Arc::new(Counted(drops.clone()))));
    #[allow(dropping_copy_types, reason = "to see what it does")]
    drop(pointer);
    assert_eq!(drops.load(Relaxed), 0);
    // SAFETY: the pointer comes from `Box::into_raw`, and nobody has taken it back.
    drop(unsafe { Box::from_raw(pointer) });
    assert_eq!(drops.load(Relaxed), 1);
}

// ANCHOR: count
#[test]
fn the_strong_count_of_1_is_the_arc_that_nobody_drops() {
    let drops = Arc::new(AtomicUsize::new(0));
    let shared = AtomicValue::new(Counted(drops.clone()));
    let old = Arc::downgrade(&shared.get());
    assert_eq!(old.strong_count(), 1, "the Arc in the cell's box");

    shared.replace(Counted(drops.clone()));
    assert_eq!(old.strong_count(), 1, "the same Arc, in a box whose address nobody has any more");
    assert_eq!(drops.load(Relaxed), 0);

    drop(shared);
    assert_eq!(drops.load(Relaxed), 1, "the cell frees the box that it holds last, and only that");
    assert_eq!(old.strong_count(), 1);
}
// ANCHOR_END: count

#[test]
fn every_replaced_value_leaks() {
    let drops = Arc::new(AtomicUsize::new(0));
    let shared = AtomicValue::new(Counted(drops.clone()));
    for _ in 0..100 {
        shared.replace(Counted(drops.clone()));
    }
    assert_eq!(drops.load(Relaxed), 0);
    assert_eq!(Arc::strong_count(&drops), 102, "ours and one for each of the 101 values");
}
