//! The obvious repair, which is the exercise of the chapter: free the old box at once.

use std::sync::Arc as StdArc;

use witness::boxed::Box;
use witness::sync::Arc;
use witness::sync::atomic::{AtomicPtr, Ordering};
use witness::{Bug, Probe, thread};

/// The step's cell, with another `replace`.
struct Repaired<T> {
    data: AtomicPtr<Arc<T>>,
}

impl<T> Repaired<T> {
    fn new(value: T) -> Self {
        Repaired { data: AtomicPtr::new(Box::into_raw(Box::new(Arc::new(value)))) }
    }

    fn get(&self) -> Arc<T> {
        // SeqCst, its partner the swap in `replace`.
        let pointer = self.data.load(Ordering::SeqCst);
        // SAFETY: needs the box to live until the clone is done. NOT kept: `replace` frees it at once.
        let arc: &Arc<T> = unsafe { &*pointer };
        Arc::clone(arc)
    }

    // ANCHOR: replace
    fn replace(&self, value: T) {
        let arc = Box::new(Arc::new(value));
        // SeqCst, its partner the load in `get`.
        let old = self.data.swap(Box::into_raw(arc), Ordering::SeqCst);
        // SAFETY: the box was the cell's, and the swap has handed it to this thread alone. But a reader may look at it.
        drop(unsafe { Box::from_raw(old) });
    }
    // ANCHOR_END: replace
}

impl<T> Drop for Repaired<T> {
    fn drop(&mut self) {
        // Relaxed, without a partner: `&mut self` says that every other access to the cell happened before.
        let current = self.data.load(Ordering::Relaxed);
        // SAFETY: the cell owns the box that it holds last, and nobody else can reach the cell any more.
        drop(unsafe { Box::from_raw(current) });
    }
}

#[test]
fn freeing_the_old_box_at_once_is_a_use_after_free() {
    let witness = witness::expect_bug(Bug::UseAfterFree, || {
        let shared = StdArc::new(Repaired::new(Probe::new(1)));
        let for_writer = shared.clone();
        thread::name_current("reader");
        let writer = thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || for_writer.replace(Probe::new(2)))
            .expect("the model has room for it");
        drop(shared.get());
        writer.join().expect("it does not panic");
    });
    recording::counterexample("step2-repair", &witness);
}

#[test]
fn without_a_reader_it_is_right() {
    witness::model(|| {
        let shared = Repaired::new(Probe::new(1));
        shared.replace(Probe::new(2));
        assert_eq!(**shared.get(), 2);
    });
}
