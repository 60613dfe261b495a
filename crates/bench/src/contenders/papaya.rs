//! papaya: a map of its own, with seize's collector.

use papaya::HashMap;

use crate::table::{Facts, Guarding, Hashing, Key, Origin, Read, Table, Value, Write, Writes};

impl<K: Key, V: Value> Table<K, V> for HashMap<K, V, Hashing> {
    const FACTS: Facts = Facts {
        name: "papaya",
        package: Some("papaya"),
        origin: Origin::Peer,
        writes: Writes::InPlace,
        guard: Guarding::LetsWritersOn,
    };
    type Reader<'t> = Pinning<'t, K, V>;
    type Writer<'t> = Pinning<'t, K, V>;

    fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self {
        let map = HashMap::with_hasher(Hashing::default());
        let pinned = map.pin();
        for (key, value) in entries {
            pinned.insert(key, value);
        }
        drop(pinned);
        map
    }

    fn with_room(entries: usize) -> Option<Self> {
        Some(HashMap::with_capacity_and_hasher(entries, Hashing::default()))
    }

    fn reader(&self) -> Pinning<'_, K, V> {
        Pinning(self)
    }

    fn writer(&self) -> Pinning<'_, K, V> {
        Pinning(self)
    }
}

/// Pins for each access.
pub struct Pinning<'t, K, V>(&'t HashMap<K, V, Hashing>);

impl<K: Key, V: Value> Read<K, V> for Pinning<'_, K, V> {
    #[inline(always)]
    fn get(&mut self, key: &K) -> Option<u64> {
        self.0.pin().get(key).map(V::digest)
    }

    fn get_all(&mut self, keys: &[K]) -> u64 {
        let pinned = self.0.pin();
        super::sum_of(keys.iter().map(|key| pinned.get(key).map_or(0, V::digest)))
    }

    fn sum(&mut self) -> u64 {
        super::sum_of(self.0.pin().values().map(V::digest))
    }
}

impl<K: Key, V: Value> Write<K, V> for Pinning<'_, K, V> {
    #[inline]
    fn insert(&mut self, key: K, value: V) {
        self.0.pin().insert(key, value);
    }

    #[inline]
    fn remove(&mut self, key: &K) {
        self.0.pin().remove(key);
    }
}
