//! What the cell does with std's types, where no reader and writer meet: only there is it defined.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use step3::AtomicValue;

/// Counts its drops.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

// ANCHOR: drops
#[test]
fn replace_drops_the_old_value_at_once_if_nobody_holds_it() {
    let drops = Arc::new(AtomicUsize::new(0));
    let shared = AtomicValue::new(Counted(drops.clone()));
    for replaced in 1..=10 {
        shared.replace(Counted(drops.clone()));
        assert_eq!(drops.load(Relaxed), replaced);
    }
    drop(shared);
    assert_eq!(drops.load(Relaxed), 11);
}

#[test]
fn a_reader_that_has_its_arc_keeps_the_old_value_alive() {
    let drops = Arc::new(AtomicUsize::new(0));
    let shared = AtomicValue::new(Counted(drops.clone()));
    let held = shared.get();
    assert_eq!(Arc::strong_count(&held), 2, "the cell's and the reader's");
    shared.replace(Counted(drops.clone()));
    assert_eq!(Arc::strong_count(&held), 1, "the reader's");
    assert_eq!(drops.load(Relaxed), 0);
    drop(held);
    assert_eq!(drops.load(Relaxed), 1);
}
// ANCHOR_END: drops

#[test]
fn readers_alone_do_no_harm() {
    let shared = AtomicValue::new(7);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..1_000).for_each(|_| assert_eq!(*shared.get(), 7)));
        }
    });
    assert_eq!(Arc::strong_count(&shared.get()), 2, "the cell's and this thread's");
}
