//! The writers' lock with real threads and either barrier. (Not in the twin file, which is compiled into models.)

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use crate::barrier::Barrier;
use crate::table::lock::{Lock, Reentered};

/// How often a thread must take a lock to be biased: never, at once, soon, and as it is in a map.
const PATIENCE: [Option<u32>; 4] = [None, Some(0), Some(3), Some(64)];

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
    (0..100).for_each(|_| drop(lock.lock().unwrap()));
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
                        for _ in 0..if (round + number) % 20 == 0 { 200 } else { 2 } {
                            let mut both = lock.lock().unwrap();
                            both[0] += 1;
                            assert_eq!(both[0], both[1] + 1);
                            both[1] += 1;
                        }
                    }
                });
            }
        });
        let each = ROUNDS / 20 * 200 + ROUNDS / 20 * 19 * 2;
        assert_eq!(*lock.get_mut(), [THREADS * each; 2]);
    }
}

#[test]
fn one_who_has_it_already_is_told() {
    for lock in locks(()) {
        for _ in 0..100 {
            assert!(!lock.is_mine());
            let guard = lock.lock().unwrap();
            assert!(lock.is_mine());
            assert!(matches!(lock.lock(), Err(Reentered)));
            thread::scope(|scope| assert!(!scope.spawn(|| lock.is_mine()).join().unwrap()));
            drop(guard);
        }
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
