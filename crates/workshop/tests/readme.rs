//! The READMEs show a timeline and a table of steps: the ones that there are.

use std::fs;

use workshop::course::STEPS;
use workshop::workspace;

fn read(file: &str) -> String {
    let path = workspace::root().join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).replace("\r\n", "\n")
}

#[test]
fn the_timeline_in_the_readmes_is_the_recorded_one() {
    let recorded = read("book/src/generated/step3.txt");
    for readme in ["README.md", "crates/witness/README.md"] {
        assert!(read(readme).contains(&format!("```text\n{recorded}```\n")), "{readme} shows another timeline");
    }
}

#[test]
fn the_table_in_the_readme_has_every_step() {
    let readme = read("README.md");
    let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with("| [")).collect();
    assert_eq!(rows.len(), STEPS.len(), "{rows:#?}");
    for (row, step) in rows.iter().zip(STEPS) {
        assert!(row.contains(&format!("(crates/{})", step.folder)), "{row} is not about {step}");
        assert!(row.contains(step.verdict.word()), "{row} does not say that {step} is {}", step.verdict.word());
    }
}
