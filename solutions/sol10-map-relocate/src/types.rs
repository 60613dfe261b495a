//! Types that somebody wants to put into the map. All of them are right as they are: none can be misused from safe
//! code, as long as a value is at one place.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, DefaultHasher};
use std::marker::PhantomData;
use std::sync::Arc;

use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Who is logged in.
pub struct Session {
    pub user: String,
    pub visits: u64,
}

/// A counter.
#[derive(Default)]
pub struct Hits(AtomicU64);

impl Hits {
    /// Counts one more.
    pub fn hit(&self) {
        // Relaxed: a count, which nothing else goes by.
        self.0.fetch_add(1, Relaxed);
    }

    /// How many there have been.
    pub fn total(&self) -> u64 {
        // Relaxed: as above.
        self.0.load(Relaxed)
    }
}

/// A counter that several places have in common.
pub struct SharedHits(pub Arc<Hits>);

/// An account.
#[derive(Default)]
pub struct Balance(Mutex<u64>);

impl Balance {
    /// Adds to it.
    pub fn deposit(&self, amount: u64) {
        *self.0.lock().expect("nothing panics under this lock") += amount;
    }

    /// What has been added in all.
    pub fn total(&self) -> u64 {
        *self.0.lock().expect("nothing panics under this lock")
    }
}

/// A name of which there is one copy in the program: two are the same if they are at the same address.
#[derive(Clone, Copy)]
pub struct Interned(pub &'static str);

impl Interned {
    /// Compares addresses, and not the texts.
    pub fn is(&self, other: &Interned) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

/// Two things.
pub struct Pair<A, B> {
    pub left: A,
    pub right: B,
}

/// The number of a `T` in a list of them.
pub struct Index<T> {
    pub number: usize,
    of: PhantomData<T>,
}

impl<T> Index<T> {
    pub fn new(number: usize) -> Index<T> {
        Index { number, of: PhantomData }
    }
}

/// A sum that is kept in a book, together with the sums of others, each on a page of its own.
#[derive(Default)]
pub struct Tally {
    book: Arc<Mutex<BTreeMap<usize, u64>>>,
}

impl Tally {
    /// Where it is. While somebody has a reference to it, it cannot be moved.
    fn page(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// Adds to the sum.
    pub fn add(&self, amount: u64) {
        *self.book.lock().expect("nothing panics under this lock").entry(self.page()).or_default() += amount;
    }

    /// What has been added in all.
    pub fn total(&self) -> u64 {
        self.book.lock().expect("nothing panics under this lock").get(&self.page()).copied().unwrap_or_default()
    }
}

/// Somebody who may be on a list, and is not on it any more when gone.
pub struct Guest {
    list: Arc<Mutex<Vec<usize>>>,
}

impl Guest {
    pub fn new(list: &Arc<Mutex<Vec<usize>>>) -> Guest {
        Guest { list: list.clone() }
    }

    /// The list.
    pub fn list(&self) -> Arc<Mutex<Vec<usize>>> {
        self.list.clone()
    }

    /// Is on the list from now on.
    pub fn sign(&self) {
        self.list.lock().expect("nothing panics under this lock").push(std::ptr::from_ref(self).addr());
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let address = std::ptr::from_ref(self).addr();
        self.list.lock().expect("nothing panics under this lock").retain(|signed| *signed != address);
    }
}

/// A hasher that counts how often it was asked for one.
#[derive(Default)]
pub struct Counting(Hits);

impl Counting {
    /// How often.
    pub fn total(&self) -> u64 {
        self.0.total()
    }
}

impl BuildHasher for Counting {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        self.0.hit();
        DefaultHasher::new()
    }
}
