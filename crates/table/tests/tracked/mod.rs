//! Keys and values that say when they are dropped twice, or not at all, and the two ways in which they get a second
//! home.
#![allow(dead_code, reason = "each test uses some of it")]

use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::{BuildHasher, Hash, Hasher};
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use table::Migrate;

/// Who is alive. Each test has one of its own.
#[derive(Clone, Default)]
pub struct Register(Arc<Mutex<HashSet<u64>>>);

impl Register {
    pub fn tracked<T>(&self, value: T) -> Tracked<T> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Relaxed);
        self.0.lock().unwrap().insert(id);
        Tracked { value, id, register: self.clone() }
    }

    pub fn alive(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

/// A value that has to be dropped once.
pub struct Tracked<T> {
    pub value: T,
    id: u64,
    register: Register,
}

impl<T> Drop for Tracked<T> {
    fn drop(&mut self) {
        assert!(self.register.0.lock().unwrap().remove(&self.id), "dropped twice");
    }
}

impl<T: Clone> Clone for Tracked<T> {
    fn clone(&self) -> Self {
        self.register.tracked(self.value.clone())
    }
}

impl<T: PartialEq> PartialEq for Tracked<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Tracked<T> {}

impl<T: Hash> Hash for Tracked<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl Borrow<u16> for Tracked<u16> {
    fn borrow(&self) -> &u16 {
        &self.value
    }
}

/// The bits move, and nobody drops the old ones.
pub enum ByBits {}

// SAFETY: the tests use it for values without interior mutability, which do not care where they are.
unsafe impl<T> Migrate<T> for ByBits {
    const LEAVES_A_VALUE: bool = false;

    unsafe fn migrate(from: *const T, to: *mut T) {
        // SAFETY: the caller's promise.
        unsafe { from.cast::<MaybeUninit<T>>().copy_to_nonoverlapping(to.cast(), 1) }
    }
}

/// A clone, and the old one is dropped later.
pub enum ByClone {}

// SAFETY: `to` holds a clone, a value of its own.
unsafe impl<T: Clone> Migrate<T> for ByClone {
    const LEAVES_A_VALUE: bool = true;

    unsafe fn migrate(from: *const T, to: *mut T) {
        // SAFETY: the caller's promise.
        unsafe { to.write((*from).clone()) }
    }
}

/// A hasher under which most keys are at home in the same few words, with the same few tags.
#[derive(Default)]
pub struct Crowded(u64);

/// It has a size: hashes of one that has none are spread.
#[derive(Clone, Copy, Default)]
pub struct CrowdedState(u64);

impl BuildHasher for CrowdedState {
    type Hasher = Crowded;

    fn build_hasher(&self) -> Crowded {
        Crowded(self.0)
    }
}

impl Hasher for Crowded {
    fn finish(&self) -> u64 {
        // Three tags; and five homes, which are made of the bits from the eighth on.
        ((self.0 % 3) << 57) | ((self.0 % 5) << 7)
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.wrapping_mul(31).wrapping_add(byte.into());
        }
    }
}
