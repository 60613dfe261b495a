//! The models in plain loom: its own types where it has them, std's where it has not.

mod world {
    pub use loom::sync::{Mutex, RwLock, atomic};
    pub use loom::{cell, thread};
    pub use std::boxed::Box;
    pub use std::sync::Arc;
    pub use std::{hint, ptr};

    /// Nothing but the value: plain loom has no way to watch it.
    pub struct Probe<T>(T);

    impl<T> Probe<T> {
        pub fn new(value: T) -> Probe<T> {
            Probe(value)
        }
    }

    impl<T> std::ops::Deref for Probe<T> {
        type Target = T;

        fn deref(&self) -> &T {
            &self.0
        }
    }
}

#[path = "models/bits.rs"]
pub mod bits;
#[path = "models/frees.rs"]
pub mod frees;
#[path = "models/leaks.rs"]
pub mod leaks;
#[path = "models/locks.rs"]
pub mod locks;
#[path = "models/progress.rs"]
pub mod progress;
#[path = "models/publication.rs"]
pub mod publication;

/// The same leak with loom's own `Arc`, which keeps a count of what is alive.
pub fn leaked_loom_arc() {
    std::mem::forget(loom::sync::Arc::new(1));
}
