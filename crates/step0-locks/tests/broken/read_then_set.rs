//! Broken: the writer puts what it has made, whatever was put meanwhile.

use crate::mutex_arc::MutexArc;
use crate::sync::Arc;

// ANCHOR: update
pub fn update<T>(cell: &MutexArc<T>, rebuild: impl FnOnce(&T) -> T) {
    let new = Arc::new(rebuild(&cell.get()));
    // NOT kept: what is replaced has to be what `rebuild` was given.
    drop(cell.set(new));
}
// ANCHOR_END: update
