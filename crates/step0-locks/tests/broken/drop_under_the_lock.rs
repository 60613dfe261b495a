//! Broken: the old value is dropped while the lock is held.

use crate::in_place::InPlace;

// ANCHOR: update
pub fn update<T>(table: &InPlace<T>, rebuild: impl FnOnce(&T) -> T) {
    let mut value = table.lock.write().expect("nobody panics");
    // NOT kept: no code of `T` but `rebuild` runs with the lock in hand. The assignment drops the old value.
    *value = rebuild(&value);
}
// ANCHOR_END: update
