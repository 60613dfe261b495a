//! Step 7: an RCU hash map, `K: Copy, V: Copy`.
#![warn(missing_docs)]

pub mod by_copy;

pub use by_copy::{ByCopy, RcuMap};
pub use table;
