//! Maps that clone their entries when they grow, and the right one of them.

use std::mem;

use witness::sync::{Arc, Mutex, MutexGuard, PoisonError};

// ANCHOR: right
/// A map with a few keys, which many threads read while some write. It grows with every insert: small, so that a model
/// need not do much.
pub trait Map<V: Clone>: Send + Sync + 'static {
    /// A map without entries.
    fn new() -> Self;

    /// Makes a table with this entry and a clone of each other one, and puts it in the place of the old table. Whoever
    /// looks at the old one goes on doing so; it is dropped with the last of them.
    ///
    /// If a clone panics, so does this. The map is then as it was, and can be read and written to.
    fn insert(&self, key: u32, value: V);

    /// Calls `look` with the key's value, if it has one. The value stays until `look` returns.
    fn get<R>(&self, key: u32, look: impl FnOnce(&V) -> R) -> Option<R>;
}

/// The right one.
pub struct Cloning<V> {
    /// Locked for as long as it takes to clone the `Arc`, or to exchange it.
    current: Mutex<Arc<Table<V>>>,
    /// Locked by a writer while it clones. No reader takes it.
    pub writers: Mutex<()>,
}

impl<V> Cloning<V> {
    /// The current table.
    pub fn table(&self) -> Arc<Table<V>> {
        Arc::clone(&self.lock())
    }

    /// Puts a table in the place of the current one, and returns that.
    pub fn replace(&self, new: Arc<Table<V>>) -> Arc<Table<V>> {
        mem::replace(&mut *self.lock(), new)
    }

    /// The place of the current table.
    pub fn lock(&self) -> MutexGuard<'_, Arc<Table<V>>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V: Clone + Send + Sync + 'static> Map<V> for Cloning<V> {
    fn new() -> Self {
        Cloning { current: Mutex::new(Arc::new(Table::new())), writers: Mutex::new(()) }
    }

    fn insert(&self, key: u32, value: V) {
        // A writer that panicked did so in a clone, before it changed anything.
        let writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
        let new = Arc::new(self.table().with(key, value));
        let old = self.replace(new);
        drop(writers);
        drop(old);
    }

    fn get<R>(&self, key: u32, look: impl FnOnce(&V) -> R) -> Option<R> {
        let table = self.table();
        table.find(key).map(look)
    }
}

// ANCHOR_END: right

/// More keys than any model here needs.
const ROOM: usize = 6;

/// A table, which does not change any more when it is in a map.
pub struct Table<V> {
    entries: [Option<(u32, V)>; ROOM],
}

impl<V> Table<V> {
    /// A table without entries.
    pub fn new() -> Self {
        Table { entries: Default::default() }
    }

    /// Adds an entry.
    pub fn push(&mut self, key: u32, value: V) {
        let place = self.entries.iter_mut().find(|place| place.is_none());
        *place.expect("these maps have room for six keys") = Some((key, value));
    }

    /// The key's value.
    pub fn find(&self, key: u32) -> Option<&V> {
        self.entries.iter().flatten().find(|entry| entry.0 == key).map(|(_, value)| value)
    }

    /// All entries but that of `key`.
    pub fn others(&self, key: u32) -> impl Iterator<Item = (u32, &V)> {
        self.entries.iter().flatten().filter(move |entry| entry.0 != key).map(|(key, value)| (*key, value))
    }

    /// A table with this entry and a clone of each other one.
    pub fn with(&self, key: u32, value: V) -> Self
    where
        V: Clone,
    {
        let mut table = Table::new();
        for (key, value) in self.others(key) {
            table.push(key, value.clone());
        }
        table.push(key, value);
        table
    }
}

impl<V> Default for Table<V> {
    fn default() -> Self {
        Table::new()
    }
}
