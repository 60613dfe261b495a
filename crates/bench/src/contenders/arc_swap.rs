//! arc-swap: its three ways to read.

use std::marker::PhantomData;
use std::sync::Arc;

use arc_swap::{ArcSwap, Cache};

use crate::table::{Facts, Guarding, HashMap, Key, Origin, Read, Table, Value, Write, Writes};

/// `ArcSwap<HashMap>`, read by `How`.
pub struct Swapped<K, V, How> {
    cell: ArcSwap<HashMap<K, V>>,
    how: PhantomData<How>,
}

/// `load`: a guard that as a rule counts nothing.
pub struct Load;
/// `load_full`: an `Arc`.
pub struct LoadFull;
/// `Cache`: each thread keeps an `Arc`, and looks whether it is the current one.
pub struct Cached;

const fn facts(name: &'static str) -> Facts {
    Facts {
        name,
        package: Some("arc-swap"),
        origin: Origin::Peer,
        writes: Writes::Copies,
        guard: Guarding::LetsWritersOn,
    }
}

macro_rules! read_by {
    ($how:ty, $name:literal, $reader:ident) => {
        impl<K: Key, V: Value> Table<K, V> for Swapped<K, V, $how> {
            const FACTS: Facts = facts($name);
            type Reader<'t> = $reader<'t, K, V>;
            type Writer<'t> = Storing<'t, K, V>;

            fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self {
                Swapped { cell: ArcSwap::from_pointee(super::grown(entries)), how: PhantomData }
            }

            fn reader(&self) -> $reader<'_, K, V> {
                $reader::new(&self.cell)
            }

            fn writer(&self) -> Storing<'_, K, V> {
                Storing(&self.cell)
            }
        }
    };
}

read_by!(Load, "arc-swap load", Loading);
read_by!(LoadFull, "arc-swap load_full", LoadingFull);
read_by!(Cached, "arc-swap Cache", Caching);

/// Reads by `load`.
pub struct Loading<'t, K, V>(&'t ArcSwap<HashMap<K, V>>);

impl<'t, K, V> Loading<'t, K, V> {
    fn new(cell: &'t ArcSwap<HashMap<K, V>>) -> Self {
        Loading(cell)
    }
}

impl<K: Key, V: Value> Read<K, V> for Loading<'_, K, V> {
    #[inline(always)]
    fn get(&mut self, key: &K) -> Option<u64> {
        self.0.load().get(key).map(V::digest)
    }

    fn get_all(&mut self, keys: &[K]) -> u64 {
        super::look_up_all(&self.0.load(), keys)
    }

    fn sum(&mut self) -> u64 {
        super::sum(&self.0.load())
    }
}

/// Reads by `load_full`.
pub struct LoadingFull<'t, K, V>(&'t ArcSwap<HashMap<K, V>>);

impl<'t, K, V> LoadingFull<'t, K, V> {
    fn new(cell: &'t ArcSwap<HashMap<K, V>>) -> Self {
        LoadingFull(cell)
    }
}

impl<K: Key, V: Value> Read<K, V> for LoadingFull<'_, K, V> {
    #[inline(always)]
    fn get(&mut self, key: &K) -> Option<u64> {
        self.0.load_full().get(key).map(V::digest)
    }

    fn get_all(&mut self, keys: &[K]) -> u64 {
        super::look_up_all(&self.0.load_full(), keys)
    }

    fn sum(&mut self) -> u64 {
        super::sum(&self.0.load_full())
    }
}

/// Reads through a `Cache` of its own.
pub struct Caching<'t, K, V>(CacheOf<'t, HashMap<K, V>>);

type CacheOf<'t, T> = Cache<&'t ArcSwap<T>, Arc<T>>;

impl<'t, K, V> Caching<'t, K, V> {
    fn new(cell: &'t ArcSwap<HashMap<K, V>>) -> Self {
        Caching(Cache::new(cell))
    }
}

impl<K: Key, V: Value> Read<K, V> for Caching<'_, K, V> {
    #[inline(always)]
    fn get(&mut self, key: &K) -> Option<u64> {
        self.0.load().get(key).map(V::digest)
    }

    fn get_all(&mut self, keys: &[K]) -> u64 {
        super::look_up_all(self.0.load(), keys)
    }

    fn sum(&mut self) -> u64 {
        super::sum(self.0.load())
    }
}

/// Stores a copy of the table for each write.
pub struct Storing<'t, K, V>(&'t ArcSwap<HashMap<K, V>>);

impl<K: Key, V: Value> Write<K, V> for Storing<'_, K, V> {
    fn insert(&mut self, key: K, value: V) {
        let new = super::with(&self.0.load(), key, value);
        self.0.store(Arc::new(new));
    }

    fn remove(&mut self, key: &K) {
        let new = super::without(&self.0.load(), key);
        self.0.store(Arc::new(new));
    }
}
