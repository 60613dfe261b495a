//! What this step decides: an entry moves as the bytes that it is, if its types are [`Relocate`].

use std::mem::MaybeUninit;

use crate::ptr;
use crate::relocate::Relocate;
use crate::table::{DefaultHashBuilder, Map, Migrate};

// ANCHOR: by_bits
/// The bytes are copied, and the copy is the value from then on.
pub enum ByBits {}

// SAFETY: `T: Relocate`. While references to both places are about, neither can be used to change its bytes or to find out which
// place it is (points 1 and 2 of the contract), so that both are references to one value; and only the new one is dropped, or the
// old one if the map never publishes the new (point 3). The copy does not race, since nobody writes to `from` (point 1).
unsafe impl<T: Relocate> Migrate<T> for ByBits {
    const LEAVES_A_VALUE: bool = false;

    unsafe fn migrate(from: *const T, to: *mut T) {
        let (from, to) = (from.cast::<MaybeUninit<T>>(), to.cast::<MaybeUninit<T>>());
        // SAFETY: both are places for a `T`, and not the same, says the caller. As bytes: a typed copy of a `Box` would claim
        // it anew.
        unsafe { ptr::copy_nonoverlapping(from, to, 1) }
    }
}

/// An RCU hash map whose keys and values are [`Relocate`].
pub type RcuMap<K, V, S = DefaultHashBuilder> = Map<K, V, S, ByBits>;
// ANCHOR_END: by_bits
