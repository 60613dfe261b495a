//! Broken on purpose: nothing keeps the second load behind the store of the debt, which waits in a store buffer.

use crate::arc_swap::{ArcSwap, Guard};
use crate::local::with_node;
use crate::sync::atomic::Ordering::{Acquire, Relaxed};

// ANCHOR: load
pub fn load<T>(cell: &ArcSwap<T>) -> Guard<T> {
    with_node(|node| {
        let slot = node.guard_slot().expect("a slot is free");
        loop {
            let guess = cell.pointer.load(Relaxed);
            slot.owe(cell.number, guess.cast());
            // Here the fence is missing.
            let pointer = cell.pointer.load(Acquire);
            if pointer == guess {
                // SAFETY: NOT kept: a writer may have looked at the slot before the store reached it, and dropped the value.
                return unsafe { Guard::owing(pointer, slot) };
            }
            if let Some(guard) = cell.withdraw(guess, slot) {
                return guard;
            }
        }
    })
}
// ANCHOR_END: load
