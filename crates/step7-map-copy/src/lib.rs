//! Correct, and too narrow: an RCU hash map whose keys and values are `Copy`.
//!
//! A cell (steps 4 to 6) makes a whole new table for one new entry. This map changes its table in place, while readers
//! look into it, and none of them waits: one allocation, in which a word of *control bytes* says of seven slots at a
//! time what is in them, as in hashbrown. Writers take turns under a lock.
//!
//! | rung | what is new | where |
//! |---|---|---|
//! | publish | an entry is written to a slot that no reader looks at, and then its word says that it is there | `table/raw.rs`, `read.rs` |
//! | overwrite, remove, reuse | a replacement is a second entry; what is unlinked stays for a grace period | `table/write.rs`, `retire.rs` |
//! | grow | a larger table takes the place of the old one, which stays for a grace period | `table/grow.rs` |
//!
//! When it grows, readers of the old table and of the new one have *two copies* of each entry before them. For a `Copy`
//! type that is nothing new. This step asks for it, and the thread's question begins here: what would be enough? Steps
//! 8 to 10 are the same table ([`table`]) with another answer.
//!
//! ```
//! use step7::RcuMap;
//!
//! let map = RcuMap::new();
//! map.insert("one", 1);
//! let guard = map.read();
//! assert_eq!(guard.get("one"), Some(&1));
//! map.insert("two", 2); // beside the guard: nobody waits
//! assert_eq!(guard.get("two"), Some(&2));
//! ```
#![warn(missing_docs)]

pub mod by_copy;

pub use by_copy::{ByCopy, RcuMap};
pub use table;

#[cfg(test)]
mod types {
    use std::cell::Cell;
    use std::ptr::NonNull;

    use static_assertions::{assert_impl_all, assert_not_impl_any};
    use table::Migrate;

    use crate::{ByCopy, RcuMap};

    assert_impl_all!(RcuMap<u64, &'static str>: Send, Sync);
    assert_not_impl_any!(RcuMap<u64, &'static Cell<u8>>: Send, Sync);
    assert_not_impl_any!(RcuMap<u64, NonNull<u8>>: Send, Sync);
    // What the bound lets in, and what it keeps out: the second line is why there is a step 8.
    assert_impl_all!(ByCopy: Migrate<u64>, Migrate<&'static str>, Migrate<[f32; 4]>);
    assert_not_impl_any!(ByCopy: Migrate<String>, Migrate<Vec<u8>>, Migrate<std::sync::Arc<str>>);
}
