//! scc: a map whose buckets have locks, and an index whose readers take none.

use scc::hash_index::Entry;
use scc::{Guard, HashIndex, HashMap};

use crate::table::{Facts, Guarding, Hashing, Key, Origin, Read, Table, Value, Write, Writes};

impl<K: Key, V: Value> Table<K, V> for HashIndex<K, V, Hashing> {
    const FACTS: Facts = Facts {
        name: "scc HashIndex",
        package: Some("scc"),
        origin: Origin::Peer,
        writes: Writes::InPlace,
        guard: Guarding::LetsWritersOn,
    };
    type Reader<'t> = Peeking<'t, K, V>;
    type Writer<'t> = Peeking<'t, K, V>;

    fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self {
        let index = HashIndex::with_hasher(Hashing::default());
        for (key, value) in entries {
            let _ = index.insert_sync(key, value);
        }
        index
    }

    fn with_room(entries: usize) -> Option<Self> {
        Some(HashIndex::with_capacity_and_hasher(entries, Hashing::default()))
    }

    fn reader(&self) -> Peeking<'_, K, V> {
        Peeking(self)
    }

    fn writer(&self) -> Peeking<'_, K, V> {
        Peeking(self)
    }
}

/// Reads without a lock.
pub struct Peeking<'t, K, V>(&'t HashIndex<K, V, Hashing>);

impl<K: Key, V: Value> Read<K, V> for Peeking<'_, K, V> {
    #[inline(always)]
    fn get(&mut self, key: &K) -> Option<u64> {
        self.0.peek_with(key, |_, value| value.digest())
    }

    fn get_all(&mut self, keys: &[K]) -> u64 {
        let guard = Guard::new();
        super::sum_of(keys.iter().map(|key| self.0.peek(key, &guard).map_or(0, V::digest)))
    }

    fn sum(&mut self) -> u64 {
        let guard = Guard::new();
        super::sum_of(self.0.iter(&guard).map(|(_, value)| value.digest()))
    }
}

impl<K: Key, V: Value> Write<K, V> for Peeking<'_, K, V> {
    #[inline]
    fn insert(&mut self, key: K, value: V) {
        match self.0.entry_sync(key) {
            Entry::Occupied(mut entry) => entry.update(value),
            Entry::Vacant(entry) => drop(entry.insert_entry(value)),
        }
    }

    #[inline]
    fn remove(&mut self, key: &K) {
        self.0.remove_sync(key);
    }
}

impl<K: Key, V: Value> Table<K, V> for HashMap<K, V, Hashing> {
    const FACTS: Facts = Facts {
        name: "scc HashMap",
        package: Some("scc"),
        origin: Origin::Peer,
        writes: Writes::InPlace,
        guard: Guarding::None,
    };
    type Reader<'t> = Locking<'t, K, V>;
    type Writer<'t> = Locking<'t, K, V>;

    fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self {
        let map = HashMap::with_hasher(Hashing::default());
        for (key, value) in entries {
            map.upsert_sync(key, value);
        }
        map
    }

    fn with_room(entries: usize) -> Option<Self> {
        Some(HashMap::with_capacity_and_hasher(entries, Hashing::default()))
    }

    fn reader(&self) -> Locking<'_, K, V> {
        Locking(self)
    }

    fn writer(&self) -> Locking<'_, K, V> {
        Locking(self)
    }
}

/// Locks the key's bucket for each access.
pub struct Locking<'t, K, V>(&'t HashMap<K, V, Hashing>);

impl<K: Key, V: Value> Read<K, V> for Locking<'_, K, V> {
    #[inline(always)]
    fn get(&mut self, key: &K) -> Option<u64> {
        self.0.read_sync(key, |_, value| value.digest())
    }

    fn sum(&mut self) -> u64 {
        let mut sum = 0u64;
        self.0.iter_sync(|_, value| {
            sum = sum.wrapping_add(value.digest());
            true
        });
        sum
    }
}

impl<K: Key, V: Value> Write<K, V> for Locking<'_, K, V> {
    #[inline]
    fn insert(&mut self, key: K, value: V) {
        self.0.upsert_sync(key, value);
    }

    #[inline]
    fn remove(&mut self, key: &K) {
        self.0.remove_sync(key);
    }
}
