//! What this step decides: a `Copy` value is copied.

use crate::table::{DefaultHashBuilder, Map, Migrate};

// ANCHOR: by_copy
/// A `Copy` value is copied.
pub enum ByCopy {}

// SAFETY: `to` holds a copy, which is a value like any other. Nothing has to be dropped.
unsafe impl<T: Copy> Migrate<T> for ByCopy {
    const LEAVES_A_VALUE: bool = false;

    unsafe fn migrate(from: *const T, to: *mut T) {
        // SAFETY: the caller's promise.
        unsafe { to.write(*from) }
    }
}

/// An RCU hash map whose keys and values are `Copy`.
pub type RcuMap<K, V, S = DefaultHashBuilder> = Map<K, V, S, ByCopy>;
// ANCHOR_END: by_copy
