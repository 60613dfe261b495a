//! What others can see while a lock is held.

use super::world::cell::UnsafeCell;
use super::world::{Mutex, RwLock, thread};

/// Two threads add 1 each, and neither waits. Whoever finds the lock taken has not added.
pub fn contended_try_lock() {
    let counter = std::sync::Arc::new(Mutex::new(0));
    let add = |counter: &Mutex<i32>| {
        if let Ok(mut counter) = counter.try_lock() {
            *counter += 1;
        }
    };
    let other = {
        let counter = counter.clone();
        thread::spawn(move || add(&counter))
    };
    add(&counter);
    other.join().unwrap();
    assert_eq!(*counter.lock().unwrap(), 2, "somebody has found it taken"); // ✗ contended
}

struct Guarded {
    lock: RwLock<()>,
    value: UnsafeCell<u64>,
}

// SAFETY: broken: the value is written under a lock that others share.
unsafe impl Sync for Guarded {}
// SAFETY: as above.
unsafe impl Send for Guarded {}

/// Readers run beside each other, so what one of them writes races with what the others read.
pub fn write_under_a_read_lock() {
    let guarded = std::sync::Arc::new(Guarded { lock: RwLock::new(()), value: UnsafeCell::new(0) });
    let other = {
        let guarded = guarded.clone();
        thread::spawn(move || {
            let _guard = guarded.lock.read().unwrap();
            // SAFETY: broken, see above.
            guarded.value.with_mut(|value| unsafe { *value = 1 }); // ✗ write under a read lock
        })
    };
    {
        let _guard = guarded.lock.read().unwrap();
        // SAFETY: broken, see above.
        guarded.value.with(|value| unsafe { assert!(*value <= 1) });
    }
    other.join().unwrap();
}
