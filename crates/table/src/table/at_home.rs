//! An insert that the word of its key's home decides, as it does for most.
//!
//! For a writer that the lock is biased to, this way calls nothing of the map's that comes back, so that what it works with
//! can stay in registers: what a processor can put off storing has an end, and an insert that stores little leaves room
//! for the next one's.

use std::hash::{BuildHasher, Hash};
use std::ptr::NonNull;

use super::control::State;
use super::lock::LockGuard;
use super::map::Map;
use super::migrate::Migrate;
use super::probe::Probe;
use super::raw::{Entry, Slot, Table};
use super::read::Vacancy;
use super::write::{Locked, Replacement, Writer};
use crate::sync::atomic::Ordering::Relaxed;

/// What the word of a key's home says of where its entry goes.
enum AtHome {
    /// The key is there, and its replacement goes beside it.
    Occupied(Slot, Vacancy),
    /// It is new.
    Vacant(Vacancy),
}

impl<K, V> Writer<K, V> {
    /// Where an entry goes if the word of its home decides that and has room, and if what has to be kept of an entry that is
    /// replaced needs no memory. The table is not full: [`Writer::growth_left`].
    #[inline(always)]
    fn place_at_home(&self, table: Table<K, V>, hash: u64, key: &K) -> Option<AtHome>
    where
        K: Eq,
    {
        let home = Probe::new(hash, table.mask()).word;
        table.prefetch(home);
        let word = table.word(home).peek();
        let vacancy = Vacancy::in_word(home, word)?;
        match word.lanes(State::full(hash)).next() {
            Some(lane) => {
                let slot = Slot { word: home, lane };
                // SAFETY: the word shows an entry there, and only the writer, which this is, could unlink it.
                let is_there = unsafe { &(*table.entry(slot).as_ptr()).key } == key;
                (is_there && self.quarantine.has_room()).then_some(AtHome::Occupied(slot, vacancy))
            }
            // If there is an empty slot, the key is nowhere.
            None => vacancy.is_empty().then_some(AtHome::Vacant(vacancy)),
        }
    }
}

/// The entry that has been replaced, if the key was there: it is unlinked, and is there for as long as a section of the calling
/// thread that was open before.
pub(crate) type Replaced<K, V> = Option<NonNull<Entry<K, V>>>;

/// What another way begins with.
type NotAtHome<'map, K, V> = (K, V, LockGuard<'map, Writer<K, V>>);

impl<K, V, S, M> Map<K, V, S, M>
where
    K: Hash + Eq,
    S: BuildHasher,
    M: Migrate<K> + Migrate<V>,
{
    /// Inserts a key with its value.
    pub(crate) fn insert_entry(&self, key: K, value: V) -> Replaced<K, V> {
        let hash = self.hash(&key);
        match self.writers.lock.lock_by_bias() {
            Some(writer) => match self.insert_at_home(hash, key, value, writer) {
                Ok(unlinked) => unlinked,
                Err((key, value, writer)) => self.insert_anywhere(hash, key, value, writer),
            },
            None => self.insert_in_turn(hash, key, value),
        }
    }

    /// The same, when the lock has to be waited for.
    #[inline(never)]
    fn insert_in_turn(&self, hash: u64, key: K, value: V) -> Replaced<K, V> {
        match self.insert_at_home(hash, key, value, self.lock_in_turn()) {
            Ok(unlinked) => unlinked,
            Err((key, value, writer)) => self.insert_anywhere(hash, key, value, writer),
        }
    }

    /// The same, where home decides nothing.
    #[inline(never)]
    fn insert_anywhere(&self, hash: u64, key: K, value: V, writer: LockGuard<'_, Writer<K, V>>) -> Replaced<K, V> {
        // What is not needed is dropped when the lock has been released, also if user code panics under it: after the lock.
        let (mut key, mut value) = (Some(key), Some(value));
        Locked::new(self, writer).insert(hash, &mut key, &mut value)
    }

    /// The same, if the word of the key's home decides where the entry goes.
    // The lock comes last: if user code panics, it is released before the key and the value are dropped.
    #[inline(always)]
    fn insert_at_home<'map>(
        &'map self,
        hash: u64,
        key: K,
        value: V,
        mut writer: LockGuard<'map, Writer<K, V>>,
    ) -> Result<Replaced<K, V>, NotAtHome<'map, K, V>> {
        // Without a table, or if the table is full, there is more to decide.
        if writer.growth_left == 0 {
            return Err((key, value, writer));
        }
        // SAFETY: since it has a slot left, it is a table of the map's, which only the writer, which this is, would replace.
        // Relaxed: the lock orders this after whoever stored it.
        let table = unsafe { Table::from_ptr_to_table(self.table.load(Relaxed)) };
        match writer.place_at_home(table, hash, &key) {
            Some(AtHome::Vacant(vacancy)) => {
                writer.publish(table, hash, vacancy, Entry { key, value });
                self.add_to_len(1);
                Ok(self.unlock(writer, None))
            }
            Some(AtHome::Occupied(old, vacancy)) => {
                // As with the parameters.
                let (mut value, mut writer) = (Some(value), writer);
                let new = Replacement { vacancy, nearer_home: false };
                let unlinked = writer.overwrite::<M>(table, hash, old, new, &mut value);
                // SAFETY: `place_at_home` has seen that it has room.
                let is_batch = unsafe { writer.quarantine.push_in_room(unlinked, table) };
                let old = Some(table.entry(old));
                Ok(if is_batch { self.advance_and_unlock(writer, table, old) } else { self.unlock(writer, old) })
            }
            None => Err((key, value, writer)),
        }
    }
}
