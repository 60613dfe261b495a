//! A value that is set once, laid out as std's `OnceLock` is: a word that says whether it is there, and the value.

use std::cell::Cell;

use crate::sync::atomic::AtomicBool;
use crate::sync::atomic::Ordering::{Acquire, Release};

pub struct OnceLock<T> {
    is_set: AtomicBool,
    value: Cell<Option<T>>,
}

impl<T: Copy> OnceLock<T> {
    pub fn new() -> OnceLock<T> {
        OnceLock { is_set: AtomicBool::new(false), value: Cell::new(None) }
    }

    /// The models set it in one thread.
    pub fn set(&self, value: T) {
        self.value.set(Some(value));
        // Release pairs with the Acquire in `get`.
        self.is_set.store(true, Release);
    }

    pub fn get(&self) -> Option<T> {
        // Acquire pairs with the Release in `set`.
        if self.is_set.load(Acquire) { self.value.get() } else { None }
    }
}
