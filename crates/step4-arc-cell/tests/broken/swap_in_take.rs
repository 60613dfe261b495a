//! Not broken on any machine, but no model of it ends: the wait writes.

use crate::arc_cell::ArcCell;
use crate::sync::Arc;
use crate::sync::atomic::Ordering::Acquire;
use crate::thread;

// ANCHOR: take
pub fn get<T>(cell: &ArcCell<T>) -> Arc<T> {
    let arc = loop {
        // Acquire: its partner is the Release in `put`.
        let pointer = cell.pointer.swap(std::ptr::null_mut(), Acquire);
        if !pointer.is_null() {
            // SAFETY: as in `take`: the swap has handed the cell's strong reference to this thread alone.
            break unsafe { Arc::from_raw(pointer) };
        }
        thread::yield_now();
    };
    let clone = Arc::clone(&arc);
    cell.put(arc);
    clone
}
// ANCHOR_END: take
