//! Step 0: three locks, each with the step's own way to rebuild the table.

use std::marker::PhantomData;
use std::sync::Arc;

use step0::{InPlace, MutexArc, RwLockArc, Shared};

use crate::table::{Facts, Guarding, HashMap, Key, Origin, Read, Table, Value, Write, Writes};

/// One of the three.
pub trait Design<T>: Shared<T> + Send + Sync + 'static {
    const NAME: &'static str;
    const GUARD: Guarding;

    fn holding(value: T) -> Self;
}

impl<T: Send + Sync + 'static> Design<T> for InPlace<T> {
    const NAME: &'static str = "step0 RwLock<_>";
    const GUARD: Guarding = Guarding::HoldsWritersUp;

    fn holding(value: T) -> Self {
        InPlace::new(value)
    }
}

impl<T: Send + Sync + 'static> Design<T> for MutexArc<T> {
    const NAME: &'static str = "step0 Mutex<Arc<_>>";
    const GUARD: Guarding = Guarding::LetsWritersOn;

    fn holding(value: T) -> Self {
        MutexArc::new(Arc::new(value))
    }
}

impl<T: Send + Sync + 'static> Design<T> for RwLockArc<T> {
    const NAME: &'static str = "step0 RwLock<Arc<_>>";
    const GUARD: Guarding = Guarding::LetsWritersOn;

    fn holding(value: T) -> Self {
        RwLockArc::new(Arc::new(value))
    }
}

/// A table behind one of step 0's locks.
pub struct Locked<K, V, D> {
    design: D,
    entries: PhantomData<HashMap<K, V>>,
}

impl<K: Key, V: Value, D: Design<HashMap<K, V>>> Table<K, V> for Locked<K, V, D> {
    const FACTS: Facts =
        Facts { name: D::NAME, package: None, origin: Origin::Step, writes: Writes::Copies, guard: D::GUARD };
    type Reader<'t> = Looking<'t, D>;
    type Writer<'t> = Looking<'t, D>;

    fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self {
        Locked { design: D::holding(super::grown(entries)), entries: PhantomData }
    }

    fn reader(&self) -> Looking<'_, D> {
        Looking(&self.design)
    }

    fn writer(&self) -> Looking<'_, D> {
        Looking(&self.design)
    }
}

/// Looks for each access, and rebuilds for each write.
pub struct Looking<'t, D>(&'t D);

impl<K: Key, V: Value, D: Design<HashMap<K, V>>> Read<K, V> for Looking<'_, D> {
    #[inline(always)]
    fn get(&mut self, key: &K) -> Option<u64> {
        self.0.look(|table| table.get(key).map(V::digest))
    }

    fn get_all(&mut self, keys: &[K]) -> u64 {
        self.0.look(|table| super::look_up_all(table, keys))
    }

    fn sum(&mut self) -> u64 {
        self.0.look(super::sum)
    }
}

impl<K: Key, V: Value, D: Design<HashMap<K, V>>> Write<K, V> for Looking<'_, D> {
    fn insert(&mut self, key: K, value: V) {
        self.0.update(|table| super::with(table, key.clone(), value.clone()));
    }

    fn remove(&mut self, key: &K) {
        self.0.update(|table| super::without(table, key));
    }
}
