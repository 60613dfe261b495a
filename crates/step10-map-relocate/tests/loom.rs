//! The models of step 10: the same source as the library, on the checker's types.

use std::mem::MaybeUninit;

use witness::thread::{name_current, scope};
use witness::{Bug, Probe};

mod sync {
    pub use witness::boxed::Box;
    pub use witness::sync::{Arc, Mutex};
}

#[path = "own_types/address_lock.rs"]
mod address_lock;

use address_lock::{AddressLock, Held};

/// Adds 1 to the value, when the lock is free.
fn add_one(lock: &AddressLock<Probe<u32>>) {
    loop {
        if let Some(mut value) = lock.try_lock() {
            **value += 1;
            return;
        }
        witness::thread::yield_now();
    }
}

// ANCHOR: address_lock
/// A writer and a reader, through one lock.
fn through_one_address() {
    let lock = AddressLock::new(Probe::new(0), &Held::new());
    scope(|scope| {
        scope.spawn(|| add_one(&lock));
        add_one(&lock);
    });
    assert_eq!(**lock.try_lock().expect("nobody holds it"), 2);
}

/// The same, after the lock's bits were copied as a growing map would copy them: one thread has a `&` to the old place, one
/// to the new.
fn through_two_addresses() {
    let old = Box::new(MaybeUninit::new(AddressLock::new(Probe::new(0), &Held::new())));
    let mut new = Box::new(MaybeUninit::<AddressLock<Probe<u32>>>::uninit());
    // SAFETY: both are places for a lock, and they do not overlap. What `AddressLock` asks for is NOT kept: while there are
    // two copies, one lock has two addresses.
    unsafe { witness::ptr::copy_nonoverlapping(&raw const *old, &raw mut *new, 1) };
    // SAFETY: both hold the bits of a lock. Only the new one is dropped.
    let (old, new) = unsafe { (old.assume_init_ref(), new.assume_init_mut()) };
    scope(|scope| {
        scope.spawn(|| {
            name_current("new reader");
            add_one(new);
        });
        name_current("old reader");
        add_one(old);
    });
    // SAFETY: the threads are done, and the old copy is forgotten.
    unsafe { std::ptr::drop_in_place(new) };
}
// ANCHOR_END: address_lock

#[test]
fn a_lock_that_is_known_by_its_address_works_where_it_is() {
    witness::model(through_one_address);
}

#[test]
fn copied_while_others_refer_to_it_it_lets_two_in() {
    let witness = witness::expect_bug(Bug::DataRace, through_two_addresses);
    recording::counterexample("step10-address-lock", &witness);
}
