//! A page that counts its visits: in the map, in what you choose, and on the side, where none is lost.
#![forbid(unsafe_code)]

use std::sync::atomic::AtomicUsize as Tally;

use crate::sync::atomic::AtomicUsize;
use crate::sync::atomic::Ordering::Relaxed;
use crate::sync::{Arc, Box, Mutex, RwLock};

/// What can keep a count. These types can, and no others.
pub trait Count: sealed::Sealed {
    /// A count of 0.
    fn new() -> Self;

    /// Adds 1.
    fn add(&self);

    /// How much it is.
    fn get(&self) -> usize;
}

/// A page, with a count of its visits.
pub struct Page<C> {
    count: C,
    /// std's, and behind a pointer.
    made: std::sync::Arc<Tally>,
}

impl<C: Count> Page<C> {
    /// A page that nobody has visited.
    pub fn new() -> Page<C> {
        Page { count: C::new(), made: std::sync::Arc::new(Tally::new(0)) }
    }

    /// Visits it.
    pub fn visit(&self) {
        self.made.fetch_add(1, Relaxed);
        self.count.add();
    }

    /// How many visits are counted.
    pub fn counted(&self) -> usize {
        self.count.get()
    }

    /// How many visits were made.
    pub fn made(&self) -> usize {
        self.made.load(Relaxed)
    }
}

impl<C: Count> Default for Page<C> {
    fn default() -> Self {
        Page::new()
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::AtomicUsize {}
    impl Sealed for super::Mutex<usize> {}
    impl Sealed for super::RwLock<usize> {}
    impl<C: Sealed> Sealed for super::Arc<C> {}
    impl<C: Sealed> Sealed for super::Box<C> {}
}

impl Count for AtomicUsize {
    fn new() -> Self {
        AtomicUsize::new(0)
    }

    fn add(&self) {
        self.fetch_add(1, Relaxed);
    }

    fn get(&self) -> usize {
        self.load(Relaxed)
    }
}

impl Count for Mutex<usize> {
    fn new() -> Self {
        Mutex::new(0)
    }

    fn add(&self) {
        *self.lock().expect("nothing panics under it") += 1;
    }

    fn get(&self) -> usize {
        *self.lock().expect("nothing panics under it")
    }
}

impl Count for RwLock<usize> {
    fn new() -> Self {
        RwLock::new(0)
    }

    fn add(&self) {
        *self.write().expect("nothing panics under it") += 1;
    }

    fn get(&self) -> usize {
        *self.read().expect("nothing panics under it")
    }
}

impl<C: Count> Count for Arc<C> {
    fn new() -> Self {
        Arc::new(C::new())
    }

    fn add(&self) {
        (**self).add();
    }

    fn get(&self) -> usize {
        (**self).get()
    }
}

impl<C: Count> Count for Box<C> {
    fn new() -> Self {
        Box::new(C::new())
    }

    fn add(&self) {
        (**self).add();
    }

    fn get(&self) -> usize {
        (**self).get()
    }
}
