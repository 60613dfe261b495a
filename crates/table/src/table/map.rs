//! The map as its users see it.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;
use std::ptr::NonNull;

use super::guard::Guard;
use super::lock::Lock;
use super::migrate::Migrate;
use super::probe::spread;
use super::raw::{Entry, Header, Table, usable, words_for};
use super::retire::{Drops, RetiredTable};
use super::write::Writer;
use crate::DefaultHashBuilder;
use crate::rcu::Domain;
use crate::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use crate::sync::atomic::{AtomicPtr, AtomicUsize};

/// A hash map that many threads read while some write.
///
/// Readers are wait-free: they take no lock, wait for nobody and write to no memory that another thread writes. (A thread
/// that has written while it had a guard is a writer when it drops that: see [`Guard`].) Writers take turns, and do not
/// wait for readers either: what they replace or remove is dropped later, when nobody can be reading it any more. `M` says how an entry gets a second home when the map grows: see [`Migrate`].
///
/// A look-up finds a key that is there all the time, and once it has returned a value, none that happens after it, in
/// whichever thread, returns an older one. The argument is at the top of `table/write.rs`.
///
/// Look-ups go through a [`Guard`], which keeps what it hands out alive:
///
/// ```
/// # use table::{DefaultHashBuilder, Map, Migrate};
/// # struct ByCopy;
/// # // SAFETY: a `Copy` value is copied.
/// # unsafe impl<T: Copy> Migrate<T> for ByCopy {
/// #     const LEAVES_A_VALUE: bool = false;
/// #     unsafe fn migrate(from: *const T, to: *mut T) {
/// #         // SAFETY: the caller's promise.
/// #         unsafe { to.write(*from) }
/// #     }
/// # }
/// let map: Map<u32, &str, DefaultHashBuilder, ByCopy> = Map::new();
/// assert!(map.insert(1, "one"));
/// let guard = map.read();
/// assert_eq!(guard.get(&1), Some(&"one"));
/// assert!(!map.insert(1, "uno"));
/// assert_eq!(guard.get(&1), Some(&"uno"));
/// ```
///
/// # What is kept, and for how long
///
/// What is removed or replaced is dropped in batches by later writes: while no guard stays, fewer than 256 entries
/// wait, and no table. While one stays, every entry that is removed or replaced after it began waits; so do the table
/// that there was, if the map has outgrown it, and at most eight slots of later tables for each write.
/// ([`clear`](Self::clear) and [`reserve`](Self::reserve) put away a whole table each.) [`garbage`](Self::garbage) says
/// how much there is, [`reclaim`](Self::reclaim) drops what can be dropped now. A guard that is forgotten
/// ([`std::mem::forget`]) stays for ever, for every map of its domain.
///
/// # Memory
///
/// A table is one allocation: for every seven slots the entries, and two words of 64 bits that say what is in them. At
/// most seven eighths of the slots are used; at most half in a table of more than 56 slots and up to half a megabyte. A
/// full one is replaced by one for twice as many. On Linux a table of four megabytes or more asks for huge pages.
///
/// # Writers
///
/// Writers take turns under a lock. In a domain with [`Barrier::Membarrier`](step6::Barrier::Membarrier), a thread that has
/// taken it a thousand times in a row has it without an atomic read-modify-write from then on. What another thread does
/// under the lock next ([`garbage`](Self::garbage) and [`reclaim`](Self::reclaim) do so too) takes some microseconds more, to end
/// that.
///
/// Nothing here may be called from a signal handler.
///
/// # User code under the lock
///
/// `Eq` and `Borrow`, what [`update`](Self::update) and [`get_or_insert_with`](Guard::get_or_insert_with) are given,
/// `Clone` of a key that is overwritten, and `Hash` and `Clone` when the map grows, run under the writers' lock. They may
/// read the map. If they take the lock (to write, or for [`garbage`](Self::garbage)), they panic rather than wait for
/// themselves. A panic of theirs leaves the map as it was. `Drop` of what has been in the map runs outside the
/// lock and outside read-side sections of the thread, and may do anything. (There are two exceptions. When
/// 64 writes in a row have found something to drop, and the thread inside of a section each time, the next one drops it there.
/// And the drop of the map itself drops everything there and then.)
///
/// # Types
///
/// `Send` if `K`, `V` and `S` are; `Sync` if `K` and `V` are `Send + Sync` and `S` is `Sync`. Invariant in `K` and `V`,
/// since it takes new ones through a shared reference.
// What readers load comes first; what only writers touch has lines of its own.
#[repr(C)]
pub struct Map<K, V, S, M> {
    /// [`Table::none`] while the map has no table.
    pub(crate) table: AtomicPtr<Header>,
    domain: Domain,
    hasher: S,
    pub(crate) writers: Writers<K, V>,
    migrate: PhantomData<M>,
}

/// What writers alone touch. On cache lines of its own, and in pairs of them, since processors fetch lines in pairs.
#[repr(align(128))]
pub(crate) struct Writers<K, V> {
    pub(crate) len: AtomicUsize,
    pub(crate) lock: Lock<Writer<K, V>>,
}

// SAFETY: the map owns its keys and values, in tables that it owns, and the pointers to these are its own. What has
// been retired may be dropped by whichever thread writes. `M` is no value.
unsafe impl<K: Send, V: Send, S: Send, M> Send for Map<K, V, S, M> {}
// SAFETY: readers in several threads share `&K`, `&V` and `&S`. Keys and values that one thread has inserted are
// dropped by another.
unsafe impl<K: Send + Sync, V: Send + Sync, S: Sync, M> Sync for Map<K, V, S, M> {}

/// What a map keeps because somebody may be reading it. See [`Map::garbage`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Garbage {
    /// Entries that have been removed or whose values have been replaced, and not dropped yet.
    pub entries: usize,
    /// Tables that the map has outgrown or worn out, and not freed yet.
    pub tables: usize,
    /// The slots of these tables.
    pub slots: usize,
}

impl<K, V, M> Map<K, V, DefaultHashBuilder, M>
where
    M: Migrate<K> + Migrate<V>,
{
    /// An empty map on the global domain, with the default hasher. Allocates nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty map on the global domain that takes `capacity` entries before it grows.
    ///
    /// # Panics
    ///
    /// If so many entries are more than `isize::MAX` bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, DefaultHashBuilder::default())
    }

    /// An empty map on a domain of one's own, with the default hasher. Sections of other domains do not delay what it
    /// drops.
    pub fn new_in(domain: &Domain) -> Self {
        Self::with_hasher_in(DefaultHashBuilder::default(), domain)
    }
}

impl<K, V, S, M> Map<K, V, S, M>
where
    M: Migrate<K> + Migrate<V>,
{
    /// An empty map on the global domain that hashes with `hasher`. Allocates nothing.
    ///
    /// Of a hash, the first seven bits and those before the last seven should differ from key to key. A hasher of no size,
    /// which has no seed, need not see to that: its hashes are spread once more, so that they may be the keys themselves.
    pub fn with_hasher(hasher: S) -> Self {
        Self::with_hasher_in(hasher, Domain::global())
    }

    /// An empty map on the global domain that takes `capacity` entries before it grows, and hashes with `hasher`.
    ///
    /// # Panics
    ///
    /// As [`with_capacity`](Self::with_capacity).
    pub fn with_capacity_and_hasher(capacity: usize, hasher: S) -> Self {
        Self::with_capacity_and_hasher_in(capacity, hasher, Domain::global())
    }

    /// An empty map on a domain of one's own that hashes with `hasher`.
    pub fn with_hasher_in(hasher: S, domain: &Domain) -> Self {
        Map {
            table: AtomicPtr::new(Table::<K, V>::none()),
            domain: domain.clone(),
            hasher,
            writers: Writers { len: AtomicUsize::new(0), lock: Lock::new(Writer::default(), domain.barrier()) },
            migrate: PhantomData,
        }
    }

    /// An empty map on a domain of one's own that takes `capacity` entries before it grows, and hashes with `hasher`.
    ///
    /// # Panics
    ///
    /// As [`with_capacity`](Self::with_capacity).
    pub fn with_capacity_and_hasher_in(capacity: usize, hasher: S, domain: &Domain) -> Self {
        let map = Self::with_hasher_in(hasher, domain);
        if capacity > 0 {
            let words = words_for::<K, V>(capacity);
            let mut locked = map.lock();
            // Relaxed: nobody else knows of the map yet.
            map.table.store(Table::<K, V>::allocate(words).as_ptr(), Relaxed);
            locked.writer.growth_left = usable::<K, V>(words);
        }
        map
    }
}

impl<K, V, S, M> Map<K, V, S, M> {
    /// The domain that the map's readers are in.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The map's hasher.
    #[inline]
    pub fn hasher(&self) -> &S {
        &self.hasher
    }

    /// A key's hash, as the table uses it.
    #[inline]
    pub(crate) fn hash<Q>(&self, key: &Q) -> u64
    where
        S: BuildHasher,
        Q: Hash + ?Sized,
    {
        let hash = self.hasher.hash_one(key);
        if size_of::<S>() == 0 { spread(hash) } else { hash }
    }

    /// How many entries there are: after the calling thread's own writes, and some of those that others make meanwhile.
    #[inline]
    pub fn len(&self) -> usize {
        // Relaxed: a count, which promises nothing about the entries.
        self.writers.len.load(Relaxed)
    }

    /// Whether there are no entries: see [`len`](Self::len).
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many entries the map's table takes at most. It may be replaced before that by one that is as large, since
    /// what has been removed or replaced takes up room for a while.
    pub fn capacity(&self) -> usize {
        let section = self.read();
        section.table().map_or(0, |table| usable::<K, V>(table.mask() + 1))
    }

    /// Opens a read-side section: what the guard hands out stays as long as the guard does.
    ///
    /// Wait-free after the thread's first read in the map's domain; costs a store, another one when it ends, and a fence where the
    /// domain's barrier is [`Fence`](step6::Barrier::Fence). Guards nest.
    ///
    /// # Panics
    ///
    /// If 65535 guards of this thread are alive in the domain.
    #[inline]
    pub fn read(&self) -> Guard<'_, K, V, S, M> {
        Guard::new(self, self.domain.read())
    }

    /// The map's table, for a reader in a section: it is there until that ends. (A table is freed a grace period after
    /// it was replaced.)
    #[inline]
    pub(crate) fn current(&self) -> *mut Header {
        // Acquire pairs with the Release of the store that put it there: the table is complete. It is loaded for every
        // look-up, so that a guard sees what its own thread has written.
        self.table.load(Acquire)
    }

    /// Drops what has been removed or replaced and can be dropped now. Does not wait: what somebody may be reading
    /// stays. So, inside a section of the calling thread, does all the rest.
    ///
    /// Writes do this by themselves, in batches. This is for whoever has removed something large, and does not write
    /// for a while.
    ///
    /// # Panics
    ///
    /// If the drop of a key or value panics, when the rest have been dropped. If code calls this that the map calls [under
    /// its lock](#user-code-under-the-lock).
    pub fn reclaim(&self) {
        let mut locked = self.lock();
        // The first may only end the wait of a batch that has begun to wait before.
        while locked.advance() {}
    }

    /// What the map keeps because somebody may be reading it, or might have been when it was last looked at.
    ///
    /// Takes the lock, and time proportional to the sizes of the tables that are kept.
    ///
    /// # Panics
    ///
    /// If code calls this that the map calls [under its lock](#user-code-under-the-lock).
    pub fn garbage(&self) -> Garbage {
        let locked = self.lock();
        let tables = || locked.writer.tables.iter().chain(&locked.writer.ready.tables);
        Garbage {
            entries: locked.writer.quarantine.len()
                + locked.writer.ready.entries.len()
                + tables().map(RetiredTable::len).sum::<usize>(),
            tables: tables().count(),
            slots: tables().map(|retired| retired.table.slots()).sum(),
        }
    }

    /// A section has ended in which something could not be dropped, by this map perhaps.
    #[cold]
    pub(crate) fn drop_what_is_ready(&self) {
        if !self.writers.lock.is_mine() {
            drop(self.lock());
        }
    }

    /// Removes all entries. The map keeps its capacity. Who has a guard still sees what it saw.
    ///
    /// Takes time proportional to the capacity.
    ///
    /// # Panics
    ///
    /// If the drop of a key or value panics that is due, when the rest have been dropped.
    pub fn clear(&self) {
        let mut locked = self.lock();
        let Some(old) = locked.table() else { return };
        let words = old.mask() + 1;
        // Release pairs with the Acquire in `current`: the words are there.
        self.table.store(Table::<K, V>::allocate(words).as_ptr(), Release);
        locked.writer.growth_left = usable::<K, V>(words);
        // Relaxed: as in `len`.
        self.writers.len.store(0, Relaxed);
        locked.writer.retire(old, Drops { keys: true, values: true }, &self.domain);
    }
}

impl<K, V, S, M> Map<K, V, S, M>
where
    K: Hash + Eq,
    S: BuildHasher,
{
    /// Whether the key is there.
    #[inline]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.read().contains_key(key)
    }

    /// Removes a key and its value, and says whether it was there. Both are dropped when nobody can be reading them.
    ///
    /// # Panics
    ///
    /// If the drop of a key or value panics that is due, when the rest have been dropped.
    pub fn remove<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.remove_entry(key).is_some()
    }

    /// The entry is there for as long as a section of the calling thread that was open before.
    pub(crate) fn remove_entry<Q>(&self, key: &Q) -> Option<NonNull<Entry<K, V>>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hash(key);
        self.lock().remove(hash, key)
    }
}

impl<K, V, S, M> Map<K, V, S, M>
where
    K: Hash + Eq,
    S: BuildHasher,
    M: Migrate<K> + Migrate<V>,
{
    /// Inserts a key with its value, or replaces the value of a key that is there. True if the key is new.
    ///
    /// As in std's map, a key that is there stays and the one that is given is dropped. The old value is dropped when
    /// nobody can be reading it.
    ///
    /// Constant time on average, apart from growing, which takes time proportional to the number of entries.
    ///
    /// # Panics
    ///
    /// If a table for that many entries would be larger than `isize::MAX` bytes. If the drop of a key or value panics
    /// that is due, when the rest have been dropped.
    pub fn insert(&self, key: K, value: V) -> bool {
        self.insert_entry(key, value).is_none()
    }

    /// Replaces the value of a key by what `update` makes of it, and says whether the key was there. No other write
    /// comes between.
    ///
    /// `update` runs under the writers' lock, and is called once, if at all: see [user code under the
    /// lock](#user-code-under-the-lock).
    ///
    /// # Panics
    ///
    /// If `update` does, or writes to this map: then nothing has changed. Otherwise as [`insert`](Self::insert).
    pub fn update<Q>(&self, key: &Q, update: impl FnOnce(&V) -> V) -> bool
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let hash = self.hash(key);
        // What `update` has made is dropped when the lock has been released, also if user code panics under it.
        let mut value = None;
        self.lock().update(hash, key, &mut value, update).is_some()
    }

    /// The key's entry, which is inserted if there is none. It is there for as long as a section of the calling thread that was
    /// open before.
    pub(crate) fn find_or_insert(&self, key: K, make: impl FnOnce() -> V) -> NonNull<Entry<K, V>> {
        let hash = self.hash(&key);
        // What is not needed is dropped when the lock has been released, also if user code panics under it.
        let (mut key, mut value) = (Some(key), None);
        self.lock().find_or_insert(hash, &mut key, &mut value, make)
    }

    /// Makes room for so many more entries, so that inserting them does not make the map grow.
    ///
    /// # Panics
    ///
    /// If a table for that many entries would be larger than `isize::MAX` bytes.
    pub fn reserve(&self, additional: usize) {
        let mut locked = self.lock();
        if locked.writer.growth_left < additional {
            let entries = locked.len().checked_add(additional).unwrap_or_else(|| super::raw::capacity_overflow());
            let words = locked.table().map_or(0, |table| table.mask() + 1);
            locked.rebuild(words_for::<K, V>(entries).max(words));
        }
    }
}

impl<K, V, S, M> Drop for Map<K, V, S, M> {
    fn drop(&mut self) {
        // SAFETY: every guard borrowed the map, so no reader is left, and the table is the map's.
        let table = unsafe { Table::from_ptr(*self.table.get_mut()) };
        let writer = self.writers.lock.get_mut();
        let mut ready = std::mem::take(&mut writer.ready);
        ready.tables.append(&mut writer.tables);
        if let Some(table) = table {
            let unlinked = writer.quarantine.take_all();
            let drops = Drops { keys: true, values: true };
            ready.tables.push(RetiredTable { table, unlinked, drops, grace_period: None });
        }
        ready.run();
    }
}

impl<K, V, S: Default, M: Migrate<K> + Migrate<V>> Default for Map<K, V, S, M> {
    /// An empty map on the global domain.
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K: fmt::Debug, V: fmt::Debug, S, M> fmt::Debug for Map<K, V, S, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.read().fmt(f)
    }
}

impl<K, V, S, M> Extend<(K, V)> for &Map<K, V, S, M>
where
    K: Hash + Eq,
    S: BuildHasher,
    M: Migrate<K> + Migrate<V>,
{
    /// Inserts them one by one: other threads see them come.
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K, V, S, M> Extend<(K, V)> for Map<K, V, S, M>
where
    K: Hash + Eq,
    S: BuildHasher,
    M: Migrate<K> + Migrate<V>,
{
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        (&*self).extend(entries);
    }
}

impl<K, V, S, M> FromIterator<(K, V)> for Map<K, V, S, M>
where
    K: Hash + Eq,
    S: BuildHasher + Default,
    M: Migrate<K> + Migrate<V>,
{
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        let mut map = Map::with_capacity_and_hasher(entries.size_hint().0, S::default());
        map.extend(entries);
        map
    }
}
