//! What the program prints: measured, so it runs when recording, and the book shows it.

use std::path::Path;
use std::time::Duration;

use lookup::DESIGNS;
use recording::program;

#[test]
fn what_the_program_prints_is_recorded() {
    recording::measured("lookup.txt", || {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is a folder of cargo's own");
        let program = program::release_example(Path::new(env!("CARGO_MANIFEST_DIR")), "lookup", target);
        let arguments = ["--workers", "2", "--keys", "100000"];
        let run = program::run(&program, &arguments, Duration::from_secs(120));
        assert!(run.success, "{}: {}", run.status, run.output);
        let rows = DESIGNS.iter().filter(|design| run.output.lines().any(|line| line.starts_with(design.name)));
        assert_eq!(rows.count(), DESIGNS.len(), "{}", run.output);
        format!("$ cargo run --release --example lookup -- {}\n{}", arguments.join(" "), run.output)
    });
}
