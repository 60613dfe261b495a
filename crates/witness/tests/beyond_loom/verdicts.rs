//! How the tests ask plain loom, and witness, about a model.

use std::process::Command;

use witness::Bug;

/// What plain loom makes of a model.
#[derive(Clone, Copy)]
pub enum Loom {
    /// It explores everything and is content.
    Passes,
    /// It has no word for what is wrong. The model is undefined behaviour on the real heap, so that the process may end
    /// well, or be ended by the allocator; but not by loom.
    SaysNothing,
    /// It panics, with these words.
    Says(&'static str),
}

/// In the child's environment: the test whose model is to be explored.
const MODEL: &str = "PLAIN_LOOM_MODEL";

/// Asserts what plain loom makes of `model`, in a process of its own: the model is undefined behaviour, and a panic in
/// loom may end in an abort.
pub fn plain_loom(test: &str, model: fn(), expected: Loom) {
    if std::env::var(MODEL).is_ok_and(|name| name == test) {
        loom::model(model);
        return;
    }
    let this = std::env::current_exe().expect("a test binary knows its path");
    let child = Command::new(this)
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(MODEL, test)
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("a test binary can be started again");
    let said = String::from_utf8_lossy(&child.stderr);
    match expected {
        Loom::Passes => assert!(child.status.success(), "loom was expected to pass {test}, and said: {said}"),
        Loom::SaysNothing => assert!(!said.contains("panicked at"), "loom was expected to be silent: {said}"),
        Loom::Says(words) => {
            assert!(!child.status.success(), "loom was expected to reject {test}");
            assert!(said.contains(words), "loom was expected to say {words:?}, and said: {said}");
        }
    }
}

/// Asserts that witness finds `bug` in `model`, at the line of `source` that ends in `// ✗ marker`.
pub fn witness_finds(bug: Bug, model: fn(), file: &str, source: &str, marker: &str) {
    let witness = witness::expect_bug(bug, model);
    let comment = format!("// ✗ {marker}");
    let marked: Vec<usize> =
        (1..).zip(source.lines()).filter(|(_, line)| line.ends_with(&comment)).map(|(number, _)| number).collect();
    let [line] = marked[..] else { panic!("{} lines of {file} end in {comment:?}", marked.len()) };
    if cfg!(not(debug_assertions)) && witness.source().is_none() {
        return; // the line of a drop is known from debug information only
    }
    let found = witness.source().unwrap_or_else(|| panic!("the verdict has no line:\n{witness}"));
    assert_eq!((found.file.as_str(), found.line as usize), (file, line), "\n{witness}");
}
