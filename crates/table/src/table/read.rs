//! Looking up: as a reader, and as the writer.

use std::borrow::Borrow;
use std::ptr::NonNull;

use super::control::{State, Word};
use super::probe::Probe;
use super::raw::{Entry, Place, Slot, Table};

impl<K, V> Table<K, V> {
    // ANCHOR: get
    /// The entry of a key, for a reader.
    ///
    /// Wait-free: at most three passes over the words, and more than one only if a writer is just moving this key, or
    /// has moved some key nearer to its home, and the key has not been found.
    ///
    /// # Safety
    ///
    /// The caller is in a read-side section that was open when it loaded the pointer to this table.
    #[inline]
    pub(crate) unsafe fn get<'guard, Q, R>(
        self,
        hash: u64,
        key: &Q,
        part: impl Fn(&'guard Entry<K, V>) -> R,
    ) -> Option<R>
    where
        K: Borrow<Q> + 'guard,
        V: 'guard,
        Q: Eq + ?Sized,
    {
        // Most keys are at home, and the first entry there whose tag is theirs.
        let home = self.home(hash);
        let word = home.load();
        let place = match word.lanes(State::full(hash)).next().map(|lane| home.place(lane)) {
            // SAFETY: as in `look`.
            Some(place) if unsafe { place.entry().as_ref() }.key.borrow() == key => place,
            // It has never been anywhere else in this table. (What stands in for a table has nothing else.)
            None if word.has(State::EMPTY) => return None,
            // SAFETY: the caller's promise; and what is found is an entry of this table.
            _ => unsafe { Place::of(self.get_elsewhere(hash, key)?) },
        };
        // SAFETY: as in `look`.
        Some(part(unsafe { place.entry().as_ref() }))
    }

    /// As [`get`](Self::get), without haste.
    ///
    /// # Safety
    ///
    /// As there.
    #[cold]
    unsafe fn get_elsewhere<Q>(self, hash: u64, key: &Q) -> Option<NonNull<Entry<K, V>>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let home = Probe::new(hash, self.mask());
        let mut probe = home;
        // What this pass has seen that may have been replaced; whether a pass came before; whether one found nothing.
        let (mut superseded, mut again, mut missed) = (None, false, false);
        loop {
            // SAFETY: the caller's promise.
            let word = match unsafe { self.look(probe, hash, key) } {
                Ok(found) => return Some(found),
                Err(word) => word,
            };
            // SAFETY: as above.
            superseded = unsafe { self.superseded(probe, word, key) }.or(superseded);
            match probe.next(self.mask()).filter(|_| !word.has(State::EMPTY)) {
                Some(next) => probe = next,
                None => {
                    // Whether to look again, and why that is seldom and not for ever: see `write.rs`.
                    match superseded.take() {
                        Some(entry) if again => return Some(entry),
                        Some(_) => {}
                        None if missed || !self.has_moved() => return None,
                        None => missed = true,
                    }
                    (probe, again) = (home, true);
                }
            }
        }
    }

    /// The key's entry if it is of this word; otherwise the word.
    ///
    /// # Safety
    ///
    /// As [`get`](Self::get).
    #[inline(always)]
    unsafe fn look<Q>(self, probe: Probe, hash: u64, key: &Q) -> Result<NonNull<Entry<K, V>>, Word>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let word = self.load(probe.word);
        for lane in word.lanes(State::full(hash)) {
            let entry = self.entry(Slot { word: probe.word, lane });
            // SAFETY: the word has shown an entry there, so it has been written, and published by the store that the
            // load has acquired. Nobody writes there again before the section has ended.
            if unsafe { &(*entry.as_ptr()).key }.borrow() == key {
                return Ok(entry);
            }
        }
        Err(word)
    }
    // ANCHOR_END: get

    /// The key's entry if this word shows that it is about to be replaced.
    ///
    /// # Safety
    ///
    /// As [`get`](Self::get); and `word` has been loaded there since.
    #[inline]
    unsafe fn superseded<Q>(self, probe: Probe, word: Word, key: &Q) -> Option<NonNull<Entry<K, V>>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        word.lanes(State::SUPERSEDED).find_map(|lane| {
            let entry = self.entry(Slot { word: probe.word, lane });
            // SAFETY: as in `look`: an entry in this state has not been unlinked yet.
            (unsafe { &(*entry.as_ptr()).key }.borrow() == key).then_some(entry)
        })
    }

    /// Where a key is, or where it would go, for the writer. `Eq` may panic, or call anything.
    ///
    /// # Safety
    ///
    /// The caller has the map's lock, and this is the map's table.
    pub(crate) unsafe fn locate<Q>(self, hash: u64, key: &Q) -> Located
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let mut vacant = None;
        let mut probe = Probe::new(hash, self.mask());
        self.prefetch(probe.word);
        loop {
            let word = self.word(probe.word).peek();
            for lane in word.lanes(State::full(hash)) {
                let slot = Slot { word: probe.word, lane };
                // SAFETY: the word shows an entry there, and only the writer could unlink it.
                if unsafe { &(*self.entry(slot).as_ptr()).key }.borrow() == key {
                    return Located::Occupied(slot, probe);
                }
            }
            vacant = vacant.or_else(|| Vacancy::in_word(probe.word, word));
            if word.has(State::EMPTY) {
                return Located::Vacant(vacant);
            }
            match probe.next(self.mask()) {
                Some(next) => probe = next,
                None => return Located::Vacant(vacant),
            }
        }
    }
}

/// What the writer has found.
pub(crate) enum Located {
    /// The key's slot, and where in its search that is.
    Occupied(Slot, Probe),
    /// The first slot of the search that can take an entry.
    Vacant(Option<Vacancy>),
}

/// A slot that can take an entry.
#[derive(Clone, Copy)]
pub(crate) struct Vacancy {
    pub(crate) slot: Slot,
    /// Empty or free.
    pub(crate) state: State,
}

impl Vacancy {
    /// A slot of a word that can.
    #[inline]
    pub(crate) fn in_word(word: usize, state: Word) -> Option<Vacancy> {
        let lane = state.vacant()?;
        Some(Vacancy { slot: Slot { word, lane }, state: state.state(lane) })
    }

    /// Whether the slot is empty, rather than free. A table runs out of these.
    #[inline]
    pub(crate) fn is_empty(self) -> bool {
        self.state == State::EMPTY
    }
}
