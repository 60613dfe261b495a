//! What can be observed without following the pointer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use step1::AtomicValue;

// ANCHOR: drops
/// Counts its drops.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn the_value_is_dropped_before_new_returns() {
    let drops = Arc::new(AtomicUsize::new(0));
    let _shared = AtomicValue::new(Counted(drops.clone()));
    assert_eq!(drops.load(Relaxed), 1);
}
// ANCHOR_END: drops

// ANCHOR: same_pointer
#[test]
fn replace_gets_back_the_very_pointer_that_it_has_put_in() {
    let shared = AtomicValue::new(0);
    let calls: Vec<_> = (1..=10).map(|version| shared.swap_in(version)).collect();
    for (put_in, got_out) in &calls[1..] {
        assert_eq!(put_in, got_out);
    }
}
// ANCHOR_END: same_pointer
