//! Broken on purpose: the writer pays the debt, and raises the count then.

use crate::arc_swap::ArcSwap;
use crate::local::registry;
use crate::sync::Arc;
use crate::sync::atomic::Ordering::AcqRel;

// ANCHOR: swap
pub fn swap<T>(cell: &ArcSwap<T>, arc: Arc<T>) -> Arc<T> {
    let old = cell.pointer.swap(Arc::into_raw(arc).cast_mut(), AcqRel);
    registry().swap_before_slots();
    // SAFETY: the swap has handed the cell's strong reference to this thread alone.
    let arc = unsafe { Arc::from_raw(old) };
    for slot in registry().slots() {
        if slot.owes(cell.number, old.cast()) && slot.pay(old.cast()).is_ok() {
            // NOT kept: what is paid is there. By now the debtor may have given it back, and dropped the only reference.
            std::mem::forget(Arc::clone(&arc));
        }
    }
    arc
}
// ANCHOR_END: swap
