//! What the compiler makes of the orderings, and of std's locks: the instructions for x86-64.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, iter};

use recording::program;

/// Instructions that flush a cache or invalidate it.
const OF_CACHES: [&str; 6] = ["clflush", "clflushopt", "clwb", "invd", "wbinvd", "wbnoinvd"];

#[test]
fn orderings_and_locks_are_ordinary_instructions_and_none_is_about_caches() {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        println!("notice: the instructions were recorded for x86-64 on Linux: not compared");
        return;
    }
    let assembly = Path::new(env!("CARGO_TARGET_TMPDIR")).join("accesses.s");
    let output = program::rustc(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/instructions"),
        &["-Copt-level=3", "--crate-type=lib", "--emit=asm", "-o", &assembly.to_string_lossy(), "accesses.rs"],
    );
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let assembly = fs::read_to_string(&assembly).expect("rustc has written it");

    let mut text =
        String::from("x86-64; of the two locks, with nobody else about, the atomic read-modify-writes alone\n\n");
    for (name, body) in functions(&assembly) {
        let about_caches = body.iter().find(|line| OF_CACHES.iter().any(|name| line.starts_with(name)));
        assert_eq!(about_caches, None, "{name}");
        let shown: Vec<&str> = if name.starts_with("mutex") || name.starts_with("rwlock") {
            body.iter()
                .map(String::as_str)
                .filter(|line| line.starts_with("lock ") || line.starts_with("xchg"))
                .collect()
        } else {
            body.iter().map(String::as_str).filter(|line| *line != "retq").collect()
        };
        let shown = if shown.is_empty() { vec!["(none)"] } else { shown };
        let names = iter::once(name.as_str()).chain(iter::repeat(""));
        for (name, instruction) in names.zip(shown) {
            let _ = writeln!(text, "{}", format!("{name:<20}{instruction}").trim_end());
        }
    }
    recording::worded_by_rustc("claims-instructions.txt", &text);
}

/// The functions of the assembly, in the order of their names, with their instructions.
fn functions(assembly: &str) -> Vec<(String, Vec<String>)> {
    let mut functions: Vec<(String, Vec<String>)> = Vec::new();
    for line in assembly.lines() {
        let line = line.split('#').next().unwrap_or_default().trim_end();
        if let Some(label) = line.strip_suffix(':').filter(|label| !label.starts_with(['.', '_', '\t'])) {
            functions.push((label.to_owned(), Vec::new()));
        } else if let (Some(instruction), Some((_, body))) = (line.strip_prefix('\t'), functions.last_mut())
            && !instruction.starts_with('.')
            && !instruction.is_empty()
        {
            body.push(instruction.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    functions.sort();
    functions
}
