//! The same sources in loom alone, with std's `Arc`: what loom says of a rebuild under the lock.

mod sync {
    pub use loom::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};
    pub use std::sync::{Arc, PoisonError};
}

#[path = "../src/in_place.rs"]
#[allow(dead_code, reason = "twin")]
mod in_place;
#[path = "../src/mutex_arc.rs"]
#[allow(dead_code, reason = "twin")]
mod mutex_arc;
#[path = "../src/rwlock_arc.rs"]
#[allow(dead_code, reason = "twin")]
mod rwlock_arc;
#[path = "../src/shared.rs"]
mod shared;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use shared::Shared;

// ANCHOR: model
/// A reader starts while the table is rebuilt, and the rebuild waits for it.
fn no_reader_is_excluded<S: Shared<u32> + Send + Sync + 'static>(shared: S) {
    let shared = Arc::new(shared);
    shared.update(|old| {
        let shared = shared.clone();
        loom::thread::spawn(move || shared.look(|number| assert_eq!(*number, 1))).join().unwrap();
        old + 1
    });
}
// ANCHOR_END: model

/// What becomes of the model with the design that `make` makes.
fn verdict<S: Shared<u32> + Send + Sync + 'static>(make: fn() -> S) -> String {
    let executions = Arc::new(AtomicUsize::new(0));
    let count = executions.clone();
    let explored = catch_unwind(AssertUnwindSafe(|| {
        loom::model(move || {
            count.fetch_add(1, Relaxed);
            no_reader_is_excluded(make());
        });
    }));
    match explored {
        Ok(()) => format!("{} execution, no panic", executions.load(Relaxed)),
        Err(payload) => payload.downcast_ref::<String>().expect("a formatted message").clone(),
    }
}

#[test]
fn loom_alone_sees_the_deadlock() {
    let text = format!(
        "RwLock<T>:       {}\nMutex<Arc<T>>:   {}\nRwLock<Arc<T>>:  {}\n",
        verdict(|| in_place::InPlace::new(1)),
        verdict(|| mutex_arc::MutexArc::new(Arc::new(1))),
        verdict(|| rwlock_arc::RwLockArc::new(Arc::new(1))),
    );
    recording::deterministic("step0-plain-loom.txt", &text);
}
