//! What real threads show: the cell at work, and how one reader stops all the others.

mod sync {
    pub use std::sync::{Arc, atomic};
}

mod thread {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    thread_local! {
        /// How often this thread has waited, for whoever looks on.
        static WAITS: std::cell::RefCell<std::sync::Arc<AtomicUsize>> = std::cell::RefCell::default();
    }

    /// What the cell calls when it finds `taken()`.
    pub fn yield_now() {
        WAITS.with_borrow(|waits| waits.fetch_add(1, Relaxed));
        std::thread::yield_now();
    }

    /// Counts the waits of the calling thread in `waits`.
    pub fn count_waits_in(waits: std::sync::Arc<AtomicUsize>) {
        WAITS.set(waits);
    }
}

#[path = "../src/arc_cell.rs"]
#[allow(dead_code, reason = "twin")]
mod arc_cell;

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::channel;
use std::sync::{Arc, Weak};

use arc_cell::ArcCell;

// ANCHOR: stalled
#[test]
fn one_stalled_reader_stalls_every_other() {
    let cell = ArcCell::new(Arc::new(1));
    let (tell, told) = channel();
    let (resume, resumed) = channel::<()>();
    std::thread::scope(|scope| {
        // `get` in slow motion: the scheduler may stop any thread here for as long as it likes.
        let cell = &cell;
        let stalled = scope.spawn(move || {
            let arc = cell.take();
            tell.send(()).unwrap();
            resumed.recv().unwrap();
            let clone = Arc::clone(&arc);
            cell.put(arc);
            clone
        });
        told.recv().unwrap();

        let waits: [Arc<AtomicUsize>; 3] = Default::default();
        let others = waits.clone().map(|waits| {
            scope.spawn(move || {
                thread::count_waits_in(waits);
                cell.get()
            })
        });
        // Each of them has tried a hundred times, and none has got through: no clock is needed to say so.
        while waits.iter().any(|waits| waits.load(Relaxed) < 100) {
            assert!(others.iter().all(|other| !other.is_finished()), "a reader got past the stalled one");
            std::thread::yield_now();
        }

        resume.send(()).unwrap();
        assert_eq!(*stalled.join().unwrap(), 1);
        for other in others {
            assert_eq!(*other.join().unwrap(), 1);
        }
    });
}
// ANCHOR_END: stalled

#[test]
fn set_returns_what_was_there_and_the_last_owner_drops_it() {
    let first = Arc::new(1);
    let watched: Weak<i32> = Arc::downgrade(&first);
    let cell = ArcCell::new(first);
    let held = cell.get();
    assert_eq!(*cell.set(Arc::new(2)), 1);
    assert_eq!(watched.strong_count(), 1, "what `get` gave");
    drop(held);
    assert_eq!(watched.strong_count(), 0);

    let second = Arc::downgrade(&cell.get());
    drop(cell);
    assert_eq!(second.strong_count(), 0, "the cell drops its value");
}

#[test]
fn readers_see_values_in_the_order_in_which_they_were_set() {
    let cell = ArcCell::new(Arc::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut last = 0;
                while last < 2_000 {
                    let now = *cell.get();
                    assert!(now >= last, "{now} after {last}");
                    last = now;
                }
            });
        }
        for next in 1..=2_000 {
            assert_eq!(*cell.set(Arc::new(next)), next - 1);
        }
    });
    assert_eq!(Arc::strong_count(&cell.get()), 2, "the cell's and this thread's");
}

#[test]
fn default_and_debug_are_those_of_the_value() {
    assert_eq!(format!("{:?}", ArcCell::<u32>::default()), "ArcCell(0)");
}
