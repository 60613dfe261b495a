//! The poster's program in its two builds, as child processes: what a build does with a dangling pointer is undefined, so
//! it is recorded and not asserted. Only what rustc says of the source is compared.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const RUNS: usize = 40;

#[test]
fn rustc_and_its_lints_have_nothing_to_say_of_the_dangling_pointers() {
    let metadata = Path::new(env!("CARGO_TARGET_TMPDIR")).join("libstep1.rmeta");
    let output = rustc(&["--crate-type=lib", "--crate-name=step1", "--emit=metadata", "src/lib.rs"], &metadata);
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
        assert!(debug.runs.iter().all(|run| !run.ended_well() && run.lookups() == 0), "{}", debug.summary());
        assert!(release.runs.iter().any(|run| !run.ended_well()), "{}", release.summary());
        let silent = release.runs.iter().find(|run| run.ended_well()).expect("a run of the release build ends well");
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

struct Run {
    /// How the process ended, as the platform says it.
    status: String,
    output: String,
}

impl Run {
    fn ended_well(&self) -> bool {
        self.status.ends_with(": 0")
    }

    /// How many lookups came back.
    fn lookups(&self) -> usize {
        self.output.lines().filter(|line| line.starts_with("worker:")).count()
    }
}

impl Runs {
    fn of(build: &'static str, flags: &[&str]) -> Runs {
        let target = target().join(build);
        fs::create_dir_all(&target).expect("the target directory can be written to");
        let library = target.join("libstep1.rlib");
        let program = target.join(format!("poster{}", std::env::consts::EXE_SUFFIX));
        compile(&[flags, &["--crate-type=rlib", "--crate-name=step1", "src/lib.rs"]].concat(), &library);
        let library = format!("--extern=step1={}", library.display());
        compile(&[flags, &[library.as_str(), "examples/poster.rs"]].concat(), &program);
        Runs { build, runs: (0..RUNS).map(|_| run(&program)).collect() }
    }

    /// `debug build, 40 runs: 16 × signal: 6 (SIGABRT), 24 × signal: 11 (SIGSEGV)`, and what the worker printed.
    fn summary(&self) -> String {
        let mut kinds: Vec<(String, usize)> = Vec::new();
        for run in &self.runs {
            let kind = format!("{}, after {} lookups", run.status, run.lookups());
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

fn compile(arguments: &[&str], out: &Path) {
    let output = rustc(arguments, out);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn rustc(arguments: &[&str], out: &Path) -> Output {
    Command::new("rustc")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["--edition=2024", "--color=never"])
        .args(arguments)
        .arg("-o")
        .arg(out)
        .output()
        .expect("whoever runs cargo has rustc")
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("step1-builds")
}

/// Runs the program, for at most ten seconds.
fn run(program: &Path) -> Run {
    run_into(program, &target().join("output")).unwrap_or_else(|error| panic!("cannot run {program:?}: {error}"))
}

fn run_into(program: &Path, output: &Path) -> io::Result<Run> {
    let file = File::create(output)?;
    let mut child = Command::new(program)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stderr(file.try_clone()?)
        .stdout(file)
        .spawn()?;
    let deadline = Instant::now() + Duration::from_secs(10);
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status.to_string().replace(" (core dumped)", ""),
            None if Instant::now() > deadline => {
                child.kill()?;
                child.wait()?;
                break "killed after ten seconds".to_owned();
            }
            None => thread::sleep(Duration::from_millis(5)),
        }
    };
    let output: String = String::from_utf8_lossy(&fs::read(output)?).chars().take(2_000).collect();
    Ok(Run { status, output })
}
