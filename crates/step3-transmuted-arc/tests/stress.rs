//! The stress test of `examples/stress.rs`, in both builds and at five paces. A run that hits the window is undefined
//! behaviour, so this is no test that can pass or fail: it runs when recording, and the book shows what it saw.

use std::fmt::Write;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const LOOKUPS: u64 = 5_000_000;
const RUNS: usize = 10;
const PAUSES: [u64; 5] = [100_000, 10_000, 1_000, 100, 0];

#[test]
fn what_a_stress_test_sees_is_recorded() {
    recording::measured("step3-stress.txt", || {
        let mut text = format!(
            "{RUNS} runs in each row, {LOOKUPS} lookups in each run\n\n\
             build     pause between   updates in   saw       impossible   dropped\n\
             \x20         updates (µs)    those alive  nothing   version      value     died\n"
        );
        let mut last_words = Vec::new();
        let (mut impossible_in_all, mut dropped_in_all) = (0, 0);
        for (build, flags) in [("debug", "-Copt-level=0"), ("release", "-Copt-level=3")] {
            let program = compile(build, flags);
            for pause in PAUSES {
                let runs: Vec<Run> = (0..RUNS).map(|_| run(&program, pause)).collect();
                let count = |what: fn(&Run) -> bool| runs.iter().filter(|run| what(run)).count();
                let updates: u64 = runs.iter().filter(|run| run.lived).map(Run::updates).sum();
                let saw_nothing = count(|run| run.saw_nothing());
                let impossible = count(|run| run.lived && !run.says("impossible versions 0,"));
                let dropped = count(|run| run.lived && !run.says("dropped values 0\n"));
                let died = count(|run| !run.lived);
                let _ = writeln!(
                    text,
                    "{build:<10}{pause:<16}{updates:<13}{saw_nothing:<10}{impossible:<13}{dropped:<10}{died}",
                );
                impossible_in_all += impossible;
                dropped_in_all += dropped;
                if (build, pause) == ("release", PAUSES[0]) {
                    // The chapter says this much of what is recorded. Nothing promises it: if it fails, it must change.
                    assert!(saw_nothing > RUNS / 2, "{text}");
                }
                last_words.extend(runs.into_iter().filter(|run| !run.lived).map(|run| run.output));
            }
        }
        // And this.
        assert!(impossible_in_all < dropped_in_all && !last_words.is_empty(), "{text}");
        last_words.retain(|words| !words.is_empty());
        last_words.sort();
        last_words.dedup();
        format!("{text}\nlast words of those that died:\n{}", last_words.concat())
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

    /// How many updates a run that lived has counted.
    fn updates(&self) -> u64 {
        let (_, rest) = self.output.split_once("updates ").expect("a run that lived has printed it");
        rest.split(',').next().and_then(|number| number.parse().ok()).expect("and it is a number")
    }

    fn saw_nothing(&self) -> bool {
        self.lived && self.says("impossible versions 0, dropped values 0\n")
    }
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
