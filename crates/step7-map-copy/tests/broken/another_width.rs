//! Broken on purpose: one state is stored as a byte, into a word that readers load as a whole.

use crate::sync::atomic::Ordering::Release;
use crate::sync::atomic::{AtomicU8, AtomicU64};

// ANCHOR: write
/// Sets the state of one lane.
pub fn set(word: &AtomicU64, lane: usize, state: u8) {
    // SAFETY: not kept: conflicting atomic accesses to one location have to be of one width, unless one happens before the other.
    let byte = unsafe { &*std::ptr::from_ref(word).cast::<AtomicU8>().byte_add(lane) };
    byte.store(state, Release);
}
// ANCHOR_END: write
