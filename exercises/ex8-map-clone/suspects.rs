//! The maps of the hunt, and its counters. Reading on is a hint of its own: try to find their bugs without.

use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};

use witness::boxed::Box;
use witness::ptr;
use witness::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use witness::sync::atomic::{AtomicPtr, AtomicUsize};
use witness::sync::{Arc, Mutex, PoisonError};

use crate::counter::Counter;
use crate::map::{Cloning, Map, Table};

/// The right map, but for its insert.
pub struct Wrong<V, I>(Cloning<V>, PhantomData<I>);

/// How it inserts.
pub trait Insert: Send + Sync + 'static {
    fn insert<V: Clone>(map: &Cloning<V>, key: u32, value: V);
}

impl<V: Clone + Send + Sync + 'static, I: Insert> Map<V> for Wrong<V, I> {
    fn new() -> Self {
        Wrong(Cloning::new(), PhantomData)
    }

    fn insert(&self, key: u32, value: V) {
        I::insert(&self.0, key, value);
    }

    fn get<R>(&self, key: u32, look: impl FnOnce(&V) -> R) -> Option<R> {
        self.0.get(key, look)
    }
}

/// Never drops the old table: its entries live on in the new one, or so it thinks.
pub enum Forgetful {}

impl Insert for Forgetful {
    fn insert<V: Clone>(map: &Cloning<V>, key: u32, value: V) {
        let _writers = map.writers.lock().unwrap_or_else(PoisonError::into_inner);
        let new = Arc::new(map.table().with(key, value));
        mem::forget(map.replace(new));
    }
}

/// Saves the clones: the bits will do. And then drops the old table with all that is in it.
pub enum TwoOwners {}

impl Insert for TwoOwners {
    fn insert<V: Clone>(map: &Cloning<V>, key: u32, value: V) {
        let writers = map.writers.lock().unwrap_or_else(PoisonError::into_inner);
        let old = map.table();
        let mut new = Table::new();
        for (key, value) in old.others(key) {
            // SAFETY: NOT kept: the old table drops its values, and the new one drops the same ones.
            new.push(key, unsafe { ptr::read(value) });
        }
        new.push(key, value);
        let replaced = map.replace(Arc::new(new));
        drop(writers);
        drop((old, replaced));
    }
}

/// Drops the old table at once, whoever looks at it.
pub struct Hasty<V> {
    current: AtomicPtr<Table<V>>,
    writers: Mutex<()>,
}

impl<V> Hasty<V> {
    fn table(&self) -> ManuallyDrop<Box<Table<V>>> {
        // SAFETY: the map's own box, which drops it. NOT kept for a reader: that it is there while this is used.
        ManuallyDrop::new(unsafe { Box::from_raw(self.current.load(Acquire)) })
    }
}

impl<V: Clone + Send + Sync + 'static> Map<V> for Hasty<V> {
    fn new() -> Self {
        Hasty { current: AtomicPtr::new(Box::into_raw(Box::new(Table::new()))), writers: Mutex::new(()) }
    }

    fn insert(&self, key: u32, value: V) {
        let _writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
        let new = Box::new(self.table().with(key, value));
        let old = self.current.swap(Box::into_raw(new), AcqRel);
        // SAFETY: the map's own box, which the swap has taken out.
        drop(unsafe { Box::from_raw(old) });
    }

    fn get<R>(&self, key: u32, look: impl FnOnce(&V) -> R) -> Option<R> {
        self.table().find(key).map(look)
    }
}

impl<V> Drop for Hasty<V> {
    fn drop(&mut self) {
        // SAFETY: the map's own box, and nobody else has the map.
        drop(unsafe { Box::from_raw(*self.current.get_mut()) });
    }
}

/// Two writers may clone the same table; what one of them has put in is not in the other one's.
pub enum Racing {}

impl Insert for Racing {
    fn insert<V: Clone>(map: &Cloning<V>, key: u32, value: V) {
        let new = Arc::new(map.table().with(key, value));
        drop(map.replace(new));
    }
}

/// Takes the old table out of the map before it clones. If a clone panics, nobody puts it back.
pub enum Drained {}

impl Insert for Drained {
    fn insert<V: Clone>(map: &Cloning<V>, key: u32, value: V) {
        let writers = map.writers.lock().unwrap_or_else(PoisonError::into_inner);
        // A reader cannot tell: it has to wait.
        let mut current = map.lock();
        let old = mem::replace(&mut *current, Arc::new(Table::new()));
        *current = Arc::new(old.with(key, value));
        drop(current);
        drop(writers);
        drop(old);
    }
}

/// A clone that panics leaves the writers' lock poisoned, and everybody who writes after that panics, too.
pub enum StaysLocked {}

impl Insert for StaysLocked {
    fn insert<V: Clone>(map: &Cloning<V>, key: u32, value: V) {
        let writers = map.writers.lock().unwrap();
        let new = Arc::new(map.table().with(key, value));
        let old = map.replace(new);
        drop(writers);
        drop(old);
    }
}

/// A clone that panics leaves those behind that were made before it.
pub enum LeavesClones {}

impl Insert for LeavesClones {
    fn insert<V: Clone>(map: &Cloning<V>, key: u32, value: V) {
        let writers = map.writers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut new = ManuallyDrop::new(Table::new());
        for (key, value) in map.table().others(key) {
            // NOT kept: if this panics, somebody has to drop what is in the table already.
            new.push(key, value.clone());
        }
        new.push(key, value);
        let old = map.replace(Arc::new(ManuallyDrop::into_inner(new)));
        drop(writers);
        drop(old);
    }
}

/// A counter whose clone has a place of its own, with the same number in it.
pub struct Inline(AtomicUsize);

impl Clone for Inline {
    fn clone(&self) -> Inline {
        Inline(AtomicUsize::new(self.0.load(Relaxed)))
    }
}

impl Counter for Inline {
    fn new() -> Inline {
        Inline(AtomicUsize::new(0))
    }

    fn count(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    fn counted(&self) -> usize {
        self.0.load(Relaxed)
    }
}

/// A counter whose clones share one place.
#[derive(Clone)]
pub struct Behind(Arc<AtomicUsize>);

impl Counter for Behind {
    fn new() -> Behind {
        Behind(Arc::new(AtomicUsize::new(0)))
    }

    fn count(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    fn counted(&self) -> usize {
        self.0.load(Relaxed)
    }
}
