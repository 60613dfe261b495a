//! A lock that has no interior mutability inside of it: who holds it is written in a table, under the lock's address.
//!
//! It is sound, and `Freeze`. It is not `Relocate`.

use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};

use crate::sync::{Arc, Box, Mutex};

// ANCHOR: lock
/// The addresses of the locks that are held.
#[derive(Clone)]
pub struct Held(Arc<Mutex<Vec<usize>>>);

/// A value that one thread at a time may change. As small as a futex, or a lock of parking_lot, could be: there is no state
/// in it at all.
///
/// While somebody has a `&AddressLock`, the lock cannot be moved. So its address says which lock it is, for as long as it is
/// held.
pub struct AddressLock<T> {
    value: Box<UnsafeCell<T>>,
    held: Held,
}

// SAFETY: the value goes where the lock goes.
unsafe impl<T: Send> Send for AddressLock<T> {}
// SAFETY: one guard at a time is there for each lock: an address is in the table once, and two locks that are there at the
// same time have two addresses. NOT kept if the bits of a lock are in two places: then it has two addresses.
unsafe impl<T: Send> Sync for AddressLock<T> {}

impl<T> AddressLock<T> {
    /// A lock around `value`, free.
    pub fn new(value: T, held: &Held) -> AddressLock<T> {
        AddressLock { value: Box::new(UnsafeCell::new(value)), held: held.clone() }
    }

    /// Takes the lock, if nobody holds it.
    pub fn try_lock(&self) -> Option<Guard<'_, T>> {
        let mut held = self.held.0.lock().expect("nothing panics under this lock");
        if held.contains(&self.address()) {
            return None;
        }
        held.push(self.address());
        Some(Guard { lock: self })
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}
// ANCHOR_END: lock

impl Held {
    /// An empty table.
    pub fn new() -> Held {
        Held(Arc::new(Mutex::new(Vec::new())))
    }
}

/// The right to change the value, until it is dropped.
pub struct Guard<'lock, T> {
    lock: &'lock AddressLock<T>,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this is the only guard of the lock, and the lock the only owner of the value. (See `Sync`.)
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        let mut held = self.lock.held.0.lock().expect("nothing panics under this lock");
        held.retain(|address| *address != self.lock.address());
    }
}
