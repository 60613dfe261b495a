//! `cargo workshop show`, and how the command line answers what it does not understand.

use std::fs;
use std::process::{Command, Output};

use witness::Witness;
use workshop::course::{STEPS, Step, Verdict};
use workshop::{generated, workspace};

fn workshop(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_workshop")).args(arguments).output().expect("the workshop starts")
}

fn stdout(arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = workshop(arguments);
    assert!(status.success(), "{arguments:?}: {status}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).expect("it prints UTF-8")
}

fn recorded(step: &Step, extension: &str) -> String {
    let name = format!("{}.{extension}", step.package());
    let path = generated::folder(&workspace::book()).join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.replace("\r\n", "\n")
}

#[test]
fn a_broken_step_shows_what_was_recorded() {
    for step in STEPS {
        let Verdict::Broken { bug } = step.verdict else { continue };
        let lanes = stdout(&["show", &step.package()]);
        assert_eq!(lanes, recorded(step, "txt"));
        assert_eq!(stdout(&["show", &step.number.to_string()]), lanes);
        assert!(lanes.lines().all(|line| line.chars().count() <= 80), "{lanes}");

        let json = stdout(&["show", "--json", &step.package()]);
        assert_eq!(json, recorded(step, "json"));
        assert_eq!(Witness::from_json(&json).expect("it parses").bug, bug, "{step}");
    }
}

#[test]
fn a_correct_step_has_nothing_to_show_and_says_so() {
    for step in STEPS.iter().filter(|step| matches!(step.verdict, Verdict::Correct { .. })) {
        let text = stdout(&["show", &step.package()]);
        assert!(text.contains("is correct: there is no counterexample") && text.contains(&step.command()), "{text}");
        assert_eq!(stdout(&["show", "--json", &step.package()]), "null\n");
    }
}

#[test]
fn an_unknown_step_is_a_usage_error_that_names_the_steps() {
    let Output { status, stdout, stderr } = workshop(&["show", "step99"]);
    let stderr = String::from_utf8_lossy(&stderr);
    assert_eq!(status.code(), Some(2));
    assert_eq!(stdout, b"");
    assert!(stderr.starts_with("error: there is no step `step99`; the steps are step"), "{stderr}");
    for step in STEPS {
        assert!(stderr.contains(&step.package()), "{stderr}");
    }
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[test]
fn an_unknown_command_or_option_is_a_usage_error() {
    for arguments in [&["shwo"][..], &["show"], &["serve", "--port", "70000"], &["--nothing"], &["record", "nobody"]] {
        assert_eq!(workshop(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn help_names_every_command_and_fits_a_terminal() {
    let help = stdout(&["--help"]);
    for command in ["serve", "show", "audit", "cost", "record"] {
        assert!(help.contains(command), "{help}");
        let help = stdout(&[command, "--help"]);
        assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
    }
    assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
}
