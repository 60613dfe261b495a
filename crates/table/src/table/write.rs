//! Writing, under the lock: insert, overwrite, remove.
//!
//! # Where a replacement may go
//!
//! An entry that readers may be looking at is not written to. So whoever overwrites publishes a second entry with the new value, and
//! makes the old one a tombstone. A reader that goes by must not see neither. It visits the words of the key's search in
//! one order, which decides what is allowed:
//!
//! - **The same word**, if it has room: one store publishes the new entry and unlinks the old one.
//! - **Later in the search**: publish, then unlink. Who sees the tombstone sees what happened before that store, and so, going on, the
//!   new entry.
//! - **Earlier in the search**: a reader may have passed the new place before the entry was there, and come to the old place
//!   when it is there no more. So the table carries a mark, raised before such a move: a reader that has found
//!   nothing looks at it, and if it is up, looks for its key once more. One move cannot make it miss twice: the tombstone that
//!   it saw tells it of everything before, and its second pass finds the new place. For a second miss there would have to be a
//!   second move, and the next is made only when a grace period has passed since the last: every section that the last one may
//!   have misled has ended by then. The mark is lowered at that time too.
//!
//! Without the third case a key that is overwritten all the time would wander along its search for ever.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};
use std::mem::{ManuallyDrop, take};
use std::ptr::NonNull;

use super::control::{LANES, TOMBSTONE, tag};
use super::map::Map;
use super::migrate::Migrate;
use super::probe::Probe;
use super::raw::{Entry, Slot, Table, usable};
use super::read::{Located, Vacancy};
use super::retire::{Quarantine, Ready, RetiredTable, Unlinked};
use crate::ptr;
use crate::sync::MutexGuard;
use crate::sync::atomic::Ordering::Relaxed;
use crate::thread;

/// How many words from home a key may be before it is worth a grace period to bring it back.
const FAR: usize = 4;

/// What the lock protects.
pub(crate) struct Writer<K, V> {
    /// How many slots of the map's table may yet cease to be empty.
    pub(crate) growth_left: usize,
    /// The unlinked entries of the map's table.
    pub(crate) quarantine: Quarantine,
    /// The tables that the map had before, for as long as somebody may be reading them.
    pub(crate) tables: Vec<RetiredTable<K, V>>,
    /// What nobody can be reading any more, and is to be dropped outside the lock.
    pub(crate) ready: Ready<K, V>,
}

impl<K, V> Default for Writer<K, V> {
    fn default() -> Self {
        Writer { growth_left: 0, quarantine: Quarantine::default(), tables: Vec::new(), ready: Ready::default() }
    }
}

/// A map whose lock this thread has.
pub(crate) struct Locked<'map, K, V, S, M> {
    pub(crate) map: &'map Map<K, V, S, M>,
    pub(crate) writer: ManuallyDrop<MutexGuard<'map, Writer<K, V>>>,
}

impl<K, V, S, M> Map<K, V, S, M> {
    /// Waits until other writers are done.
    ///
    /// # Panics
    ///
    /// If this thread has the lock already: it runs code of the user's under it, which wants to write.
    #[inline]
    pub(crate) fn lock(&self) -> Locked<'_, K, V, S, M> {
        let token = thread::token();
        // Relaxed: a thread sees its own stores, and nobody else stores its token.
        if self.writers.owner.load(Relaxed) == token {
            reentered();
        }
        // A poisoned lock is ignored. User code that panics under it leaves the map as it was.
        let writer = self.writers.lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.writers.owner.store(token, Relaxed);
        Locked { map: self, writer: ManuallyDrop::new(writer) }
    }
}

#[cold]
fn reentered() -> ! {
    panic!("the Hash, Eq or Clone of a key or value wrote to the map that was calling it")
}

impl<K, V, S, M> Drop for Locked<'_, K, V, S, M> {
    /// Unlocks, and then drops what nobody can be reading any more.
    #[inline]
    fn drop(&mut self) {
        if !self.writer.tables.is_empty() {
            self.writer.poll_tables();
        }
        let ready = if self.writer.ready.is_empty() { None } else { self.take_ready() };
        // Relaxed: see `lock`.
        self.map.writers.owner.store(0, Relaxed);
        // SAFETY: this is the drop, and nothing uses it afterwards.
        unsafe { ManuallyDrop::drop(&mut self.writer) };
        if let Some(ready) = ready {
            ready.run();
        }
    }
}

impl<'map, K, V, S, M> Locked<'map, K, V, S, M> {
    /// What is to be dropped, unless this thread is inside a section: then the section's end will see to it.
    #[cold]
    fn take_ready(&mut self) -> Option<Ready<K, V>> {
        if self.map.domain().in_read_section() {
            // Relaxed: meant for this thread.
            self.map.due.store(thread::token(), Relaxed);
            return None;
        }
        self.map.due.store(0, Relaxed);
        Some(take(&mut self.writer.ready))
    }

    /// The map's table.
    #[inline]
    pub(crate) fn table(&self) -> Option<Table<K, V>> {
        // Relaxed: the lock orders this after whoever stored it.
        let table = self.map.table.load(Relaxed);
        // SAFETY: it is null or the map's own, and only the writer would replace it.
        unsafe { Table::from_ptr(table) }
    }

    pub(crate) fn len(&self) -> usize {
        // Relaxed: the lock orders this after the last store.
        self.map.writers.len.load(Relaxed)
    }

    pub(crate) fn set_len(&self, len: usize) {
        // Relaxed: a count, which promises nothing about the entries.
        self.map.writers.len.store(len, Relaxed);
    }

    /// Looks after what has been unlinked: see [`Writer::advance`].
    pub(crate) fn advance(&mut self) -> bool {
        let domain = self.map.domain();
        self.table().is_some_and(|table| self.writer.advance(table, domain))
    }

    /// Unlinks an entry; then, with what else waits, it waits for a grace period.
    fn quarantine(&mut self, table: Table<K, V>, unlinked: Unlinked) {
        if self.writer.quarantine.push(unlinked, table) {
            self.advance();
        }
    }
}

/// What an insertion has done.
pub(crate) enum Inserted<K, V> {
    New,
    /// The entry with the old value, unlinked, and the key that was not needed.
    Replaced(NonNull<Entry<K, V>>, K),
}

impl<'map, K, V, S, M> Locked<'map, K, V, S, M>
where
    K: Hash + Eq,
    S: BuildHasher,
    M: Migrate<K> + Migrate<V>,
{
    /// Inserts what `entry` holds, and takes it out of there. If user code panics, it is still there.
    pub(crate) fn insert(&mut self, hash: u64, entry: &mut Option<Entry<K, V>>) -> Inserted<K, V> {
        loop {
            let Some(key) = entry.as_ref().map(|entry| &entry.key) else { unreachable!("it is taken once") };
            if let Some(table) = self.table() {
                // SAFETY: this has the lock, and the table is the map's.
                match unsafe { table.locate(hash, key) } {
                    Located::Occupied(old, found) => {
                        if let Some(new) = self.place_of_replacement(table, hash, found) {
                            return self.overwrite(table, hash, old, new, entry);
                        }
                    }
                    Located::Vacant(Some(vacancy)) if self.has_room_in(vacancy) => {
                        if let Some(entry) = entry.take() {
                            self.publish(table, hash, vacancy, entry);
                        }
                        return Inserted::New;
                    }
                    Located::Vacant(_) => {}
                }
            }
            self.make_room();
        }
    }

    // ANCHOR: publish
    /// Writes an entry to a slot that no reader looks at, and then lets them.
    fn publish(&mut self, table: Table<K, V>, hash: u64, vacancy: Vacancy, entry: Entry<K, V>) {
        // SAFETY: the slot is empty or free, so nobody looks at what is there or owns it, and only the writer writes.
        unsafe { ptr::write(table.entry(vacancy.slot).as_ptr(), entry) };
        let (word, lane) = (vacancy.slot / LANES, vacancy.slot % LANES);
        table.store(word, table.peek(word).with(lane, tag(hash)));
        self.writer.growth_left -= usize::from(vacancy.was_empty);
        self.set_len(self.len() + 1);
    }
    // ANCHOR_END: publish

    // ANCHOR: overwrite
    /// Publishes the key with its new value at one place, and unlinks it at another.
    fn overwrite(
        &mut self,
        table: Table<K, V>,
        hash: u64,
        old: Slot,
        new: Replacement,
        entry: &mut Option<Entry<K, V>>,
    ) -> Inserted<K, V> {
        let (from, to) = (table.entry(old), table.entry(new.vacancy.slot).as_ptr());
        // SAFETY: the old entry is there, and readers have shared references to it at most. The new place is empty or free: nobody
        // looks at it.
        unsafe { <M as Migrate<K>>::migrate(&raw const (*from.as_ptr()).key, &raw mut (*to).key) };
        // No user code from here on: nothing panics.
        let Some(Entry { key: spare, value }) = entry.take() else { unreachable!("it is taken once") };
        // SAFETY: as above.
        unsafe { ptr::write(&raw mut (*to).value, value) };

        let (old_word, old_lane) = (old / LANES, old % LANES);
        let (new_word, new_lane) = (new.vacancy.slot / LANES, new.vacancy.slot % LANES);
        if new.nearer_home {
            table.set_moved(true);
            self.writer.quarantine.note_move();
        }
        let with_new = table.peek(new_word).with(new_lane, tag(hash));
        if new_word == old_word {
            table.store(new_word, with_new.with(old_lane, TOMBSTONE));
        } else {
            table.store(new_word, with_new);
            table.store(old_word, table.peek(old_word).with(old_lane, TOMBSTONE));
        }
        self.writer.growth_left -= usize::from(new.vacancy.was_empty);
        let owns_key = <M as Migrate<K>>::LEAVES_A_VALUE;
        self.quarantine(table, Unlinked { slot: old, owns_key });
        Inserted::Replaced(from, spare)
    }
    // ANCHOR_END: overwrite

    // ANCHOR: place
    /// Where the replacement of an entry may go that `found` is the place of: nearer home if that is allowed now, else in the same word,
    /// else later.
    fn place_of_replacement(&mut self, table: Table<K, V>, hash: u64, found: Probe) -> Option<Replacement> {
        if found.distance > 0
            && let Some(replacement) = self.nearer_home(table, hash, found)
        {
            return Some(replacement);
        }
        let mut place = found;
        loop {
            let state = table.peek(place.word);
            let vacancy = |was_empty| move |lane| Vacancy { slot: place.word * LANES + lane, was_empty };
            if let Some(vacancy) = state.free().map(vacancy(false)).or_else(|| state.empty().map(vacancy(true))) {
                return self.has_room_in(vacancy).then_some(Replacement { vacancy, nearer_home: false });
            }
            place = place.next(table.mask())?;
            if place.distance == FAR && self.advance() {
                // There are free slots now, in this key's words if it is one that is overwritten often.
                return self.place_of_replacement(table, hash, found);
            }
        }
    }

    /// A free slot that comes earlier in the search than `found`, if a key may be moved there now. None of the words before
    /// `found` has an empty one.
    fn nearer_home(&self, table: Table<K, V>, hash: u64, found: Probe) -> Option<Replacement> {
        if !self.writer.quarantine.may_move() {
            return None;
        }
        let mut place = Probe::new(hash, table.mask());
        while place != found {
            if let Some(lane) = table.peek(place.word).free() {
                let vacancy = Vacancy { slot: place.word * LANES + lane, was_empty: false };
                return Some(Replacement { vacancy, nearer_home: true });
            }
            place = place.next(table.mask())?;
        }
        None
    }
    // ANCHOR_END: place

    #[inline]
    fn has_room_in(&self, vacancy: Vacancy) -> bool {
        !vacancy.was_empty || self.writer.growth_left > 0
    }

    /// Sees to it that there is a slot for one more entry.
    #[cold]
    fn make_room(&mut self) {
        let words = self.table().map_or(0, |table| table.mask() + 1);
        // If few slots can be had by waiting for readers no more, the next writer would be here again soon.
        if self.writer.quarantine.len() * 8 >= usable(words) && self.advance() {
            return;
        }
        self.rebuild(Self::words_for_one_more(self.len(), words));
    }
}

impl<'map, K, V, S, M> Locked<'map, K, V, S, M> {
    // ANCHOR: remove
    /// Unlinks a key's entry.
    pub(crate) fn remove<Q>(&mut self, hash: u64, key: &Q) -> Option<NonNull<Entry<K, V>>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let table = self.table()?;
        // SAFETY: this has the lock, and the table is the map's.
        let Located::Occupied(slot, _) = (unsafe { table.locate(hash, key) }) else { return None };
        let (word, lane) = (slot / LANES, slot % LANES);
        table.store(word, table.peek(word).with(lane, TOMBSTONE));
        self.set_len(self.len() - 1);
        self.quarantine(table, Unlinked { slot, owns_key: true });
        Some(table.entry(slot))
    }
    // ANCHOR_END: remove
}

/// The place of a replacement.
#[derive(Clone, Copy)]
struct Replacement {
    vacancy: Vacancy,
    /// Whether readers may have passed it already when they come to the old one.
    nearer_home: bool,
}
