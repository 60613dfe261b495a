//! The list of claims, the chapter, and the proofs that they name.

use std::fs;
use std::path::{Path, PathBuf};

use claims::{CLAIMS, Proof};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> Result<String, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text.replace("\r\n", "\n"))
}

fn chapter() -> String {
    read(&workspace().join("book/src/claim-by-claim.md")).unwrap()
}

/// Why `proof` proves nothing, if it does not: the test is not there or never runs, the recording is not there or not shown.
fn missing(proof: &Proof) -> Result<(), String> {
    match *proof {
        Proof::Test { folder, file, name } => {
            let source = read(&workspace().join("crates").join(folder).join(file))?;
            let lines: Vec<&str> = source.lines().map(str::trim).collect();
            let starts = [format!("fn {name}()"), format!("pub fn {name}()")];
            let Some(at) = lines.iter().position(|line| starts.iter().any(|start| line.starts_with(start))) else {
                return Err(format!("{folder}/{file} has no function {name}"));
            };
            let attributes: Vec<&str> =
                lines[..at].iter().rev().copied().take_while(|line| line.starts_with("#[")).collect();
            if !attributes.contains(&"#[test]") {
                return Err(format!("{name} in {folder}/{file} is not a test"));
            }
            if attributes.iter().any(|attribute| attribute.starts_with("#[ignore")) {
                return Err(format!("{name} in {folder}/{file} is ignored"));
            }
        }
        Proof::Recording { file, chapter } => {
            let book = workspace().join("book/src");
            read(&book.join("generated").join(file))?;
            if !read(&book.join(chapter))?.contains(&format!("{{{{#include generated/{file}}}}}")) {
                return Err(format!("{chapter} does not show {file}"));
            }
        }
    }
    Ok(())
}

#[test]
fn every_proof_exists() {
    for (number, claim) in (1..).zip(CLAIMS) {
        assert!(!claim.proofs.is_empty(), "claim {number} has no proof");
        for proof in claim.proofs {
            if let Err(missing) = missing(proof) {
                panic!("claim {number}: {missing}");
            }
        }
    }
}

#[test]
fn a_proof_that_does_not_exist_is_found_out() {
    let test = |folder, file, name| missing(&Proof::Test { folder, file, name }).unwrap_err();
    assert!(test("claims", "tests/nowhere.rs", "anything").contains("nowhere.rs"));
    assert!(test("claims", "tests/models.rs", "nothing").ends_with("has no function nothing"));
    assert!(test("claims", "tests/models.rs", "five").ends_with("is not a test"));
    assert!(test("step1-stack-pointer", "tests/loom.rs", "a_reader_gets_what_a_writer_put_in").ends_with("is ignored"));

    let recording = |file, chapter| missing(&Proof::Recording { file, chapter }).unwrap_err();
    assert!(recording("nothing.txt", "litmus.md").contains("nothing.txt"));
    assert!(recording("claims-locks.txt", "litmus.md").ends_with("litmus.md does not show claims-locks.txt"));
}

#[test]
fn the_table_is_the_list() {
    recording::deterministic("claims.md", &claims::table());
    assert!(chapter().contains("{{#include generated/claims.md}}"));
}

#[test]
fn the_chapter_takes_every_claim_in_turn_and_says_the_same_verdict() {
    let chapter = chapter();
    let mut sections = chapter.split("\n### ").skip(1);
    for (number, claim) in (1..).zip(CLAIMS) {
        let section = sections.next().unwrap_or_else(|| panic!("the chapter ends before claim {number}"));
        let (heading, text) = section.split_once("\n\n").unwrap_or_else(|| panic!("claim {number} has no text"));
        assert!(heading.starts_with(&format!("{number}. ")), "`{heading}` is not claim {number}");
        assert!(heading.ends_with(&format!("{{#claim-{number}}}")), "`{heading}` cannot be linked to");
        let said = text.strip_prefix("**").and_then(|text| text.split_once(".**"));
        let said = said.unwrap_or_else(|| panic!("claim {number} does not begin with its verdict: {text}")).0;
        assert_eq!(said.to_lowercase(), claim.verdict.to_string(), "claim {number}: {}", claim.claim);
    }
    assert_eq!(sections.next(), None, "the chapter has more claims than the list");
}
