//! What the twin sources of a map find under `crate::` in a model: the checker's types, step 6, and the table.
//!
//! A test includes this as `mod twin` and says `use twin::{…}` at its root.
#![allow(dead_code, unused_imports, reason = "twins")]

pub mod sync {
    pub use witness::boxed::Box;
    pub use witness::sync::{Arc, Mutex, MutexGuard, atomic};
}

pub mod alloc {
    pub use witness::alloc::{Layout, alloc, dealloc, handle_alloc_error};
}

/// None: loom's atomics cannot be in a static. So a map that has no table points to null.
pub mod stand_in {
    pub const FIRST_GROUP: usize = 0;

    pub fn header() -> *mut crate::table::raw::Header {
        unreachable!("no table's groups begin where it does")
    }
}

pub mod ptr {
    pub use witness::ptr::{copy_nonoverlapping, read, write};
}

pub mod thread {
    pub use crate::local::{token, wait};
}

#[path = "../../../barrier/tests/twin/barrier.rs"]
pub mod barrier;
#[path = "../../../step6-rcu/tests/twin/local.rs"]
pub mod local;
#[path = "../../../step6-rcu/src/rcu.rs"]
pub mod rcu;
#[path = "../../../step6-rcu/src/retire.rs"]
pub mod retire;

#[path = "../../src/table/mod.rs"]
pub mod table;

pub mod payload;
