//! What breaks the map of step 9. All of it is safe code: so if something breaks, it is the map's fault.
//!
//! Wrong: the second thread is one of std's. It runs outside of the model, where nothing of the checker's can be used.
#![forbid(unsafe_code)]

use std::hash::Hash;

use crate::RcuMap;
#[allow(unused_imports, reason = "what you choose is among them")]
use crate::sync::atomic::{AtomicUsize, Ordering::Relaxed};
#[allow(unused_imports, reason = "what you choose is among them")]
use crate::sync::{Arc, Box, Mutex, RwLock};
use crate::visits::Page;

/// Makes the map grow, and so copy the bytes of its entries.
pub fn grow<K: Hash + Eq, V>(map: &RcuMap<K, V>) {
    map.reserve(map.capacity() + 1);
}

// TODO 1 begins: in one thread, visit page 1 so that the map does not know of it. Choose what keeps the count.
/// What keeps the count of a page: an atomic, among the bytes that are copied.
pub type Kept = AtomicUsize;

/// Visits page 1, which is in the map.
pub fn lose_a_visit(pages: &RcuMap<u64, Page<Kept>>) {
    let guard = pages.read();
    let page = guard.get(&1).expect("it is there");
    grow(pages); // from here on the map has a copy of the page
    page.visit();
}
// TODO 1 ends.

// TODO 2 begins: in one thread, let two guards own one `Box`, and use it when it is freed. Choose what gives them out.
/// A number on the heap, in something that gives out one `&mut Box<u32>` at a time. Its copy does so, too.
pub type Guarded = Mutex<Box<u32>>;

/// A number that is 1.
pub fn guarded() -> Guarded {
    Mutex::new(Box::new(1))
}

/// Changes the number with key 1, which is in the map.
pub fn own_it_twice(numbers: &RcuMap<u64, Guarded>) {
    let guard = numbers.read();
    let old = guard.get(&1).expect("it is there");
    grow(numbers);
    let new = guard.get(&1).expect("it is there");
    let mut number = old.lock().expect("it is free");
    let same_number = new.lock().expect("and so is its copy");
    drop(std::mem::replace(&mut *number, Box::new(2))); // frees the box that was there
    assert_eq!(**same_number, 1);
}
// TODO 2 ends.

// TODO 3 begins: let the copy of an entry race with a reader in another thread. Choose what they race for.
/// What is in the map.
pub type Raced = AtomicUsize;

/// A value for it.
pub fn raced() -> Raced {
    AtomicUsize::new(0)
}

/// Changes the value with key 1, which is in the map; and the map grows.
pub fn race(map: &RcuMap<u64, Raced>) {
    // NOT kept: the checker has to decide which thread goes next.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let guard = map.read();
            let value = guard.get(&1).expect("it is there");
            value.fetch_add(1, Relaxed);
        });
        grow(map);
    });
}
// TODO 3 ends.
