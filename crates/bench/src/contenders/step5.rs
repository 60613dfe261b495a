//! Step 5: debt slots, read in two ways. Which barrier its readers have is decided once for the process.

use std::marker::PhantomData;
use std::sync::Arc;

use step5::ArcSwap;

use crate::table::{Facts, Guarding, HashMap, Key, Origin, Read, Table, Value, Write, Writes};

/// How the cell is read.
pub trait Loading: Send + Sync + 'static {
    const NAME: &'static str;

    /// Calls `look` with the table as it is now.
    fn look<T, R>(cell: &ArcSwap<T>, look: impl FnOnce(&T) -> R) -> R;
}

/// `load`: a guard, which is a debt.
pub enum Load {}
/// `load_full`: an `Arc`.
pub enum LoadFull {}

impl Loading for Load {
    const NAME: &'static str = "step5 ArcSwap load";

    #[inline(always)]
    fn look<T, R>(cell: &ArcSwap<T>, look: impl FnOnce(&T) -> R) -> R {
        look(&cell.load())
    }
}

impl Loading for LoadFull {
    const NAME: &'static str = "step5 ArcSwap load_full";

    #[inline(always)]
    fn look<T, R>(cell: &ArcSwap<T>, look: impl FnOnce(&T) -> R) -> R {
        look(&cell.load_full())
    }
}

/// A cell, and how it is read.
pub struct Swapped<K, V, L> {
    cell: ArcSwap<HashMap<K, V>>,
    how: PhantomData<fn() -> L>,
}

impl<K: Key, V: Value, L: Loading> Table<K, V> for Swapped<K, V, L> {
    const FACTS: Facts = Facts {
        name: L::NAME,
        package: None,
        origin: Origin::Step,
        writes: Writes::Copies,
        guard: Guarding::LetsWritersOn,
    };
    type Reader<'t> = Reading<'t, K, V, L>;
    type Writer<'t> = Reading<'t, K, V, L>;

    fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self {
        Swapped { cell: ArcSwap::from_pointee(super::grown(entries)), how: PhantomData }
    }

    fn reader(&self) -> Reading<'_, K, V, L> {
        Reading(&self.cell, PhantomData)
    }

    fn writer(&self) -> Reading<'_, K, V, L> {
        Reading(&self.cell, PhantomData)
    }
}

/// Loads for each access.
pub struct Reading<'t, K, V, L>(&'t ArcSwap<HashMap<K, V>>, PhantomData<L>);

impl<K: Key, V: Value, L: Loading> Read<K, V> for Reading<'_, K, V, L> {
    #[inline(always)]
    fn get(&mut self, key: &K) -> Option<u64> {
        L::look(self.0, |table| table.get(key).map(V::digest))
    }

    fn get_all(&mut self, keys: &[K]) -> u64 {
        L::look(self.0, |table| super::look_up_all(table, keys))
    }

    fn sum(&mut self) -> u64 {
        L::look(self.0, super::sum)
    }
}

impl<K: Key, V: Value, L: Loading> Write<K, V> for Reading<'_, K, V, L> {
    fn insert(&mut self, key: K, value: V) {
        let new = L::look(self.0, |table| super::with(table, key, value));
        self.0.store(Arc::new(new));
    }

    fn remove(&mut self, key: &K) {
        let new = L::look(self.0, |table| super::without(table, key));
        self.0.store(Arc::new(new));
    }
}
