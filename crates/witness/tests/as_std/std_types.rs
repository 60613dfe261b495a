//! The program with std's types.

mod world {
    pub use std::alloc;
    pub use std::boxed::Box;
    pub use std::panic::catch_unwind;
    pub use std::sync::{Arc, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic};
    pub use std::{hint, ptr, thread, thread_local};
}

#[path = "uses.rs"]
pub mod uses;
