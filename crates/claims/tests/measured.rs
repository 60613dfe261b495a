//! Claims about what machines do, and how fast: measured, so these run when recording, and the book shows them.
//!
//! What the chapter says of a measurement is asserted when it is made. Nothing promises it on another machine: if it fails
//! there, the chapter must change.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use recording::program;

/// One measurement at a time.
static QUIET: Mutex<()> = Mutex::new(());

/// What `examples/<example>.rs`, whose dependencies are std's alone, prints.
fn output_of(example: &str) -> String {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("claims").join(example);
    output(&program::compile_example(package(), "claims", example, &["-Copt-level=3"], &target))
}

fn output(program: &Path) -> String {
    let _quiet = QUIET.lock().unwrap_or_else(PoisonError::into_inner);
    let run = program::run(program, &[], Duration::from_secs(900));
    assert!(run.success, "{}: {}", run.status, run.output);
    run.output
}

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The numbers of the first row after the line with `heading` that starts with `name`.
fn row<const N: usize>(output: &str, heading: &str, name: &str) -> [f64; N] {
    let mut lines = output.lines().skip_while(|line| !line.contains(heading));
    let line =
        lines.find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no {name} after {heading}: {output}"));
    let numbers: Vec<f64> =
        line[name.len()..].split_whitespace().map(|word| word.parse().unwrap_or_else(|_| panic!("{line}"))).collect();
    numbers.try_into().unwrap_or_else(|_| panic!("not {N} numbers: {line}"))
}

/// Whether neither is more than `factor` times the other.
fn within(one: f64, other: f64, factor: f64) -> bool {
    one < factor * other && other < factor * one
}

#[test]
fn what_two_cores_reorder_is_recorded() {
    recording::measured("claims-reordering.txt", || {
        let output = output_of("reordering");
        let both = |name| row::<4>(&output, "each thread stores 1", name);
        let passed = |name| row::<4>(&output, "one thread stores the data", name);
        for without in ["nothing", "Release store, Acquire load"] {
            assert!(both(without)[0] > 0.0, "the store buffer does not show: {output}");
        }
        if cfg!(target_arch = "x86_64") {
            assert_eq!(both("a SeqCst swap elsewhere")[0], 0.0, "{output}");
            assert_eq!(passed("Relaxed")[2], 0.0, "{output}");
        }
        for never in ["SeqCst store, SeqCst load", "fence(SeqCst)"] {
            assert_eq!(both(never)[0], 0.0, "{output}");
        }
        let [neither, data, never, both] = passed("Release, Acquire");
        assert_eq!(never, 0.0, "{output}");
        assert!(neither > 0.0 && data > 0.0 && both > 0.0, "the threads do not meet: {output}");
        output
    });
}

#[test]
fn how_long_a_load_takes_is_recorded() {
    recording::measured("claims-caches.txt", || {
        let output = output_of("caches");
        let times = |name| row::<2>(&output, "ns, best", name);
        let [plain, _] = times("plain load");
        for atomic in ["load(Relaxed)", "load(Acquire)", "load(SeqCst)"] {
            let [small, large] = times(atomic);
            assert!(
                within(small, plain, 1.25),
                "an atomic load from the cache takes longer than a plain one: {output}"
            );
            assert!(large > 10.0 * small, "main memory is as near as the cache: {output}");
        }
        let [small, _] = times("fetch_add(SeqCst)");
        assert!(small < times("plain load")[1] / 10.0, "{output}");
        output
    });
}

#[test]
fn what_locks_cost_is_recorded() {
    recording::measured("claims-locks.txt", || {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().map(PathBuf::from).expect("it is cargo's folder");
        let output = output(&program::release_example(package(), "locks", &target));
        let number = |name: &str| row::<4>(&output, "lock, use a number, unlock", name);
        let lookup = |name: &str| row::<4>(&output, "a lookup in a HashMap", name);
        let [mutex, _, _, _] = number("std Mutex");
        let [read, _, _, _] = number("std RwLock, read");
        assert!(within(mutex, read, 1.25), "one of the two is much faster, alone: {output}");
        assert!(within(lookup("std Mutex")[0], lookup("std RwLock")[0], 1.1), "a lookup shows it: {output}");

        for lock in ["Mutex", "RwLock, read", "RwLock, write"] {
            let [std, lot] = ["std", "parking_lot"].map(|which| number(&format!("{which} {lock}")));
            assert!(within(std[0], lot[0], 1.5) && within(std[2], lot[2], 5.0), "{lock}: {output}");
        }
        let [std, lot] = ["std RwLock", "parking_lot RwLock"].map(lookup);
        assert!(within(std[0], lot[0], 1.25) && within(std[2], lot[2], 2.0), "{output}");

        let free = lookup("no lock at all");
        assert!(std[0] > free[0], "a lookup under a lock is as fast as without: {output}");
        assert!(std[2] > 2.0 * free[2], "two readers of a RwLock do not hinder each other: {output}");
        for arc in ["std Mutex<Arc>", "std RwLock<Arc>"] {
            assert!(lookup(arc)[2] > std[2], "{arc} is faster than RwLock where nobody writes: {output}");
        }
        output
    });
}
