//! Steps 7 to 10: the map, with each step's way to give an entry a second home, and with each of the two barriers.

use std::marker::PhantomData;

use step6::Domain;
use table::{Map, Migrate};

use super::step6::Fencing;
use crate::table::{Facts, Guarding, Hashing, Key, Origin, Read, Table, Value, Write, Writes};

/// A step's map with a barrier.
pub trait Step: Send + Sync + 'static {
    const NAME: &'static str;
    type Migration: Send + Sync + 'static;
    type Fencing: Fencing;
}

/// A step's map, on a domain of its own.
pub struct RcuMap<K, V, M: Step> {
    map: Map<K, V, Hashing, M::Migration>,
    step: PhantomData<fn() -> M>,
}

impl<K: Key, V: Value, M: Step<Migration: Migrate<K> + Migrate<V>>> Table<K, V> for RcuMap<K, V, M> {
    const FACTS: Facts = Facts {
        name: M::NAME,
        package: None,
        origin: Origin::Step,
        writes: Writes::InPlace,
        guard: Guarding::LetsWritersOn,
    };
    type Reader<'t> = Reading<'t, K, V, M::Migration>;
    type Writer<'t> = Reading<'t, K, V, M::Migration>;

    fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self {
        let domain = Domain::with_barrier(M::Fencing::BARRIER);
        let domain = domain.expect("contenders that this machine cannot run are not listed");
        let map = Map::with_hasher_in(Hashing::default(), &domain);
        for (key, value) in entries {
            map.insert(key, value);
        }
        RcuMap { map, step: PhantomData }
    }

    fn reader(&self) -> Reading<'_, K, V, M::Migration> {
        Reading(&self.map)
    }

    fn writer(&self) -> Reading<'_, K, V, M::Migration> {
        Reading(&self.map)
    }
}

/// Opens a section for each access.
pub struct Reading<'t, K, V, M>(&'t Map<K, V, Hashing, M>);

impl<K: Key, V: Value, M> Read<K, V> for Reading<'_, K, V, M> {
    #[inline(always)]
    fn get(&mut self, key: &K) -> Option<u64> {
        self.0.read().get(key).map(V::digest)
    }

    fn get_all(&mut self, keys: &[K]) -> u64 {
        let section = self.0.read();
        super::sum_of(keys.iter().map(|key| section.get(key).map_or(0, V::digest)))
    }

    fn sum(&mut self) -> u64 {
        super::sum_of(self.0.read().iter().map(|(_, value)| value.digest()))
    }
}

impl<K: Key, V: Value, M: Migrate<K> + Migrate<V>> Write<K, V> for Reading<'_, K, V, M> {
    #[inline]
    fn insert(&mut self, key: K, value: V) {
        self.0.insert(key, value);
    }

    #[inline]
    fn remove(&mut self, key: &K) {
        self.0.remove(key);
    }
}
