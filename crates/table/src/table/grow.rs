//! A new table in place of the old one.

use std::hash::{BuildHasher, Hash};

use super::control::State;
use super::migrate::Migrate;
use super::probe::Probe;
use super::raw::{Entry, Slot, Table, usable, words_for};
use super::retire::{Drops, Ready, Retired, RetiredTable};
use super::write::Locked;
use crate::ptr;
use crate::sync::atomic::Ordering::Release;

impl<'map, K, V, S, M> Locked<'map, K, V, S, M>
where
    K: Hash + Eq,
    S: BuildHasher,
    M: Migrate<K> + Migrate<V>,
{
    /// How large a table is made when one of `words` words has no room left: as large again if a quarter of what it takes
    /// is tombstones and slots that had been, otherwise for twice as many entries.
    pub(crate) fn words_for_one_more(len: usize, words: usize) -> usize {
        let usable = usable::<K, V>(words);
        if len < usable / 4 * 3 { words } else { words_for::<K, V>((len + 1).max(2 * usable)) }
    }

    // ANCHOR: rebuild
    /// Replaces the map's table by one of `words` words, which are enough for its entries and one more.
    ///
    /// The new table is not published before all entries have a home in it. So if user code panics, the map is as it
    /// was.
    pub(crate) fn rebuild(&mut self, words: usize) {
        let (map, old) = (self.map, self.table());
        let mut new = Unpublished::<K, V, M>::new(words, &mut self.writer.ready);
        for old in old.iter().flat_map(|table| table.full().map(|slot| table.entry(slot))) {
            // SAFETY: the table shows the entry, and only the writer, which this is, would unlink it.
            let hash = map.hash(unsafe { &(*old.as_ptr()).key });
            // SAFETY: as above.
            unsafe { new.take_in(hash, old.as_ptr()) };
        }
        let table = new.finish();
        // Release pairs with the Acquire of a reader's load: the words and entries of the new table are there.
        map.table.store(table.as_ptr(), Release);
        self.writer.growth_left = usable::<K, V>(words) - self.len();
        if let Some(old) = old {
            self.writer.retire(old, of_what_has_been_left::<K, V, M>(), map.domain());
        }
    }
    // ANCHOR_END: rebuild
}

/// What is to be dropped of entries that have a second home.
fn of_what_has_been_left<K, V, M: Migrate<K> + Migrate<V>>() -> Drops {
    Drops { keys: <M as Migrate<K>>::LEAVES_A_VALUE, values: <M as Migrate<V>>::LEAVES_A_VALUE }
}

/// A table that nobody else knows of. If it is not finished, because user code panics, it is freed, and clones that
/// were made for it are dropped: outside the lock, hence `ready`.
struct Unpublished<'writer, K, V, M: Migrate<K> + Migrate<V>> {
    table: Table<K, V>,
    /// A slot with a key and no value.
    half_done: Option<Slot>,
    ready: &'writer mut Ready<K, V>,
    migrate: std::marker::PhantomData<M>,
}

impl<'writer, K, V, M: Migrate<K> + Migrate<V>> Unpublished<'writer, K, V, M> {
    fn new(words: usize, ready: &'writer mut Ready<K, V>) -> Self {
        Unpublished { table: Table::allocate(words), half_done: None, ready, migrate: std::marker::PhantomData }
    }

    /// Gives an entry its second home.
    ///
    /// # Safety
    ///
    /// The entry is there, and nobody has more than shared references to it.
    unsafe fn take_in(&mut self, hash: u64, old: *const Entry<K, V>) {
        let mut place = Probe::new(hash, self.table.mask());
        let slot = loop {
            if let Some(lane) = self.table.word(place.word).peek().first(State::EMPTY) {
                break Slot { word: place.word, lane };
            }
            place = place.next(self.table.mask()).unwrap_or_else(|| unreachable!("the new table has room"));
        };
        let new = self.table.entry(slot).as_ptr();
        // SAFETY: the old entry is the caller's promise; the new place is empty, and nobody else knows the table.
        unsafe {
            <M as Migrate<K>>::migrate(&raw const (*old).key, &raw mut (*new).key);
            self.half_done = Some(slot);
            <M as Migrate<V>>::migrate(&raw const (*old).value, &raw mut (*new).value);
        }
        self.half_done = None;
        self.table.fill(slot, State::full(hash));
    }

    fn finish(self) -> Table<K, V> {
        std::mem::ManuallyDrop::new(self).table
    }
}

impl<K, V, M: Migrate<K> + Migrate<V>> Drop for Unpublished<'_, K, V, M> {
    fn drop(&mut self) {
        let drops = of_what_has_been_left::<K, V, M>();
        if let Some(slot) = self.half_done.filter(|_| drops.keys) {
            // SAFETY: the slot has a key of its own, and is not among those that the table shows.
            self.ready
                .entries
                .push(Retired::Key(unsafe { ptr::read(&raw const (*self.table.entry(slot).as_ptr()).key) }));
        }
        let table = self.table;
        self.ready.tables.push(RetiredTable { table, unlinked: Vec::new(), drops, grace_period: None });
    }
}
