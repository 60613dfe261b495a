//! arcshift: each thread holds a handle of its own, which moves to the newest value when it is read.

use std::sync::{Mutex, PoisonError};

use arcshift::ArcShift;

use crate::table::{Facts, Guarding, HashMap, Key, Origin, Read, Table, Value, Write, Writes};

/// The handle that the others are cloned from. The lock is taken once for a reader, and once for a writer.
pub struct Shifting<K: 'static, V: 'static>(Mutex<ArcShift<HashMap<K, V>>>);

impl<K: Key, V: Value> Shifting<K, V> {
    fn handle(&self) -> ArcShift<HashMap<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<K: Key, V: Value> Table<K, V> for Shifting<K, V> {
    const FACTS: Facts = Facts {
        name: "arcshift get",
        package: Some("arcshift"),
        origin: Origin::Peer,
        writes: Writes::Copies,
        guard: Guarding::LetsWritersOn,
    };
    type Reader<'t> = Handle<K, V>;
    type Writer<'t> = Handle<K, V>;

    fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self {
        Shifting(Mutex::new(ArcShift::new(super::grown(entries))))
    }

    fn reader(&self) -> Handle<K, V> {
        Handle(self.handle())
    }

    fn writer(&self) -> Handle<K, V> {
        Handle(self.handle())
    }
}

/// One thread's handle.
pub struct Handle<K: 'static, V: 'static>(ArcShift<HashMap<K, V>>);

impl<K: Key, V: Value> Read<K, V> for Handle<K, V> {
    #[inline(always)]
    fn get(&mut self, key: &K) -> Option<u64> {
        self.0.get().get(key).map(V::digest)
    }

    fn get_all(&mut self, keys: &[K]) -> u64 {
        super::look_up_all(self.0.get(), keys)
    }

    fn sum(&mut self) -> u64 {
        super::sum(self.0.get())
    }
}

impl<K: Key, V: Value> Write<K, V> for Handle<K, V> {
    fn insert(&mut self, key: K, value: V) {
        let new = super::with(self.0.get(), key, value);
        self.0.update(new);
    }

    fn remove(&mut self, key: &K) {
        let new = super::without(self.0.get(), key);
        self.0.update(new);
    }
}
