//! What real threads, and one thread alone, show.

use std::mem::MaybeUninit;
use std::thread;

mod sync {
    pub use std::boxed::Box;
    pub use std::sync::{Arc, Mutex};
}

#[path = "own_types/address_lock.rs"]
mod address_lock;

use address_lock::{AddressLock, Held};

// It has no interior mutability inside of it: this compiles.
step10::__no_interior_mutability!(AddressLock<u64>);

#[test]
fn a_lock_that_is_known_by_its_address_is_a_lock() {
    let held = Held::new();
    let locks = [AddressLock::new(0_u64, &held), AddressLock::new(0, &held)];
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for lock in locks.iter().cycle().take(2_000) {
                    let mut value = loop {
                        match lock.try_lock() {
                            Some(value) => break value,
                            None => thread::yield_now(),
                        }
                    };
                    *value += 1;
                }
            });
        }
    });
    assert!(locks.iter().all(|lock| *lock.try_lock().unwrap() == 3_000));
}

// ANCHOR: two_guards
#[test]
fn a_copy_of_a_held_lock_that_is_known_by_its_address_is_free() {
    let old = MaybeUninit::new(AddressLock::new(0_u64, &Held::new()));
    let mut new = MaybeUninit::<AddressLock<u64>>::uninit();
    // SAFETY: two places for a lock. What a lock of this kind needs is NOT kept: it has two addresses from here on. So its
    // value is not touched below.
    unsafe { std::ptr::copy_nonoverlapping(&raw const old, &raw mut new, 1) };
    // SAFETY: both hold the bits of a lock. The old copy is never dropped.
    let (old, new) = unsafe { (old.assume_init_ref(), new.assume_init()) };

    let first = old.try_lock();
    assert!(first.is_some());
    assert!(old.try_lock().is_none(), "it is held");
    assert!(new.try_lock().is_some(), "and its copy is not: two threads would have `&mut` to one value");
}
// ANCHOR_END: two_guards
