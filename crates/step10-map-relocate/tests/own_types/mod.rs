//! Types of one's own, for the table of type classes.

use std::cell::Cell;
use std::hash::{BuildHasher, DefaultHasher};

pub mod address_lock;

/// Data. It has opted in.
pub struct Session {
    pub user: String,
    pub visits: u64,
}

/// Data, too. Nobody has opted in for it.
pub struct NotAsked {
    pub user: String,
}

/// A hasher that counts how many it has built.
#[derive(Default)]
pub struct Counting(pub Cell<u64>);

impl BuildHasher for Counting {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        self.0.set(self.0.get() + 1);
        DefaultHasher::new()
    }
}
