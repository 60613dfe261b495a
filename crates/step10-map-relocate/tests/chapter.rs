//! "Is it sound?" names a test for each of its sentences. They are there.

use std::path::Path;
use std::{collections::HashSet, fs};

#[test]
fn every_test_that_the_chapter_names_exists() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut functions = HashSet::new();
    for step in ["step8-map-clone", "step9-map-unbounded", "step10-map-relocate"] {
        for file in fs::read_dir(crates.join(step).join("tests")).unwrap().map(|file| file.unwrap().path()) {
            if file.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(file).unwrap();
                let names =
                    source.lines().filter_map(|line| line.strip_prefix("fn ")?.split('(').next().map(str::to_owned));
                functions.extend(names);
            }
        }
    }
    let chapter = fs::read_to_string(crates.join("../book/src/is-it-sound.md")).unwrap();
    let is_name =
        |code: &&str| code.matches('_').count() > 2 && code.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
    let named: Vec<&str> = chapter.split('`').skip(1).step_by(2).filter(is_name).collect();
    assert!(named.len() >= 10, "{named:?}");
    let missing: Vec<&&str> = named.iter().filter(|name| !functions.contains(**name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
