//! The program with witness's types.

mod world {
    pub use witness::alloc;
    pub use witness::boxed::Box;
    pub use witness::panic::catch_unwind;
    pub use witness::sync::{Arc, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic};
    pub use witness::{hint, ptr, thread, thread_local};
}

#[path = "uses.rs"]
pub mod uses;
