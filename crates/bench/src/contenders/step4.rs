//! Step 4: take and put.

use std::sync::Arc;

use step4::ArcCell;

use crate::table::{Facts, Guarding, HashMap, Key, Origin, Read, Table, Value, Write, Writes};

impl<K: Key, V: Value> Table<K, V> for ArcCell<HashMap<K, V>> {
    const FACTS: Facts = Facts {
        name: "step4 ArcCell",
        package: None,
        origin: Origin::Step,
        writes: Writes::Copies,
        guard: Guarding::LetsWritersOn,
    };
    type Reader<'t> = Getting<'t, K, V>;
    type Writer<'t> = Getting<'t, K, V>;

    fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self {
        ArcCell::new(Arc::new(super::grown(entries)))
    }

    fn reader(&self) -> Getting<'_, K, V> {
        Getting(self)
    }

    fn writer(&self) -> Getting<'_, K, V> {
        Getting(self)
    }
}

/// Gets a clone of the `Arc` for each access.
pub struct Getting<'t, K, V>(&'t ArcCell<HashMap<K, V>>);

impl<K: Key, V: Value> Read<K, V> for Getting<'_, K, V> {
    #[inline(always)]
    fn get(&mut self, key: &K) -> Option<u64> {
        self.0.get().get(key).map(V::digest)
    }

    fn get_all(&mut self, keys: &[K]) -> u64 {
        super::look_up_all(&self.0.get(), keys)
    }

    fn sum(&mut self) -> u64 {
        super::sum(&self.0.get())
    }
}

impl<K: Key, V: Value> Write<K, V> for Getting<'_, K, V> {
    fn insert(&mut self, key: K, value: V) {
        let new = super::with(&self.0.get(), key, value);
        self.0.set(Arc::new(new));
    }

    fn remove(&mut self, key: &K) {
        let new = super::without(&self.0.get(), key);
        self.0.set(Arc::new(new));
    }
}
