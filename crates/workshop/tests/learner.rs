//! What a learner types, through the program itself, on a small course.

#[path = "fixture/course.rs"]
mod course;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use course::{Course, GIVEN};

const FILE: &str = "exercises/ex1-answer/src/code.rs";

#[track_caller]
fn assert_says(text: &str, expected: &[&str]) {
    for expected in expected {
        assert!(text.contains(expected), "this lacks {expected:?}:\n{text}");
    }
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line:?} is wider than a terminal:\n{text}");
    }
    assert!(!text.contains('\u{1b}'), "colours are for terminals: {text:?}");
}

#[test]
fn a_check_says_which_claim_fails_what_shows_it_and_which_hint_is_about_it() {
    let course = Course::new();
    let (code, out, error) = course.run(&["check", "ex1"]);
    assert_eq!((code, error.as_str()), (1, ""), "{out}");
    assert_says(
        &out,
        &[
            "Exercise 1: say seven\n",
            "  ✓ It returns.\n",
            "  ✗ It says 7.\n",
            "it says something else\n",
            "Hint 2 is about it:  cargo workshop hint ex1 2\n",
        ],
    );
    assert!(!out.contains("panicked") && !out.contains("running 1 test"), "a wall of cargo's output:\n{out}");
}

#[test]
fn a_solved_exercise_is_remembered_until_it_is_not_solved_any_more() {
    let course = Course::new();
    course.solve("7");
    let (code, out, error) = course.run(&["check", "1"]);
    assert_eq!((code, error.as_str()), (0, ""), "{out}");
    assert_says(&out, &["  ✓ It returns.\n", "  ✓ It says 7.\n", "Solved. 2 claims hold", "cargo workshop next"]);
    let (code, out, _) = course.run(&["list"]);
    assert_eq!(code, 0);
    assert_says(&out, &["✓ ex1", "say seven", "· ex3", "1 of 2 exercises, 10 of 40 minutes", "[███████░░"]);
    assert_says(&course.run(&["next"]).1, &["Exercise 3: say it again", "Say 7.", "exercises/ex3-answer/src/code.rs"]);

    course.solve("8");
    assert_eq!(course.run(&["check", "ex1-answer"]).0, 1);
    assert_says(&course.run(&["list"]).1, &["· ex1", "0 of 2 exercises"]);
    assert_says(&course.run(&["next"]).1, &["Exercise 1: say seven"]);
}

#[test]
fn without_a_name_the_first_unsolved_exercise_is_checked() {
    let course = Course::new();
    assert_says(&course.run(&["check"]).1, &["Exercise 1"]);
    for exercise in ["ex1", "ex3"] {
        course.write(&format!("exercises/{exercise}-answer/src/code.rs"), &GIVEN.replace("    0\n", "    7\n"));
        assert_eq!(course.run(&["check"]).0, 0);
    }
    let (code, out, _) = course.run(&["check"]);
    assert_eq!(code, 0);
    assert_says(&out, &["Every exercise is solved."]);
    assert_says(&course.run(&["next"]).1, &["Every exercise is solved."]);
}

#[test]
fn a_compile_error_is_rustcs_own_message() {
    let course = Course::new();
    course.solve("seven");
    let mine = course.read(FILE);
    let (code, out, _) = course.run(&["check", "ex1"]);
    assert_eq!(code, 1);
    for expected in ["error[E0425]: cannot find value `seven`", "src/code.rs:3:5", "It does not compile yet"] {
        assert!(out.contains(expected), "{out}");
    }
    assert!(!out.contains('\u{1b}'), "{out:?}");
    assert_eq!(course.read(FILE), mine);
}

#[test]
fn code_that_hangs_is_stopped_at_the_limit_and_said_to_hang() {
    let course = Course::new();
    course.solve("loop { std::thread::sleep(std::time::Duration::from_millis(1)) }");
    let mine = course.read(FILE);
    let (code, out, _) = course.run(&["check", "ex1", "--limit", "1"]);
    assert_eq!(code, 1);
    assert_says(&out, &["  ✗ It returns.\n", "It hangs: it was still running after 1 s, and was stopped."]);
    assert_eq!(course.read(FILE), mine);
}

#[test]
#[cfg(unix)]
fn what_hanging_code_has_started_is_stopped_too() {
    use rustix::process::{Pid, test_kill_process};
    let course = Course::new();
    course.solve(
        "{ let child = std::process::Command::new(\"sleep\").arg(\"600\").spawn().unwrap();\n\
         std::fs::write(\"pid\", child.id().to_string()).unwrap();\n\
         loop { std::thread::sleep(std::time::Duration::from_millis(1)) } }",
    );
    assert_eq!(course.run(&["check", "ex1", "--limit", "2"]).0, 1);
    let pid: i32 = course.read("exercises/ex1-answer/pid").parse().unwrap();
    // Its parent is gone; whoever takes orphans needs a moment to bury it.
    let is_dead = || {
        let state = fs::read_to_string(format!("/proc/{pid}/stat"));
        test_kill_process(Pid::from_raw(pid).unwrap()).is_err() || state.is_ok_and(|state| state.contains(") Z "))
    };
    for _ in 0..200 {
        if is_dead() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("process {pid} is still there");
}

#[test]
#[cfg(unix)]
fn code_that_crashes_is_said_to_crash_and_by_which_signal() {
    let course = Course::new();
    for (crash, signal) in [
        ("{ println!(\"so far\"); std::process::abort() }", "signal 6, SIGABRT"),
        ("unsafe { std::ptr::null_mut::<i32>().add(1).read_volatile() }", "signal 11, SIGSEGV"),
    ] {
        course.solve(crash);
        let mine = course.read(FILE);
        let (code, out, _) = course.run(&["check", "ex1"]);
        assert_eq!(code, 1);
        assert_says(&out, &["  ✗ It returns.\n", &format!("It crashed: {signal}."), ".workshop/ex1.log"]);
        assert_eq!(out.contains("Its last words:\n    so far\n"), crash.contains("so far"), "{out}");
        assert_eq!(course.read(FILE), mine);
    }
}

#[test]
fn code_that_ends_the_check_has_not_solved_it() {
    let course = Course::new();
    course.solve("std::process::exit(0)");
    let (code, out, _) = course.run(&["check", "ex1"]);
    assert_eq!(code, 1);
    assert_says(&out, &["It ended before the check was through", "status: 0"]);
}

#[test]
fn hints_come_one_more_each_time_and_stay() {
    let course = Course::new();
    let hints = |out: &str| ["Small.", "Odd.", "Not 5."].map(|hint| out.contains(hint));
    let (_, out, _) = course.run(&["hint", "ex1"]);
    assert_eq!(hints(&out), [true, false, false], "{out}");
    assert_says(&out, &["2 more hints:  cargo workshop hint ex1"]);
    assert_eq!(hints(&course.run(&["hint"]).1), [true, true, false]);
    for _ in 0..2 {
        let (_, out, _) = course.run(&["hint", "ex1"]);
        assert_eq!(hints(&out), [true, true, true], "{out}");
        assert_says(&out, &["These are all the hints."]);
    }
    course.solve("7");
    assert_eq!(course.run(&["check", "ex1"]).0, 0);
    assert_eq!(hints(&course.run(&["hint", "ex1"]).1), [true, true, true], "readable after solving");

    assert_eq!(hints(&course.run(&["hint", "ex3", "2"]).1), [true, true, false], "the one that a check names");
    let (code, _, error) = course.run(&["hint", "ex3", "4"]);
    assert_eq!((code, error.as_str()), (2, "error: ex3 has no hint 4; it has 3\n"));
}

#[test]
fn reset_gives_the_file_back_and_never_loses_yours() {
    let course = Course::new();
    assert_says(&course.run(&["reset", "ex1"]).1, &["exercises/ex1-answer/src/code.rs is as it was given."]);
    for (round, kept) in [(1, "code.mine-1.rs"), (2, "code.mine-2.rs")] {
        course.solve(&format!("{round}"));
        let mine = course.read(FILE);
        let (code, out, _) = course.run(&["reset", "ex1"]);
        assert_eq!(code, 0);
        assert_says(
            &out,
            &["is as it was given again.", &format!("Yours is kept as exercises/ex1-answer/src/{kept}.")],
        );
        assert_eq!(course.read(FILE), GIVEN);
        assert_eq!(course.read(&format!("exercises/ex1-answer/src/{kept}")), mine);
    }
    fs::remove_file(course.path(FILE)).unwrap();
    assert_says(&course.run(&["reset", "1"]).1, &["code.rs is there again."]);
    assert_eq!(course.read(FILE), GIVEN);
    assert_eq!(fs::read_dir(course.path("exercises/ex1-answer/src")).unwrap().count(), 4, "lib, code and two of mine");
}

#[test]
fn the_solution_is_shown_to_whoever_has_solved_it_or_says_so() {
    let course = Course::new();
    let shown = ["solutions/sol1-answer/src/code.rs", "\n3 + 4\n", "Seven is seven."];
    let (code, out, _) = course.run(&["solution", "ex1"]);
    assert_eq!(code, 1);
    assert_says(&out, &["You have not solved ex1 yet.", "cargo workshop hint ex1", "--spoil"]);
    assert!(!out.contains("3 + 4"), "{out}");
    let (code, out, _) = course.run(&["solution", "ex1", "--spoil"]);
    assert_eq!(code, 0);
    assert_says(&out, &shown);

    course.solve("7");
    assert_eq!(course.run(&["check", "ex1"]).0, 0);
    assert_says(&course.run(&["solution", "ex1"]).1, &shown);
    course.run(&["reset", "ex1"]);
    assert_says(&course.run(&["list"]).1, &["· ex1"]);
    assert_says(&course.run(&["solution", "ex1"]).1, &shown);
}

#[test]
fn watch_checks_what_is_saved_and_takes_a_word() {
    let course = Course::new();
    let mut command = course.command(&["watch"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut typed = child.stdin.take().unwrap();
    let (tell, told) = mpsc::channel();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    thread::spawn(move || stdout.lines().map_while(Result::ok).for_each(|line| _ = tell.send(line)));
    let wait_for = |expected: &str| {
        let mut seen = Vec::new();
        loop {
            let line = told.recv_timeout(Duration::from_secs(60));
            let line = line.unwrap_or_else(|_| panic!("never said {expected:?}, only {seen:#?}"));
            if line.contains(expected) {
                return;
            }
            seen.push(line);
        }
    };
    wait_for("✗ It says 7.");
    wait_for("Save a file to check it.");
    course.solve("7");
    wait_for("Solved.");
    wait_for("Save a file");
    writeln!(typed, "n").unwrap();
    wait_for("Exercise 3: say it again");
    wait_for("Save a file");
    writeln!(typed, "h").unwrap();
    wait_for("Small.");
    wait_for("Save a file");
    // Another exercise than the one that it is at.
    course.solve("8");
    wait_for("Exercise 1: say seven");
    wait_for("✗ It says 7.");
    wait_for("Save a file");
    writeln!(typed, "q").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
#[cfg(unix)]
fn an_interrupt_stops_the_check_and_what_it_runs() {
    use rustix::process::{Pid, Signal, kill_process};
    let course = Course::new();
    course.solve(
        "{ std::fs::write(\"running\", \"\").unwrap(); loop { std::thread::sleep(std::time::Duration::from_millis(1)) } }",
    );
    let mut child = course.command(&["check", "ex1"]).stdout(Stdio::null()).spawn().unwrap();
    while !course.path("exercises/ex1-answer/running").exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        thread::sleep(Duration::from_millis(20));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn progress_that_does_not_read_is_told_and_left_alone() {
    let course = Course::new();
    course.write(".workshop/progress.json", "{");
    let (code, _, error) = course.run(&["list"]);
    assert_eq!(code, 1);
    assert!(error.contains(".workshop/progress.json is not what this program wrote"), "{error}");
    assert_eq!(course.read(".workshop/progress.json"), "{");
}

#[test]
fn what_is_not_there_is_a_usage_error_that_names_what_is() {
    let course = Course::new();
    for command in ["check", "hint", "reset", "solution", "watch"] {
        let (code, out, error) = course.run(&[command, "ex2"]);
        assert_eq!((code, out.as_str()), (2, ""), "{command}");
        assert_eq!(error, "error: there is no exercise `ex2`; the exercises are ex1, ex3\n");
    }
    assert_eq!(course.run(&["check", "ex1", "--limit", "0"]).0, 2);
}

#[test]
fn colours_are_there_if_one_asks_for_them() {
    let course = Course::new();
    let coloured = course.command(&["list"]).env("CLICOLOR_FORCE", "1").env_remove("NO_COLOR").output().unwrap();
    assert!(String::from_utf8_lossy(&coloured.stdout).contains("\u{1b}["));
    let plain = course.command(&["list"]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").output().unwrap();
    assert!(!String::from_utf8_lossy(&plain.stdout).contains("\u{1b}["));
}

#[test]
fn the_doctor_finds_this_machine_fit() {
    let course = Course::new();
    let (code, out, _) = course.run(&["doctor"]);
    assert_eq!(code, 0, "{out}");
    assert_says(&out, &["✓ toolchain", "rustc ", "port", "disk", "✓ progress", "cargo workshop next"]);
}

#[test]
#[cfg(unix)]
fn the_doctor_names_what_is_wrong_and_the_command_that_mends_it() {
    use std::net::{Ipv4Addr, TcpListener};
    use std::os::unix::fs::PermissionsExt;
    let course = Course::new();
    course.write("bin/rustc", "#!/bin/sh\necho 'rustc 1.80.0 (051478957 2024-07-21)'\n");
    fs::set_permissions(course.path("bin/rustc"), fs::Permissions::from_mode(0o755)).unwrap();
    // Taken already, or taken now.
    let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 3000));
    let output = course.command(&["doctor"]).env("RUSTC", course.path("bin/rustc")).env("PATH", "").output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{out}");
    assert_says(
        &out,
        &[
            "✗ toolchain   rustc 1.80.0 (051478957 2024-07-21), and the course needs 1.95",
            "→ rustup update stable",
            "3000 is taken; the book will be at",
            "→ another port: cargo run -- --port 8000",
            "· git         not there; you can do without",
            "→ to see what you have changed",
            "· mdbook",
            "What has a ✗",
        ],
    );
}

/// Crates whose sources an exercise's check includes: the map's, and what it stands on.
const TWINS: [&str; 4] = ["barrier", "step6-rcu", "step9-map-unbounded", "table"];

/// The real exercises, as a learner has them, in a workspace of their own: each fails as given, and is solved when the
/// solution's TODOs are put in.
#[test]
fn every_exercise_of_the_course_is_checked_as_given_and_solved() {
    use workshop::workspace;
    let root = workspace::root();
    let real = workshop::exercise::Course::at(None).unwrap();
    let scratch = tempfile::TempDir::new().unwrap();
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let absolute =
        manifest.replace("path = \"crates/", &format!("path = \"{}/crates/", root.display()).replace('\\', "/"));
    let (before, rest) = absolute.split_once("members = [").unwrap();
    // Without the profiles, so that the checker is built quickly rather than quick.
    let after = &rest[rest.find("\n[workspace.package]").unwrap()..rest.find("\n[profile").unwrap()];
    fs::write(scratch.path().join("Cargo.toml"), format!("{before}members = [\"exercises/*\"]\n{after}")).unwrap();
    fs::copy(root.join("Cargo.lock"), scratch.path().join("Cargo.lock")).unwrap();
    let folders = real.exercises().unwrap().into_iter().map(|exercise| exercise.folder);
    for folder in folders.chain(TWINS.map(|twin| root.join("crates").join(twin))) {
        for file in walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap) {
            let to = scratch.path().join(file.path().strip_prefix(root).unwrap());
            match file.file_type().is_dir() {
                true => fs::create_dir_all(to).unwrap(),
                false => _ = fs::copy(file.path(), to).unwrap(),
            }
        }
    }

    let scratch_course = workshop::exercise::Course::at(Some(scratch.path())).unwrap();
    let check = |name: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_workshop"));
        command.args(["check", name, "--course"]).arg(scratch.path());
        // What is built for it is kept for the next time.
        command.env("CARGO_TARGET_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/learner"));
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    for exercise in scratch_course.exercises().unwrap() {
        let put = |from: &dyn Fn(&str) -> std::path::PathBuf| {
            for file in &exercise.files {
                fs::copy(from(file), exercise.folder.join(file)).unwrap();
            }
        };
        put(&|file| exercise.given(file));
        let (code, out) = check(&exercise.package());
        assert_eq!(code, Some(1), "{out}");
        assert_says(
            &out,
            &["  ✓ What is not a TODO is as it was given.\n", "  ✗ ", "is about it:  cargo workshop hint"],
        );

        let solution = real.find(&exercise.package()).unwrap().solution;
        put(&|file| solution.join(file));
        let (code, out) = check(&exercise.package());
        assert_eq!(code, Some(0), "{out}");
        assert_says(&out, &["Solved. "]);
        println!("{}", out.lines().find(|line| line.starts_with("Solved.")).unwrap_or_default());
    }
}
