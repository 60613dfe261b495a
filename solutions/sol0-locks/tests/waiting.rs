//! The program with which a learner measures: what it says in any case, on any machine.

extern crate sol0 as ex0;

mod sync {
    pub use std::sync::RwLock;
}

#[path = "../../../exercises/ex0-locks/examples/waiting.rs"]
#[allow(dead_code, unused_imports, reason = "a program, and its `main` is not called")]
mod waiting;

#[test]
fn no_lookup_begins_and_ends_within_a_rebuild_under_the_write_lock() {
    let [given, yours] = waiting::rows(1_000, 3);
    let columns = |row: &str| row.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let (given, yours) = (columns(&given), columns(&yours));
    assert_eq!((&given[..2], given.len()), (&["as".to_owned(), "given".to_owned()][..], 8), "{given:?}");
    assert_eq!(given[6], "0", "{given:?}");
    assert_eq!((yours[0].as_str(), yours.len()), ("yours", 7), "{yours:?}");
}
