//! The heart of it in loom alone: a counter whose bits are copied, and a reader who counts in the old place.

use std::mem::MaybeUninit;
use std::sync::Arc as StdArc;
use std::sync::atomic::{AtomicUsize as Executions, Ordering::Relaxed};

use loom::sync::atomic::AtomicUsize;

#[test]
fn loom_alone_takes_the_copy_of_an_atomic_for_the_atomic_itself() {
    let executions = StdArc::new(Executions::new(0));
    let count = executions.clone();
    // ANCHOR: model
    loom::model(move || {
        count.fetch_add(1, Relaxed);
        let old = StdArc::new(AtomicUsize::new(0));
        let for_reader = old.clone();
        let reader = loom::thread::spawn(move || for_reader.fetch_add(1, Relaxed));

        let mut new = MaybeUninit::<AtomicUsize>::uninit();
        // SAFETY: two places for a counter. For one of loom, which is a handle without a destructor, that is all.
        unsafe { std::ptr::copy_nonoverlapping(&raw const *old, new.as_mut_ptr(), 1) };
        // SAFETY: it has just been written.
        let new = unsafe { new.assume_init_ref() };

        reader.join().unwrap();
        assert_eq!(new.load(Relaxed), 1, "no race, and no increment is ever lost");
    });
    // ANCHOR_END: model
    let text = format!("executions: {}; no panic, no message\n", executions.load(Relaxed));
    recording::deterministic("step9-plain-loom.txt", &text);
}
