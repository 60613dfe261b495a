//! A table of a fixed number of slots: a header and the slots, in one allocation.

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use crate::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use crate::ptr;
use crate::sync::atomic::AtomicUsize;
use crate::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// What a table says of itself.
pub struct Header {
    /// A power of two.
    capacity: usize,
}

/// A place for one entry.
pub struct Slot<V> {
    /// The key whose value is here, or 0 as long as there is none. The writer alone stores it, once.
    pub key: AtomicUsize,
    value: UnsafeCell<MaybeUninit<V>>,
}

impl<V> Slot<V> {
    /// Where the value is, if there is one.
    pub fn value(&self) -> *mut MaybeUninit<V> {
        self.value.get()
    }
}

/// A pointer to a table. Like any pointer, it does not keep the table, and can be copied; whoever has one says why the
/// table is there.
pub struct Table<V> {
    header: NonNull<Header>,
    slots: PhantomData<*const Slot<V>>,
}

impl<V> Clone for Table<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Table<V> {}

// SAFETY: whoever has the table gets `&V`, and may be the one that drops the values.
unsafe impl<V: Send + Sync> Send for Table<V> {}

impl<V> Table<V> {
    /// The layout of a table, and where its slots begin.
    fn layout(capacity: usize) -> (Layout, usize) {
        let slots = Layout::array::<Slot<V>>(capacity).expect("no table is as large as that");
        Layout::new::<Header>().extend(slots).expect("no table is as large as that")
    }

    /// A table of so many slots, a power of two, with nothing in them.
    pub fn allocate(capacity: usize) -> Table<V> {
        assert!(capacity.is_power_of_two());
        let (layout, _) = Self::layout(capacity);
        // SAFETY: the header alone makes the size more than zero.
        let block = unsafe { alloc(layout) }.cast::<Header>();
        let Some(header) = NonNull::new(block) else { handle_alloc_error(layout) };
        // SAFETY: the block is new, and begins with the header.
        unsafe { ptr::write(block, Header { capacity }) };
        let table = Table { header, slots: PhantomData };
        for index in 0..capacity {
            // SAFETY: `layout` has `capacity` slots there, and nobody else knows of them.
            unsafe { ptr::write(&raw mut (*table.first().add(index)).key, AtomicUsize::new(0)) };
        }
        table
    }

    /// Frees the table, and drops nothing that is in it.
    ///
    /// # Safety
    ///
    /// It is there, and nobody uses it any more.
    pub unsafe fn deallocate(self) {
        let (layout, _) = Self::layout(self.capacity());
        // SAFETY: it was allocated with this layout, and the caller has it alone.
        unsafe { dealloc(self.header.as_ptr().cast(), layout) }
    }

    /// The table that a pointer from [`as_ptr`](Self::as_ptr) means.
    ///
    /// # Safety
    ///
    /// It is not null, and one of a table of this `V`, which is there for as long as what is returned is used.
    pub unsafe fn from_ptr(header: *mut Header) -> Table<V> {
        // SAFETY: the caller's promise.
        Table { header: unsafe { NonNull::new_unchecked(header) }, slots: PhantomData }
    }

    /// What the map stores.
    pub fn as_ptr(self) -> *mut Header {
        self.header.as_ptr()
    }

    /// How many slots there are.
    pub fn capacity(&self) -> usize {
        // SAFETY: the table is there, and the header does not change. (By `read`, so that the checker sees it.)
        unsafe { ptr::read(&raw const (*self.header.as_ptr()).capacity) }
    }

    fn first(&self) -> *mut Slot<V> {
        let (_, offset) = Self::layout(0);
        // SAFETY: the slots follow the header in the same allocation; where, does not depend on their number.
        unsafe { self.header.as_ptr().byte_add(offset).cast() }
    }

    /// The slots, in order.
    pub fn slots(&self) -> &[Slot<V>] {
        // SAFETY: the table is there, with so many slots, whose keys `allocate` has written. Values may be missing.
        unsafe { std::slice::from_raw_parts(self.first(), self.capacity()) }
    }

    /// The slots in the order in which one looks for a key: from where it is at home, and round. All searches end at
    /// the first slot that has no key, and a map sees to it that there is one.
    fn search(&self, key: usize) -> impl Iterator<Item = &Slot<V>> {
        let slots = self.slots();
        let (before, from) = slots.split_at(key & (slots.len() - 1));
        from.iter().chain(before)
    }

    /// Where a key is.
    pub fn find(&self, key: usize) -> Option<&Slot<V>> {
        for slot in self.search(key) {
            // Acquire pairs with the Release in `add`: the value is there.
            match slot.key.load(Acquire) {
                0 => return None,
                found if found == key => return Some(slot),
                _ => {}
            }
        }
        None
    }

    /// The slot for a key that is not there. The writer asks.
    pub fn room_for(&self, key: usize) -> &Slot<V> {
        // Relaxed: all stores are the writer's own, or those of a writer whose turn came before, which the lock orders.
        self.search(key).find(|slot| slot.key.load(Relaxed) == 0).expect("a table has room for one entry more")
    }

    /// Adds an entry, whose key is not there. The writer alone does this.
    pub fn add(&self, key: usize, value: V) {
        let slot = self.room_for(key);
        // SAFETY: no reader looks at a value whose key is not there, and there is one writer.
        unsafe { ptr::write(slot.value(), MaybeUninit::new(value)) };
        // Release pairs with the Acquire in `find`.
        slot.key.store(key, Release);
    }
}
