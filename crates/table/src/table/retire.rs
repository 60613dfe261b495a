//! What has been unlinked and may still be read.
//!
//! Nothing moves when it is unlinked. An entry stays in its slot, which is a tombstone until a grace period has passed;
//! a table that has been replaced stays as a whole, tombstones and all. Only then is an entry moved out and dropped, or
//! a table freed. So a reader's references stay good, and no bits are copied while somebody may be changing them
//! through a shared reference.

use std::hint::assert_unchecked;
use std::mem::{forget, needs_drop, take};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::control::{LANES, State, Word};
use super::moves::Moves;
use super::raw::{Entry, Slot, Table};
use super::write::Writer;
use crate::ptr;
use crate::rcu::{Domain, GracePeriod};

/// An entry that no new reader finds: its word, its lane in three bits, and whether it owns its key. All in one integer,
/// since every write that unlinks something stores one. (No word's number needs the first four bits: a word and its copy are
/// sixteen bytes.)
pub(crate) struct Unlinked(usize);

impl Unlinked {
    #[inline]
    pub(crate) fn new(slot: Slot, owns_key: bool) -> Unlinked {
        const { assert!(LANES <= 8 && 2 * size_of::<Word>() >= 1 << 4) };
        Unlinked(slot.word << 4 | slot.lane << 1 | usize::from(owns_key))
    }

    #[inline]
    fn slot(&self) -> Slot {
        Slot { word: self.0 >> 4, lane: self.0 >> 1 & 7 }
    }

    /// Whether its key is to be dropped with its value. If not, the key has a home elsewhere.
    #[inline]
    fn owns_key(&self) -> bool {
        self.0 & 1 != 0
    }
}

/// The unlinked entries of the map's table: a batch that fills, and one that waits for a grace period.
#[derive(Default)]
pub(crate) struct Quarantine {
    filling: Vec<Unlinked>,
    waiting: Vec<Unlinked>,
    /// Began after the last of `waiting` had been unlinked. There is one while something waits.
    grace_period: Option<GracePeriod>,
    /// The keys that may not come nearer home before a grace period has passed.
    pub(crate) moves: Moves,
}

impl Quarantine {
    pub(crate) fn len(&self) -> usize {
        self.filling.len() + self.waiting.len()
    }

    /// Adds one. True if it is time to look what has waited long enough.
    #[inline]
    pub(crate) fn push<K, V>(&mut self, unlinked: Unlinked, table: Table<K, V>) -> bool {
        self.filling.push(unlinked);
        table.is_batch(self.filling.len())
    }

    /// Whether there is memory for one more.
    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        self.filling.len() < self.filling.capacity()
    }

    /// As [`push`](Self::push), without a call.
    ///
    /// # Safety
    ///
    /// It [has room](Self::has_room).
    #[inline]
    pub(crate) unsafe fn push_in_room<K, V>(&mut self, unlinked: Unlinked, table: Table<K, V>) -> bool {
        // SAFETY: the caller's promise.
        unsafe { assert_unchecked(self.has_room()) };
        self.push(unlinked, table)
    }

    /// All of it, and an empty quarantine for another table.
    pub(crate) fn take_all(&mut self) -> Vec<Unlinked> {
        let Quarantine { mut filling, mut waiting, .. } = take(self);
        waiting.append(&mut filling);
        waiting
    }
}

impl<K, V> Writer<K, V> {
    /// Lets what has been unlinked begin to wait, unless an earlier batch still does, and makes the slots of what has
    /// waited long enough reusable. Never waits itself. False if there are no more slots than before.
    pub(crate) fn advance(&mut self, table: Table<K, V>, domain: &Domain) -> bool {
        let released = self.release(table);
        let quarantine = &mut self.quarantine;
        if quarantine.grace_period.is_some() || quarantine.filling.is_empty() {
            return released;
        }
        std::mem::swap(&mut quarantine.waiting, &mut quarantine.filling);
        quarantine.moves.grace_period_begins();
        quarantine.grace_period = Some(domain.grace_period());
        // If no section is open, there is nothing to wait for.
        self.release(table) || released
    }

    /// Makes the slots that have waited long enough reusable.
    fn release(&mut self, table: Table<K, V>) -> bool {
        let quarantine = &mut self.quarantine;
        if !quarantine.grace_period.as_mut().is_some_and(GracePeriod::has_elapsed) {
            return false;
        }
        quarantine.grace_period = None;
        quarantine.moves.grace_period_has_passed();
        if table.has_moved() && quarantine.moves.is_empty() {
            table.set_moved(false);
        }
        let words = table.words();
        let mut empty = 0;
        for unlinked in quarantine.waiting.drain(..) {
            if needs_drop::<Entry<K, V>>() {
                let entry = table.entry(unlinked.slot()).as_ptr();
                // SAFETY: the entry was unlinked before the grace period that has passed, so nobody has a reference to
                // it any more. The slot leaves the quarantine: this is done once.
                self.ready.entries.push(unsafe {
                    match unlinked.owns_key() {
                        true => Retired::Entry(ptr::read(entry)),
                        false => Retired::Value(ptr::read(&raw const (*entry).value)),
                    }
                });
            }
            let Slot { word, lane } = unlinked.slot();
            let word = words.at(word);
            let state = word.peek().reusable();
            empty += usize::from(state == State::EMPTY);
            word.store(word.peek().replace(lane, State::TOMBSTONE, state));
        }
        self.growth_left += empty;
        // A reader who stayed for long may have made it a large batch.
        quarantine.waiting.shrink_to(1024);
        true
    }

    /// Puts away a table that has just been replaced, with what is in quarantine in it.
    pub(crate) fn retire(&mut self, table: Table<K, V>, drops: Drops, domain: &Domain) {
        let unlinked = self.quarantine.take_all();
        self.tables.push(RetiredTable { table, unlinked, drops, grace_period: Some(domain.grace_period()) });
        self.poll_tables();
    }

    /// Frees the tables that have waited long enough, or has them ready to be freed if something is to be dropped in
    /// them.
    pub(crate) fn poll_tables(&mut self) {
        // The oldest come first, and a grace period does not end before one that began earlier: a section that the
        // earlier one still waits for was open when the later one began.
        let waited = self.tables.iter_mut().map(RetiredTable::has_waited).take_while(|&waited| waited).count();
        for mut retired in self.tables.drain(..waited) {
            retired.grace_period = None;
            if needs_drop::<Entry<K, V>>() {
                self.ready.tables.push(retired);
            } else {
                // SAFETY: nobody finds the table since it was replaced, and the grace period since then has passed.
                unsafe { retired.table.deallocate() };
            }
        }
    }
}

/// Of the entries that a replaced table still shows, what is to be dropped with it.
#[derive(Clone, Copy)]
pub(crate) struct Drops {
    pub(crate) keys: bool,
    pub(crate) values: bool,
}

/// A table that has been replaced.
pub(crate) struct RetiredTable<K, V> {
    pub(crate) table: Table<K, V>,
    pub(crate) unlinked: Vec<Unlinked>,
    pub(crate) drops: Drops,
    /// Began after it had been replaced. None if nobody can have it.
    pub(crate) grace_period: Option<GracePeriod>,
}

impl<K, V> RetiredTable<K, V> {
    fn has_waited(&mut self) -> bool {
        self.grace_period.as_mut().is_none_or(GracePeriod::has_elapsed)
    }

    /// How many entries are dropped with it.
    pub(crate) fn len(&self) -> usize {
        let shown = if self.drops.keys || self.drops.values { self.table.full().count() } else { 0 };
        self.unlinked.len() + shown
    }

    /// Drops what is to be dropped, and frees the table.
    ///
    /// # Safety
    ///
    /// Nobody else uses it.
    unsafe fn dispose(self, panics: &mut FirstPanic) {
        let RetiredTable { table, unlinked, drops, .. } = self;
        let unlinked = unlinked.into_iter().map(|entry| (entry.slot(), Drops { keys: entry.owns_key(), values: true }));
        if needs_drop::<Entry<K, V>>() {
            let shown = table.full().filter(|_| drops.keys || drops.values).map(|slot| (slot, drops));
            let halves = unlinked.chain(shown).flat_map(|(slot, drops)| {
                [drops.keys.then_some(Half::Key(slot)), drops.values.then_some(Half::Value(slot))].into_iter().flatten()
            });
            panics.drop_each(halves, |half| {
                // SAFETY: an entry that is unlinked or shown is there, and is either one or the other. What `drops`
                // says has no other home, and nobody has a reference to it.
                unsafe {
                    match half {
                        Half::Key(slot) => (&raw mut (*table.entry(slot).as_ptr()).key).drop_in_place(),
                        Half::Value(slot) => (&raw mut (*table.entry(slot).as_ptr()).value).drop_in_place(),
                    }
                }
            });
        }
        // SAFETY: the caller's promise.
        unsafe { table.deallocate() }
    }
}

/// Something of an entry that is dropped by itself, so that a panic does not skip the rest.
enum Half {
    Key(Slot),
    Value(Slot),
}

/// What has been moved out of its slot.
pub(crate) enum Retired<K, V> {
    Entry(Entry<K, V>),
    #[allow(dead_code, reason = "is there to be dropped")]
    Key(K),
    #[allow(dead_code, reason = "is there to be dropped")]
    Value(V),
}

impl<K, V> Retired<K, V> {
    /// What is dropped by itself: if both the key and the value of an entry panicked in one drop of the entry, that
    /// would abort the process.
    fn halves(self) -> impl Iterator<Item = Retired<K, V>> {
        let halves = match self {
            Retired::Entry(Entry { key, value }) => [Some(Retired::Key(key)), Some(Retired::Value(value))],
            half => [Some(half), None],
        };
        halves.into_iter().flatten()
    }
}

/// What nobody can be reading any more.
pub(crate) struct Ready<K, V> {
    pub(crate) entries: Vec<Retired<K, V>>,
    pub(crate) tables: Vec<RetiredTable<K, V>>,
}

impl<K, V> Default for Ready<K, V> {
    fn default() -> Self {
        Ready { entries: Vec::new(), tables: Vec::new() }
    }
}

impl<K, V> Ready<K, V> {
    /// How many things there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.entries.len() + self.tables.len()
    }

    /// Drops it all. The first panic goes on when everything has had its turn.
    ///
    /// No lock may be held and no section be open: what runs here is the user's, and may do anything.
    pub(crate) fn run(self) {
        let mut panics = FirstPanic(None);
        panics.drop_each(self.entries.into_iter().flat_map(Retired::halves), drop);
        for table in self.tables {
            // SAFETY: a table is ready when nobody uses it.
            unsafe { table.dispose(&mut panics) };
        }
        panics.resume();
    }
}

struct FirstPanic(Option<Box<dyn std::any::Any + Send>>);

impl FirstPanic {
    fn drop_each<T>(&mut self, items: impl Iterator<Item = T>, mut drop: impl FnMut(T)) {
        let mut items = items;
        while let Err(payload) = catch_unwind(AssertUnwindSafe(|| items.by_ref().for_each(&mut drop))) {
            match self.0 {
                None => self.0 = Some(payload),
                // Its drop is the user's, too, and may panic.
                Some(_) => forget(payload),
            }
        }
    }

    fn resume(self) {
        if let Some(payload) = self.0 {
            // While another panic unwinds, a second one would abort the process.
            if std::thread::panicking() { forget(payload) } else { resume_unwind(payload) }
        }
    }
}
