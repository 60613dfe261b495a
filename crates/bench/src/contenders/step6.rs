//! Step 6: a cell on an RCU domain, with each of the two barriers.

use std::marker::PhantomData;

use step6::{Barrier, CellReader, Domain, RcuCell};

use crate::table::{Facts, Guarding, HashMap, Key, Origin, Read, Table, Value, Write, Writes};

/// Which barrier a domain has, as a type.
pub trait Fencing: Send + Sync + 'static {
    const BARRIER: Barrier;
    const FENCES: bool = matches!(Self::BARRIER, Barrier::Fence);
}

/// `fence(SeqCst)` on both sides.
pub enum Fence {}
/// `membarrier(2)` on the writer's side.
pub enum Membarrier {}

impl Fencing for Fence {
    const BARRIER: Barrier = Barrier::Fence;
}

impl Fencing for Membarrier {
    const BARRIER: Barrier = Barrier::Membarrier;
}

/// An `RcuCell` on a domain of its own.
pub struct Rcu<K, V, B> {
    cell: RcuCell<HashMap<K, V>>,
    barrier: PhantomData<B>,
}

impl<K: Key, V: Value, B: Fencing> Table<K, V> for Rcu<K, V, B> {
    const FACTS: Facts = Facts {
        name: ["step6 RcuCell", "step6 RcuCell, fence"][B::FENCES as usize],
        package: None,
        origin: Origin::Step,
        writes: Writes::Copies,
        guard: Guarding::LetsWritersOn,
    };
    type Reader<'t> = Reading<'t, K, V>;
    type Writer<'t> = Reading<'t, K, V>;

    fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self {
        let domain = Domain::with_barrier(B::BARRIER).expect("contenders that this machine cannot run are not listed");
        Rcu { cell: RcuCell::new_in(&domain, super::grown(entries)), barrier: PhantomData }
    }

    fn reader(&self) -> Reading<'_, K, V> {
        Reading(&self.cell)
    }

    fn writer(&self) -> Reading<'_, K, V> {
        Reading(&self.cell)
    }
}

/// The same, read through a slot that each thread has for its reads of it.
pub struct ByReader<K, V>(Rcu<K, V, Membarrier>);

impl<K: Key, V: Value> Table<K, V> for ByReader<K, V> {
    const FACTS: Facts = Facts {
        name: "step6 RcuCell, reader",
        origin: Origin::StepReadOtherwise,
        ..<Rcu<K, V, Membarrier> as Table<K, V>>::FACTS
    };
    type Reader<'t> = CellReader<'t, HashMap<K, V>>;
    type Writer<'t> = Reading<'t, K, V>;

    fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self {
        ByReader(Rcu::with_entries(entries))
    }

    fn reader(&self) -> CellReader<'_, HashMap<K, V>> {
        self.0.cell.reader()
    }

    fn writer(&self) -> Reading<'_, K, V> {
        self.0.writer()
    }
}

impl<K: Key, V: Value> Read<K, V> for CellReader<'_, HashMap<K, V>> {
    #[inline(always)]
    fn get(&mut self, key: &K) -> Option<u64> {
        self.read().get(key).map(V::digest)
    }

    fn get_all(&mut self, keys: &[K]) -> u64 {
        super::look_up_all(&self.read(), keys)
    }

    fn sum(&mut self) -> u64 {
        super::sum(&self.read())
    }
}

/// Opens a section for each access.
pub struct Reading<'t, K, V>(&'t RcuCell<HashMap<K, V>>);

impl<K: Key, V: Value> Read<K, V> for Reading<'_, K, V> {
    #[inline(always)]
    fn get(&mut self, key: &K) -> Option<u64> {
        self.0.read().get(key).map(V::digest)
    }

    fn get_all(&mut self, keys: &[K]) -> u64 {
        super::look_up_all(&self.0.read(), keys)
    }

    fn sum(&mut self) -> u64 {
        super::sum(&self.0.read())
    }
}

impl<K: Key, V: Value> Write<K, V> for Reading<'_, K, V> {
    fn insert(&mut self, key: K, value: V) {
        let new = super::with(&self.0.read(), key, value);
        self.0.replace(new);
    }

    fn remove(&mut self, key: &K) {
        let new = super::without(&self.0.read(), key);
        self.0.replace(new);
    }
}
