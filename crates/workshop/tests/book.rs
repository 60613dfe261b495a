//! The built book: nothing in it is dead, empty, missing or out of place.

mod fixture;
mod inspect;

use std::path::Path;

use fixture::Fixture;
use tempfile::TempDir;
use workshop::book::{self, Built};
use workshop::workspace;

const WHOLE: &str =
    "# A\n\n<div data-minutes=\"5\"></div>\n\n[Here](b.md#part), [there](b.md), [out](https://example.com/x#y).\n";
const OTHER: &str = "# B\n\n<div data-minutes=\"10\"></div>\n\n## Part\n\n```rust\nfn main() {}\n```\n";

fn built(fixture: &Fixture) -> Built {
    book::build(&fixture.book(), &fixture.output()).expect("mdBook builds it all the same")
}

#[track_caller]
fn assert_one(complaints: &[String], expected: &str) {
    assert!(complaints.len() == 1 && complaints[0].contains(expected), "{complaints:#?} is not just {expected:?}");
}

/// What is wrong with the book in the folder `book`, which `built` was built from.
fn complaints(book: &Path, built: Built) -> Vec<String> {
    let pages = inspect::pages(&built.pages);
    [
        built.problems,
        built.warnings,
        inspect::dead_links(&built.pages, &pages),
        inspect::empty_code_blocks(&pages),
        inspect::pages_outside_the_summary(&book.join("src"), &built.sources),
        inspect::chapters_without_minutes(&pages, &built.sources),
    ]
    .concat()
}

fn two_chapters(first: &str, second: &str) -> Fixture {
    Fixture::new(&["a.md", "b.md"], &[("a.md", first), ("b.md", second)])
}

#[test]
fn a_good_book_has_no_complaints() {
    let fixture = two_chapters(WHOLE, OTHER);
    fixture.write("code.rs", "// ANCHOR: x\nfn f() {}\n// ANCHOR_END: x\n");
    fixture.write("book/src/a.md", &format!("{WHOLE}\n```rust\n{{{{#include ../../code.rs:x}}}}\n```\n"));
    assert_eq!(complaints(&fixture.book(), built(&fixture)), [""; 0]);
}

#[test]
fn a_dead_link_is_seen() {
    let fixture = two_chapters(&format!("{WHOLE}[x](c.md)\n"), OTHER);
    let built = built(&fixture);
    let dead = inspect::dead_links(&built.pages, &inspect::pages(&built.pages));
    assert!(dead.iter().any(|complaint| complaint == "a.html: dead link: c.html"), "{dead:#?}");
}

#[test]
fn a_dead_fragment_is_seen() {
    let fixture = two_chapters(&format!("{WHOLE}[x](b.md#elsewhere) [y](#nowhere)\n"), OTHER);
    let built = built(&fixture);
    let dead = inspect::dead_links(&built.pages, &inspect::pages(&built.pages));
    for expected in ["a.html: dead fragment: b.html#elsewhere", "a.html: dead fragment: #nowhere"] {
        assert!(dead.iter().any(|complaint| complaint == expected), "{dead:#?} lacks {expected:?}");
    }
}

#[test]
fn an_empty_code_block_is_seen() {
    let fixture = two_chapters(WHOLE, &format!("{OTHER}\n```rust\n# fn hidden() {{}}\n```\n"));
    let built = built(&fixture);
    let empty = inspect::empty_code_blocks(&inspect::pages(&built.pages));
    assert!(empty.iter().any(|complaint| complaint == "b.html: code block 2 is empty"), "{empty:#?}");
}

#[test]
fn a_missing_include_is_a_problem_and_told_once() {
    let fixture = two_chapters(&format!("{WHOLE}\n{{{{#include nowhere.txt}}}}\n"), OTHER);
    assert_one(&built(&fixture).problems, "a.md:7: {{#include nowhere.txt}}: cannot read the file");
}

#[test]
fn a_missing_anchor_is_a_problem() {
    let fixture = two_chapters(&format!("{WHOLE}\n```\n{{{{#include code.rs:y}}}}\n```\n"), OTHER);
    fixture.write("book/src/code.rs", "// ANCHOR: x\nfn f() {}\n// ANCHOR_END: x\n");
    assert_one(&built(&fixture).problems, "a.md:8: {{#include code.rs:y}}: the file has no `ANCHOR: y`");
}

#[test]
fn what_an_included_file_includes_is_followed() {
    let fixture = two_chapters(&format!("{WHOLE}\n{{{{#include part.txt}}}}\n"), OTHER);
    fixture.write("book/src/part.txt", "text\n{{#include gone.txt}}\n");
    assert_one(&built(&fixture).problems, "a.md:7: in part.txt:2: {{#include gone.txt}}: cannot read the file");
}

#[test]
fn a_circle_of_includes_is_a_problem() {
    let fixture = two_chapters(&format!("{WHOLE}\n{{{{#include part.txt}}}}\n"), OTHER);
    fixture.write("book/src/part.txt", "text\n{{#include part.txt}}\n");
    let problems = built(&fixture).problems;
    assert!(problems.iter().any(|problem| problem.contains("a circle of includes")), "{problems:#?}");
}

#[test]
fn a_tag_that_is_not_closed_is_a_warning() {
    let fixture = two_chapters(&format!("{WHOLE}\n<div>\n\ntext\n"), OTHER);
    assert_one(&built(&fixture).warnings, "unclosed HTML tag `<div>`");
}

#[test]
fn a_chapter_that_is_not_there_is_an_error_and_is_not_created() {
    let fixture = Fixture::new(&["a.md", "b.md"], &[("a.md", WHOLE)]);
    let error = book::build(&fixture.book(), &fixture.output()).unwrap_err();
    assert!(format!("{error:#}").contains("b.md"), "{error:#}");
    assert!(!fixture.book().join("src/b.md").exists());
}

#[test]
fn a_page_outside_the_summary_is_seen() {
    let fixture = two_chapters(WHOLE, OTHER);
    fixture.write("book/src/lost.md", "# Lost\n");
    let sources = built(&fixture).sources;
    let outside = inspect::pages_outside_the_summary(&fixture.book().join("src"), &sources);
    assert_one(&outside, "lost.md: neither in SUMMARY.md nor included");
}

#[test]
fn a_chapter_without_its_minutes_is_seen() {
    for (second, said) in [
        ("# B\n\n## Part\n", "[]"),
        ("# B\n\n<div data-minutes=\"0\"></div>\n\n## Part\n", "[\"0\"]"),
        ("# B\n\n<div data-minutes=\"some\"></div>\n\n## Part\n", "[\"some\"]"),
    ] {
        let fixture = two_chapters(WHOLE, second);
        let built = built(&fixture);
        let without = inspect::chapters_without_minutes(&inspect::pages(&built.pages), &built.sources);
        assert_one(&without, &format!("b.html: does not say how many minutes it takes: {said}"));
    }
}

#[test]
fn the_course_book_has_no_complaints() {
    let output = TempDir::new().expect("there is room for temporary files");
    let book = workspace::book();
    let built = book::build(&book, output.path()).expect("the book can be built");
    let complaints = complaints(&book, built);
    assert!(complaints.is_empty(), "{complaints:#?}");
}
