//! The writers' lock with real threads and either barrier. (Not in the twin file, which is compiled into models.)

use std::cell::Cell;
use std::hint::spin_loop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use static_assertions::{assert_impl_all, assert_not_impl_any};

use crate::barrier::Barrier;
use crate::table::lock::{Lock, LockGuard, Reentered};

/// How often a thread must take a lock to be biased: never, at once, soon, and as it is in a map.
const PATIENCE: [Option<u32>; 4] = [None, Some(0), Some(3), Some(1024)];

/// A lock of each kind that this process can have.
fn locks<T: Clone>(value: T) -> impl Iterator<Item = Lock<T>> {
    let barriers = [Barrier::Fence, Barrier::Membarrier].into_iter().filter(|barrier| barrier.is_supported());
    barriers.flat_map(move |barrier| {
        let value = value.clone();
        PATIENCE.map(|patience| Lock::with_patience(value.clone(), barrier, patience))
    })
}

/// Has the calling thread take the lock until it is biased to it, if it can be.
fn wear_in<T>(lock: &Lock<T>) {
    (0..2000).for_each(|_| drop(lock.lock().unwrap()));
}

fn in_another_thread(f: impl FnOnce() + Send) {
    thread::scope(|scope| scope.spawn(f).join().unwrap());
}

assert_not_impl_any!(LockGuard<'static, u8>: Send);
assert_not_impl_any!(LockGuard<'static, Cell<u8>>: Sync);
assert_impl_all!(LockGuard<'static, u8>: Sync);
assert_not_impl_any!(Lock<MutexGuard<'static, u8>>: Send, Sync);

#[test]
fn it_is_biased_to_who_has_taken_it_often_in_a_row() {
    for barrier in [Barrier::Fence, Barrier::Membarrier].into_iter().filter(|barrier| barrier.is_supported()) {
        let lock = Lock::with_patience((), barrier, Some(3));
        for _ in 0..3 {
            assert!(!lock.biases().0);
            drop(lock.lock().unwrap());
        }
        assert_eq!(lock.biases(), (true, 1));
        wear_in(&lock);
        assert_eq!(lock.biases(), (true, 1));
        in_another_thread(|| drop(lock.lock().unwrap()));
        assert_eq!(lock.biases(), (false, 1));
        in_another_thread(|| wear_in(&lock));
        for _ in 0..10 {
            assert!(lock.biases().0);
            wear_in(&lock);
            in_another_thread(|| wear_in(&lock));
        }
        // One for this thread, and at most one for each of the others, which may have been given each other's memory.
        assert!(lock.biases().1 <= 12, "{}", lock.biases().1);

        let lock = Lock::with_patience((), barrier, Some(3));
        for _ in 0..10 {
            drop(lock.lock().unwrap());
            in_another_thread(|| drop(lock.lock().unwrap()));
            drop(lock.lock().unwrap());
            in_another_thread(|| drop(lock.lock().unwrap()));
        }
        assert_eq!(lock.biases(), (false, 0), "nobody has taken it often in a row");

        let lock = Lock::new((), barrier);
        wear_in(&lock);
        assert_eq!(lock.biases().0, barrier == Barrier::Membarrier, "a fence is no cheaper than the mutex");
        let lock = Lock::with_patience((), barrier, None);
        wear_in(&lock);
        assert_eq!(lock.biases(), (false, 0));
    }
}

/// Two threads begin at the same time, as nearly as they can, one of them with the bias. It is what the processor may do
/// with a store and a load that counts here; no model knows `membarrier(2)`.
#[test]
fn a_bias_is_taken_away_while_it_is_used() {
    const ROUNDS: usize = 60_000;
    let barrier = if Barrier::Membarrier.is_supported() { Barrier::Membarrier } else { Barrier::Fence };
    let mut lock = Lock::with_patience([0_usize; 2], barrier, Some(0));
    let begun = [const { AtomicUsize::new(0) }; 2];
    let take_turns = |me: usize| {
        for round in 1..=ROUNDS {
            let is_biased = round % 2 == me;
            if is_biased {
                drop(lock.lock().unwrap());
            }
            begun[me].store(round, SeqCst);
            let mut looks = 0;
            while begun[1 - me].load(SeqCst) < round {
                looks += 1;
                // Whoever gives its processor away is too late.
                if looks > 20_000 { thread::yield_now() } else { spin_loop() }
            }
            if is_biased {
                (0..round / 2 % 64).for_each(|_| spin_loop());
            }
            let mut both = lock.lock().unwrap();
            both[0] += 1;
            assert_eq!(both[0], both[1] + 1, "two are in");
            both[1] += 1;
        }
    };
    thread::scope(|scope| [0, 1].map(|me| scope.spawn(move || take_turns(me))).map(|thread| thread.join().unwrap()));
    assert_eq!(*lock.get_mut(), [2 * ROUNDS; 2]);
}

#[test]
fn no_count_is_lost() {
    const THREADS: usize = 3;
    const ROUNDS: usize = 200;
    for mut lock in locks([0_usize; 2]) {
        thread::scope(|scope| {
            for number in 0..THREADS {
                let lock = &lock;
                scope.spawn(move || {
                    for round in 0..ROUNDS {
                        // Now and then for long enough to be biased.
                        for _ in 0..if (round + number) % 20 == 0 { 1500 } else { 2 } {
                            let mut both = lock.lock().unwrap();
                            both[0] += 1;
                            assert_eq!(both[0], both[1] + 1);
                            both[1] += 1;
                        }
                    }
                });
            }
        });
        let each = ROUNDS / 20 * 1500 + ROUNDS / 20 * 19 * 2;
        assert_eq!(*lock.get_mut(), [THREADS * each; 2]);
    }
}

#[test]
fn one_who_has_it_already_is_told() {
    for lock in locks(()) {
        for _ in 0..2000 {
            assert!(!lock.is_mine());
            let guard = lock.lock().unwrap();
            assert!(lock.is_mine());
            assert!(matches!(lock.lock(), Err(Reentered)));
            drop(guard);
        }
        let _guard = lock.lock().unwrap();
        in_another_thread(|| assert!(!lock.is_mine()));
    }
}

#[test]
fn one_who_has_it_already_is_told_also_when_another_one_waits() {
    for lock in locks(()) {
        wear_in(&lock);
        let guard = lock.lock().unwrap();
        thread::scope(|scope| {
            let other = scope.spawn(|| drop(lock.lock().unwrap()));
            // Long enough that the other one has most likely taken the bias away.
            thread::sleep(Duration::from_millis(2));
            assert!(matches!(lock.lock(), Err(Reentered)));
            assert!(!other.is_finished());
            drop(guard);
        });
    }
}

#[test]
fn another_one_waits_until_it_is_given_back() {
    for lock in locks(0) {
        wear_in(&lock);
        let given_back = AtomicBool::new(false);
        let mut guard = lock.lock().unwrap();
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut value = lock.lock().unwrap();
                assert!(given_back.load(SeqCst));
                assert_eq!(*value, 1);
                *value = 2;
            });
            thread::sleep(Duration::from_millis(2));
            *guard = 1;
            given_back.store(true, SeqCst);
            drop(guard);
        });
        assert_eq!(*lock.lock().unwrap(), 2);
    }
}

#[test]
fn the_bias_of_a_thread_that_is_no_more_is_taken_away() {
    for lock in locks(0) {
        for number in 0..3 {
            thread::scope(|scope| {
                scope.spawn(|| {
                    wear_in(&lock);
                    *lock.lock().unwrap() = number;
                });
            });
            assert_eq!(*lock.lock().unwrap(), number);
        }
    }
}

#[test]
fn a_panic_gives_it_back() {
    for lock in locks(0) {
        for number in 0..100 {
            let panics = || {
                *lock.lock().unwrap() = number;
                let _guard = lock.lock().unwrap();
                panic!("boom");
            };
            catch_unwind(AssertUnwindSafe(panics)).unwrap_err();
            assert_eq!(*lock.lock().unwrap(), number);
        }
    }
}
