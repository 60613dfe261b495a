//! The poster's program in its two builds, as child processes: what a build does with a dangling pointer is undefined,
//! so it is recorded and not asserted. Only what rustc says of the source is compared.

use std::path::Path;
use std::time::Duration;

use recording::program::{self, Run};

const RUNS: usize = 40;

#[test]
fn rustc_and_its_lints_have_nothing_to_say_of_the_dangling_pointers() {
    let metadata = format!("--emit=metadata={}/libstep1.rmeta", env!("CARGO_TARGET_TMPDIR"));
    let output = program::rustc(step(), &["--crate-type=lib", "--crate-name=step1", &metadata, "src/lib.rs"]);
    let said = String::from_utf8_lossy(&output.stderr).replace('\\', "/");
    let said = if said.is_empty() { "(nothing)\n".to_owned() } else { said };
    recording::worded_by_rustc("step1-rustc.txt", &format!("$ rustc src/lib.rs\n{said}"));
}

#[test]
fn what_the_two_builds_do_is_recorded() {
    recording::measured("step1-builds.txt", || {
        let debug = Runs::of("debug", &["-Copt-level=0", "-Cdebug-assertions=on"]);
        let release = Runs::of("release", &["-Copt-level=3"]);
        // The chapter says this much of what is recorded. Nothing promises it: if it fails, the chapter must change.
        assert!(debug.runs.iter().all(|run| !run.success && lookups(run) == 0), "{}", debug.summary());
        assert!(release.runs.iter().any(|run| !run.success), "{}", release.summary());
        let silent = release.runs.iter().find(|run| run.success).expect("a run of the release build ends well");
        assert!(silent.output.contains("the table says None"), "it reads something else: {}", silent.output);
        let died = debug.runs.iter().max_by_key(|run| run.output.len()).expect("there are runs");
        format!(
            "{}\n{}\none run of the debug build:\n\n{}({})\n\none run of the release build:\n\n{}({})\n",
            debug.summary(),
            release.summary(),
            died.output,
            died.status,
            silent.output,
            silent.status,
        )
    });
}

/// What one build of `examples/poster.rs` did.
struct Runs {
    build: &'static str,
    runs: Vec<Run>,
}

/// How many lookups came back.
fn lookups(run: &Run) -> usize {
    run.output.lines().filter(|line| line.starts_with("worker:")).count()
}

impl Runs {
    fn of(build: &'static str, flags: &[&str]) -> Runs {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("step1-builds").join(build);
        let program = program::compile_example(step(), "step1", "poster", flags, &target);
        Runs { build, runs: (0..RUNS).map(|_| program::run(&program, &[], Duration::from_secs(10))).collect() }
    }

    /// `debug build, 40 runs: 16 × signal: 6 (SIGABRT), 24 × signal: 11 (SIGSEGV)`, and what the worker printed.
    fn summary(&self) -> String {
        let mut kinds: Vec<(String, usize)> = Vec::new();
        for run in &self.runs {
            let kind = format!("{}, after {} lookups", run.status, lookups(run));
            match kinds.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, count)) => *count += 1,
                None => kinds.push((kind, 1)),
            }
        }
        kinds.sort();
        let lines: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count:>4} × {kind}\n")).collect();
        format!("{} build, {RUNS} runs:\n{}", self.build, lines.concat())
    }
}

fn step() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
