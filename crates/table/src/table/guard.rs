//! A read-side section of a map.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::hint::cold_path;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

use super::iter::Iter;
use super::map::Map;
use super::migrate::Migrate;
use super::raw::{Entry, Table};
use crate::rcu;

/// A read-side section of a [`Map`]: what it hands out stays as long as the guard does.
///
/// It is no snapshot. Each look-up sees the map as it is at that time, the thread's own writes included. A guard that
/// stays keeps everything that is removed or replaced meanwhile.
///
/// What a write must not do inside of a section of its own thread is put off: when a thread that has written drops its last
/// guard, it may take the writers' lock, and drop what is due. That panics if the drop of a key or value does, when the rest
/// have been dropped.
///
/// Neither `Send` nor `Sync`: a section belongs to its thread.
#[must_use = "the section ends when the guard is dropped"]
pub struct Guard<'map, K, V, S, M> {
    map: &'map Map<K, V, S, M>,
    /// Taken by the drop, and by nothing else.
    section: ManuallyDrop<rcu::Guard<'map>>,
}

impl<K, V, S, M> Drop for Guard<'_, K, V, S, M> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: this is the drop, and nothing uses it afterwards.
        let section = unsafe { ManuallyDrop::take(&mut self.section) };
        if section.end() {
            self.map.drop_what_is_ready();
        }
    }
}

impl<'map, K, V, S, M> Guard<'map, K, V, S, M> {
    #[inline]
    pub(crate) fn new(map: &'map Map<K, V, S, M>, section: rcu::Guard<'map>) -> Self {
        Guard { map, section: ManuallyDrop::new(section) }
    }

    /// The map's table as it is now, to be used no longer than the guard.
    #[inline]
    pub(crate) fn table(&self) -> Option<Table<K, V>> {
        // SAFETY: it is the map's, if it has one, and the guard's section was open before it was loaded.
        unsafe { Table::from_ptr(self.map.current()) }
    }

    /// The map.
    pub fn map(&self) -> &'map Map<K, V, S, M> {
        self.map
    }

    /// All entries, in no particular order.
    ///
    /// A key that nobody touches meanwhile comes exactly once. One that is inserted, removed or replaced meanwhile may
    /// come or not; one that is replaced, twice too. If the map grows, the iterator goes on in the table that it began
    /// in, which nobody changes any more.
    #[inline]
    pub fn iter(&self) -> Iter<'_, K, V> {
        // SAFETY: the section stays open for as long as the iterator borrows the guard.
        unsafe { Iter::new(self.table()) }
    }

    /// An entry that a look-up or the writer has found.
    ///
    /// # Safety
    ///
    /// It was linked at some time since the section began.
    #[inline]
    unsafe fn entry(&self, entry: NonNull<Entry<K, V>>) -> &Entry<K, V> {
        // SAFETY: an entry stays where it is for a grace period after it was unlinked, or its table was replaced: as
        // long as the section, which the reference borrows.
        unsafe { entry.as_ref() }
    }
}

impl<K, V, S, M> Guard<'_, K, V, S, M>
where
    K: Hash + Eq,
    S: BuildHasher,
{
    #[inline]
    fn find<'guard, Q, R>(&'guard self, key: &Q, part: impl Fn(&'guard Entry<K, V>) -> R) -> Option<R>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        // SAFETY: as in `table`; and all that is done with it is to look the key up.
        let Some(table) = (unsafe { Table::to_look_up(self.map.current()) }) else {
            cold_path();
            return None;
        };
        let hash = self.map.hash(key);
        // SAFETY: the section was open before the table was loaded, and the guard keeps it open.
        unsafe { table.get(hash, key, part) }
    }

    /// The key's value.
    ///
    /// Wait-free. Constant time on average.
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.find(key, |entry| &entry.value)
    }

    /// The key in the map, and its value. Otherwise as [`get`](Self::get).
    #[inline]
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.find(key, |entry| (&entry.key, &entry.value))
    }

    /// Whether the key is there. Otherwise as [`get`](Self::get).
    #[inline]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.find(key, |_| ()).is_some()
    }

    /// Removes a key, and returns the value that it had. Otherwise as [`Map::remove`].
    pub fn remove<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        // SAFETY: the writer has just unlinked it.
        self.map.remove_entry(key).map(|entry| unsafe { &self.entry(entry).value })
    }
}

impl<K, V, S, M> Guard<'_, K, V, S, M>
where
    K: Hash + Eq,
    S: BuildHasher,
    M: Migrate<K> + Migrate<V>,
{
    /// Inserts a key with its value, and returns the value that it had before. Otherwise as [`Map::insert`].
    pub fn insert(&self, key: K, value: V) -> Option<&V> {
        // SAFETY: the writer has just unlinked it.
        self.map.insert_entry(key, value).map(|entry| unsafe { &self.entry(entry).value })
    }

    /// The key's value. If the key is not there, it is inserted first, with what `make` makes. No other write comes between.
    ///
    /// Wait-free if the key is there. Otherwise `make` runs under the writers' lock, and is called once, if at all: see
    /// [user code under the lock](Map#user-code-under-the-lock).
    ///
    /// # Panics
    ///
    /// If `make` does, or writes to this map: then nothing has been inserted. Otherwise as [`Map::insert`].
    pub fn get_or_insert_with(&self, key: K, make: impl FnOnce() -> V) -> &V {
        if let Some(value) = self.get(&key) {
            return value;
        }
        // SAFETY: the writer has seen it linked, or has just linked it.
        unsafe { &self.entry(self.map.find_or_insert(key, make)).value }
    }
}

impl<'guard, K, V, S, M> IntoIterator for &'guard Guard<'_, K, V, S, M> {
    type Item = (&'guard K, &'guard V);
    type IntoIter = Iter<'guard, K, V>;

    fn into_iter(self) -> Iter<'guard, K, V> {
        self.iter()
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S, M> fmt::Debug for Guard<'_, K, V, S, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}
