//! The stress test of `examples/stress.rs`, in both builds, at three paces, alone and beside threads that want every
//! core. A run that hits the window is undefined behaviour, so this is no test that can pass or fail: it runs when
//! recording, and the book shows what it saw.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use std::{hint, thread};

use recording::program::{self, Run};

const LOOKUPS: u64 = 5_000_000;
const RUNS: usize = 10;
const PAUSES: [u64; 3] = [100_000, 1_000, 0];

#[test]
fn what_a_stress_test_sees_is_recorded() {
    recording::measured("step3-stress.txt", || {
        let mut table = format!(
            "{RUNS} runs in each row, {LOOKUPS} lookups in each run\n\n\
             build     pause between   threads   saw       impossible   dropped\n\
             \x20         updates (µs)    beside    nothing   version      value     died\n"
        );
        let mut all = Vec::new();
        for (build, flags) in [("debug", "-Copt-level=0"), ("release", "-Copt-level=3")] {
            let program = compile(build, flags);
            for pause in PAUSES {
                for hogs in [0, thread::available_parallelism().map_or(2, usize::from)] {
                    let runs = runs(&program, pause, hogs);
                    let count = |what: fn(&Run) -> bool| runs.iter().filter(|run| what(run)).count();
                    let (nothing, dead) = (count(saw_nothing), count(died));
                    let (impossible, dropped) = (count(saw_an_impossible_version), count(saw_a_dropped_value));
                    let _ = writeln!(
                        table,
                        "{build:<10}{pause:<16}{hogs:<10}{nothing:<10}{impossible:<13}{dropped:<10}{dead}",
                    );
                    // The chapter says this much of what is recorded. Nothing promises it: if it fails, it must
                    // change.
                    assert!((build, pause) != ("release", PAUSES[0]) || nothing > RUNS / 2, "{table}");
                    all.extend(runs);
                }
            }
        }
        let count = |what: fn(&Run) -> bool| all.iter().filter(|run| what(run)).count();
        // And this.
        assert!(count(saw_an_impossible_version) < count(saw_a_dropped_value), "{table}");
        assert!(count(died) > 0, "{table}");
        let mut last_words: Vec<String> =
            all.into_iter().filter(|run| died(run) && !run.output.is_empty()).map(|run| run.output).collect();
        last_words.sort();
        last_words.dedup();
        format!("{table}\nlast words of those that died:\n{}", last_words.concat())
    });
}

fn saw_nothing(run: &Run) -> bool {
    run.success && run.output.contains("impossible versions 0, dropped values 0\n")
}

fn saw_an_impossible_version(run: &Run) -> bool {
    run.success && !run.output.contains("impossible versions 0,")
}

fn saw_a_dropped_value(run: &Run) -> bool {
    run.success && !run.output.contains("dropped values 0\n")
}

fn died(run: &Run) -> bool {
    !run.success
}

/// One row's runs, beside `hogs` threads that never rest.
fn runs(program: &Path, pause: u64, hogs: usize) -> Vec<Run> {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..hogs {
            scope.spawn(|| {
                while !done.load(Relaxed) {
                    (0..1_000).for_each(|_| hint::spin_loop())
                }
            });
        }
        let runs = (0..RUNS).map(|_| run(program, pause)).collect();
        done.store(true, Relaxed);
        runs
    })
}

/// Builds the example, and returns the program.
fn compile(build: &str, flags: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("step3-stress").join(build);
    program::compile_example(Path::new(env!("CARGO_MANIFEST_DIR")), "step3", "stress", &[flags], &target)
}

/// Runs the program, for at most a minute.
fn run(program: &Path, pause: u64) -> Run {
    program::run(program, &[&LOOKUPS.to_string(), &pause.to_string()], Duration::from_secs(60))
}
