//! Exercise 9: safe code that breaks the map of step 9, in three ways. The README says what is to be done.

pub mod misuse;
pub mod visits;

pub use step9::RcuMap;

/// Where the twin files get their types from: std here, the checker in `tests/check.rs`.
mod sync {
    #[allow(unused_imports, reason = "which of them it takes is the exercise")]
    pub use std::boxed::Box;
    #[allow(unused_imports, reason = "which of them it takes is the exercise")]
    pub use std::sync::{Arc, Mutex, RwLock, atomic};
}

mod thread {
    #[allow(unused_imports, reason = "a second thread is still to be started")]
    pub use std::thread::scope;
}
