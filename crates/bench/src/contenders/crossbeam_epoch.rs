//! crossbeam-epoch: a pointer that is loaded under a pin.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

use crossbeam_epoch::{Atomic, Guard, Owned, pin, unprotected};

use crate::table::{Facts, Guarding, HashMap, Key, Origin, Read, Table, Value, Write, Writes};

/// A table behind a pointer.
pub struct Pinned<K, V>(Atomic<HashMap<K, V>>);

impl<K: Key, V: Value> Pinned<K, V> {
    #[inline]
    fn load<'g>(&self, guard: &'g Guard) -> &'g HashMap<K, V> {
        // SAFETY: never null, and what is unlinked is destroyed when no pin is left that was there before.
        unsafe { self.0.load(Acquire, guard).deref() }
    }

    fn replace(&self, change: impl FnOnce(&HashMap<K, V>) -> HashMap<K, V>) {
        let guard = pin();
        let new = change(self.load(&guard));
        let old = self.0.swap(Owned::new(new), AcqRel, &guard);
        // SAFETY: unlinked by the swap above, by this thread alone.
        unsafe { guard.defer_destroy(old) };
    }
}

impl<K, V> Drop for Pinned<K, V> {
    fn drop(&mut self) {
        // SAFETY: `&mut self`: nobody reads the pointer any more, and what it points to has not been destroyed.
        drop(unsafe { self.0.load(Relaxed, unprotected()).into_owned() });
    }
}

impl<K: Key, V: Value> Table<K, V> for Pinned<K, V> {
    const FACTS: Facts = Facts {
        name: "crossbeam-epoch pin",
        package: Some("crossbeam-epoch"),
        origin: Origin::Peer,
        writes: Writes::Copies,
        guard: Guarding::LetsWritersOn,
    };
    type Reader<'t> = Pinning<'t, K, V>;
    type Writer<'t> = Pinning<'t, K, V>;

    fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self {
        Pinned(Atomic::new(super::grown(entries)))
    }

    fn reader(&self) -> Pinning<'_, K, V> {
        Pinning(self)
    }

    fn writer(&self) -> Pinning<'_, K, V> {
        Pinning(self)
    }
}

/// Pins for each access.
pub struct Pinning<'t, K, V>(&'t Pinned<K, V>);

impl<K: Key, V: Value> Read<K, V> for Pinning<'_, K, V> {
    #[inline(always)]
    fn get(&mut self, key: &K) -> Option<u64> {
        self.0.load(&pin()).get(key).map(V::digest)
    }

    fn get_all(&mut self, keys: &[K]) -> u64 {
        super::look_up_all(self.0.load(&pin()), keys)
    }

    fn sum(&mut self) -> u64 {
        super::sum(self.0.load(&pin()))
    }
}

impl<K: Key, V: Value> Write<K, V> for Pinning<'_, K, V> {
    fn insert(&mut self, key: K, value: V) {
        self.0.replace(|table| super::with(table, key, value));
    }

    fn remove(&mut self, key: &K) {
        self.0.replace(|table| super::without(table, key));
    }
}
