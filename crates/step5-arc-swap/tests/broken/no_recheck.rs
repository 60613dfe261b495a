//! Broken on purpose: the reader writes its debt down, and does not look whether it came in time.

use crate::arc_swap::{ArcSwap, Guard};
use crate::local::with_node;
use crate::sync::atomic::Ordering::Acquire;

// ANCHOR: load
pub fn load<T>(cell: &ArcSwap<T>) -> Guard<T> {
    with_node(|node| {
        let slot = node.guard_slot().expect("a slot is free");
        let pointer = cell.pointer.load(Acquire);
        slot.owe(cell.number, pointer.cast());
        node.debt_before_load();
        // Here the second load is missing.
        // SAFETY: NOT kept: a writer may have looked at the slot before the debt was there, and dropped the value.
        unsafe { Guard::owing(pointer, slot) }
    })
}
// ANCHOR_END: load
