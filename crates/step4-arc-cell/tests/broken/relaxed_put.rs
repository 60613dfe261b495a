//! Broken: the new value is put with `Relaxed`.

use crate::arc_cell::ArcCell;
use crate::sync::Arc;
use crate::sync::atomic::Ordering::Relaxed;

// ANCHOR: set
pub fn set<T>(cell: &ArcCell<T>, arc: Arc<T>) -> Arc<T> {
    let old = cell.take();
    // NOT kept: whoever takes the pointer next has to see the value behind it. Its Acquire finds no partner here.
    cell.pointer.store(Arc::into_raw(arc).cast_mut(), Relaxed);
    old
}
// ANCHOR_END: set
