//! How long a lookup takes while the table is rebuilt: measured, so it runs when recording, and the book shows it.

use std::path::Path;
use std::time::Duration;

use recording::program;

#[test]
fn how_long_a_lookup_takes_beside_a_rebuild_is_recorded() {
    recording::measured("step0-waiting.txt", || {
        let step = Path::new(env!("CARGO_MANIFEST_DIR"));
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("step0-waiting");
        let program = program::compile_example(step, "step0", "waiting", &["-Copt-level=3"], &target);
        let run = program::run(&program, &[], Duration::from_secs(120));
        assert!(run.success, "{}: {}", run.status, run.output);

        // The chapter says this much of what is recorded. But for the 0 nothing promises it: if it fails, the chapter must
        // change.
        let [under, mutex, rwlock] =
            ["RwLock<T>", "Mutex<Arc<T>>", "RwLock<Arc<T>>"].map(|design| row(&run.output, design));
        assert_eq!(under.within, 0, "{}", run.output);
        assert!(under.long >= 8, "{}", run.output);
        for outside in [mutex, rwlock] {
            assert!(outside.within > 10_000, "{}", run.output);
            assert!(outside.long <= 2, "{}", run.output);
        }
        run.output
    });
}

/// What the chapter says of a row.
struct Row {
    /// Lookups within a rebuild.
    within: usize,
    /// Lookups longer than half of one.
    long: usize,
}

fn row(output: &str, design: &str) -> Row {
    let columns: Vec<&str> = output
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|columns| columns.first() == Some(&design))
        .expect("there is a row for each design");
    let [_, _, _, _, _, within, long] = columns[..] else { panic!("seven columns: {columns:?}") };
    Row { long: long.parse().expect("a number"), within: within.parse().expect("a number") }
}
