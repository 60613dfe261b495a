//! Accesses whose instructions the tests look at. Compiled by rustc as a library of its own.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicU64, fence};
use std::sync::{Mutex, PoisonError, RwLock};

// ANCHOR: accesses
#[unsafe(no_mangle)]
pub fn load_relaxed(word: &AtomicU64) -> u64 {
    word.load(Relaxed)
}

#[unsafe(no_mangle)]
pub fn load_acquire(word: &AtomicU64) -> u64 {
    word.load(Acquire)
}

#[unsafe(no_mangle)]
pub fn load_seq_cst(word: &AtomicU64) -> u64 {
    word.load(SeqCst)
}

#[unsafe(no_mangle)]
pub fn store_relaxed(word: &AtomicU64) {
    word.store(1, Relaxed);
}

#[unsafe(no_mangle)]
pub fn store_release(word: &AtomicU64) {
    word.store(1, Release);
}

#[unsafe(no_mangle)]
pub fn store_seq_cst(word: &AtomicU64) {
    word.store(1, SeqCst);
}

#[unsafe(no_mangle)]
pub fn fetch_add_relaxed(word: &AtomicU64) -> u64 {
    word.fetch_add(2, Relaxed)
}

#[unsafe(no_mangle)]
pub fn fetch_add_seq_cst(word: &AtomicU64) -> u64 {
    word.fetch_add(3, SeqCst)
}

#[unsafe(no_mangle)]
pub fn fence_acq_rel() {
    fence(AcqRel);
}

#[unsafe(no_mangle)]
pub fn fence_seq_cst() {
    fence(SeqCst);
}

#[unsafe(no_mangle)]
pub fn mutex(value: &Mutex<u64>) {
    *value.lock().unwrap_or_else(PoisonError::into_inner) += 1;
}

#[unsafe(no_mangle)]
pub fn rwlock_read(value: &RwLock<u64>) -> u64 {
    *value.read().unwrap_or_else(PoisonError::into_inner)
}
// ANCHOR_END: accesses
