//! What this step decides: an entry is cloned.

use crate::ptr;
use crate::table::{DefaultHashBuilder, Map, Migrate};

// ANCHOR: by_clone
/// The new place gets a clone. The old place keeps what it has until nobody can be reading it.
pub enum ByClone {}

// SAFETY: a clone is a value of its own, and so is what stays. Each of them is dropped once.
unsafe impl<T: Clone> Migrate<T> for ByClone {
    const LEAVES_A_VALUE: bool = true;

    unsafe fn migrate(from: *const T, to: *mut T) {
        // SAFETY: it is a valid `T`, to which nobody has more than shared references, says the caller. If `clone` panics,
        // nothing has been written.
        let clone = unsafe { &*from }.clone();
        // SAFETY: the place is valid for writes, and no other thread knows it.
        unsafe { ptr::write(to, clone) }
    }
}

/// An RCU hash map whose keys and values are `Clone`. Everything about it is said at [`Map`].
pub type RcuMap<K, V, S = DefaultHashBuilder> = Map<K, V, S, ByClone>;
// ANCHOR_END: by_clone
