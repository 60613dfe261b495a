//! Writing, under the lock: insert, overwrite, remove.
//!
//! # Where a replacement may go
//!
//! An entry that readers may be looking at is not written to. So whoever overwrites publishes a second entry with the
//! new value, and makes the old one a tombstone. A reader that goes by must not see neither. It visits the words of the
//! key's search in one order, which decides what is allowed:
//!
//! - **The same word**, if it has room: one store publishes the new entry and unlinks the old one.
//! - **Later in the search**: mark the old one as *superseded*, publish, then unlink. Who sees the tombstone sees what
//!   happened before that store, and so, going on, the new entry. What the mark is for is said below.
//! - **Earlier in the search**: a reader may have passed the new place before the entry was there, and come to the old
//!   place when it is there no more. So the table carries a mark, raised before such a move: a reader that has found
//!   nothing looks at it, and if it is up, looks for its key once more. The next such move *of this key* waits for a
//!   grace period (`moves.rs` keeps count). It is not made before; the writer itself waits for nothing.
//!
//! Without the third case a key that is overwritten all the time would wander along its search for ever.
//!
//! # Why a look-up finds a key that is there all the time
//!
//! Let the key be, in this table, at the places p0, p1, p2, … of its search, one after the other, and let a pass of a
//! reader find it at none, and at none superseded. p0 was published before the look-up began, so the reader has seen its
//! tombstone there, and has acquired with it the publication at p1. If p1 comes later, the reader gets there afterwards,
//! and finds the key or again a tombstone. (If p1 is in the same word, it has found it with the tombstone.) And so on
//! along the row, which ends at a place that is never unlinked in this table. So somewhere there is a move to an
//! *earlier* place, of which the reader has seen the tombstone and not the new entry.
//!
//! - The tombstone tells it of the table's mark as well, which was raised before. So it makes another pass.
//! - That pass finds the new entry of that move, or its tombstone, and goes on along the row as before. It can miss only
//!   by another move to an earlier place.
//! - That other move of the same key is made when a grace period has passed that began after the first move. The
//!   look-up's section was open when it began: otherwise the fence of the section, or of its thread's registration, would come after that of the grace period,
//!   and the first pass would have seen the new entry of the first move. So the grace period passes only when the
//!   look-up is done, and all that the second move stores comes after it: no load of the look-up's can return it.
//!
//! So of the passes that find nothing at all, the second is conclusive, and so is the first if the table's mark is down
//! at its end. The mark is lowered when for every move a grace period has passed, and by the same argument: whoever they
//! may have misled is done.
//!
//! If the home has an empty slot, all this is needless: no place of the key has ever been further on in this table, and
//! one load of the one word decides.
//!
//! # Why a look-up does not go back in time
//!
//! After a look-up that has returned the value of p(n), no look-up that happens after it, in whichever thread, returns an
//! older one. It has acquired the publication at pn, and all that came before that. Of older entries, only p(n-1) might
//! not be a tombstone for it yet:
//!
//! - If pn is in the same word, one store has done both.
//! - If pn is earlier in the search, the look-up comes to pn first. It finds the key there, or what was stored when
//!   p(n-1) was a tombstone.
//! - If pn is later, p(n-1) is **superseded** for it. That state is for this case: a reader that has passed p(n-1)
//!   *before the key had come there*, into a slot that was free, goes on and finds the newer value at pn; and if it then
//!   found the older one at p(n-1), as that is earlier, time would run backwards.
//!
//! A reader goes on past a superseded entry, since a newer one is there or about to be. If a pass finds no other entry
//! of the key, whether the superseded one may be returned depends:
//!
//! - After the *first* pass it may not. The reader may have returned the newer value before; that one may be a tombstone
//!   by now, and the reader has just seen both: the old entry still superseded, and then, later in the search, the
//!   tombstone of the newer one. So it makes another pass.
//! - After any *other* pass it may. Let it be p(n-1), and suppose that the value of pn had been returned before the
//!   look-up began. The first pass has begun with that knowledge, and so has seen p(n-1) superseded, and then, at pn, the
//!   key, which it would have returned; or the tombstone of it, with which p(n-1) is a tombstone for all later passes.
//!
//! So there are three passes at most: one that ends with a superseded entry, and two that find nothing. A look-up is
//! wait-free, and all of this concerns only those that do not find their key at home, nor an empty slot there.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};
use std::mem::{ManuallyDrop, take};
use std::ptr::NonNull;

use super::at_home::Replaced;
use super::control::State;
use super::lock::{LockGuard, Reentered};
use super::map::Map;
use super::migrate::Migrate;
use super::probe::Probe;
use super::raw::{Entry, Slot, Table, usable};
use super::read::{Located, Vacancy};
use super::retire::{Quarantine, Ready, RetiredTable, Unlinked};
use crate::ptr;
use crate::sync::atomic::Ordering::Relaxed;

/// How many words from home a key may be before it is worth a grace period to bring it back.
const FAR: usize = 4;

/// How many writes inside sections may put off what they have to drop.
const PUT_OFF_AT_MOST: u32 = 64;

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
    /// How many writes have put that off.
    put_off: u32,
}

impl<K, V> Default for Writer<K, V> {
    fn default() -> Self {
        Writer {
            growth_left: 0,
            quarantine: Quarantine::default(),
            tables: Vec::new(),
            ready: Ready::default(),
            put_off: 0,
        }
    }
}

impl<K, V> Writer<K, V> {
    /// Whether there are no old tables to look at, and nothing is to be dropped.
    #[inline]
    fn is_settled(&self) -> bool {
        // One branch for all.
        self.tables.len() + self.ready.len() == 0
    }

    // ANCHOR: publish
    /// Writes an entry to a slot that no reader looks at, and then lets them.
    #[inline]
    pub(crate) fn publish(&mut self, table: Table<K, V>, hash: u64, vacancy: Vacancy, entry: Entry<K, V>) {
        // SAFETY: the slot is empty or free, so nobody looks at what is there or owns it, and only the writer writes.
        unsafe { ptr::write(table.entry(vacancy.slot).as_ptr(), entry) };
        let Slot { word, lane } = vacancy.slot;
        let word = table.word(word);
        word.store(word.peek().replace(lane, vacancy.state, State::full(hash)));
        self.growth_left -= usize::from(vacancy.is_empty());
    }
    // ANCHOR_END: publish

    // ANCHOR: overwrite
    /// Publishes the key with its new value at one place, and unlinks it at another.
    #[inline(always)]
    pub(crate) fn overwrite<M: Migrate<K> + Migrate<V>>(
        &mut self,
        table: Table<K, V>,
        hash: u64,
        old: Slot,
        new: Replacement,
        value: &mut Option<V>,
    ) -> Unlinked {
        let place = new.vacancy.slot;
        let (from, to) = (table.entry(old), table.entry(place).as_ptr());
        // SAFETY: the old entry is there, and readers have shared references to it at most. The new place is empty or
        // free: nobody looks at it.
        unsafe { <M as Migrate<K>>::migrate(&raw const (*from.as_ptr()).key, &raw mut (*to).key) };
        // No user code from here on: nothing panics.
        let Some(value) = value.take() else { unreachable!("it is taken once") };
        // SAFETY: as above.
        unsafe { ptr::write(&raw mut (*to).value, value) };

        if new.nearer_home {
            if !table.has_moved() {
                table.set_moved(true);
            }
            self.quarantine.moves.note(hash);
        }
        let full = State::full(hash);
        let (new_word, old_word) = (table.word(place.word), table.word(old.word));
        let with_new = new_word.peek().replace(place.lane, new.vacancy.state, full);
        if place.word == old.word {
            new_word.store(with_new.replace(old.lane, full, State::TOMBSTONE));
        } else {
            let with_old = old_word.peek();
            if !new.nearer_home {
                old_word.store(with_old.replace(old.lane, full, State::SUPERSEDED));
            }
            new_word.store(with_new);
            old_word.store(with_old.replace(old.lane, full, State::TOMBSTONE));
        }
        self.growth_left -= usize::from(new.vacancy.is_empty());
        Unlinked::new(old, <M as Migrate<K>>::LEAVES_A_VALUE)
    }
    // ANCHOR_END: overwrite
}

/// A map whose lock this thread has.
pub(crate) struct Locked<'map, K, V, S, M> {
    pub(crate) map: &'map Map<K, V, S, M>,
    pub(crate) writer: ManuallyDrop<LockGuard<'map, Writer<K, V>>>,
}

impl<K, V, S, M> Map<K, V, S, M> {
    /// Waits until other writers are done.
    ///
    /// # Panics
    ///
    /// If this thread has the lock already: it runs code of the user's under it, which wants to write.
    #[inline]
    pub(crate) fn lock(&self) -> Locked<'_, K, V, S, M> {
        match self.writers.lock.lock() {
            // Also if user code has panicked under it: that leaves the map as it was.
            Ok(writer) => Locked::new(self, writer),
            Err(Reentered) => reentered(),
        }
    }

    /// The same, for who has not got the lock by its bias. What unlocks again is [`unlock`](Self::unlock).
    pub(crate) fn lock_in_turn(&self) -> LockGuard<'_, Writer<K, V>> {
        self.writers.lock.lock_in_turn().unwrap_or_else(|Reentered| reentered())
    }
}

#[cold]
fn reentered() -> ! {
    panic!(
        "code that the map calls under its lock (Hash, Eq, Clone, an update) wrote to the map, or asked for its garbage"
    )
}

impl<K, V, S, M> Drop for Locked<'_, K, V, S, M> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: this is the drop, and nothing uses it afterwards.
        let writer = unsafe { ManuallyDrop::take(&mut self.writer) };
        self.map.unlock(writer, ());
    }
}

// What unlocks returns what it is given: so it can be the last call of who has something to return.
impl<K, V, S, M> Map<K, V, S, M> {
    /// Counts one entry more or less. For the writer.
    #[inline]
    pub(crate) fn add_to_len(&self, change: isize) {
        // Relaxed: the lock orders the load after the last store; and this is a count, which promises nothing about the
        // entries.
        let len = self.writers.len.load(Relaxed).wrapping_add_signed(change);
        self.writers.len.store(len, Relaxed);
    }

    /// Unlocks, and then drops what nobody can be reading any more.
    #[inline(always)]
    pub(crate) fn unlock<R>(&self, writer: LockGuard<'_, Writer<K, V>>, result: R) -> R {
        if writer.is_settled() {
            drop(writer);
            result
        } else {
            self.settle(writer, result)
        }
    }

    /// Lets what has been unlinked wait, and unlocks.
    #[inline(never)]
    pub(crate) fn advance_and_unlock<R>(
        &self,
        mut writer: LockGuard<'_, Writer<K, V>>,
        table: Table<K, V>,
        result: R,
    ) -> R {
        writer.advance(table, self.domain());
        self.unlock(writer, result)
    }

    /// Unlocks when there are old tables to look at, or something to drop.
    #[inline(never)]
    fn settle<R>(&self, mut writer: LockGuard<'_, Writer<K, V>>, result: R) -> R {
        writer.poll_tables();
        let ready = if writer.ready.len() == 0 { None } else { self.take_ready(&mut writer) };
        drop(writer);
        if let Some(ready) = ready {
            ready.run();
        }
        result
    }

    /// What is to be dropped, unless this thread is inside a section: then the section's end will see to it.
    #[cold]
    fn take_ready(&self, writer: &mut Writer<K, V>) -> Option<Ready<K, V>> {
        // A thread may write in sections of other maps' guards only, which would put it off for ever.
        let put_off = writer.put_off < PUT_OFF_AT_MOST && self.domain().flag_section();
        writer.put_off = if put_off { writer.put_off + 1 } else { 0 };
        (!put_off).then(|| take(&mut writer.ready))
    }
}

impl<'map, K, V, S, M> Locked<'map, K, V, S, M> {
    #[inline]
    pub(crate) fn new(map: &'map Map<K, V, S, M>, writer: LockGuard<'map, Writer<K, V>>) -> Self {
        Locked { map, writer: ManuallyDrop::new(writer) }
    }

    /// The map's table.
    #[inline]
    pub(crate) fn table(&self) -> Option<Table<K, V>> {
        // Relaxed: the lock orders this after whoever stored it.
        let table = self.map.table.load(Relaxed);
        // SAFETY: it is none or the map's own, and only the writer would replace it.
        unsafe { Table::from_ptr(table) }
    }

    pub(crate) fn len(&self) -> usize {
        // Relaxed: the lock orders this after the last store.
        self.map.writers.len.load(Relaxed)
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

impl<'map, K, V, S, M> Locked<'map, K, V, S, M>
where
    K: Hash + Eq,
    S: BuildHasher,
    M: Migrate<K> + Migrate<V>,
{
    /// Inserts the key and the value, and takes them out of there; a key that is not needed stays. If a value has been
    /// replaced, returns the entry that had it, which is unlinked.
    ///
    /// If user code panics, both are still there: they are dropped where the lock is not held.
    ///
    /// The way for any entry. Most take the one in `at_home.rs`.
    pub(crate) fn insert(&mut self, hash: u64, key: &mut Option<K>, value: &mut Option<V>) -> Replaced<K, V> {
        loop {
            if let Some(table) = self.table() {
                let Some(given) = key.as_ref() else { unreachable!("it is taken when it is inserted") };
                // SAFETY: this has the lock, and the table is the map's.
                match unsafe { table.locate(hash, given) } {
                    Located::Occupied(old, found) => {
                        if let Some(new) = self.place_of_replacement(table, hash, found) {
                            return Some(self.replace(table, hash, old, new, value));
                        }
                    }
                    Located::Vacant(Some(vacancy)) if self.has_room_in(vacancy) => {
                        self.insert_new(table, hash, vacancy, key, value);
                        return None;
                    }
                    Located::Vacant(_) => {}
                }
            }
            self.make_room();
        }
    }

    /// [`Writer::publish`] of a key that was not there.
    fn insert_new(
        &mut self,
        table: Table<K, V>,
        hash: u64,
        vacancy: Vacancy,
        key: &mut Option<K>,
        value: &mut Option<V>,
    ) {
        let (Some(key), Some(value)) = (key.take(), value.take()) else { unreachable!("they are taken once") };
        self.writer.publish(table, hash, vacancy, Entry { key, value });
        self.map.add_to_len(1);
    }

    /// Replaces the value of a key that is there by what `update` makes of it. Otherwise as [`insert`](Self::insert).
    pub(crate) fn update<Q>(
        &mut self,
        hash: u64,
        key: &Q,
        value: &mut Option<V>,
        update: impl FnOnce(&V) -> V,
    ) -> Replaced<K, V>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let mut update = Some(update);
        loop {
            let table = self.table()?;
            // SAFETY: this has the lock, and the table is the map's.
            let Located::Occupied(old, found) = (unsafe { table.locate(hash, key) }) else { return None };
            if let Some(update) = update.take() {
                // SAFETY: the entry is linked, and only the writer, which this is, would unlink it.
                *value = Some(update(unsafe { &(*table.entry(old).as_ptr()).value }));
            }
            if let Some(new) = self.place_of_replacement(table, hash, found) {
                return Some(self.replace(table, hash, old, new, value));
            }
            self.make_room();
        }
    }

    /// The key's entry. Where there is none, one with what `make` makes is inserted first. Otherwise as
    /// [`insert`](Self::insert).
    pub(crate) fn find_or_insert(
        &mut self,
        hash: u64,
        key: &mut Option<K>,
        value: &mut Option<V>,
        make: impl FnOnce() -> V,
    ) -> NonNull<Entry<K, V>> {
        let mut make = Some(make);
        loop {
            if let Some(table) = self.table() {
                let Some(given) = key.as_ref() else { unreachable!("it is taken when it is inserted") };
                // SAFETY: this has the lock, and the table is the map's.
                match unsafe { table.locate(hash, given) } {
                    Located::Occupied(there, _) => return table.entry(there),
                    Located::Vacant(Some(vacancy)) if self.has_room_in(vacancy) => {
                        let Some(make) = make.take() else { unreachable!("the loop ends here") };
                        // Nothing has changed yet, should it panic; and nothing changes meanwhile, since it cannot write.
                        *value = Some(make());
                        self.insert_new(table, hash, vacancy, key, value);
                        return table.entry(vacancy.slot);
                    }
                    Located::Vacant(_) => {}
                }
            }
            self.make_room();
        }
    }

    /// [`Writer::overwrite`], and has the old entry wait.
    fn replace(
        &mut self,
        table: Table<K, V>,
        hash: u64,
        old: Slot,
        new: Replacement,
        value: &mut Option<V>,
    ) -> NonNull<Entry<K, V>> {
        let unlinked = self.writer.overwrite::<M>(table, hash, old, new, value);
        self.quarantine(table, unlinked);
        table.entry(old)
    }

    // ANCHOR: place
    /// Where the replacement of an entry may go that `found` is the place of: nearer home if that is allowed now, else
    /// in the same word, else later.
    fn place_of_replacement(&mut self, table: Table<K, V>, hash: u64, found: Probe) -> Option<Replacement> {
        if found.distance > 0
            && let Some(replacement) = self.nearer_home(table, hash, found)
        {
            return Some(replacement);
        }
        let mut place = found;
        loop {
            if let Some(vacancy) = Vacancy::in_word(place.word, table.word(place.word).peek()) {
                return self.has_room_in(vacancy).then_some(Replacement { vacancy, nearer_home: false });
            }
            place = place.next(table.mask())?;
            if place.distance == FAR && self.advance() {
                // There are free slots now, in this key's words if it is one that is overwritten often.
                return self.place_of_replacement(table, hash, found);
            }
        }
    }

    /// A free slot that comes earlier in the search than `found`, if a key may be moved there now. None of the words
    /// before `found` has an empty one.
    fn nearer_home(&self, table: Table<K, V>, hash: u64, found: Probe) -> Option<Replacement> {
        if !self.writer.quarantine.moves.may_move(hash) {
            return None;
        }
        let mut place = Probe::new(hash, table.mask());
        while place != found {
            if let Some(vacancy) = Vacancy::in_word(place.word, table.word(place.word).peek()) {
                return Some(Replacement { vacancy, nearer_home: true });
            }
            place = place.next(table.mask())?;
        }
        None
    }
    // ANCHOR_END: place

    fn has_room_in(&self, vacancy: Vacancy) -> bool {
        self.writer.growth_left > 0 || !vacancy.is_empty()
    }

    /// Sees to it that there is a slot for one more entry.
    #[cold]
    fn make_room(&mut self) {
        let words = self.table().map_or(0, |table| table.mask() + 1);
        // If few slots can be had by waiting for readers no more, the next writer would be here again soon.
        if self.writer.quarantine.len() * 8 >= usable::<K, V>(words) && self.advance() {
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
        let word = table.word(slot.word);
        word.store(word.peek().replace(slot.lane, State::full(hash), State::TOMBSTONE));
        self.map.add_to_len(-1);
        self.quarantine(table, Unlinked::new(slot, true));
        Some(table.entry(slot))
    }
    // ANCHOR_END: remove
}

/// The place of a replacement.
#[derive(Clone, Copy)]
pub(crate) struct Replacement {
    pub(crate) vacancy: Vacancy,
    /// Whether readers may have passed it already when they come to the old one.
    pub(crate) nearer_home: bool,
}
