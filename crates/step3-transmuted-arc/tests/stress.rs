//! The stress test of `examples/stress.rs`, in both builds, at three paces, alone and beside threads that want
//! every core. A run that hits the window is undefined behaviour, so this is no test that can pass or fail: it runs when
//! recording, and the book shows what it saw.

use std::fmt::Write;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};
use std::{hint, io};

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
                    let (nothing, died) = (count(Run::saw_nothing), count(|run| !run.lived));
                    let (impossible, dropped) =
                        (count(Run::saw_an_impossible_version), count(Run::saw_a_dropped_value));
                    let _ = writeln!(
                        table,
                        "{build:<10}{pause:<16}{hogs:<10}{nothing:<10}{impossible:<13}{dropped:<10}{died}",
                    );
                    // The chapter says this much of what is recorded. Nothing promises it: if it fails, it must change.
                    assert!((build, pause) != ("release", PAUSES[0]) || nothing > RUNS / 2, "{table}");
                    all.extend(runs);
                }
            }
        }
        let count = |what: fn(&Run) -> bool| all.iter().filter(|run| what(run)).count();
        // And this.
        assert!(count(Run::saw_an_impossible_version) < count(Run::saw_a_dropped_value), "{table}");
        assert!(count(|run| !run.lived) > 0, "{table}");
        let mut last_words: Vec<String> =
            all.into_iter().filter(|run| !run.lived && !run.output.is_empty()).map(|run| run.output).collect();
        last_words.sort();
        last_words.dedup();
        format!("{table}\nlast words of those that died:\n{}", last_words.concat())
    });
}

struct Run {
    lived: bool,
    output: String,
}

impl Run {
    fn says(&self, text: &str) -> bool {
        self.output.contains(text)
    }

    fn saw_nothing(&self) -> bool {
        self.lived && self.says("impossible versions 0, dropped values 0\n")
    }

    fn saw_an_impossible_version(&self) -> bool {
        self.lived && !self.says("impossible versions 0,")
    }

    fn saw_a_dropped_value(&self) -> bool {
        self.lived && !self.says("dropped values 0\n")
    }
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

/// Builds the step's library and the example, and returns the program.
fn compile(build: &str, flags: &str) -> PathBuf {
    let target = target().join(build);
    fs::create_dir_all(&target).expect("the target directory can be written to");
    let library = target.join("libstep3.rlib");
    let program = target.join(format!("stress{}", std::env::consts::EXE_SUFFIX));
    rustc(&[flags, "--crate-type=rlib", "--crate-name=step3", "src/lib.rs"], &library);
    rustc(&[flags, &format!("--extern=step3={}", library.display()), "examples/stress.rs"], &program);
    program
}

fn rustc(arguments: &[&str], out: &Path) {
    let output = Command::new("rustc")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["--edition=2024", "--color=never"])
        .args(arguments)
        .arg("-o")
        .arg(out)
        .output()
        .expect("whoever runs cargo has rustc");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("step3-stress")
}

/// Runs the program, for at most a minute.
fn run(program: &Path, pause: u64) -> Run {
    run_into(program, pause, &target().join("output")).unwrap_or_else(|error| panic!("cannot run {program:?}: {error}"))
}

fn run_into(program: &Path, pause: u64, output: &Path) -> io::Result<Run> {
    let file = File::create(output)?;
    let mut child = Command::new(program)
        .args([LOOKUPS.to_string(), pause.to_string()])
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stderr(file.try_clone()?)
        .stdout(file)
        .spawn()?;
    let deadline = Instant::now() + Duration::from_secs(60);
    let lived = loop {
        match child.try_wait()? {
            Some(status) => break status.success(),
            None if Instant::now() > deadline => {
                child.kill()?;
                child.wait()?;
                break false;
            }
            None => thread::sleep(Duration::from_millis(5)),
        }
    };
    let output = String::from_utf8_lossy(&fs::read(output)?).chars().take(500).collect();
    Ok(Run { lived, output })
}
