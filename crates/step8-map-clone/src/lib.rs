//! Sound for every `K: Clone` and `V: Clone`: the RCU map that clones its entries when it grows.
//!
//! The thread's second option. While there are two tables, each has values of its own, and no value is in two places: nothing
//! races, and nothing has two owners. It costs what the clones cost, for each entry, at each growth, under the writers' lock;
//! and each of these clones may panic.
//!
//! What it does not mend: a reader that came before the growth goes on with the *old* values. If it can change them, if `V`
//! counts something, say, then it changes what nobody will look at any more. `tests/loom.rs` shows an increment that is lost.
#![warn(missing_docs)]

pub mod by_clone;

pub use by_clone::{ByClone, RcuMap};
pub use table;

mod ptr {
    pub use std::ptr::write;
}
