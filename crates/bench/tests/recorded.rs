//! What the book shows of a run is whole, and its tables and plots follow from its measurements.
//!
//! `cargo workshop bench` measures and records. These tests measure nothing: with `WORKSHOP_RECORD=1` they make the tables
//! and plots again from the measurements that are recorded.

use bench::report;
use bench::results::Results;

#[test]
fn the_measurements_are_whole() {
    let results = Results::from_csv(&recording::measurement("bench.csv")).unwrap();
    let (kept, _) = results.windows();
    assert!(kept > 1000, "a run of {kept} windows is none");
    assert!(recording::measurement("bench-run.txt").contains("windows: "));
    assert!(recording::measurement("bench-machine-code.txt").contains("executed in one look-up"));
}

#[test]
fn the_tables_and_plots_follow_from_the_measurements() {
    let results = Results::from_csv(&recording::measurement("bench.csv")).unwrap();
    let names = [
        "bench-goals.txt",
        "bench-lock.txt",
        "bench-read.svg",
        "bench-read.txt",
        "bench-held.txt",
        "bench-fitting.txt",
        "bench-large.svg",
        "bench-large.txt",
        "bench-string.txt",
        "bench-beside.svg",
        "bench-beside.txt",
        "bench-write.svg",
        "bench-write.txt",
        "bench-growth.svg",
        "bench-growth.txt",
        "bench-fill.txt",
        "bench-sizes.svg",
        "bench-sizes.txt",
        "bench-threads.svg",
        "bench-threads.txt",
        "bench-foretold.txt",
    ];
    assert_eq!(names, report::FILES);
    for name in names {
        recording::deterministic(name, &report::file(name, &results).unwrap());
    }
}

#[test]
fn no_line_of_a_table_is_wider_than_80_columns() {
    for name in report::FILES
        .into_iter()
        .filter(|name| name.ends_with(".txt"))
        .chain(["bench-run.txt", "bench-machine-code.txt"])
    {
        // The heading of a measurement is as long as the machine's name.
        for line in recording::recorded(name).unwrap().lines().filter(|line| !line.starts_with("measured on ")) {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
    }
}
