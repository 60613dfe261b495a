//! left-right: two tables, one for the readers and one for the writer, which change places at each `publish`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use left_right::{Absorb, ReadHandle, ReadHandleFactory, WriteHandle};

use crate::table::{Facts, Guarding, HashMap, Key, Origin, Read, Table, Value, Write, Writes};

/// What is done to one table and then to the other.
#[derive(Clone)]
pub enum Change<K, V> {
    Insert(K, V),
    Remove(K),
}

/// One of the two tables.
#[derive(Clone)]
pub struct Side<K, V>(HashMap<K, V>);

impl<K: Key, V: Value> Side<K, V> {
    fn apply(&mut self, change: Change<K, V>) {
        match change {
            Change::Insert(key, value) => drop(self.0.insert(key, value)),
            Change::Remove(key) => drop(self.0.remove(&key)),
        }
    }
}

impl<K: Key, V: Value> Absorb<Change<K, V>> for Side<K, V> {
    fn absorb_first(&mut self, change: &mut Change<K, V>, _: &Self) {
        self.apply(change.clone());
    }

    fn absorb_second(&mut self, change: Change<K, V>, _: &Self) {
        self.apply(change);
    }

    fn sync_with(&mut self, first: &Self) {
        self.0.clone_from(&first.0);
    }
}

/// The handles. There is one writer: the lock is taken once for its life, and not by readers.
pub struct LeftRight<K: Key, V: Value> {
    writer: Mutex<WriteHandle<Side<K, V>, Change<K, V>>>,
    readers: ReadHandleFactory<Side<K, V>>,
}

impl<K: Key, V: Value> Table<K, V> for LeftRight<K, V> {
    const FACTS: Facts = Facts {
        name: "left-right",
        package: Some("left-right"),
        origin: Origin::Peer,
        writes: Writes::InPlace,
        guard: Guarding::HoldsWritersUp,
    };
    type Reader<'t> = Entering<K, V>;
    type Writer<'t> = Publishing<'t, K, V>;

    fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self {
        let (mut writer, reader) = left_right::new_from_empty(Side(HashMap::default()));
        for (key, value) in entries {
            writer.append(Change::Insert(key, value));
        }
        writer.publish();
        writer.publish();
        LeftRight { writer: Mutex::new(writer), readers: reader.factory() }
    }

    fn reader(&self) -> Entering<K, V> {
        Entering(self.readers.handle())
    }

    fn writer(&self) -> Publishing<'_, K, V> {
        Publishing(self.writer.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One thread's handle, which enters for each access.
pub struct Entering<K, V>(ReadHandle<Side<K, V>>);

impl<K: Key, V: Value> Read<K, V> for Entering<K, V> {
    #[inline(always)]
    fn get(&mut self, key: &K) -> Option<u64> {
        self.0.enter()?.0.get(key).map(V::digest)
    }

    fn get_all(&mut self, keys: &[K]) -> u64 {
        self.0.enter().map_or(0, |side| super::look_up_all(&side.0, keys))
    }

    fn sum(&mut self) -> u64 {
        self.0.enter().map_or(0, |side| super::sum(&side.0))
    }
}

/// Publishes each write, since readers are to see it.
pub struct Publishing<'t, K: Key, V: Value>(MutexGuard<'t, WriteHandle<Side<K, V>, Change<K, V>>>);

impl<K: Key, V: Value> Write<K, V> for Publishing<'_, K, V> {
    fn insert(&mut self, key: K, value: V) {
        self.0.append(Change::Insert(key, value)).publish();
    }

    fn remove(&mut self, key: &K) {
        self.0.append(Change::Remove(key.clone())).publish();
    }
}
