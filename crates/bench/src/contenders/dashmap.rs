//! dashmap: shards, each behind a lock.

use dashmap::DashMap;

use crate::table::{Facts, Guarding, Hashing, Key, Origin, Read, Table, Value, Write, Writes};

impl<K: Key, V: Value> Table<K, V> for DashMap<K, V, Hashing> {
    const FACTS: Facts = Facts {
        name: "dashmap",
        package: Some("dashmap"),
        origin: Origin::Peer,
        writes: Writes::InPlace,
        guard: Guarding::None,
    };
    type Reader<'t> = Sharded<'t, K, V>;
    type Writer<'t> = Sharded<'t, K, V>;

    fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self {
        let map = DashMap::with_hasher(Hashing::default());
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }

    fn with_room(entries: usize) -> Option<Self> {
        Some(DashMap::with_capacity_and_hasher(entries, Hashing::default()))
    }

    fn reader(&self) -> Sharded<'_, K, V> {
        Sharded(self)
    }

    fn writer(&self) -> Sharded<'_, K, V> {
        Sharded(self)
    }
}

/// Locks the key's shard for each access.
pub struct Sharded<'t, K, V>(&'t DashMap<K, V, Hashing>);

impl<K: Key, V: Value> Read<K, V> for Sharded<'_, K, V> {
    #[inline(always)]
    fn get(&mut self, key: &K) -> Option<u64> {
        self.0.get(key).map(|entry| entry.value().digest())
    }

    fn sum(&mut self) -> u64 {
        super::sum_of(self.0.iter().map(|entry| entry.value().digest()))
    }
}

impl<K: Key, V: Value> Write<K, V> for Sharded<'_, K, V> {
    #[inline]
    fn insert(&mut self, key: K, value: V) {
        self.0.insert(key, value);
    }

    #[inline]
    fn remove(&mut self, key: &K) {
        self.0.remove(key);
    }
}
