//! Looking up: as a reader, and as the writer.

use std::borrow::Borrow;
use std::ptr::NonNull;

use super::control::{LANES, tag};
use super::probe::Probe;
use super::raw::{Entry, Slot, Table};

impl<K, V> Table<K, V> {
    // ANCHOR: get
    /// The entry of a key, for a reader.
    ///
    /// Wait-free: at most two passes over the words, and a second one only when the first has found nothing and a writer has just moved a
    /// key nearer to its home.
    ///
    /// # Safety
    ///
    /// The caller is in a read-side section that was open when it loaded the pointer to this table.
    #[inline]
    pub(crate) unsafe fn get<Q>(self, hash: u64, key: &Q) -> Option<NonNull<Entry<K, V>>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        // SAFETY: the caller's promise.
        let found = unsafe { self.pass(hash, key) };
        if found.is_none() && self.has_moved() {
            // SAFETY: the caller's promise.
            return unsafe { self.second_pass(hash, key) };
        }
        found
    }

    /// # Safety
    ///
    /// As [`get`](Self::get).
    #[inline]
    unsafe fn pass<Q>(self, hash: u64, key: &Q) -> Option<NonNull<Entry<K, V>>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let mut probe = Probe::new(hash, self.mask());
        loop {
            let word = self.load(probe.word);
            for lane in word.with_tag(tag(hash)) {
                let entry = self.entry(probe.word * LANES + lane);
                // SAFETY: the word has shown an entry there, so it has been written, and published by the store that the load
                // has acquired. Nobody writes there again before the section has ended.
                if unsafe { &(*entry.as_ptr()).key }.borrow() == key {
                    return Some(entry);
                }
            }
            if word.has_empty() {
                return None;
            }
            probe = probe.next(self.mask())?;
        }
    }
    // ANCHOR_END: get

    /// # Safety
    ///
    /// As [`get`](Self::get).
    #[cold]
    unsafe fn second_pass<Q>(self, hash: u64, key: &Q) -> Option<NonNull<Entry<K, V>>>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        // SAFETY: the caller's promise.
        unsafe { self.pass(hash, key) }
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
        loop {
            let word = self.peek(probe.word);
            for lane in word.with_tag(tag(hash)) {
                let slot = probe.word * LANES + lane;
                // SAFETY: the word shows an entry there, and only the writer could unlink it.
                if unsafe { &(*self.entry(slot).as_ptr()).key }.borrow() == key {
                    return Located::Occupied(slot, probe);
                }
            }
            if vacant.is_none() {
                vacant = word.free().map(|lane| Vacancy { slot: probe.word * LANES + lane, was_empty: false });
            }
            if let Some(lane) = word.empty() {
                let empty = Vacancy { slot: probe.word * LANES + lane, was_empty: true };
                return Located::Vacant(Some(vacant.unwrap_or(empty)));
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
    /// Whether its state is empty, rather than free. A table runs out of these.
    pub(crate) was_empty: bool,
}
