//! seize: a pointer that is loaded under a guard of a collector.

use std::ptr;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering::{Acquire, SeqCst};

use seize::{Collector, Guard, reclaim};

use crate::table::{Facts, Guarding, HashMap, Key, Origin, Read, Table, Value, Write, Writes};

/// A table behind a pointer, and the collector of those that it replaced.
pub struct Collected<K, V> {
    pointer: AtomicPtr<HashMap<K, V>>,
    collector: Collector,
}

impl<K: Key, V: Value> Collected<K, V> {
    #[inline]
    fn load<'g>(&self, guard: &'g impl Guard) -> &'g HashMap<K, V> {
        // SAFETY: never null, and what is retired is reclaimed when no guard is left that was there before.
        unsafe { &*guard.protect(&self.pointer, Acquire) }
    }

    fn replace(&self, change: impl FnOnce(&HashMap<K, V>) -> HashMap<K, V>) {
        let guard = self.collector.enter();
        let new = Box::into_raw(Box::new(change(self.load(&guard))));
        let old = guard.swap(&self.pointer, new, SeqCst);
        // SAFETY: unlinked by the swap above, by this thread alone; it came from `Box::into_raw`.
        unsafe { guard.defer_retire(old, reclaim::boxed) };
    }
}

impl<K, V> Drop for Collected<K, V> {
    fn drop(&mut self) {
        let pointer = std::mem::replace(self.pointer.get_mut(), ptr::null_mut());
        // SAFETY: `&mut self`: nobody reads the pointer any more, and what it points to has not been retired.
        drop(unsafe { Box::from_raw(pointer) });
    }
}

impl<K: Key, V: Value> Table<K, V> for Collected<K, V> {
    const FACTS: Facts = Facts {
        name: "seize enter",
        package: Some("seize"),
        origin: Origin::Peer,
        writes: Writes::Copies,
        guard: Guarding::LetsWritersOn,
    };
    type Reader<'t> = Entering<'t, K, V>;
    type Writer<'t> = Entering<'t, K, V>;

    fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self {
        let pointer = AtomicPtr::new(Box::into_raw(Box::new(super::grown(entries))));
        Collected { pointer, collector: Collector::new() }
    }

    fn reader(&self) -> Entering<'_, K, V> {
        Entering(self)
    }

    fn writer(&self) -> Entering<'_, K, V> {
        Entering(self)
    }
}

/// Enters for each access.
pub struct Entering<'t, K, V>(&'t Collected<K, V>);

impl<K: Key, V: Value> Read<K, V> for Entering<'_, K, V> {
    #[inline(always)]
    fn get(&mut self, key: &K) -> Option<u64> {
        self.0.load(&self.0.collector.enter()).get(key).map(V::digest)
    }

    fn get_all(&mut self, keys: &[K]) -> u64 {
        super::look_up_all(self.0.load(&self.0.collector.enter()), keys)
    }

    fn sum(&mut self) -> u64 {
        super::sum(self.0.load(&self.0.collector.enter()))
    }
}

impl<K: Key, V: Value> Write<K, V> for Entering<'_, K, V> {
    fn insert(&mut self, key: K, value: V) {
        self.0.replace(|table| super::with(table, key, value));
    }

    fn remove(&mut self, key: &K) {
        self.0.replace(|table| super::without(table, key));
    }
}
