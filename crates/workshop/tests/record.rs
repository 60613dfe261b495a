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
fn the_course_has_no_misfits() {
    let misfits = generated::misfits(&workspace::book(), &workspace::root().join("crates"));
    assert_eq!(misfits.expect("everything can be read"), [""; 0]);
}
