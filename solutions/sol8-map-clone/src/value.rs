//! Values for the hunt: the checker sees every access to one, and that each of them is dropped, once.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use witness::Probe;

/// A number, and a clone that may panic.
pub struct Value {
    number: Probe<u32>,
    /// Whether the next clone panics. std's, so that the checker does not take it for a part of the map.
    fragile: AtomicBool,
}

impl Value {
    /// A value like any other.
    #[track_caller]
    pub fn new(number: u32) -> Value {
        Value { number: Probe::new(number), fragile: AtomicBool::new(false) }
    }

    /// A value whose first clone panics. Those after that succeed.
    #[track_caller]
    pub fn fragile(number: u32) -> Value {
        Value { number: Probe::new(number), fragile: AtomicBool::new(true) }
    }

    /// Its number.
    pub fn number(&self) -> u32 {
        *self.number
    }
}

impl Clone for Value {
    fn clone(&self) -> Value {
        assert!(!self.fragile.swap(false, Relaxed), "this clone panics");
        Value::new(self.number())
    }
}

/// Does `work`, and says whether it panicked. The model goes on; a panic anywhere else is its end.
pub fn panics(work: impl FnOnce()) -> bool {
    witness::panic::catch_unwind(AssertUnwindSafe(work)).is_err()
}
