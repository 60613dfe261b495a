//! What this step decides: an entry moves as the bytes that it is, whatever they mean.

use std::mem::MaybeUninit;

use crate::ptr;
use crate::table::{DefaultHashBuilder, Map, Migrate};

// ANCHOR: by_bits
/// The bytes are copied, and the copy is the value from then on.
pub enum ByBits {}

// SAFETY: what `Migrate` asks for is NOT kept. If `T` has a cell, an atomic or a lock inline, shared references to both places
// are not references to one value: the copy may race with a reader, and what a reader changes in the old place is not changed
// in the new one.
unsafe impl<T> Migrate<T> for ByBits {
    const LEAVES_A_VALUE: bool = false;

    unsafe fn migrate(from: *const T, to: *mut T) {
        let (from, to) = (from.cast::<MaybeUninit<T>>(), to.cast::<MaybeUninit<T>>());
        // SAFETY: both are places for a `T`, and not the same, says the caller. As bytes: a typed copy of a `Box` would claim
        // it anew.
        unsafe { ptr::copy_nonoverlapping(from, to, 1) }
    }
}

/// An RCU hash map of any keys and values. Not to be used: see the crate's documentation.
pub type RcuMap<K, V, S = DefaultHashBuilder> = Map<K, V, S, ByBits>;
// ANCHOR_END: by_bits
