//! Broken on purpose: a biased lock with one word for whichever thread it is biased to.

use crate::cell::UnsafeCell;
use crate::sync::Mutex;
use crate::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use crate::sync::atomic::{AtomicBool, AtomicUsize, fence};
use crate::thread::yield_now;

pub struct Counter {
    /// The number of the thread that need not take its turn, or 0.
    bias: AtomicUsize,
    /// Whether that thread has the lock.
    inside: AtomicBool,
    turns: Mutex<()>,
    count: UnsafeCell<u32>,
}

// SAFETY: not kept: `count` is for one thread at a time, and the lock lets in two.
unsafe impl Sync for Counter {}

impl Counter {
    /// Biased to a thread.
    pub fn biased_to(thread: usize) -> Counter {
        Counter {
            bias: AtomicUsize::new(thread),
            inside: AtomicBool::new(false),
            turns: Mutex::new(()),
            count: UnsafeCell::new(0),
        }
    }

    // ANCHOR: add
    pub fn add(&self, thread: usize) {
        if self.bias.load(Relaxed) == thread {
            self.inside.store(true, Relaxed);
            fence(SeqCst);
            let is_biased = self.bias.load(Relaxed) == thread;
            if is_biased {
                self.add_one();
            }
            self.inside.store(false, Release); // whose word is it by now?
            if is_biased {
                return;
            }
        }
        let _turn = self.turns.lock().unwrap();
        self.bias.store(0, Relaxed);
        fence(SeqCst);
        while self.inside.load(Acquire) {
            yield_now();
        }
        self.add_one();
        self.bias.store(thread, Relaxed);
    }
    // ANCHOR_END: add

    fn add_one(&self) {
        // SAFETY: not kept: see `Sync`.
        self.count.with_mut(|count| unsafe { *count += 1 });
    }
}
