//! All entries of a table.

use std::marker::PhantomData;

use super::control::{LANES, Lanes};
use super::raw::{Entry, Table};

/// The entries of a map, as [`Guard::iter`](crate::table::Guard::iter) finds them.
pub struct Iter<'guard, K, V> {
    table: Option<Table<K, V>>,
    /// The word after the one that `lanes` are of.
    next_word: usize,
    lanes: Lanes,
    entries: PhantomData<&'guard Entry<K, V>>,
}

impl<'guard, K, V> Iter<'guard, K, V> {
    /// # Safety
    ///
    /// A section that was open when the table was loaded stays open for `'guard`.
    pub(crate) unsafe fn new(table: Option<Table<K, V>>) -> Iter<'guard, K, V> {
        Iter { table, next_word: 0, lanes: Lanes::NONE, entries: PhantomData }
    }
}

impl<'guard, K, V> Iterator for Iter<'guard, K, V> {
    type Item = (&'guard K, &'guard V);

    fn next(&mut self) -> Option<Self::Item> {
        let table = self.table?;
        loop {
            if let Some(lane) = self.lanes.next() {
                let entry = table.entry((self.next_word - 1) * LANES + lane);
                // SAFETY: the word has shown the entry, and so it stays until the section has ended: see `new`.
                let entry: &'guard Entry<K, V> = unsafe { entry.as_ref() };
                return Some((&entry.key, &entry.value));
            }
            if self.next_word > table.mask() {
                return None;
            }
            self.lanes = table.load(self.next_word).full();
            self.next_word += 1;
        }
    }
}

impl<K, V> std::iter::FusedIterator for Iter<'_, K, V> {}
