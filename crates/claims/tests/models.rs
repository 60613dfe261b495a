//! Claims that a model settles.

mod sync {
    pub use witness::sync::{Arc, atomic};
}

mod thread {
    pub use witness::thread::yield_now;
}

#[path = "../../step4-arc-cell/src/arc_cell.rs"]
#[allow(dead_code, reason = "twin")]
mod arc_cell;
#[path = "../../step4-arc-cell/tests/broken/relaxed_put.rs"]
mod relaxed_put;

use std::fmt::Write as _;

use arc_cell::ArcCell;
use litmus::{Outcomes, outcomes, store_buffering};
use sync::Arc;
use sync::atomic::Ordering::{self, Acquire, Relaxed, Release, SeqCst};
use sync::atomic::{AtomicBool, AtomicUsize};
use witness::boxed::Box;
use witness::cell::UnsafeCell;
use witness::sync::Mutex;
use witness::thread::{name_current, scope, spawn, yield_now};
use witness::{Bug, Builder, Probe};

// ANCHOR: five
/// The thread's program, with an end: two threads set a new box of five, and look at the one that they get, so many times.
fn box_of_five(times: usize, set: fn(&ArcCell<Five>, Arc<Five>) -> Arc<Five>) {
    let cell = ArcCell::new(five());
    let look = || {
        for _ in 0..times {
            assert_eq!(***set(&cell, five()), 5);
        }
    };
    scope(|scope| {
        scope.spawn(|| {
            name_current("the other thread");
            look();
        });
        look();
    });
}

/// The box and the number in it are plain memory: the probe sees each access.
type Five = Box<Probe<i32>>;

fn five() -> Arc<Five> {
    Arc::new(Box::new(Probe::new(5)))
}

#[test]
fn the_box_of_five_always_holds_five() {
    let report = Builder::new().preemption_bound(3).check(|| box_of_five(2, ArcCell::set));
    if let Some(witness) = report.witness {
        panic!("{witness}");
    }
    assert!(report.complete);
    let text = format!("two threads, two boxes each: {} executions, preemption bound 3, no bug\n", report.executions);
    recording::deterministic("claims-box-of-five.txt", &text);
}

#[test]
fn what_the_failure_would_take_is_a_relaxed_put() {
    let witness = witness::expect_bug(Bug::DataRace, || box_of_five(1, relaxed_put::set));
    recording::counterexample("claims-box-of-five-relaxed", &witness);
}
// ANCHOR_END: five

// ANCHOR: mutex
/// Two threads that share an `Arc<Mutex<i32>>`, and the last of them frees it.
#[test]
fn an_arc_of_a_mutex_is_safe_to_share() {
    witness::model(|| {
        let one = Arc::new(Mutex::new(Probe::new(5)));
        let other = Arc::clone(&one);
        let other = spawn(move || **other.lock().unwrap() += 1);
        let seen = {
            let mut number = one.lock().unwrap();
            **number += 1;
            **number
        };
        assert!(matches!(seen, 6 | 7));
        drop(one);
        other.join().unwrap();
    });
}

#[test]
fn an_arc_of_an_atomic_is_safe_to_share() {
    witness::model(|| {
        let one = Arc::new(AtomicUsize::new(5));
        let other = Arc::clone(&one);
        let other = spawn(move || other.fetch_add(1, Relaxed));
        let seen = one.fetch_add(1, Relaxed);
        drop(one);
        assert!(matches!((seen, other.join().unwrap()), (5, 6) | (6, 5)));
    });
}
// ANCHOR_END: mutex

/// A lock of an `AtomicBool`, with these orderings to take it and to let it go.
struct Lock<T> {
    taken: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: needs that two threads are never inside `with` at a time, and that the one sees what the other did. The first is
// kept by the exchange; the second only by Acquire and Release, and the tests try weaker ones on purpose.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    fn new(value: T) -> Lock<T> {
        Lock { taken: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    fn with(&self, take: Ordering, release: Ordering, change: impl FnOnce(&mut T)) {
        while self.taken.load(Relaxed) || self.taken.compare_exchange(false, true, take, Relaxed).is_err() {
            yield_now();
        }
        // SAFETY: as above: nobody else has a reference to the value until `taken` is false again.
        self.value.with_mut(|value| change(unsafe { &mut *value }));
        self.taken.store(false, release);
    }
}

fn two_threads_add_one(take: Ordering, release: Ordering) {
    let lock = Lock::new(5);
    scope(|scope| {
        scope.spawn(|| lock.with(take, release, |value| *value += 1));
        lock.with(take, release, |value| *value += 1);
    });
    lock.with(take, release, |value| assert_eq!(*value, 7));
}

#[test]
fn it_is_the_orderings_of_a_lock_that_hand_its_value_over() {
    witness::model(|| two_threads_add_one(Acquire, Release));
    witness::expect_bug(Bug::DataRace, || two_threads_add_one(Relaxed, Release));
    witness::expect_bug(Bug::DataRace, || two_threads_add_one(Acquire, Relaxed));
}

#[test]
fn to_start_a_thread_and_to_join_it_hands_memory_over() {
    witness::model(|| {
        let number = Box::new(Probe::new(5));
        let thread = spawn(move || {
            assert_eq!(**number, 5);
            Box::new(Probe::new(**number + 1))
        });
        assert_eq!(**thread.join().unwrap(), 6);
    });
}

// ANCHOR: seq_cst
/// Store buffering, with a `SeqCst` read-modify-write of something else where the fence would be.
fn a_seq_cst_swap_elsewhere() -> (usize, usize) {
    let words = std::sync::Arc::new([0, 0, 0, 0].map(AtomicUsize::new));
    let other = spawn({
        let words = words.clone();
        move || {
            words[1].store(1, Relaxed);
            words[3].swap(1, SeqCst);
            words[0].load(Relaxed)
        }
    });
    words[0].store(1, Relaxed);
    words[2].swap(1, SeqCst);
    let seen = words[1].load(Relaxed);
    (seen, other.join().unwrap())
}
// ANCHOR_END: seq_cst

#[test]
fn a_seq_cst_access_is_no_fence_for_the_accesses_around_it() {
    let mut text = String::new();
    let mut row = |name: &str, seen: Outcomes<(usize, usize)>| {
        let _ = writeln!(text, "{name:<32} {seen}");
        seen.may_be(&(0, 0))
    };
    assert!(row("a SeqCst swap in both threads", outcomes(a_seq_cst_swap_elsewhere)));
    assert!(!row("fence(SeqCst) in both threads", outcomes(store_buffering::with_a_fence)));
    recording::deterministic("claims-seq-cst.txt", &text);
}
