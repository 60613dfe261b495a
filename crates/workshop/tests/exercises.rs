//! Exercises, their solutions and their wrong solutions fit together, and nothing has drifted.
//!
//! That an exercise fails as given, that its solution passes and that each wrong solution fails for its reason is tested
//! in `solutions/`. Here it is that there is such a test, and that it is about the files that a learner gets.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use check::todo;
use workshop::exercise::{Course, Exercise};
use workshop::{book, workspace};

fn exercises() -> Vec<Exercise> {
    let exercises = Course::at(None).and_then(|course| course.exercises()).expect("every exercise is whole");
    assert!(!exercises.is_empty());
    exercises
}

#[track_caller]
fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).replace("\r\n", "\n")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn every_exercise_has_its_page_its_hints_and_its_check() {
    for exercise in exercises() {
        let package = exercise.package();
        let readme = exercise.readme().unwrap();
        for part in [
            "## What you know already\n",
            "## The claim",
            "## What to do\n",
            "## Predict first\n",
            &format!("cargo workshop check {package}"),
        ] {
            assert!(readme.contains(part), "{exercise}: the README lacks `{part}`");
        }
        assert!(
            readme.contains("begins") || readme.contains("TODO"),
            "{exercise}: it does not say what is to be edited"
        );
        assert!(exercise.minutes >= 5, "{exercise}");
        let hints = exercise.hints().unwrap();
        assert_eq!(hints.len(), 3, "{exercise}");
        assert!(hints.iter().all(|hint| hint.len() > 80), "{exercise}: a hint says nothing");
        let manifest = read(&exercise.folder.join("Cargo.toml"));
        assert!(manifest.contains(&format!("name = \"{package}\"\n")), "{exercise}");
        let manifest = read(&exercise.solution.join("Cargo.toml"));
        assert!(manifest.contains(&format!("name = \"sol{}\"\n", exercise.number)), "{exercise}");
        assert!(exercise.step().is_some(), "{exercise} belongs to no step");
    }
}

/// Unless somebody is working on them: then `.workshop` is there.
#[test]
fn what_a_learner_gets_is_what_is_given() {
    let course = Course::at(None).unwrap();
    if course.root().join(".workshop").exists() {
        eprintln!("notice: .workshop is there, so somebody works on the exercises: not compared with what is given");
        return;
    }
    for exercise in exercises() {
        for file in &exercise.files {
            assert!(
                read(&exercise.folder.join(file)) == read(&exercise.given(file)),
                "{exercise}: {file} is not as given. If you work on it, `cargo workshop check {}` says how far you are; \
                 if you change the exercise, change both",
                exercise.package()
            );
        }
    }
}

#[test]
fn what_is_not_a_todo_is_the_same_text_in_the_solution() {
    for exercise in exercises() {
        let source = |folder: &Path| names(&folder.join("src"));
        let all = source(&exercise.solution);
        for file in &all {
            let (given, solved) = (exercise.folder.join("given").join(file), exercise.solution.join("src").join(file));
            if given.exists() {
                let (given, solved) = (read(&given), read(&solved));
                assert_eq!(todo::first_change(&given, &solved), None, "{exercise}: {file}");
                let (given, solved) = (todo::parts(&given).unwrap().regions, todo::parts(&solved).unwrap().regions);
                assert!(!given.is_empty(), "{exercise}: {file} has no TODO");
                assert!(
                    given.iter().zip(&solved).all(|(given, solved)| given.lines != solved.lines),
                    "{exercise}: {file}"
                );
                assert!(solved.iter().all(|region| !region.lines.concat().contains("todo!")), "{exercise}: {file}");
            } else {
                assert_eq!(read(&exercise.folder.join("src").join(file)), read(&solved), "{exercise}: {file}");
            }
        }
        for file in &exercise.files {
            assert!(all.contains(file.trim_start_matches("src/")), "{exercise}: the solution has no {file}");
        }
        let checks = format!("../../../exercises/{}/checks.rs", exercise.folder.file_name().unwrap().to_string_lossy());
        let code = |text: String| text.lines().filter(|line| !line.starts_with("//!")).collect::<Vec<_>>().join("\n");
        let learners = code(read(&exercise.folder.join("tests/check.rs"))).replace("../checks.rs", &checks);
        assert_eq!(learners, code(read(&exercise.solution.join("tests/check.rs"))), "{exercise}: another check");
    }
}

#[test]
fn every_exercise_has_three_wrong_solutions_that_fail_for_a_reason_and_are_talked_about() {
    for exercise in exercises() {
        let test = read(&exercise.solution.join("tests/wrong.rs"));
        let page = read(&exercise.solution.join("README.md"));
        assert!(test.contains("as_given {"), "{exercise}: nothing says how it fails as given");
        let wrong = names(&exercise.solution.join("tests/wrong"));
        assert!(wrong.len() >= 3, "{exercise}: {wrong:?}");
        for file in wrong {
            let name = file.trim_end_matches(".rs");
            assert!(
                test.contains(&format!("crate::wrong::{name} = \"wrong/{file}\"")),
                "{exercise}: nothing tests {file}"
            );
            assert!(page.contains(&format!("`{file}`")), "{exercise}: the page does not mention {file}");
            let text = read(&exercise.solution.join("tests/wrong").join(&file));
            assert!(text.contains("//! Wrong"), "{exercise}: {file} does not say what is wrong with it");
        }
    }
}

#[test]
fn plain_cargo_test_runs_the_solutions_and_not_the_exercises() {
    let manifest = read(&workspace::root().join("Cargo.toml"));
    let (members, default) = manifest.split_once("default-members").expect("it has both");
    assert!(members.contains("\"exercises/*\"") && members.contains("\"solutions/*\""));
    let default = default.split_once(']').expect("the list ends").0;
    assert!(default.contains("\"solutions/*\"") && !default.contains("exercises"));
}

#[test]
fn every_exercise_is_in_the_book_behind_its_chapter() {
    let (sources, _) = book::sources(&workspace::book()).expect("the book has a summary");
    let place = |page: &str| {
        let place = sources.chapters.iter().position(|chapter| chapter == Path::new(page));
        place.unwrap_or_else(|| panic!("SUMMARY.md has no {page}"))
    };
    for exercise in exercises() {
        let (task, solved) = (format!("ex{}.md", exercise.number), format!("sol{}.md", exercise.number));
        let chapter = exercise.step().expect("it has a step").chapter;
        assert_eq!((place(&task), place(&solved)), (place(chapter) + 1, place(chapter) + 2), "{exercise}");
        let text = read(&workspace::book().join("src").join(chapter));
        assert!(
            text.contains("\n## Exercise\n") && text.contains(&format!("({task})")),
            "{chapter} does not name {task}"
        );
        let solution = read(&exercise.solution.join("README.md"));
        assert!(agenda::minutes(&solution).is_some(), "{exercise}: the solution's page has no minutes");
    }
}

#[test]
fn the_page_for_instructors_speaks_of_every_chapter_that_has_an_exercise() {
    let page = read(&workspace::book().join("src/instructor.md"));
    for exercise in exercises() {
        let chapter = exercise.step().expect("it has a step").chapter;
        let heading = format!("### [Step {}](", exercise.number);
        let section = page.split_once(&heading).unwrap_or_else(|| panic!("nothing about {chapter}")).1;
        let section = section.split("\n### ").next().unwrap_or_default();
        for part in [chapter, &format!("(ex{}.md)", exercise.number), "**Stuck:**", "**Ask:**"] {
            assert!(section.contains(part), "the section about {chapter} lacks `{part}`");
        }
        assert!(section.matches("<details>").count() >= 2, "{chapter}: questions with answers");
    }
}
