//! Broken on purpose: the writer pays every debt on its old pointer, whichever cell it is owed to.

use crate::arc_swap::ArcSwap;
use crate::local::registry;
use crate::sync::Arc;
use crate::sync::atomic::Ordering::{AcqRel, Acquire};

// ANCHOR: swap
pub fn swap<T>(cell: &ArcSwap<T>, arc: Arc<T>) -> Arc<T> {
    let old = cell.pointer.swap(Arc::into_raw(arc).cast_mut(), AcqRel);
    registry().swap_before_slots();
    // SAFETY: the swap has handed the cell's strong reference to this thread alone.
    let arc = unsafe { Arc::from_raw(old) };
    for slot in registry().slots() {
        // NOT kept: who is paid has read this pointer from this cell. The debt may be on another value, freed since, at
        // the same address, and not confirmed yet.
        if slot.debt.load(Acquire) == old.cast() {
            let reference = Arc::clone(&arc);
            if slot.pay(old.cast()).is_ok() {
                std::mem::forget(reference);
            }
        }
    }
    arc
}
// ANCHOR_END: swap
