//! The models of the chapter "What a model checker sees". Several are broken on purpose; the tests say which.

use std::mem::MaybeUninit;
use std::sync::Arc;

use witness::boxed::Box;
use witness::sync::Mutex;
use witness::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use witness::{Bug, Builder, Probe, ptr, thread};

// ANCHOR: lost
/// Two threads add 1 each. They lock to read, and lock again to write.
fn two_visits() {
    let counter = Arc::new(Mutex::new(0));
    let add = |counter: &Mutex<i32>| {
        let seen = *counter.lock().unwrap();
        *counter.lock().unwrap() = seen + 1;
    };
    let other = {
        let counter = counter.clone();
        thread::spawn(move || add(&counter))
    };
    add(&counter);
    other.join().unwrap();
    assert_eq!(*counter.lock().unwrap(), 2, "one of the two is lost");
}
// ANCHOR_END: lost

#[test]
fn an_interleaving_that_loses_an_update_is_found() {
    let witness = Builder::new().name("two visits").expect_bug(Bug::Panic, two_visits);
    assert_eq!(witness.preemptions, 1);
    recording::counterexample("sees-lost-update", &witness);
}

// ANCHOR: mended
/// The same with one visit each: locked from the read to the write.
fn one_visit() {
    let counter = Arc::new(Mutex::new(0));
    let other = {
        let counter = counter.clone();
        thread::spawn(move || *counter.lock().unwrap() += 1)
    };
    *counter.lock().unwrap() += 1;
    other.join().unwrap();
    assert_eq!(*counter.lock().unwrap(), 2);
}
// ANCHOR_END: mended

#[test]
fn the_mended_program_passes_in_every_execution() {
    let report = Builder::new().check(one_visit);
    assert!(report.witness.is_none() && report.complete);
    let text = format!("no bug in {} executions, no bound on preemptions\n", report.executions);
    recording::deterministic("sees-one-visit.txt", &text);
}

// ANCHOR: stale
/// Data first, then a flag: both `Relaxed`.
fn flag_without_data() {
    let shared = Arc::new((AtomicUsize::new(0), AtomicBool::new(false)));
    let writer = {
        let shared = shared.clone();
        thread::spawn(move || {
            shared.0.store(42, Relaxed);
            shared.1.store(true, Relaxed);
        })
    };
    if shared.1.load(Relaxed) {
        assert_eq!(shared.0.load(Relaxed), 42);
    }
    writer.join().unwrap();
}
// ANCHOR_END: stale

#[test]
fn an_execution_that_is_no_interleaving_is_found() {
    let witness = Builder::new().name("flag without data").expect_bug(Bug::Panic, flag_without_data);
    assert!(witness.events.iter().any(|event| event.text.contains("stale")), "{witness}");
    recording::counterexample("sees-stale-read", &witness);
}

#[test]
fn release_and_acquire_mend_it() {
    let report = Builder::new().check(|| {
        let shared = Arc::new((AtomicUsize::new(0), AtomicBool::new(false)));
        let writer = {
            let shared = shared.clone();
            thread::spawn(move || {
                shared.0.store(42, Relaxed);
                shared.1.store(true, Release); // pairs with the Acquire below
            })
        };
        if shared.1.load(Acquire) {
            assert_eq!(shared.0.load(Relaxed), 42);
        }
        writer.join().unwrap();
    });
    assert!(report.witness.is_none() && report.complete);
    let text = format!("no bug in {} executions, no bound on preemptions\n", report.executions);
    recording::deterministic("sees-release-acquire.txt", &text);
}

// ANCHOR: bare
/// A freed number, read through a bare reference.
fn through_a_bare_reference() {
    let number = Box::into_raw(Box::new(1_u64));
    // SAFETY: broken: the reference is used after the box is gone.
    let bare: &u64 = unsafe { &*number };
    // SAFETY: `number` comes from `into_raw`.
    drop(unsafe { Box::from_raw(number) });
    std::hint::black_box(*bare);
}

/// The same number in a probe.
fn through_a_probe() {
    let number = Box::into_raw(Box::new(Probe::new(1_u64)));
    // SAFETY: broken: the reference is used after the box is gone.
    let watched: &Probe<u64> = unsafe { &*number };
    // SAFETY: `number` comes from `into_raw`.
    drop(unsafe { Box::from_raw(number) });
    std::hint::black_box(**watched);
}
// ANCHOR_END: bare

#[test]
fn a_bare_reference_is_not_watched_and_a_probe_is() {
    let report = Builder::new().check(through_a_bare_reference);
    assert!(report.witness.is_none(), "a plain read cannot be intercepted");
    let witness = Builder::new().name("a probe").expect_bug(Bug::UseAfterFree, through_a_probe);
    recording::counterexample("sees-probe", &witness);
}

// ANCHOR: copied
/// A lock is copied bitwise, as when a table grows, and then both copies are used.
fn copied_lock() {
    let old = Mutex::new(0);
    let mut new = MaybeUninit::<Mutex<i32>>::uninit();
    // SAFETY: broken: the old lock is used after it was copied.
    unsafe { ptr::copy_nonoverlapping(&old, new.as_mut_ptr(), 1) };
    // SAFETY: the line above has initialised it.
    let new = unsafe { new.assume_init_ref() };
    let _first = old.lock().unwrap();
    assert!(new.try_lock().is_err(), "two guards of one lock");
}
// ANCHOR_END: copied

#[test]
fn a_copied_lock_is_two_locks() {
    let witness = Builder::new().name("copied lock").expect_bug(Bug::Panic, copied_lock);
    recording::counterexample("sees-copied-lock", &witness);
}

// ANCHOR: spin
/// A spin that writes while it fails: the model never gets to the end of it.
fn spin_that_writes() {
    let taken = Arc::new(AtomicBool::new(true));
    let owner = {
        let taken = taken.clone();
        thread::spawn(move || taken.store(false, Release))
    };
    while taken.swap(true, Acquire) {
        thread::yield_now();
    }
    owner.join().unwrap();
}

/// Tests, and writes only when it may succeed.
fn spin_that_tests() {
    let taken = Arc::new(AtomicBool::new(true));
    let owner = {
        let taken = taken.clone();
        thread::spawn(move || taken.store(false, Release))
    };
    while taken.load(Relaxed) || taken.swap(true, Acquire) {
        thread::yield_now();
    }
    owner.join().unwrap();
}
// ANCHOR_END: spin

#[test]
fn a_spin_that_writes_never_ends_in_the_model() {
    let report = Builder::new().check(spin_that_writes);
    assert_eq!(report.witness.map(|witness| witness.bug), Some(Bug::NoProgress));
    let report = Builder::new().check(spin_that_tests);
    assert!(report.witness.is_none() && report.complete, "{report:?}");
}

/// Rust lets a compare-exchange that fails return an old value, as a load may. loom does not explore that.
#[test]
fn a_failed_compare_exchange_reads_the_latest_value_in_the_model() {
    fn explore(read: fn(&AtomicUsize) -> usize) -> Vec<usize> {
        let seen = Arc::new(std::sync::Mutex::new(std::collections::BTreeSet::new()));
        let values = seen.clone();
        let report = Builder::new().check(move || {
            let shared = Arc::new((AtomicUsize::new(0), AtomicBool::new(false)));
            let writer = {
                let shared = shared.clone();
                thread::spawn(move || {
                    shared.0.store(1, Relaxed);
                    shared.1.store(true, Relaxed);
                })
            };
            if shared.1.load(Relaxed) {
                values.lock().unwrap().insert(read(&shared.0));
            }
            writer.join().unwrap();
        });
        assert!(report.witness.is_none() && report.complete);
        seen.lock().unwrap().iter().copied().collect()
    }
    assert_eq!(explore(|data| data.load(Relaxed)), [0, 1]);
    assert_eq!(explore(|data| data.compare_exchange(2, 3, Relaxed, Relaxed).unwrap_err()), [1]);
}
