//! Values whose bits are copied while somebody still uses the original.

use std::mem::MaybeUninit;

use super::world::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::*};
use super::world::{Mutex, ptr, thread};

/// Old home and new home of a counter, as when a table grows.
struct Homes {
    old: AtomicUsize,
    new: std::cell::UnsafeCell<MaybeUninit<AtomicUsize>>,
}

// SAFETY: each model says how its threads share the two.
unsafe impl Sync for Homes {}
// SAFETY: as above.
unsafe impl Send for Homes {}

impl Homes {
    fn new() -> Homes {
        Homes { old: AtomicUsize::new(0), new: std::cell::UnsafeCell::new(MaybeUninit::uninit()) }
    }

    fn migrate(&self) -> &AtomicUsize {
        let new = self.new.get().cast::<AtomicUsize>();
        // SAFETY: broken: `old` goes on being used by others, so this is a copy and not a move.
        unsafe { ptr::copy_nonoverlapping(&self.old, new, 1) };
        // SAFETY: the line above has initialised it.
        unsafe { &*new }
    }
}

/// Somebody increments the old counter after it was copied: the new one does not know.
pub fn lost_update() {
    let homes = Homes::new();
    let new = homes.migrate();
    homes.old.fetch_add(1, Relaxed);
    assert_eq!(new.load(Relaxed), 1, "an increment is lost"); // ✗ lost update
}

/// The same with two threads: the copy reads while the other one writes.
pub fn copy_races_with_an_increment() {
    let homes = std::sync::Arc::new(Homes::new());
    let counter = {
        let homes = homes.clone();
        thread::spawn(move || {
            homes.old.fetch_add(1, Relaxed); // ✗ increment beside a copy
        })
    };
    homes.migrate();
    counter.join().unwrap();
}

/// The copy of a free lock is free, whatever happens to the original.
pub fn two_guards_at_once() {
    let old = Mutex::new(0);
    let mut new = MaybeUninit::<Mutex<i32>>::uninit();
    // SAFETY: broken: both are used from here on.
    unsafe { ptr::copy_nonoverlapping(&old, new.as_mut_ptr(), 1) };
    // SAFETY: the line above has initialised it.
    let new = unsafe { new.assume_init_ref() };
    let _guard = old.lock().unwrap();
    let second = new.try_lock();
    assert!(second.is_err(), "two guards at once"); // ✗ two guards
}

/// Half of a word, while others write the whole.
pub fn two_widths() {
    let word = AtomicU64::new(0);
    word.store(1, Relaxed);
    // SAFETY: broken: atomic accesses of two widths to one location are undefined, even without a race.
    let half = unsafe { &*(&raw const word).cast::<AtomicU32>() };
    half.load(Relaxed); // ✗ half a word
}
