//! The recordings, the tests that make them and the pages that use them fit together.

mod fixture;

use fixture::Fixture;
use workshop::{generated, workspace};

const TEST: &str = "#[test]\nfn t() {\n    recording::deterministic(\"a.txt\", \"a\");\n}\n";

fn book() -> Fixture {
    let fixture =
        Fixture::new(&["a.md"], &[("a.md", "# A\n\n{{#include generated/a.txt}}\n"), ("generated/a.txt", "a")]);
    fixture.write("crates/step1/tests/loom.rs", TEST);
    fixture
}

fn misfits(fixture: &Fixture) -> Vec<String> {
    generated::misfits(&fixture.book(), &fixture.book().join("../crates")).expect("everything can be read")
}

#[test]
fn what_fits_together_has_no_misfits() {
    assert_eq!(misfits(&book()), [""; 0]);
}

#[test]
fn a_recording_that_no_test_makes_is_a_misfit() {
    let fixture = book();
    fixture.write("crates/step1/tests/loom.rs", &TEST.replace("a.txt", "b.txt"));
    assert_eq!(misfits(&fixture), ["generated/a.txt: no test records it"]);
}

#[test]
fn a_recording_that_no_page_uses_is_a_misfit() {
    let fixture = book();
    fixture.write("book/src/a.md", "# A\n");
    assert_eq!(misfits(&fixture), ["generated/a.txt: no page uses it"]);
    fixture.write("book/src/a.md", "# A\n\n[the text](generated/a.txt)\n");
    assert_eq!(misfits(&fixture), [""; 0]);
}

#[test]
fn a_page_that_includes_what_was_not_recorded_is_a_misfit() {
    let fixture = book();
    fixture.write("book/src/a.md", "# A\n\n{{#include generated/a.txt}}\n{{#include generated/b.txt}}\n");
    let misfits = misfits(&fixture);
    assert!(
        misfits.len() == 1 && misfits[0].starts_with("a.md:4: {{#include generated/b.txt}}: cannot"),
        "{misfits:#?}"
    );
}

#[test]
fn the_three_files_of_a_counterexample_are_used_together() {
    let fixture = book();
    fixture.write("crates/step1/tests/std.rs", "recording::counterexample(\"lost\", &witness);");
    fixture.write("book/src/generated/lost.md", "lost");
    fixture.write("book/src/generated/lost.txt", "lost");
    let unused = ["generated/lost.md: no page uses it", "generated/lost.txt: no page uses it"];
    assert_eq!(misfits(&fixture), unused);
    fixture.write("book/src/generated/lost.json", "{}");
    assert_eq!(misfits(&fixture).len(), 3);
    fixture.write("book/src/a.md", "# A\n\n{{#include generated/a.txt}}\n\n{{#include generated/lost.md}}\n");
    assert_eq!(misfits(&fixture), [""; 0]);
}

#[test]
fn the_two_files_of_a_ledger_are_used_together() {
    let fixture = book();
    fixture.write("crates/step1/tests/cost.rs", "recording::ledger(\"step1-ledger\", &[ledger]);");
    fixture.write("book/src/generated/step1-ledger.txt", "table");
    fixture.write("book/src/generated/step1-ledger.json", "[]");
    assert_eq!(misfits(&fixture).len(), 2);
    fixture.write("book/src/a.md", "# A\n\n{{#include generated/a.txt}}\n\n{{#include generated/step1-ledger.txt}}\n");
    assert_eq!(misfits(&fixture), [""; 0]);
    fixture.write("crates/step1/tests/cost.rs", "recording::deterministic(\"step1-ledger.txt\", &text);");
    let misfits = misfits(&fixture);
    let wanted = "generated/step1-ledger.txt: the table of all ledgers needs recording::ledger(\"step1-ledger\", …)";
    assert!(misfits.contains(&wanted.to_owned()), "{misfits:#?}");
}

#[test]
fn an_audit_is_named_without_its_extension() {
    let fixture = book();
    fixture.write("crates/step1/tests/audit.rs", "recording::audit(\n    \"step1-audit\", audit, &[]);");
    fixture.write("book/src/generated/step1-audit.txt", "table");
    fixture.write("book/src/a.md", "# A\n\n{{#include generated/a.txt}}\n\n{{#include generated/step1-audit.txt}}\n");
    assert_eq!(misfits(&fixture), [""; 0]);
}

#[test]
fn what_is_assembled_from_other_recordings_comes_last() {
    let fixture = book();
    fixture.write("crates/cost/tests/book.rs", TEST);
    fixture.write("crates/witness/tests/sees.rs", TEST);
    let crates = generated::recording_crates(&fixture.book().join("../crates")).expect("everything can be read");
    let names: Vec<_> = crates.iter().map(|folder| folder.file_name().expect("it has a name")).collect();
    assert_eq!(names, ["step1", "witness", "cost"]);
}

#[test]
fn the_course_has_no_misfits() {
    let misfits = generated::misfits(&workspace::book(), &workspace::root().join("crates"));
    assert_eq!(misfits.expect("everything can be read"), [""; 0]);
}
