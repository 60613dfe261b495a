//! A reader that is stopped in the middle of `load`, where the scheduler may stop it for as long as it likes; and who
//! notices. The step's own source, with a fence at which a thread can be told to stop.

mod sync {
    pub use std::boxed::Box;
    pub use std::sync::Arc;

    pub mod atomic {
        use std::cell::RefCell;
        pub use std::sync::atomic::*;

        thread_local! {
            static AT_NEXT_FENCE: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
        }

        /// What a reader calls between its debt and its second look at the pointer.
        pub fn fence(ordering: Ordering) {
            if let Some(stop) = AT_NEXT_FENCE.take() {
                stop();
            }
            std::sync::atomic::fence(ordering);
        }

        /// Calls `f` in the middle of this thread's next `load`.
        pub fn at_next_fence(f: impl FnOnce() + 'static) {
            AT_NEXT_FENCE.set(Some(Box::new(f)));
        }
    }
}

use ::barrier;

const GUARD_SLOTS: usize = 6;

#[path = "../src/arc_swap.rs"]
#[allow(dead_code, reason = "twin")]
mod arc_swap;
#[path = "../src/local.rs"]
#[allow(dead_code, reason = "twin")]
mod local;
#[path = "../src/registry.rs"]
#[allow(dead_code, reason = "twin")]
mod registry;

use std::sync::mpsc::channel;
use std::sync::{Arc, Weak};
use std::thread;

use arc_swap::ArcSwap;
use barrier::{Barrier, set_default_barrier};

fn begin() {
    assert_eq!(set_default_barrier(Barrier::Fence), Ok(()));
}

// ANCHOR: stalled
#[test]
fn a_reader_that_is_stopped_in_the_middle_of_load_stops_nobody() {
    begin();
    let first = Arc::new(0);
    let watched: Weak<u32> = Arc::downgrade(&first);
    let cell = ArcSwap::new(first);
    thread::scope(|scope| {
        let cell = &cell;
        let (tell, told) = channel();
        let (resume, resumed) = channel::<()>();
        let stopped = scope.spawn(move || {
            sync::atomic::at_next_fence(move || {
                tell.send(()).unwrap();
                resumed.recv().unwrap();
            });
            **cell.load()
        });
        told.recv().unwrap();

        // Writers get through, a thousand times; so do readers. That this ends says it: no clock is needed.
        for value in 1..=1_000 {
            cell.store(Arc::new(value));
            assert_eq!(**cell.load(), value);
        }
        scope.spawn(|| assert_eq!(**cell.load(), 1_000)).join().unwrap();
        assert!(!stopped.is_finished());
        assert_eq!(watched.strong_count(), 1, "the first writer has paid for what the reader is about to use");

        resume.send(()).unwrap();
        assert_eq!(stopped.join().unwrap(), 0, "its debt was in time");
    });
    assert_eq!(watched.strong_count(), 0);
}
// ANCHOR_END: stalled

#[test]
fn a_debt_that_comes_too_late_is_taken_back() {
    begin();
    let cell = ArcSwap::from_pointee(0);
    let other = ArcSwap::from_pointee(7);
    // Another cell's writer finds the debt, and leaves it alone, though it takes out the same `Arc`.
    other.store(cell.load_full());
    let got = thread::scope(|scope| {
        let (tell, told) = channel();
        let (resume, resumed) = channel::<()>();
        let reader = scope.spawn(|| {
            sync::atomic::at_next_fence(move || {
                tell.send(()).unwrap();
                resumed.recv().unwrap();
            });
            Arc::from(cell.load())
        });
        told.recv().unwrap();
        let shared = other.swap(Arc::new(8));
        assert_eq!(Arc::strong_count(&shared), 2, "this one and the cell's: nothing has been paid");
        drop(shared);
        resume.send(()).unwrap();
        reader.join().unwrap()
    });
    assert_eq!((*got, Arc::strong_count(&got)), (0, 2));
}

#[test]
fn nodes_are_used_again() {
    begin();
    let cell = ArcSwap::from_pointee(7);
    let mut most = 0;
    for _ in 0..200 {
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| assert_eq!(**cell.load(), 7));
            }
        });
        most = most.max(local::registry().slots().count() / (GUARD_SLOTS + 1));
    }
    // Scoped threads may still be on their way out when the scope ends: then the next ones need nodes of their own. The
    // other tests of this process have some, too.
    assert!(most < 100, "{most} nodes for 8 threads at a time");
}

#[test]
fn a_node_is_two_cache_lines() {
    assert_eq!((size_of::<registry::Node>(), align_of::<registry::Node>()), (128, 128));
}
