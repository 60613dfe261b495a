//! A flag that is read and written with `volatile`, as one would do for a device: broken on purpose.
//!
//! `volatile` tells the compiler that the access itself must happen. It says nothing to other threads.

use std::sync::Arc;

use witness::cell::UnsafeCell;
use witness::thread;

// ANCHOR: flag
struct Flag(UnsafeCell<bool>);

// SAFETY: broken: two threads access the cell, and nothing orders them.
unsafe impl Send for Flag {}
// SAFETY: broken: as above.
unsafe impl Sync for Flag {}

impl Flag {
    fn set(&self) {
        // SAFETY: needs that nobody else accesses the cell meanwhile. NOT kept.
        self.0.with_mut(|flag| unsafe { flag.write_volatile(true) });
    }

    fn get(&self) -> bool {
        // SAFETY: needs that nobody writes the cell meanwhile. NOT kept.
        self.0.with(|flag| unsafe { flag.read_volatile() })
    }
}
// ANCHOR_END: flag

/// One thread sets the flag, the other looks at it.
pub fn volatile_flag() {
    let flag = Arc::new(Flag(UnsafeCell::new(false)));
    let setter = {
        let flag = flag.clone();
        thread::spawn(move || flag.set())
    };
    flag.get();
    setter.join().unwrap();
}
