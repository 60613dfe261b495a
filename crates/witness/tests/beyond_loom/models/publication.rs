//! Pointers that are published too early, or to the wrong memory.

use super::world::atomic::{AtomicPtr, Ordering::*};
use super::world::{Box, Probe, thread};

/// The address of a local, as in the first version of many an `AtomicPtr` program.
pub fn dead_stack_frame() {
    fn publish(shared: &AtomicPtr<u64>) {
        let mut value = 1;
        shared.store(&mut value, Release); // ✗ pointer to a stack frame
    }
    let shared = AtomicPtr::new(std::ptr::null_mut());
    publish(&shared);
    assert!(!shared.load(Acquire).is_null());
}

/// The reader may get the pointer without what it points to.
pub fn relaxed_publication() {
    let shared = std::sync::Arc::new(AtomicPtr::<Probe<u64>>::new(std::ptr::null_mut()));
    let writer = {
        let shared = shared.clone();
        thread::spawn(move || shared.store(Box::into_raw(Box::new(Probe::new(1))), Relaxed))
    };
    let value = shared.load(Acquire);
    if !value.is_null() {
        // SAFETY: broken: the `Relaxed` store orders nothing that came before it.
        let probe = unsafe { &*value };
        assert_eq!(**probe, 1); // ✗ unordered read
    }
    writer.join().unwrap();
    // SAFETY: the writer has ended; the pointer is this thread's.
    drop(unsafe { Box::from_raw(shared.load(Relaxed)) });
}
