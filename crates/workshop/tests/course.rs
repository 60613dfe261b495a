//! The list of steps says what there is.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use workshop::course::STEPS;
use workshop::{book, workspace};

#[test]
fn every_step_of_the_workspace_is_in_the_list() {
    let crates = fs::read_dir(workspace::root().join("crates")).expect("there are crates");
    let folders: BTreeSet<String> = crates
        .map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("step"))
        .collect();
    let listed: BTreeSet<String> = STEPS.iter().map(|step| step.folder.to_owned()).collect();
    assert_eq!(folders, listed);
}

#[test]
fn the_list_is_in_order_and_its_packages_are_the_crates() {
    assert!(STEPS.is_sorted_by(|one, next| one.number < next.number));
    for step in STEPS {
        let manifest = workspace::root().join("crates").join(step.folder).join("Cargo.toml");
        let manifest = fs::read_to_string(&manifest).unwrap_or_else(|error| panic!("{}: {error}", manifest.display()));
        assert!(manifest.contains(&format!("\nname = \"{}\"\n", step.package())), "{step}: {manifest}");
        assert!(step.folder.starts_with(&format!("{}-", step.package())), "{step}");
    }
}

#[test]
fn every_step_has_its_chapter_in_the_books_order() {
    let (sources, _) = book::sources(&workspace::book()).expect("the book has a summary");
    let places: Vec<_> = STEPS
        .iter()
        .map(|step| {
            let place = sources.chapters.iter().position(|chapter| chapter == Path::new(step.chapter));
            place.unwrap_or_else(|| panic!("{step}: SUMMARY.md has no {}", step.chapter))
        })
        .collect();
    assert!(places.is_sorted(), "the chapters are not in the order of the steps: {places:?}");
}
