//! The models in witness's twins.

mod world {
    pub use std::hint;
    pub use witness::boxed::Box;
    pub use witness::sync::{Arc, Mutex, RwLock, atomic};
    pub use witness::{Probe, cell, ptr, thread};
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
