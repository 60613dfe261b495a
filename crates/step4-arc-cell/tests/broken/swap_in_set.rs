//! Broken: the writer does not wait for its turn, it swaps.

use crate::arc_cell::ArcCell;
use crate::sync::Arc;
use crate::sync::atomic::Ordering::AcqRel;

// ANCHOR: set
pub fn set<T>(cell: &ArcCell<T>, arc: Arc<T>) -> Option<Arc<T>> {
    // AcqRel: its partners are those of `take` and `put`. No ordering is missing here, but a rule is.
    let old = cell.pointer.swap(Arc::into_raw(arc).cast_mut(), AcqRel);
    // SAFETY: a pointer in the cell owns a strong reference, and the swap has handed it to this thread. What is NOT kept:
    // only the thread that took may write to a cell that is taken. A reader's `put` stores over the new pointer.
    if old.is_null() { None } else { Some(unsafe { Arc::from_raw(old) }) }
}
// ANCHOR_END: set
