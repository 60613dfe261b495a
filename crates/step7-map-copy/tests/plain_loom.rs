//! The same model in loom alone, with entries in plain memory, as they are in the map: a tombstone that is reused
//! early, and a place that was never used. loom tells no difference.

mod sync {
    pub use loom::sync::atomic;
}

mod cell {
    /// Plain memory, which loom does not see.
    pub struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        pub fn new(value: T) -> Self {
            UnsafeCell(std::cell::UnsafeCell::new(value))
        }

        pub fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
            f(self.0.get())
        }

        pub fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
            f(self.0.get())
        }
    }
}

mod broken {
    #[allow(dead_code, reason = "shared with the other variants")]
    pub mod places;
    pub mod reused_early;
}

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use broken::places::Places;

/// How many executions a reader beside this writer has, if loom finds nothing in them.
fn executions(write: fn(&Places)) -> usize {
    let executions = Arc::new(AtomicUsize::new(0));
    let count = executions.clone();
    // ANCHOR: model
    loom::model(move || {
        count.fetch_add(1, Relaxed);
        let places = Arc::new(Places::with_key_at(0));
        let for_reader = places.clone();
        let reader = loom::thread::spawn(move || assert!(matches!(for_reader.get(), None | Some(1 | 2))));
        write(&places);
        reader.join().unwrap();
    });
    // ANCHOR_END: model
    executions.load(Relaxed)
}

#[test]
fn loom_alone_does_not_see_that_a_tombstone_is_reused_early() {
    let text = format!(
        "reused early:     {} executions, no panic, no message\nin another place: {} executions, no panic, no message\n",
        executions(broken::reused_early::remove_and_insert),
        executions(|places| {
            places.unlink(0);
            places.publish(1, 2);
        })
    );
    recording::deterministic("step7-plain-loom.txt", &text);
}
