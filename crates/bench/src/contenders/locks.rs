//! Locks of std and of parking_lot, around the table or around an `Arc` of it.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, PoisonError};

use crate::table::{Facts, Guarding, HashMap, Hashing, Key, Origin, Read, Table, Value, Write, Writes};

/// A lock, whatever it is called.
pub trait Lock<T>: Send + Sync + 'static {
    /// Its name with a table in it, and with an `Arc` of a table in it.
    const NAMES: [&'static str; 2];
    /// The crate that it is from, if not std.
    const PACKAGE: Option<&'static str>;

    fn new(value: T) -> Self;
    fn read(&self) -> impl Deref<Target = T> + '_;
    fn write(&self) -> impl DerefMut<Target = T> + '_;
}

impl<T: Send + Sync + 'static> Lock<T> for std::sync::Mutex<T> {
    const NAMES: [&'static str; 2] = ["std Mutex<HashMap>", "std Mutex<Arc<_>>"];
    const PACKAGE: Option<&'static str> = None;

    fn new(value: T) -> Self {
        std::sync::Mutex::new(value)
    }

    #[inline]
    fn read(&self) -> impl Deref<Target = T> + '_ {
        self.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    fn write(&self) -> impl DerefMut<Target = T> + '_ {
        self.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Send + Sync + 'static> Lock<T> for std::sync::RwLock<T> {
    const NAMES: [&'static str; 2] = ["std RwLock<HashMap>", "std RwLock<Arc<_>>"];
    const PACKAGE: Option<&'static str> = None;

    fn new(value: T) -> Self {
        std::sync::RwLock::new(value)
    }

    #[inline]
    fn read(&self) -> impl Deref<Target = T> + '_ {
        self.read().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    fn write(&self) -> impl DerefMut<Target = T> + '_ {
        self.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Send + Sync + 'static> Lock<T> for parking_lot::Mutex<T> {
    const NAMES: [&'static str; 2] = ["parking_lot Mutex<HashMap>", "parking_lot Mutex<Arc<_>>"];
    const PACKAGE: Option<&'static str> = Some("parking_lot");

    fn new(value: T) -> Self {
        parking_lot::Mutex::new(value)
    }

    #[inline]
    fn read(&self) -> impl Deref<Target = T> + '_ {
        self.lock()
    }

    #[inline]
    fn write(&self) -> impl DerefMut<Target = T> + '_ {
        self.lock()
    }
}

impl<T: Send + Sync + 'static> Lock<T> for parking_lot::RwLock<T> {
    const NAMES: [&'static str; 2] = ["parking_lot RwLock<HashMap>", "parking_lot RwLock<Arc<_>>"];
    const PACKAGE: Option<&'static str> = Some("parking_lot");

    fn new(value: T) -> Self {
        parking_lot::RwLock::new(value)
    }

    #[inline]
    fn read(&self) -> impl Deref<Target = T> + '_ {
        self.read()
    }

    #[inline]
    fn write(&self) -> impl DerefMut<Target = T> + '_ {
        self.write()
    }
}

/// The table inside the lock.
pub struct Locked<K, V, L> {
    lock: L,
    entries: PhantomData<HashMap<K, V>>,
}

impl<K: Key, V: Value, L: Lock<HashMap<K, V>>> Table<K, V> for Locked<K, V, L> {
    const FACTS: Facts = Facts {
        name: L::NAMES[0],
        package: L::PACKAGE,
        origin: Origin::Peer,
        writes: Writes::InPlace,
        guard: Guarding::HoldsWritersUp,
    };
    type Reader<'t> = Inside<'t, L>;
    type Writer<'t> = Inside<'t, L>;

    fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self {
        Locked { lock: L::new(super::grown(entries)), entries: PhantomData }
    }

    fn with_room(entries: usize) -> Option<Self> {
        let map = HashMap::with_capacity_and_hasher(entries, Hashing::default());
        Some(Locked { lock: L::new(map), entries: PhantomData })
    }

    fn reader(&self) -> Inside<'_, L> {
        Inside(&self.lock)
    }

    fn writer(&self) -> Inside<'_, L> {
        Inside(&self.lock)
    }
}

/// Locks for each access.
pub struct Inside<'t, L>(&'t L);

impl<K: Key, V: Value, L: Lock<HashMap<K, V>>> Read<K, V> for Inside<'_, L> {
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

impl<K: Key, V: Value, L: Lock<HashMap<K, V>>> Write<K, V> for Inside<'_, L> {
    #[inline]
    fn insert(&mut self, key: K, value: V) {
        self.0.write().insert(key, value);
    }

    #[inline]
    fn remove(&mut self, key: &K) {
        self.0.write().remove(key);
    }
}

/// An `Arc` of the table inside the lock, which is held only to clone or to replace the `Arc`.
pub struct LockedArc<K, V, L> {
    lock: L,
    entries: PhantomData<HashMap<K, V>>,
}

impl<K: Key, V: Value, L: Lock<Arc<HashMap<K, V>>>> Table<K, V> for LockedArc<K, V, L> {
    const FACTS: Facts = Facts {
        name: L::NAMES[1],
        package: L::PACKAGE,
        origin: Origin::Peer,
        writes: Writes::Copies,
        guard: Guarding::LetsWritersOn,
    };
    type Reader<'t> = Cloning<'t, L>;
    type Writer<'t> = Cloning<'t, L>;

    fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self {
        LockedArc { lock: L::new(Arc::new(super::grown(entries))), entries: PhantomData }
    }

    fn reader(&self) -> Cloning<'_, L> {
        Cloning(&self.lock)
    }

    fn writer(&self) -> Cloning<'_, L> {
        Cloning(&self.lock)
    }
}

/// Clones the `Arc` for each access.
pub struct Cloning<'t, L>(&'t L);

impl<L> Cloning<'_, L> {
    #[inline]
    fn load<T>(&self) -> Arc<T>
    where
        L: Lock<Arc<T>>,
    {
        Arc::clone(&self.0.read())
    }
}

impl<K: Key, V: Value, L: Lock<Arc<HashMap<K, V>>>> Read<K, V> for Cloning<'_, L> {
    #[inline(always)]
    fn get(&mut self, key: &K) -> Option<u64> {
        self.load::<HashMap<K, V>>().get(key).map(V::digest)
    }

    fn get_all(&mut self, keys: &[K]) -> u64 {
        super::look_up_all(&*self.load::<HashMap<K, V>>(), keys)
    }

    fn sum(&mut self) -> u64 {
        super::sum(&*self.load::<HashMap<K, V>>())
    }
}

impl<K: Key, V: Value, L: Lock<Arc<HashMap<K, V>>>> Write<K, V> for Cloning<'_, L> {
    fn insert(&mut self, key: K, value: V) {
        let new = super::with(&*self.load::<HashMap<K, V>>(), key, value);
        // What it replaces is dropped when the lock has been released.
        let old = std::mem::replace(&mut *self.0.write(), Arc::new(new));
        drop(old);
    }

    fn remove(&mut self, key: &K) {
        let new = super::without(&*self.load::<HashMap<K, V>>(), key);
        let old = std::mem::replace(&mut *self.0.write(), Arc::new(new));
        drop(old);
    }
}
