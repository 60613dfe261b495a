//! Exercise 6: wait for the readers, and for no more than that. The README says what is to be done.

pub mod rcu;

pub use rcu::{Domain, READERS, Section, Value};

/// Where the twin file gets its types from: std here, the checker in `tests/check.rs`.
mod sync {
    pub use std::boxed::Box;
    pub use std::sync::atomic;
}

mod thread {
    #[allow(unused_imports, reason = "a wait is still to be written")]
    pub use std::thread::yield_now;
}
