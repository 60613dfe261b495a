//! Exercise 5: owe it, look again, and pay once. The README says what is to be done.

pub mod arc_swap;

pub use arc_swap::{ArcSwap, Guard, READERS};

/// Where the twin file gets its types from: std here, the checker in `tests/check.rs`.
mod sync {
    pub use std::sync::{Arc, atomic};
}
