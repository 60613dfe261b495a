//! Keys and values for models of a map: every access to them is checked, and every one of them has to be dropped once.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash, Hasher};
use std::mem::MaybeUninit;

use witness::Probe;

use crate::table::probe::HOME;
use crate::table::{Map, Migrate};

/// A key whose hash is the number itself, so that a model says where it goes.
pub struct Key(Probe<u64>);

impl Key {
    #[track_caller]
    pub fn new(number: u64) -> Key {
        Key(Probe::new(number))
    }

    /// A key at home in this word of a table, told from others at home there by `which`.
    pub fn at(word: u64, which: u64) -> u64 {
        which << 57 | which << 15 | word << HOME
    }
}

impl Borrow<u64> for Key {
    fn borrow(&self) -> &u64 {
        &self.0
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        *self.0 == *other.0
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// What the default hasher is in a model. It has a size: hashes of one that has none are spread.
#[derive(Clone, Copy, Default)]
pub struct HashIsKey(u64);

impl BuildHasher for HashIsKey {
    type Hasher = Itself;

    fn build_hasher(&self) -> Itself {
        Itself(self.0)
    }
}

/// A hasher of one number.
#[derive(Default)]
pub struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _bytes: &[u8]) {
        unreachable!("keys of models are numbers")
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// Moves a value by its bits, as a copy of a `Copy` value does. A probe cannot be `Copy`, since it has to be dropped
/// once; but it has nothing inside that its readers change.
pub struct ByBits;

// SAFETY: the models' payloads are changed by nobody through a shared reference, and are anywhere at home.
unsafe impl<T> Migrate<T> for ByBits {
    const LEAVES_A_VALUE: bool = false;

    unsafe fn migrate(from: *const T, to: *mut T) {
        let (from, to) = (from.cast::<MaybeUninit<T>>(), to.cast::<MaybeUninit<T>>());
        // SAFETY: the caller's promise.
        unsafe { crate::ptr::copy_nonoverlapping(from, to, 1) }
    }
}

/// A map of a model.
pub type ModelMap<V = Probe<u32>, M = ByBits> = Map<Key, V, HashIsKey, M>;
