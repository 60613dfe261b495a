//! The cells of the hunt. Reading on is a hint of its own: try to find their bugs without.

use std::mem::ManuallyDrop;
use std::ptr::null_mut;

use witness::sync::atomic::AtomicPtr;
use witness::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use witness::sync::{Arc, Mutex};
use witness::{Probe, ptr, thread};

use crate::cell::Cell;

type Value = Probe<u32>;

/// The right one: the reader is counted under the lock.
pub struct Locked(Mutex<Arc<Value>>);

impl Cell for Locked {
    fn new(value: Value) -> Self {
        Locked(Mutex::new(Arc::new(value)))
    }

    fn get(&self) -> Arc<Value> {
        self.0.lock().unwrap().clone()
    }

    fn replace(&self, value: Value) {
        let new = Arc::new(value);
        let old = std::mem::replace(&mut *self.0.lock().unwrap(), new);
        drop(old);
    }
}

/// Hands out references that nobody has counted.
pub struct Uncounted(Mutex<Arc<Value>>);

impl Cell for Uncounted {
    fn new(value: Value) -> Self {
        Uncounted(Mutex::new(Arc::new(value)))
    }

    fn get(&self) -> Arc<Value> {
        let current = self.0.lock().unwrap();
        // SAFETY: NOT kept: both handles own the one reference.
        unsafe { ptr::read(&*current) }
    }

    fn replace(&self, value: Value) {
        let new = Arc::new(value);
        drop(std::mem::replace(&mut *self.0.lock().unwrap(), new));
    }
}

/// Loads the pointer and counts itself in afterwards: step 3.
pub struct CountedTooLate(AtomicPtr<Value>);

impl Cell for CountedTooLate {
    fn new(value: Value) -> Self {
        CountedTooLate(AtomicPtr::new(Arc::into_raw(Arc::new(value)).cast_mut()))
    }

    fn get(&self) -> Arc<Value> {
        // SAFETY: NOT kept: a writer may drop the last reference before the clone.
        let arc = ManuallyDrop::new(unsafe { Arc::from_raw(self.0.load(Acquire)) });
        Arc::clone(&arc)
    }

    fn replace(&self, value: Value) {
        let old = self.0.swap(Arc::into_raw(Arc::new(value)).cast_mut(), AcqRel);
        // SAFETY: the cell's reference, which the swap has handed to this thread.
        drop(unsafe { Arc::from_raw(old) });
    }
}

impl Drop for CountedTooLate {
    fn drop(&mut self) {
        // SAFETY: the cell's own reference; nobody else has the cell.
        drop(unsafe { Arc::from_raw(*self.0.get_mut()) });
    }
}

/// Takes the pointer out and puts it back, as step 4 does; and a writer publishes with `Relaxed`.
pub struct Unpublished(AtomicPtr<Value>);

impl Unpublished {
    fn take(&self) -> Arc<Value> {
        loop {
            let pointer = self.0.load(Relaxed);
            if !pointer.is_null() && self.0.compare_exchange(pointer, null_mut(), Acquire, Relaxed).is_ok() {
                // SAFETY: the exchange has handed the cell's reference to this thread.
                return unsafe { Arc::from_raw(pointer) };
            }
            thread::yield_now();
        }
    }
}

impl Cell for Unpublished {
    fn new(value: Value) -> Self {
        Unpublished(AtomicPtr::new(Arc::into_raw(Arc::new(value)).cast_mut()))
    }

    fn get(&self) -> Arc<Value> {
        let arc = self.take();
        let clone = Arc::clone(&arc);
        self.0.store(Arc::into_raw(arc).cast_mut(), Release);
        clone
    }

    fn replace(&self, value: Value) {
        let new = Arc::into_raw(Arc::new(value)).cast_mut();
        let old = self.take();
        // NOT kept: who takes this pointer has to see what is behind it.
        self.0.store(new, Relaxed);
        drop(old);
    }
}

impl Drop for Unpublished {
    fn drop(&mut self) {
        // SAFETY: the cell's own reference; nobody else has the cell.
        drop(unsafe { Arc::from_raw(*self.0.get_mut()) });
    }
}

/// Two writers may both take themselves for the one who replaces the current value.
pub struct TwoVisits(Mutex<*mut Value>);

// SAFETY: the pointer is an `Arc<Value>`'s, and a `Value` may be shared and sent.
unsafe impl Send for TwoVisits {}
// SAFETY: as above.
unsafe impl Sync for TwoVisits {}

impl Cell for TwoVisits {
    fn new(value: Value) -> Self {
        TwoVisits(Mutex::new(Arc::into_raw(Arc::new(value)).cast_mut()))
    }

    fn get(&self) -> Arc<Value> {
        let current = self.0.lock().unwrap();
        // SAFETY: the cell's reference is there while the lock is held, with one writer.
        let arc = ManuallyDrop::new(unsafe { Arc::from_raw(*current) });
        Arc::clone(&arc)
    }

    fn replace(&self, value: Value) {
        let new = Arc::into_raw(Arc::new(value)).cast_mut();
        let old = *self.0.lock().unwrap();
        *self.0.lock().unwrap() = new;
        // SAFETY: NOT kept with two writers: another one may have seen the same pointer between the two visits.
        drop(unsafe { Arc::from_raw(old) });
    }
}

impl Drop for TwoVisits {
    fn drop(&mut self) {
        // SAFETY: the cell's own reference; nobody else has the cell.
        drop(unsafe { Arc::from_raw(*self.0.get_mut().unwrap()) });
    }
}

/// A writer that finds the cell busy gives up, and its value is lost.
pub struct TooPolite(Mutex<Arc<Value>>);

impl Cell for TooPolite {
    fn new(value: Value) -> Self {
        TooPolite(Mutex::new(Arc::new(value)))
    }

    fn get(&self) -> Arc<Value> {
        self.0.lock().unwrap().clone()
    }

    fn replace(&self, value: Value) {
        let new = Arc::new(value);
        if let Ok(mut current) = self.0.try_lock() {
            let old = std::mem::replace(&mut *current, new);
            drop(current);
            drop(old);
        }
    }
}
