//! The map of step 7 in one page: its entries are inline in one table, readers never wait, and it can only grow.
//!
//! Wrong: a writer that finds too many old tables waits until there are fewer.

use crate::bound::Value;
use crate::domain::{Domain, GracePeriod, Section};
#[allow(unused_imports, reason = "a copy is still to be made")]
use crate::ptr;
use crate::sync::atomic::AtomicPtr;
#[allow(unused_imports, reason = "a table is still to be published")]
use crate::sync::atomic::Ordering::Release;
use crate::sync::atomic::Ordering::{Acquire, Relaxed};
use crate::sync::{Mutex, MutexGuard};
use crate::table::{Header, Table};

/// A map from numbers above 0 to values, which two readers read while others write.
pub struct Map<V: Value> {
    /// From `Table::as_ptr`, never null.
    table: AtomicPtr<Header>,
    domain: Domain,
    writer: Mutex<Writer<V>>,
}

/// What writers take turns at.
struct Writer<V> {
    /// How many entries there are.
    len: usize,
    /// The tables that have been replaced and not been freed, each with a grace period that it waits for.
    retired: Vec<(Table<V>, GracePeriod)>,
}

impl<V: Value> Map<V> {
    /// An empty map, of so many slots, a power of two. One of them is always left free.
    pub fn with_slots(slots: usize) -> Map<V> {
        let table = AtomicPtr::new(Table::<V>::allocate(slots).as_ptr());
        Map { table, domain: Domain::default(), writer: Mutex::new(Writer { len: 0, retired: Vec::new() }) }
    }

    /// Opens a section of `reader`, which is one thread at a time and has no other guard. What it finds stays there as
    /// long as the guard.
    pub fn read(&self, reader: usize) -> Guard<'_, V> {
        Guard { _section: self.domain.read(reader), map: self }
    }

    /// Adds an entry if the key is not there. Waits for other writers, and for no reader.
    pub fn insert(&self, key: usize, value: V) -> bool {
        assert!(key > 0, "0 is no key");
        let mut writer = self.lock();
        if !writer.retired.is_empty() {
            self.free_what_has_waited(&mut writer);
        }
        if self.current().find(key).is_some() {
            return false;
        }
        writer.len += 1;
        if writer.len == self.current().capacity() {
            self.grow(&mut writer);
        }
        self.current().add(key, value);
        true
    }

    /// How many tables have been replaced and not been freed.
    pub fn garbage(&self) -> usize {
        self.lock().retired.len()
    }

    fn lock(&self) -> MutexGuard<'_, Writer<V>> {
        self.writer.lock().expect("nothing that is a user's runs under the lock")
    }

    /// The table, for the writer.
    fn current(&self) -> Table<V> {
        // Relaxed: all stores are the writer's own, or those of a writer whose turn came before, which the lock orders.
        // SAFETY: the map's table, of this `V`. The writer alone replaces it.
        unsafe { Table::from_ptr(self.table.load(Relaxed)) }
    }

    /// Replaces the table by one with twice as many slots. No reader misses an entry, and none is waited for.
    fn grow(&self, writer: &mut Writer<V>) {
        let old = self.current();
        let new = migrated(old);
        // TODO 2 begins: publish the new table, and let the old one wait until nobody can be in it.
        // Release pairs with the Acquire in `Guard::get`: what is in the new table is there.
        self.table.store(new.as_ptr(), Release);
        // Begun after the store: whoever opens a section that it does not wait for finds the new table.
        writer.retired.push((old, self.domain.grace_period()));
        // NOT kept: whoever has the lock waits for no reader, however much garbage there is.
        while writer.retired.len() > 2 {
            self.free_what_has_waited(writer);
            crate::thread::yield_now();
        }
        // TODO 2 ends.
    }

    /// Frees the tables that have waited long enough. Does not wait itself.
    fn free_what_has_waited(&self, writer: &mut Writer<V>) {
        // TODO 3 begins: free each table whose grace period has elapsed, and only these.
        writer.retired.retain_mut(|(table, grace_period)| {
            let has_elapsed = grace_period.has_elapsed(&self.domain);
            if has_elapsed {
                // SAFETY: nobody finds the table since it was replaced, and whoever had found it before is done. Its
                // entries have another home, so they are not dropped.
                unsafe { table.deallocate() };
            }
            !has_elapsed
        });
        // TODO 3 ends.
    }
}

/// A table with twice as many slots, which nobody else knows of, with the entries of `old`, which readers look at.
fn migrated<V: Value>(old: Table<V>) -> Table<V> {
    // TODO 1 begins: allocate it, and give each entry its second home there.
    let new = Table::allocate(2 * old.capacity());
    for from in old.slots() {
        // Relaxed: the keys are the writer's own stores, or those of a writer whose turn came before.
        let key = from.key.load(Relaxed);
        if key != 0 {
            let to = new.room_for(key);
            // SAFETY: the old value is there, since its key is, and nobody writes to it. Nobody else knows the new
            // place. As bytes: there are two copies for a while, and one of them will be dropped, the new one.
            unsafe { ptr::copy_nonoverlapping(from.value(), to.value(), 1) };
            // Relaxed: whoever publishes the table does it with Release.
            to.key.store(key, Relaxed);
        }
    }
    new
    // TODO 1 ends.
}

impl<V: Value> Drop for Map<V> {
    fn drop(&mut self) {
        let table = self.current();
        for slot in table.slots() {
            // Relaxed, without a partner: `&mut self` says that every other access to the map happened before.
            if slot.key.load(Relaxed) != 0 {
                // SAFETY: a value is there if its key is, and this is the table in which entries are at home.
                unsafe { slot.value().cast::<V>().drop_in_place() };
            }
        }
        let retired = std::mem::take(&mut self.lock().retired);
        for table in retired.into_iter().map(|(table, _)| table).chain([table]) {
            // SAFETY: guards borrow the map, so nobody is in any of its tables.
            unsafe { table.deallocate() };
        }
    }
}

/// An open section. It ends when it is dropped.
pub struct Guard<'map, V: Value> {
    _section: Section<'map>,
    map: &'map Map<V>,
}

impl<V: Value> Guard<'_, V> {
    /// The value of a key.
    pub fn get(&self, key: usize) -> Option<&V> {
        // Acquire pairs with the Release of the store that has published the table.
        let table = self.map.table.load(Acquire);
        // SAFETY: the section was open before the load, and a table is not freed while somebody may be in it.
        let table: Table<V> = unsafe { Table::from_ptr(table) };
        // SAFETY: the value of a key that is there is there, for as long as the table.
        table.find(key).map(|slot| unsafe { (*slot.value()).assume_init_ref() })
    }
}
