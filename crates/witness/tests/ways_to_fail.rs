//! However a model fails, the test binary goes on, ends, and says in a few lines what happened.

use std::mem::ManuallyDrop;
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use witness::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::*};
use witness::{Bug, Builder, Probe, Witness, sync, thread};

/// The last row is the failing one, and is in this file.
fn last_words(witness: &Witness) -> &str {
    let last = witness.events.last().expect("every failure has a row");
    assert!(last.failing, "{witness}");
    &last.text
}

/// A screen: 60 lines of 80 columns.
fn assert_fits_a_screen(witness: &Witness) {
    let text = witness.to_string();
    assert!(text.lines().count() <= 60, "{text}");
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "too wide: {line}");
    }
}

#[test]
fn more_threads_than_loom_explores() {
    let witness = witness::expect_bug(Bug::TooManyThreads, || {
        for _ in 0..5 {
            thread::spawn(|| ());
        }
    });
    assert_eq!(
        witness.summary,
        "the model starts thread number 6; loom explores at most 5, with the one that runs the model"
    );
    assert_eq!(last_words(&witness), "spawn");
}

#[test]
fn as_many_threads_as_loom_explores() {
    witness::model(|| {
        let threads: Vec<_> = (0..4).map(|_| thread::spawn(|| ())).collect();
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn a_panic() {
    let witness = witness::expect_bug(Bug::Panic, || {
        let counter = Arc::new(AtomicUsize::new(0));
        let other = {
            let counter = counter.clone();
            thread::spawn(move || counter.store(1, Release))
        };
        assert_eq!(counter.load(Acquire), 0, "nobody has come before");
        other.join().unwrap();
    });
    assert_eq!(witness.summary, "T0: assertion `left == right` failed: nobody has come before");
    assert!(last_words(&witness).starts_with("panic: assertion `left == right` failed"), "{witness}");
    assert_eq!(witness.details, ["left: 1", "right: 0"]);
}

/// rustc's own checks name addresses when they fail; no two runs have the same.
#[test]
fn a_panic_that_names_an_address() {
    let said = || {
        let witness = witness::expect_bug(Bug::Panic, || {
            let block = witness::boxed::Box::new(1_u64);
            panic!(
                "{:p} is not aligned, nor {:p}, nor {:#x}",
                (&raw const *block).wrapping_byte_add(1),
                &block,
                0xbeef
            );
        });
        witness.summary
    };
    assert_eq!(said(), "T0: #1+1 is not aligned, nor stack of T0, nor 0xbeef");
}

/// `resume_unwind` calls no panic hook.
#[test]
fn a_panic_that_is_thrown_on() {
    let witness = witness::expect_bug(Bug::Panic, || std::panic::resume_unwind(Box::new("of somebody else")));
    assert_eq!(witness.summary, "T0: of somebody else");
    assert_eq!(witness.source(), None);
}

#[test]
fn a_panic_in_a_destructor() {
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in a destructor");
        }
    }

    for model in
        [|| drop(Bomb), || drop(witness::boxed::Box::new(Bomb)), || drop(witness::sync::Arc::new(Bomb))] as [fn(); 3]
    {
        assert_eq!(witness::expect_bug(Bug::Panic, model).summary, "T0: in a destructor");
    }
    // The first counts; std ends the process over the second, which must not get so far.
    let witness = witness::expect_bug(Bug::Panic, || {
        let _bomb = Bomb;
        panic!("before the destructor");
    });
    assert_eq!(witness.summary, "T0: before the destructor");
}

#[test]
fn a_panic_in_a_scoped_thread_and_in_its_scope() {
    let witness = witness::expect_bug(Bug::Panic, || {
        let counter = AtomicUsize::new(0);
        thread::scope(|scope| {
            scope.spawn(|| {
                counter.fetch_add(1, Relaxed);
                panic!("in the thread");
            });
            counter.load(Relaxed);
        });
    });
    assert_eq!(witness.summary, "T1: in the thread");
    let witness = witness::expect_bug(Bug::Panic, || {
        let counter = AtomicUsize::new(0);
        thread::scope(|scope| {
            scope.spawn(|| counter.fetch_add(1, Relaxed));
            panic!("in the scope");
        });
    });
    assert_eq!(witness.summary, "T0: in the scope");
}

#[test]
fn a_model_inside_of_a_model() {
    witness::model(|| witness::model(|| drop(AtomicUsize::new(0))));
    let witness = witness::expect_bug(Bug::Panic, || witness::model(|| panic!("inside")));
    assert!(witness.summary.starts_with("T0: panic: T0: inside"), "{witness}");
}

#[test]
fn threads_and_locks_of_std_in_a_model() {
    // Another OS thread knows of no model.
    let witness = witness::expect_bug(Bug::Panic, || {
        let counter = Arc::new(AtomicUsize::new(0));
        std::thread::spawn(move || counter.load(Relaxed)).join().unwrap();
    });
    assert!(witness.summary.starts_with("T0: called `Result::unwrap()` on an `Err` value"), "{witness}");
    // std's lock waits on the OS thread, on which nobody else gets on then.
    let builder = Builder::new().stall_limit(Duration::from_secs(1));
    let witness = builder.expect_bug(Bug::EndlessLoop, || {
        let shared = Arc::new((std::sync::Mutex::new(()), AtomicUsize::new(0)));
        let other = {
            let shared = shared.clone();
            thread::spawn(move || {
                let _guard = shared.0.lock();
                shared.1.fetch_add(1, Relaxed);
            })
        };
        let guard = shared.0.lock();
        shared.1.fetch_add(1, Relaxed);
        drop(guard);
        other.join().unwrap();
    });
    assert_eq!(witness.summary, "T1 has used no checked operation for 1 s");
}

/// What one execution leaves in a static is no value of the next one's.
#[test]
fn a_static_that_outlives_its_execution() {
    static COUNTER: OnceLock<AtomicUsize> = OnceLock::new();
    let witness = witness::expect_bug(Bug::Uninitialized, || {
        let counter = COUNTER.get_or_init(|| AtomicUsize::new(0));
        let other = thread::spawn(|| counter.fetch_add(1, Relaxed));
        counter.fetch_add(1, Relaxed);
        other.join().unwrap();
    });
    assert!(witness.summary.ends_with("in which AtomicUsize::new has put none in this execution"), "{witness}");
}

#[test]
fn a_circle_of_arcs() {
    struct Node {
        next: witness::sync::Mutex<Option<witness::sync::Arc<Node>>>,
    }
    let witness = witness::expect_bug(Bug::Leak, || {
        let first = witness::sync::Arc::new(Node { next: witness::sync::Mutex::new(None) });
        let second = Node { next: witness::sync::Mutex::new(Some(first.clone())) };
        *first.next.lock().unwrap() = Some(witness::sync::Arc::new(second));
    });
    assert!(witness.summary.starts_with("nobody frees block #1,"), "{witness}");
}

#[test]
fn a_guard_that_is_forgotten() {
    let witness = witness::expect_bug(Bug::Deadlock, || {
        let lock = witness::sync::Mutex::new(());
        std::mem::forget(lock.lock());
        drop(lock.lock());
    });
    assert!(witness.summary.starts_with("T0 waits in lock, which it holds itself at ways_to_fail.rs:"), "{witness}");
}

#[test]
fn pointers_that_own_nothing_of_the_kind() {
    use witness::alloc::{Layout, alloc, dealloc};
    use witness::{boxed::Box, sync::Arc};

    let summary = |model: fn()| witness::expect_bug(Bug::InvalidPointer, model).summary;
    // SAFETY: broken, as all that follow: the pointer does not come from `into_raw` of that type.
    let of_a_box = || drop(unsafe { Arc::from_raw(Box::into_raw(Box::new(1))) });
    assert_eq!(summary(of_a_box), "T0 calls Arc::from_raw on a pointer into block #1, which is of Box, not of Arc");
    // SAFETY: as above.
    let of_a_local = || drop(unsafe { Box::from_raw(&mut 1) });
    assert_eq!(summary(of_a_local), "T0 calls Box::from_raw on a pointer that no Box has handed out");
    // SAFETY: as above.
    let of_null = || unsafe { Arc::decrement_strong_count(std::ptr::null::<u8>()) };
    assert_eq!(summary(of_null), "T0 calls decrement_strong_count on a pointer that no Arc has handed out");
    // SAFETY: as above.
    let of_the_middle = || drop(unsafe { Arc::from_raw(Arc::into_raw(Arc::new([1, 2])).cast::<i32>().add(1)) });
    assert_eq!(summary(of_the_middle), "T0 calls Arc::from_raw on a pointer into block #1, and not to its start");
    // SAFETY: broken: another layout than the one that was asked for.
    let with_another_layout = || unsafe { dealloc(alloc(Layout::new::<u64>()), Layout::new::<u32>()) };
    assert_eq!(
        summary(with_another_layout),
        "T0 deallocates block #1 as 4 bytes aligned to 4; it was allocated as 8 bytes aligned to 8"
    );
}

/// A model may catch a panic of the code that it is about.
#[test]
fn a_caught_panic_is_no_failure() {
    witness::model(|| {
        let payload = Probe::new(1);
        let caught = witness::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _moved = payload;
            panic!("of the code under test");
        }));
        assert!(caught.is_err());
    });
}

#[cfg(unix)]
#[test]
fn a_segmentation_fault() {
    let witness = witness::expect_bug(Bug::Crash, || {
        AtomicUsize::new(0).store(1, Release);
        // SAFETY: broken on purpose: nothing is mapped there.
        unsafe { (16 as *mut u8).write_volatile(1) };
    });
    assert_eq!(witness.summary, "T0 died of SIGSEGV, a segmentation fault");
    assert_eq!(last_words(&witness), "dies of SIGSEGV");
}

#[cfg(unix)]
#[test]
fn an_abort() {
    let witness = witness::expect_bug(Bug::Crash, || std::process::abort());
    assert_eq!(witness.summary, "T0 died of SIGABRT, an abort");
}

#[cfg(unix)]
#[test]
fn a_stack_overflow() {
    #[inline(never)]
    fn deeper(depth: u64) -> u64 {
        let frame = std::hint::black_box([depth; 100]);
        if depth == 0 { 0 } else { deeper(depth - 1) + frame[3] }
    }
    let witness = witness::expect_bug(Bug::Crash, || {
        assert!(deeper(100_000) > 0);
    });
    assert!(witness.summary.starts_with("T0 died of SIG"), "{witness}");
}

/// A thread of a model has 32 KiB of stack.
#[cfg(unix)]
#[test]
fn a_value_that_is_too_large_for_the_stack() {
    let witness = witness::expect_bug(Bug::Crash, || {
        std::hint::black_box(witness::boxed::Box::new([0_u8; 100_000]));
    });
    assert!(witness.details[0].contains("32 KiB of stack"), "{witness}");
}

#[test]
fn an_endless_loop() {
    let witness = Builder::new().stall_limit(Duration::from_secs(1)).expect_bug(Bug::EndlessLoop, || {
        AtomicUsize::new(0).store(1, Release);
        loop {
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    assert_eq!(witness.summary, "T0 has used no checked operation for 1 s");
    assert_eq!(witness.events[0].text, "store 1 (Release)");
    assert_eq!(last_words(&witness), "goes on for ever");
}

#[test]
fn a_loop_that_goes_on_and_on_in_checked_operations() {
    let witness = witness::expect_bug(Bug::NoProgress, || {
        let counter = AtomicUsize::new(0);
        loop {
            counter.fetch_add(1, Relaxed);
        }
    });
    assert_fits_a_screen(&witness);
}

#[test]
fn a_wait_for_what_nobody_does_is_told_from_one_that_does_not_yield() {
    let waits = |yields: bool| {
        let witness = witness::expect_bug(Bug::NoProgress, move || {
            let flag = AtomicUsize::new(0);
            while flag.load(Acquire) == 0 {
                if yields {
                    thread::yield_now();
                }
            }
        });
        assert_fits_a_screen(&witness);
        witness.to_string()
    };
    assert!(waits(true).contains("T0 yields, and what it waits for does not happen"), "{}", waits(true));
    assert!(waits(false).contains("has to say so with yield_now or spin_loop"), "{}", waits(false));
}

#[test]
fn a_long_timeline_fits_a_screen() {
    let witness = Builder::new().max_branches(10_000).expect_bug(Bug::Panic, || {
        let counter = Arc::new(AtomicUsize::new(0));
        let other = {
            let counter = counter.clone();
            thread::Builder::new()
                .name("a thread whose name is as long as a sentence, which nobody forbids".to_owned())
                .spawn(move || {
                    for round in 0..100 {
                        counter.fetch_add(round, SeqCst);
                    }
                })
                .unwrap()
        };
        other.join().unwrap();
        panic!("{}", "a long message that takes more than one line of a terminal\n".repeat(20));
    });
    assert!(witness.events.len() > 100);
    assert_fits_a_screen(&witness);
}

/// However much there is to say.
#[test]
fn long_texts_fit_a_screen() {
    let models: [fn(); 5] = [
        || panic!("{}", "word ".repeat(5000)),
        || panic!("{}", "x".repeat(5000)),
        || panic!("first\n{}", "word ".repeat(5000)),
        || panic!("\u{1b}[31mred\u{1b}[0m\ttab\r\nnext\n\n\nlast"),
        || {
            thread::name_current("a name\nof two lines");
            panic!("{}", "x ".repeat(200));
        },
    ];
    for model in models {
        let witness = witness::expect_bug(Bug::Panic, model);
        assert_fits_a_screen(&witness);
        assert!(!witness.to_string().contains(|c: char| c.is_control() && c != '\n'), "{witness}");
    }
    let witness = witness::expect_bug(Bug::Leak, || {
        let atomics: Vec<_> = (0..100).map(|number| AtomicUsize::new(number)).collect();
        assert_eq!(atomics.iter().map(|atomic| atomic.load(SeqCst)).sum::<usize>(), 4950);
        for number in 0..30 {
            let lock = witness::boxed::Box::leak(witness::boxed::Box::new(witness::sync::Mutex::new(number)));
            drop(lock.lock());
        }
    });
    assert_fits_a_screen(&witness);
}

/// A failed model leaves a parked thread behind, which bothers nobody.
#[test]
fn many_models_of_one_test_fail() {
    for number in 0..40 {
        let witness = witness::expect_bug(Bug::Panic, move || panic!("number {number}"));
        assert_eq!(witness.summary, format!("T0: number {number}"));
    }
}

/// Every kind of failure beside every other, on many OS threads: each keeps to itself.
#[test]
fn failing_models_run_beside_others() {
    let started = Instant::now();
    let explorers: Vec<_> = (0..16)
        .map(|number| {
            std::thread::spawn(move || match number % 4 {
                0 => drop(witness::expect_bug(Bug::Leak, || std::mem::forget(Probe::new(1)))),
                1 => drop(witness::expect_bug(Bug::Panic, || panic!("on purpose"))),
                2 => drop(witness::expect_bug(Bug::Deadlock, || {
                    let lock = witness::sync::Mutex::new(());
                    let _guard = lock.lock();
                    let _again = lock.lock();
                })),
                _ => witness::model(|| {
                    let counter = Arc::new(AtomicUsize::new(0));
                    let other = {
                        let counter = counter.clone();
                        thread::spawn(move || counter.fetch_add(1, Relaxed))
                    };
                    counter.fetch_add(1, Relaxed);
                    other.join().unwrap();
                }),
            })
        })
        .collect();
    for explorer in explorers {
        explorer.join().unwrap();
    }
    assert!(started.elapsed() < Duration::from_secs(60), "no model waits for another");
}

fn two_owners() {
    let counter = Arc::new(AtomicUsize::new(0));
    let other = {
        let counter = counter.clone();
        thread::spawn(move || {
            let seen = counter.load(Relaxed);
            counter.store(seen + 1, Relaxed);
        })
    };
    let seen = counter.load(Relaxed);
    counter.store(seen + 1, Relaxed);
    other.join().unwrap();
    assert_eq!(counter.load(Relaxed), 2, "an increment is lost");
}

#[test]
fn the_same_model_says_the_same_every_time() {
    let first = witness::expect_bug(Bug::Panic, two_owners);
    for _ in 0..5 {
        let again = witness::expect_bug(Bug::Panic, two_owners);
        assert_eq!((again.to_string(), again.to_json()), (first.to_string(), first.to_json()));
    }
}

/// In the child's environment: fail as a user's test would.
const FAIL: &str = "WITNESS_FAIL";

#[test]
fn fails_when_asked_to() {
    match std::env::var(FAIL).as_deref() {
        Ok("plainly") => witness::model(two_owners),
        Ok("with another bug") => drop(witness::expect_bug(Bug::Leak, two_owners)),
        Ok("with no bug") => drop(witness::expect_bug(Bug::Leak, || ())),
        Ok("by an exit") => witness::model(|| {
            AtomicUsize::new(1).load(Relaxed);
            std::process::exit(0);
        }),
        _ => {}
    }
}

/// Runs `fails_when_asked_to` in a process of its own, `times` times; what it printed, which was the same each time.
fn failing_test_binary(how: &str, times: usize) -> String {
    let outputs: Vec<_> = (0..times)
        .map(|_| {
            let started = Instant::now();
            let child = Command::new(std::env::current_exe().expect("a test binary knows its path"))
                .args(["--exact", "fails_when_asked_to"])
                .env(FAIL, how)
                .env("RUST_BACKTRACE", "0")
                .output()
                .expect("a test binary can be started again");
            assert_eq!(child.status.code(), Some(101), "a failed test binary ends as libtest ends it");
            assert!(started.elapsed() < Duration::from_secs(30), "and does not hang at its exit");
            let said = String::from_utf8(child.stdout).expect("a timeline is UTF-8");
            let start = said.find("fails_when_asked_to stdout").expect("libtest shows what the test printed");
            // The number of the OS thread, which std prints, and the time that it took, are not witness's.
            let lines =
                said[start..].lines().filter(|line| !line.starts_with("thread '") && !line.contains("finished in"));
            lines.collect::<Vec<_>>().join("\n")
        })
        .collect();
    assert!(outputs.iter().all(|output| *output == outputs[0]), "{outputs:#?}");
    outputs.into_iter().next().expect("it ran")
}

#[test]
fn a_failed_model_fails_its_test_with_the_timeline_and_nothing_else() {
    let said = failing_test_binary("plainly", 3);
    assert!(said.contains("panic: T0: assertion `left == right` failed: an increment is lost"), "{said}");
    assert!(said.lines().count() < 40, "{said}");
}

#[test]
fn another_bug_than_expected_is_told() {
    let said = failing_test_binary("with another bug", 1);
    assert!(said.contains("expected a leak, found another bug\npanic: T0:"), "{said}");
}

#[test]
fn no_bug_where_one_was_expected_is_told() {
    let said = failing_test_binary("with no bug", 1);
    assert!(said.contains("expected a leak, found no bug in 1 execution\n"), "{said}");
}

/// Code under test that calls `process::exit(0)` would make the test binary look as if all had passed.
#[cfg(unix)]
#[test]
fn an_exit_is_a_failure_too() {
    let child = Command::new(std::env::current_exe().expect("a test binary knows its path"))
        .args(["--exact", "fails_when_asked_to"])
        .env(FAIL, "by an exit")
        .output()
        .expect("a test binary can be started again");
    assert_eq!(child.status.code(), Some(101));
    let said = String::from_utf8(child.stderr).expect("a timeline is UTF-8");
    assert!(said.contains("crash: T0 calls process::exit, which ends the whole test binary"), "{said}");
    assert!(said.contains("1   load → 1 (Relaxed)") && said.contains("2 ✗ process::exit"), "{said}");
}

#[test]
fn a_twin_outside_a_model_says_so() {
    let said = std::panic::catch_unwind(|| AtomicUsize::new(0)).map(drop).unwrap_err();
    let said = said.downcast_ref::<String>().cloned().or(said.downcast_ref::<&str>().map(|&s| s.to_owned()));
    assert_eq!(
        said.as_deref(),
        Some("witness's types work inside a model only: wrap this code in witness::model(|| …)")
    );
}

/// The writer unlocks after it has freed the block: what it asked loom about last is the lock.
#[test]
fn a_touch_that_is_overtaken_by_the_free_is_told_as_what_it_is() {
    let witness = Builder::new().expect_bug(Bug::UseAfterFree, || {
        let shared = Arc::new((AtomicPtr::new(sync::Arc::into_raw(counted(1)).cast_mut()), sync::Mutex::new(())));
        let writer = {
            let shared = shared.clone();
            thread::spawn(move || {
                let _guard = shared.1.lock().unwrap();
                let old = shared.0.swap(sync::Arc::into_raw(counted(2)).cast_mut(), SeqCst);
                // SAFETY: the pointer's own reference. Broken: a reader may have loaded it.
                drop(unsafe { sync::Arc::from_raw(old) });
            })
        };
        // SAFETY: broken: nothing keeps what was loaded.
        let arc = ManuallyDrop::new(unsafe { sync::Arc::from_raw(shared.0.load(SeqCst)) });
        drop(sync::Arc::clone(&arc));
        writer.join().unwrap();
        // SAFETY: the pointer's own reference; the writer has ended.
        drop(unsafe { sync::Arc::from_raw(shared.0.load(Relaxed)) });
    });
    assert_eq!(witness.summary, "T0 touches block #1, freed by T1");
}

fn counted(value: u32) -> sync::Arc<Probe<u32>> {
    sync::Arc::new(Probe::new(value))
}
