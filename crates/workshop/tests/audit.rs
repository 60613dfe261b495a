//! `cargo workshop audit`, and how it hears what the steps' tests say.

mod fixture;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use fixture::Fixture;
use recording::report::{Message, Request};
use regex::Regex;
use workshop::course::{STEPS, Step, Verdict};
use workshop::reports::{self, ReportingTest, Subject};
use workshop::{generated, workspace};

fn workshop(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_workshop")).args(arguments).output().expect("the workshop starts")
}

/// The exit code, and what went to standard output and standard error.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = workshop(arguments);
    let text = |bytes| String::from_utf8(bytes).expect("it prints UTF-8");
    (status.code(), text(stdout), text(stderr))
}

fn folder(step: &Step) -> std::path::PathBuf {
    workspace::root().join("crates").join(step.folder)
}

#[test]
fn a_step_is_audited_and_the_result_is_what_was_recorded() {
    let (code, stdout, stderr) = run(&["audit", "step4"]);
    assert_eq!(code, Some(0), "{stderr}");
    let recorded = generated::folder(&workspace::book()).join("step4-audit.txt");
    let recorded = fs::read_to_string(recorded).expect("it is recorded").replace("\r\n", "\n");
    assert!(stdout.starts_with(&recorded), "{stdout}");
    assert!(stdout.ends_with("in loom's memory model, up to these bounds.\n"), "{stdout}");
    assert!(stdout.lines().all(|line| line.chars().count() <= 80), "{stdout}");
    assert!(!stdout.contains('\x1b') && !stderr.contains('\x1b'), "colours without a terminal: {stdout}{stderr}");
}

#[test]
fn the_result_as_json_is_within_the_bound_that_was_asked_for() {
    let (code, stdout, stderr) = run(&["audit", "4", "--bound", "0", "--json"]);
    assert_eq!(code, Some(0), "{stderr}");
    let json: serde_json::Value = serde_json::from_str(&stdout).expect("it is JSON");
    assert_eq!((&json["package"], &json["as_expected"]), (&"step4".into(), &true.into()), "{json}");
    for model in json["audits"][0]["audited"]["models"].as_array().expect("a list") {
        assert_eq!(model["preemption_bound"], 0, "{model}");
    }
}

/// Runs the workshop with a cargo whose tests say `lines`.
#[cfg(unix)]
fn run_with_tests_that_say(lines: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let cargo = folder.path().join("cargo");
    fs::write(&cargo, format!("#!/bin/sh\ncat <<'END'\n{lines}\nEND\n")).expect("it can be written");
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let workshop = Command::new(env!("CARGO_BIN_EXE_workshop")).args(arguments).env("CARGO", &cargo).output();
    let Output { status, stdout, stderr } = workshop.expect("the workshop starts");
    let text = |bytes| String::from_utf8(bytes).expect("it prints UTF-8");
    (status.code(), text(stdout), text(stderr))
}

#[cfg(unix)]
#[test]
fn what_survives_without_a_reason_is_a_failure() {
    let said = r#"workshop-report: {"audit":{"name":"step4-audit","killed_nevertheless":[],"audited":{
        "files":["src/arc_cell.rs"],"unreached":[],
        "models":[{"name":"get beside set","executions":66,"preemption_bound":null}],
        "weakenings":[{"file":"src/arc_cell.rs","line":76,"code":"store(new, Release)","operation":"store",
            "declared":"Release","weakened":"Relaxed","outcome":{"survived":{"executions":66,"reached":60}}}]}}}"#;
    let said = said.replace('\n', " ");
    let (code, stdout, stderr) = run_with_tests_that_say(&said, &["audit", "step4"]);
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    assert!(
        stdout.contains("src/arc_cell.rs:76: store Release → Relaxed survives, and nothing says why\n"),
        "{stdout}"
    );
    let (code, stdout, _) = run_with_tests_that_say(&said, &["audit", "step4", "--json"]);
    assert_eq!(code, Some(1), "{stdout}");
    let json: serde_json::Value = serde_json::from_str(&stdout).expect("it is JSON");
    assert_eq!(json["as_expected"], false, "{json}");
}

#[cfg(unix)]
#[test]
fn a_test_that_says_nothing_is_an_error() {
    let (code, stdout, stderr) = run_with_tests_that_say("running 0 tests", &["audit", "step4"]);
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(stderr.contains("has not reported: does it call recording::audit itself?"), "{stderr}");
}

#[test]
fn a_kill_is_explained_with_its_timeline() {
    let (code, stdout, stderr) = run(&["audit", "step4", "--why", "arc_cell.rs:76"]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.starts_with("src/arc_cell.rs:76: store Release → Relaxed\ndata race: "), "{stdout}");
    assert!(stdout.contains("(Relaxed)") && stdout.contains("arc_cell.rs:76\n"), "{stdout}");
    let (code, _, stderr) = run(&["audit", "step4", "--why", "1"]);
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("no ordering on line 1 is weakened; those that are: src/arc_cell.rs:61"), "{stderr}");
}

#[test]
fn a_broken_step_has_nothing_to_audit_and_says_so() {
    for step in STEPS.iter().filter(|step| matches!(step.verdict, Verdict::Broken { .. })) {
        if !reports::tests_of(&folder(step), Subject::Audit).expect("its tests can be read").is_empty() {
            continue;
        }
        let (code, stdout, stderr) = run(&["audit", &step.package()]);
        assert_eq!((code, stderr.as_str()), (Some(0), ""));
        assert!(
            stdout.contains("is broken") && stdout.contains(&format!("workshop show {}", step.package())),
            "{stdout}"
        );
        assert_eq!(run(&["audit", "--json", &step.package()]), (Some(0), "null\n".to_owned(), String::new()));
    }
}

#[test]
fn an_unknown_step_is_a_usage_error_that_names_the_steps() {
    let (code, stdout, stderr) = run(&["audit", "step99"]);
    assert_eq!((code, stdout.as_str()), (Some(2), ""));
    assert!(stderr.starts_with("error: there is no step `step99`; the steps, and "), "{stderr}");
    for name in STEPS.iter().map(Step::package).chain(["witness".to_owned()]) {
        assert!(stderr.contains(&name), "{stderr}");
    }
    for wrong in [&["audit"][..], &["audit", "step4", "--bound", "x"], &["audit", "step4", "--why", "x"]] {
        assert_eq!(run(wrong).0, Some(2), "{wrong:?}");
    }
}

#[test]
fn every_step_that_works_has_an_audit_unless_it_names_no_ordering() {
    let ordering = Regex::new(r"\b(Acquire|Release|AcqRel|SeqCst)\b").expect("the pattern is a constant");
    for step in STEPS.iter().filter(|step| matches!(step.verdict, Verdict::Correct { .. })) {
        if !reports::tests_of(&folder(step), Subject::Audit).expect("its tests can be read").is_empty() {
            continue;
        }
        let sources = walkdir::WalkDir::new(folder(step).join("src")).into_iter();
        for source in sources.map(|entry| entry.expect("it can be read")).filter(|entry| entry.file_type().is_file()) {
            let text = fs::read_to_string(source.path()).expect("it is a source file");
            let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
            for line in code {
                assert!(!ordering.is_match(line), "{step} has no audit, and {} says {line}", source.path().display());
            }
        }
    }
}

// ---- the tests that report

/// A crate with one test, in a file `tests/loom.rs`.
fn crate_with(test: &str) -> (Fixture, ReportingTest) {
    let fixture = Fixture::new(&[], &[]);
    fixture.write("Cargo.toml", "[package]\nname = \"small\"\nedition = \"2024\"\n\n[workspace]\n");
    fixture.write("src/lib.rs", "");
    fixture.write("tests/loom.rs", test);
    let folder = fixture.book().join("..");
    let mut tests = reports::tests_of(&folder, Subject::Audit).expect("it can be read");
    assert_eq!(tests.len(), 1, "{tests:?}");
    let test = tests.remove(0);
    (fixture, test)
}

/// What the test says, and whether it passed.
fn heard(test: &str) -> (Vec<String>, Result<(), String>) {
    let (_fixture, test) = crate_with(test);
    let mut messages = Vec::new();
    let ended = reports::run(&test, &Request::default(), |message: Message| messages.push(format!("{message:?}")));
    (messages, ended.map_err(|error| error.to_string()))
}

#[test]
fn a_test_that_reports_is_found_by_what_it_calls() {
    let text = "// recording::audit(\"no\", a, &[]);\n#[test]\nfn one() {\n    recording::audit(\"step0-audit\", audit, &[]);\n}\n\
                #[test]\nfn two() {\n    recording::ledger(\"step0-ledger\", &[ledger]);\n}\n";
    let (fixture, test) = crate_with(text);
    assert_eq!((test.target.as_str(), test.name.as_str()), ("loom", "one"));
    let ledgers = reports::tests_of(&test.folder, Subject::Ledger).unwrap();
    assert_eq!(ledgers.iter().map(|test| test.name.as_str()).collect::<Vec<_>>(), ["two"]);
    fixture.write("tests/audit/main.rs", "fn three() {\n    recording::audit(\"b\", audit, &[]);\n}\n");
    let all = reports::tests_of(&test.folder, Subject::Audit).unwrap();
    assert_eq!(all.iter().map(|test| test.target.as_str()).collect::<Vec<_>>(), ["audit", "loom"]);
    assert_eq!(reports::tests_of(Path::new("no such folder"), Subject::Audit).unwrap(), []);
}

#[test]
fn what_a_test_says_is_heard_among_other_output() {
    let says = r#"
        #[test] fn speaks() { let _ = "recording::audit(";
            println!("noise\nworkshop-report: {{\"models\":[1,4]}}");
            println!("workshop-report: {{\"weakenings\":[2,9]}}\nnoise");
            assert!(std::env::var("WORKSHOP_REPORT").is_ok());
        }"#;
    assert_eq!(heard(says), (vec!["Models(1, 4)".to_owned(), "Weakenings(2, 9)".to_owned()], Ok(())));
}

#[test]
fn a_test_that_fails_or_does_not_compile_is_an_error() {
    let failed = Err("`fails` in loom does not compile or fails: see above".to_owned());
    let (messages, ended) = heard("#[test] fn fails() { let _ = \"recording::audit(\"; panic!(\"on purpose\") }");
    assert_eq!((messages.len(), ended.map_err(|error| error.replace(&path_in(&error), ""))), (0, failed.clone()));
    let (messages, ended) = heard("#[test] fn fails() { let _ = \"recording::audit(\"; no_such_thing() }");
    assert_eq!((messages.len(), ended.map_err(|error| error.replace(&path_in(&error), ""))), (0, failed));
}

/// The part of the error that is the fixture's folder.
fn path_in(error: &str) -> String {
    let start = error.find(" in ").map_or(0, |at| at + 4);
    let end = error.find("loom does").unwrap_or(start);
    error[start..end].to_owned()
}
