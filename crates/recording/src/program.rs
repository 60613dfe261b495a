//! Programs whose behaviour is recorded, because it is undefined, or because it is measured: built and run apart from the
//! tests.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// More of a program's output than this is not kept.
const MOST_OUTPUT: usize = 2_000;

/// How a run of a program went.
#[derive(Clone, Debug)]
pub struct Run {
    /// How it ended, as the platform says it: `exit status: 0`, `signal: 11 (SIGSEGV)`; or that it was killed.
    pub status: String,
    /// Whether it ended by itself, and well.
    pub success: bool,
    /// The start of what it printed, on both streams.
    pub output: String,
}

/// Calls the compiler in `folder`, for this edition and without colours.
///
/// # Panics
///
/// If there is no rustc.
pub fn rustc(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .current_dir(folder)
        .args(["--edition=2024", "--color=never"])
        .args(arguments)
        .output()
        .expect("whoever runs cargo has rustc")
}

/// Builds `examples/<example>.rs` of the step in `folder`, with the step's library, into the folder `into`; returns the
/// program.
///
/// By rustc itself and not by cargo, which would wait for the cargo that runs the test.
///
/// # Panics
///
/// If one of the two does not compile.
pub fn compile_example(folder: &Path, step: &str, example: &str, flags: &[&str], into: &Path) -> PathBuf {
    fs::create_dir_all(into).expect("the target directory can be written to");
    let library = into.join(format!("lib{step}.rlib"));
    let program = into.join(format!("{example}{}", std::env::consts::EXE_SUFFIX));
    let build = |arguments: &[&str], out: &Path| {
        let out = out.display().to_string();
        let output = rustc(folder, &[flags, arguments, &["-o", &out]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    build(&["--crate-type=rlib", &format!("--crate-name={step}"), "src/lib.rs"], &library);
    build(&[&format!("--extern={step}={}", library.display()), &format!("examples/{example}.rs")], &program);
    program
}

/// Builds `examples/<example>.rs` of the package in `folder` with cargo, in the release profile and in the folder `target`;
/// returns the program.
///
/// For an example with dependencies. Cargo holds no lock while it runs tests, so this does not wait for the one that runs
/// them; but it may have much to compile.
///
/// # Panics
///
/// If it does not compile.
pub fn release_example(folder: &Path, example: &str, target: &Path) -> PathBuf {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(folder)
        .args(["build", "--quiet", "--release", "--example", example, "--target-dir"])
        .arg(target)
        .output()
        .expect("whoever runs tests has cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    target.join("release/examples").join(format!("{example}{}", std::env::consts::EXE_SUFFIX))
}

/// Runs `program`, and kills it when `limit` is over.
///
/// # Panics
///
/// If it cannot be started, or its output not be read.
pub fn run(program: &Path, arguments: &[&str], limit: Duration) -> Run {
    run_into(program, arguments, limit, &program.with_extension("output"))
        .unwrap_or_else(|error| panic!("cannot run {}: {error}", program.display()))
}

fn run_into(program: &Path, arguments: &[&str], limit: Duration, output: &Path) -> io::Result<Run> {
    let file = File::create(output)?;
    let mut child = Command::new(program)
        .args(arguments)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stderr(file.try_clone()?)
        .stdout(file)
        .spawn()?;
    let deadline = Instant::now() + limit;
    let (status, success) = loop {
        match child.try_wait()? {
            Some(status) => break (status.to_string().replace(" (core dumped)", ""), status.success()),
            None if Instant::now() > deadline => {
                child.kill()?;
                child.wait()?;
                break (format!("killed after {} s", limit.as_secs()), false);
            }
            None => thread::sleep(Duration::from_millis(5)),
        }
    };
    let output = String::from_utf8_lossy(&fs::read(output)?).chars().take(MOST_OUTPUT).collect();
    Ok(Run { status, success, output })
}

#[cfg(test)]
mod tests {
    use super::{compile_example, run};
    use std::fs;
    use std::time::Duration;

    #[test]
    fn a_program_is_built_run_and_stopped() {
        let scratch = tempfile::tempdir().unwrap();
        let step = scratch.path();
        fs::create_dir_all(step.join("src")).unwrap();
        fs::create_dir_all(step.join("examples")).unwrap();
        fs::write(step.join("src/lib.rs"), "pub fn hello() -> &'static str { \"hello\" }").unwrap();
        let main = "fn main() {\n    println!(\"{}\", stepx::hello());\n    match std::env::args().nth(1).as_deref() {\n\
                    Some(\"hang\") => loop { std::thread::sleep(std::time::Duration::from_secs(1)) },\n\
                    Some(_) => std::process::exit(3),\n        None => {}\n    }\n}\n";
        fs::write(step.join("examples/greet.rs"), main).unwrap();
        let program = compile_example(step, "stepx", "greet", &["-Copt-level=0"], &step.join("out"));

        let well = run(&program, &[], Duration::from_secs(60));
        assert_eq!((well.success, well.output.trim()), (true, "hello"));
        let badly = run(&program, &["3"], Duration::from_secs(60));
        assert!(!badly.success && badly.status.ends_with('3'), "{badly:?}");
        let never = run(&program, &["hang"], Duration::from_secs(1));
        assert_eq!((never.success, never.status.as_str()), (false, "killed after 1 s"));
    }
}
