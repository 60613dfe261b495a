//! Steps 7 to 10: the map, with each step's way to give an entry a second home, and with each of the two barriers.

use std::marker::PhantomData;

use step6::Domain;
use step10::ByBits;
use table::{Map, Migrate, Reader};

use super::step6::{Fencing, Membarrier};
use crate::table::{Facts, Guarding, Hashing, Key, Origin, Read, Table, Value, Write, Writes};

/// How a step gives an entry a second home.
pub trait Step: Send + Sync + 'static {
    /// The name with `membarrier(2)`, and with fences.
    const NAMES: [&'static str; 2];
    type Migration: Send + Sync + 'static;
    /// Who made it.
    const ORIGIN: Origin = Origin::Step;
    /// For how many times as many entries the table is made in advance. It grows if that is 0.
    const IN_ADVANCE: usize = 0;
}

/// Step 7: a copy.
pub enum Step7 {}
/// Step 8: a clone.
pub enum Step8 {}
/// Step 10: the bytes.
pub enum Step10 {}
/// Step 10 where next to no key is away from home, at the price of memory.
pub enum Roomy {}

impl Step for Step7 {
    const NAMES: [&'static str; 2] = ["step7 RcuMap", "step7 RcuMap, fence"];
    type Migration = ::step7::ByCopy;
}

impl Step for Step8 {
    const NAMES: [&'static str; 2] = ["step8 RcuMap", "step8 RcuMap, fence"];
    type Migration = ::step8::ByClone;
}

impl Step for Step10 {
    const NAMES: [&'static str; 2] = ["step10 RcuMap", "step10 RcuMap, fence"];
    type Migration = ByBits;
}

impl Step for Roomy {
    const NAMES: [&'static str; 2] = ["floor: step10, 4 × as large", "floor: step10, 4 × as large, fence"];
    type Migration = ByBits;
    const ORIGIN: Origin = Origin::Floor;
    const IN_ADVANCE: usize = 4;
}

/// A step's map, on a domain of its own.
pub struct RcuMap<K, V, S: Step, B> {
    map: Map<K, V, Hashing, S::Migration>,
    barrier: PhantomData<B>,
}

impl<K: Key, V: Value, S: Step<Migration: Migrate<K> + Migrate<V>>, B: Fencing> Table<K, V> for RcuMap<K, V, S, B> {
    const FACTS: Facts = Facts {
        name: S::NAMES[B::FENCES as usize],
        package: None,
        origin: S::ORIGIN,
        writes: Writes::InPlace,
        guard: Guarding::LetsWritersOn,
    };
    type Reader<'t> = Reading<'t, K, V, S::Migration>;
    type Writer<'t> = Reading<'t, K, V, S::Migration>;

    fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self {
        let new = Self::for_entries(S::IN_ADVANCE * entries.size_hint().0);
        for (key, value) in entries {
            new.map.insert(key, value);
        }
        new
    }

    fn with_room(entries: usize) -> Option<Self> {
        Some(Self::for_entries(entries))
    }

    fn reader(&self) -> Reading<'_, K, V, S::Migration> {
        Reading(&self.map)
    }

    fn writer(&self) -> Reading<'_, K, V, S::Migration> {
        Reading(&self.map)
    }
}

impl<K: Key, V: Value, S: Step<Migration: Migrate<K> + Migrate<V>>, B: Fencing> RcuMap<K, V, S, B> {
    fn for_entries(capacity: usize) -> Self {
        let domain = Domain::with_barrier(B::BARRIER);
        let domain = domain.expect("contenders that this machine cannot run are not listed");
        let map = Map::with_capacity_and_hasher_in(capacity, Hashing::default(), &domain);
        RcuMap { map, barrier: PhantomData }
    }
}

/// Step 10, read through a slot that each thread has for its reads of the map.
pub struct ByReader<K, V>(RcuMap<K, V, Step10, Membarrier>);

impl<K: Key, V: Value> Table<K, V> for ByReader<K, V>
where
    ByBits: Migrate<K> + Migrate<V>,
{
    const FACTS: Facts = Facts {
        name: "step10 RcuMap, reader",
        origin: Origin::StepReadOtherwise,
        ..<RcuMap<K, V, Step10, Membarrier> as Table<K, V>>::FACTS
    };
    type Reader<'t> = Reader<'t, K, V, Hashing, ByBits>;
    type Writer<'t> = Reading<'t, K, V, ByBits>;

    fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self {
        ByReader(RcuMap::with_entries(entries))
    }

    fn reader(&self) -> Reader<'_, K, V, Hashing, ByBits> {
        self.0.map.reader()
    }

    fn writer(&self) -> Reading<'_, K, V, ByBits> {
        self.0.writer()
    }
}

impl<K: Key, V: Value> Read<K, V> for Reader<'_, K, V, Hashing, ByBits> {
    #[inline(always)]
    fn get(&mut self, key: &K) -> Option<u64> {
        self.read().get(key).map(V::digest)
    }

    fn get_all(&mut self, keys: &[K]) -> u64 {
        let section = self.read();
        super::sum_of(keys.iter().map(|key| section.get(key).map_or(0, V::digest)))
    }

    fn sum(&mut self) -> u64 {
        super::sum_of(self.read().iter().map(|(_, value)| value.digest()))
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
