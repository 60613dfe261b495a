//! The models of the writers' lock: its own source, on the checker, with fences on both sides. The map's models have
//! the mutex in it only, since no lock is biased where threads fence for themselves; here they are.

#[path = "../../table/src/table/lock.rs"]
#[allow(dead_code, reason = "twin")]
mod lock;

#[path = "../../barrier/tests/twin/barrier.rs"]
#[allow(dead_code, reason = "stands for the crate of that name")]
mod barrier;

mod sync {
    pub use witness::boxed::Box;
    pub use witness::sync::{Mutex, MutexGuard, atomic};
}

mod thread {
    use std::cell::Cell;

    std::thread_local! {
        /// All of a model's threads run on one OS thread, and so count on from here.
        static TOKENS: Cell<usize> = const { Cell::new(0) };
    }

    witness::thread_local! {
        static TOKEN: Cell<usize> = Cell::new(0);
    }

    /// Begins an execution: its tokens are the same whatever ran before.
    pub fn begin() {
        TOKENS.set(0);
    }

    pub fn token() -> usize {
        TOKEN.with(|token| {
            if token.get() == 0 {
                TOKENS.set(TOKENS.get() + 1);
                token.set(TOKENS.get());
            }
            token.get()
        })
    }

    pub fn wait(_attempt: u32) {
        witness::thread::yield_now();
    }
}

use barrier::Barrier;
use lock::Lock;
use witness::cell::UnsafeCell;
use witness::sync::Arc;
use witness::thread::{Builder, JoinHandle, name_current};
use witness::{Audit, Model};

/// A number whose accesses the checker looks at. No atomic: it is for the lock to order them.
type Counter = Lock<UnsafeCell<u32>>;

/// A lock that is biased to whoever has taken its turn, at once and again and again.
fn counter() -> Arc<Counter> {
    thread::begin();
    Arc::new(Lock::with_patience(UnsafeCell::new(0), Barrier::Fence, Some(0)))
}

fn count(counter: &Counter) {
    let number = counter.lock().expect("nobody has it twice");
    // SAFETY: the lock is this thread's.
    number.with_mut(|number| unsafe { *number += 1 });
}

/// What has been counted, when all are done.
fn total(counter: &Counter) -> u32 {
    // SAFETY: as above.
    counter.lock().expect("nobody has it twice").with(|number| unsafe { *number })
}

fn counting(counter: &Arc<Counter>, name: &str, times: u32) -> JoinHandle<()> {
    let counter = counter.clone();
    Builder::new().name(name.to_owned()).spawn(move || (0..times).for_each(|_| count(&counter))).unwrap()
}

/// One thread has the lock by its bias, another takes that away.
fn a_bias_is_taken_away() {
    name_current("biased");
    let counter = counter();
    count(&counter);
    let other = counting(&counter, "other", 1);
    count(&counter);
    other.join().unwrap();
    assert_eq!(total(&counter), 3);
}

/// The other thread is biased in its turn, and the first one may find that out late.
fn a_bias_goes_to_and_fro() {
    name_current("biased");
    let counter = counter();
    count(&counter);
    let other = counting(&counter, "other", 2);
    count(&counter);
    count(&counter);
    other.join().unwrap();
    assert_eq!(total(&counter), 5);
}

/// Two threads want the bias of a third.
fn two_want_the_lock() {
    name_current("biased");
    let counter = counter();
    count(&counter);
    let others = [counting(&counter, "second", 1), counting(&counter, "third", 1)];
    count(&counter);
    others.into_iter().for_each(|other| other.join().unwrap());
    assert_eq!(total(&counter), 4);
}

/// Nobody was the only one for long enough: a mutex.
fn nobody_is_biased() {
    thread::begin();
    let counter = Arc::new(Lock::with_patience(UnsafeCell::new(0), Barrier::Fence, None));
    let other = counting(&counter, "other", 1);
    count(&counter);
    other.join().unwrap();
    assert_eq!(total(&counter), 2);
}

const MODELS: &[Model] = &[
    Model::new("a bias is taken away", a_bias_is_taken_away).audit_bound(2),
    Model::new("a bias goes to and fro", a_bias_goes_to_and_fro).bound(2).audit_bound(1),
    Model::new("two want the lock", two_want_the_lock).bound(1),
    Model::new("nobody is biased", nobody_is_biased),
];

#[test]
fn every_model_of_the_lock_holds() {
    recording::models("step7-lock-models.txt", MODELS);
}

#[test]
fn every_ordering_of_the_lock_is_needed() {
    let audit = Audit::of("src/table/lock.rs", include_str!("../../table/src/table/lock.rs")).models(MODELS);
    recording::audit("step7-lock-audit", audit, &[]);
}
