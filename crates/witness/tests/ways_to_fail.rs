//! However a model fails, the test binary goes on, ends, and says in a few lines what happened.

use std::mem::ManuallyDrop;
use std::process::Command;
use std::sync::Arc;
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
    assert!(said.contains("expected a leak, found no bug in 1 execution"), "{said}");
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
