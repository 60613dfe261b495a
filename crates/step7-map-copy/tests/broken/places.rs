//! What the broken variants break: the search of one key, a word for each place, and no more than one slot to a word.

use crate::cell::UnsafeCell;
use crate::sync::atomic::Ordering::{Acquire, Release};
use crate::sync::atomic::{AtomicBool, AtomicU64};

pub const EMPTY: u64 = 0;
pub const FULL: u64 = 1;
pub const TOMBSTONE: u64 = 2;

/// A place in the key's search.
pub struct Place {
    pub word: AtomicU64,
    value: UnsafeCell<u32>,
}

/// The places of the key's search, the one at home first.
pub struct Places {
    pub places: [Place; 4],
    /// Whether a key has been moved nearer home.
    pub moved: AtomicBool,
}

// SAFETY: a value is written before its word says so, and read after; the checker says whether that is so.
unsafe impl Sync for Places {}
// SAFETY: as above.
unsafe impl Send for Places {}

impl Places {
    /// The key is not there. The places have been used before, and are free.
    pub fn without_key() -> Places {
        let places = std::array::from_fn(|_| Place { word: AtomicU64::new(EMPTY), value: UnsafeCell::new(0) });
        Places { places, moved: AtomicBool::new(false) }
    }

    /// The key is at one of the places, with the value 1.
    pub fn with_key_at(place: usize) -> Places {
        let places = Places::without_key();
        places.publish(place, 1);
        places
    }

    // ANCHOR: places
    /// Writes the key with this value to a place, and lets readers see it.
    #[track_caller]
    pub fn publish(&self, place: usize, value: u32) {
        let place = &self.places[place];
        // SAFETY: kept if the place is empty or free: nobody looks at it.
        place.value.with_mut(|at| unsafe { *at = value });
        place.word.store(FULL, Release); // pairs with the load in `get`
    }

    #[track_caller]
    pub fn unlink(&self, place: usize) {
        self.places[place].word.store(TOMBSTONE, Release); // pairs with the load in `get`
    }

    /// Goes through the places, as a reader does.
    pub fn get(&self) -> Option<u32> {
        self.places.iter().find(|place| place.word.load(Acquire) == FULL).map(|place| {
            // SAFETY: kept if nobody writes to a place that a reader may have found full.
            place.value.with(|value| unsafe { *value })
        })
    }
    // ANCHOR_END: places
}
