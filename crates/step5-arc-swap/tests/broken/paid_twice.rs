//! Broken on purpose: the writer pays with a load and a store, and another writer comes between.

use crate::arc_swap::ArcSwap;
use crate::local::registry;
use crate::registry::PAID;
use crate::sync::Arc;
use crate::sync::atomic::Ordering::{AcqRel, Release};

// ANCHOR: swap
pub fn swap<T>(cell: &ArcSwap<T>, arc: Arc<T>) -> Arc<T> {
    let old = cell.pointer.swap(Arc::into_raw(arc).cast_mut(), AcqRel);
    registry().swap_before_slots();
    // SAFETY: the swap has handed the cell's strong reference to this thread alone.
    let arc = unsafe { Arc::from_raw(old) };
    for slot in registry().slots() {
        if slot.owes(cell.number, old.cast()) {
            std::mem::forget(Arc::clone(&arc));
            // NOT kept: a debt has one end. Since `owes` looked, another writer may have paid, or the debtor ended it.
            slot.debt.store(old.cast::<()>().map_addr(|address| address | PAID), Release);
        }
    }
    arc
}
// ANCHOR_END: swap
