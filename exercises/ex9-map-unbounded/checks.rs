//! How the map has to break.

use std::sync::{Arc, Mutex};

use check::{Checks, Claim, Reason, Refutation, Source, breaks, model};
use witness::Bug;

use super::misuse;
use crate::RcuMap;
use crate::rcu::Domain;
use crate::table::DefaultHashBuilder;
use crate::visits::Page;

pub fn checks(sources: &[Source]) -> Checks {
    Checks::of("ex9", sources, &[include_str!("given/misuse.rs")])
        .twins(&["sync", "thread"])
        .claim(1, "A visit is made, and the map does not know of it. Nothing else is wrong.", a_visit_is_lost)
        .claim(2, "Memory is used after it was freed, or freed twice.", breaks(&MEMORY, own_it_twice).built_on(&MAP))
        .claim(3, "The copy of an entry races with its reader.", breaks(&[Bug::DataRace], race).built_on(&MAP))
}

const MEMORY: [Bug; 4] = [Bug::UseAfterFree, Bug::DoubleFree, Bug::UsedAfterDrop, Bug::DoubleDrop];

/// The map's own files, and what they stand on. What is to be seen is what is done with it.
const MAP: [&str; 11] = [
    "rcu.rs",
    "local.rs",
    "retire.rs",
    "raw.rs",
    "read.rs",
    "write.rs",
    "at_home.rs",
    "guard.rs",
    "map.rs",
    "grow.rs",
    "payload.rs",
];

/// A map with one value, of key 1.
fn map_of<V>(value: V) -> (Domain, RcuMap<u64, V>) {
    let domain = crate::local::begin();
    let map = RcuMap::with_capacity_and_hasher_in(1, DefaultHashBuilder::default(), &domain);
    map.insert(1, value);
    (domain, map)
}

fn a_visit_is_lost() -> Result<(), Refutation> {
    // What came out of each execution: the visits that were made, and those that the map knows of.
    let outcomes = Arc::new(Mutex::new(Vec::new()));
    let told = outcomes.clone();
    model(move || {
        let (_domain, pages) = map_of(Page::new());
        misuse::lose_a_visit(&pages);
        let guard = pages.read();
        let page = guard.get(&1).expect("page 1 is still in the map");
        told.lock().expect("a push does not panic").push((page.made(), page.counted()));
    })
    .built_on(&MAP)
    .check()?;
    let outcomes = outcomes.lock().expect("a push does not panic");
    if outcomes.iter().any(|(made, counted)| counted < made) {
        return Ok(());
    }
    let (made, counted) = outcomes.first().expect("a model has an execution");
    let evidence = format!("Visits to the page that is in the map: {made} made, {counted} counted.");
    Err(Refutation { reason: Reason::Unbroken, evidence })
}

fn own_it_twice() {
    let (_domain, map) = map_of(misuse::guarded());
    misuse::own_it_twice(&map);
}

fn race() {
    let (_domain, map) = map_of(misuse::raced());
    misuse::race(&map);
}
