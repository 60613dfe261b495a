//! The heart of it in loom alone: a counter that is cloned while a reader counts.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use loom::sync::Mutex;
use loom::sync::atomic::AtomicUsize;
use loom::sync::atomic::Ordering::Relaxed;

#[test]
fn loom_alone_says_that_an_assertion_fails() {
    let model = || {
        // ANCHOR: model
        loom::model(|| {
            let current = Arc::new(Mutex::new(Arc::new(AtomicUsize::new(0))));
            let for_reader = current.clone();
            let reader = loom::thread::spawn(move || {
                let counter = for_reader.lock().unwrap().clone(); // the old one, or the clone
                counter.fetch_add(1, Relaxed);
            });
            let clone = AtomicUsize::new(current.lock().unwrap().load(Relaxed));
            *current.lock().unwrap() = Arc::new(clone);
            reader.join().unwrap();
            assert_eq!(current.lock().unwrap().load(Relaxed), 1, "the visit was counted");
        });
        // ANCHOR_END: model
    };
    let panic = catch_unwind(AssertUnwindSafe(model)).expect_err("an increment is lost");
    let said = panic.downcast_ref::<String>().expect("the message is a formatted one");
    recording::deterministic("step8-plain-loom.txt", &format!("loom::model panics:\n\n{said}\n"));
}
