//! The baseline: a thread's own `&HashMap`.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::table::{Facts, Guarding, HashMap, Hashing, Key, Origin, Read, Table, Value, Write, Writes};

/// A plain map. The lock is taken once for a reader's or a writer's whole life, outside everything that is measured: it
/// only keeps a mistake from being undefined behaviour.
pub struct Raw<K, V>(RwLock<HashMap<K, V>>);

impl<K: Key, V: Value> Table<K, V> for Raw<K, V> {
    const FACTS: Facts = Facts {
        name: "raw &HashMap",
        package: Some("hashbrown"),
        origin: Origin::Baseline,
        writes: Writes::Alone,
        guard: Guarding::HoldsWritersUp,
    };
    type Reader<'t> = RawReader<'t, K, V>;
    type Writer<'t> = RwLockWriteGuard<'t, HashMap<K, V>>;

    fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self {
        Raw(RwLock::new(super::grown(entries)))
    }

    fn with_room(entries: usize) -> Option<Self> {
        Some(Raw(RwLock::new(HashMap::with_capacity_and_hasher(entries, Hashing::default()))))
    }

    fn reader(&self) -> RawReader<'_, K, V> {
        RawReader(self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn writer(&self) -> RwLockWriteGuard<'_, HashMap<K, V>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The map, for one thread.
pub struct RawReader<'t, K, V>(RwLockReadGuard<'t, HashMap<K, V>>);

impl<K: Key, V: Value> Read<K, V> for RawReader<'_, K, V> {
    #[inline(always)]
    fn get(&mut self, key: &K) -> Option<u64> {
        self.0.get(key).map(V::digest)
    }

    fn get_all(&mut self, keys: &[K]) -> u64 {
        super::look_up_all(&self.0, keys)
    }

    fn sum(&mut self) -> u64 {
        super::sum(&self.0)
    }
}

impl<K: Key, V: Value> Write<K, V> for RwLockWriteGuard<'_, HashMap<K, V>> {
    #[inline]
    fn insert(&mut self, key: K, value: V) {
        HashMap::insert(self, key, value);
    }

    #[inline]
    fn remove(&mut self, key: &K) {
        HashMap::remove(self, key);
    }
}
