//! Broken on purpose: the debt ends with `Relaxed`.

use std::mem::ManuallyDrop;
use std::ptr::null_mut;

use crate::arc_swap::Guard;
use crate::sync::Arc;
use crate::sync::atomic::Ordering::{Acquire, Relaxed};

// ANCHOR: end
pub fn end<T>(guard: Guard<T>) {
    let Some(slot) = guard.slot else { return drop(guard) };
    let guard = ManuallyDrop::new(guard);
    let pointer = Arc::as_ptr(&guard.arc).cast_mut().cast();
    // NOT kept: what was read under the debt happens before the drop. The Acquire in `owes` finds no partner here.
    if slot.debt.compare_exchange(pointer, null_mut(), Relaxed, Acquire).is_err() {
        drop(ManuallyDrop::into_inner(guard));
    }
}
// ANCHOR_END: end
