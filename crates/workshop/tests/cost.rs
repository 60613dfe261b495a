//! `cargo workshop cost`.

use std::fs;
use std::process::{Command, Output};

use witness::Ledger;
use workshop::course::{STEPS, Verdict};
use workshop::{generated, workspace};

/// The exit code, and what went to standard output and standard error.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let workshop = Command::new(env!("CARGO_BIN_EXE_workshop")).arg("cost").args(arguments).output();
    let Output { status, stdout, stderr } = workshop.expect("the workshop starts");
    let text = |bytes| String::from_utf8(bytes).expect("it prints UTF-8");
    (status.code(), text(stdout), text(stderr))
}

fn recorded(name: &str) -> String {
    let path = generated::folder(&workspace::book()).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).replace("\r\n", "\n")
}

#[test]
fn the_table_is_the_books() {
    let (code, stdout, stderr) = run(&[]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert_eq!(stdout, recorded("cost.txt"));
    assert!(stdout.lines().all(|line| line.chars().count() <= 80), "{stdout}");
}

#[test]
fn one_step_is_what_it_has_recorded_and_what_it_counts_now() {
    let text = recorded("step4-ledger.txt");
    assert_eq!(run(&["step4"]), (Some(0), text.clone(), String::new()));
    let (code, stdout, stderr) = run(&["4", "--fresh"]);
    assert_eq!((code, stdout), (Some(0), text), "{stderr}");
    let (_, json, _) = run(&["step4", "--json"]);
    let ledgers: Vec<Ledger> = serde_json::from_str(&json).expect("it is a list of ledgers");
    assert_eq!(serde_json::from_str::<Vec<Ledger>>(&recorded("step4-ledger.json")).expect("it is too"), ledgers);
}

#[test]
fn a_step_without_a_ledger_says_so_and_an_unknown_one_is_a_usage_error() {
    let (code, stdout, _) = run(&["step2"]);
    assert!(code == Some(0) && stdout.contains("has no ledger"), "{stdout}");
    assert_eq!(run(&["step2", "--json"]), (Some(0), "[]\n".to_owned(), String::new()));
    let (code, stdout, stderr) = run(&["step99"]);
    assert_eq!((code, stdout.as_str()), (Some(2), ""));
    assert!(stderr.starts_with("error: there is no step `step99`; the steps are step"), "{stderr}");
}

#[test]
fn every_cell_that_works_is_in_the_ledger() {
    for step in STEPS.iter().filter(|step| step.number <= 6 && matches!(step.verdict, Verdict::Correct { .. })) {
        recorded(&format!("{}-ledger.json", step.package()));
    }
}
