//! Broken on purpose: the map of the thread, entries inline, migrated bitwise, and no bound on their types.
//!
//! A `Vec` need not be cloned to get to a larger table: its bytes will do. So this map copies bytes. For most types that is
//! right. For a type that keeps something inline which `&self` can change it is wrong, in three ways that have nothing to do
//! with each other: the copy is a data race with a reader who changes it; what a reader changes in the old copy is lost; and
//! what the type owns has two owners. Nothing in the API asks which kind of type it is given, so safe code can do all of that.
//!
//! `tests/loom.rs` has each of them by itself, and beside them the types that are fine. `tests/std.rs` shows what one thread alone
//! can show. Step 10 adds the bound.
#![warn(missing_docs)]

pub mod by_bits;

pub use by_bits::{ByBits, RcuMap};
pub use table;

mod ptr {
    pub use std::ptr::copy_nonoverlapping;
}
