//! What has to hold of the table.

use std::sync::Arc;

use check::{Checks, Source, model};
use witness::{Probe, thread};

use super::shared_table::SharedTable;

pub fn checks(sources: &[Source]) -> Checks {
    Checks::of("ex0", sources, &[include_str!("given/shared_table.rs")])
        .twins(&["sync"])
        .claim(1, "An update replaces the table.", model(nobody_else))
        .claim(1, "A reader gets through while the table is rebuilt.", model(a_reader_during_a_rebuild))
        .claim(2, "A reader that looks for long keeps no other reader out.", model(a_reader_during_a_look))
        .claim(2, "A reader beside a writer sees the old table or the new one.", model(a_reader_beside_a_writer))
        .claim(3, "Of two writers at a time, neither loses an update of the other.", model(two_writers))
        .claim(3, "Nor if one of them comes in between twice.", model(twice_in_between).bound(3))
        .claim(3, "The drop of an old table may look at the table, and update it.", model(a_drop_that_uses_the_table))
}

/// Two entries that agree. Each is a probe, so that a touch of it which no lock orders is a verdict.
type Table = (Probe<u32>, Probe<u32>);

fn table(number: u32) -> Table {
    (Probe::new(number), Probe::new(number))
}

fn number((first, second): &Table) -> u32 {
    let (first, second) = (**first, **second);
    assert_eq!(first, second, "a mix of two tables");
    first
}

fn next(old: &Table) -> Table {
    table(number(old) + 1)
}

fn shared() -> SharedTable<Table> {
    SharedTable::new(table(1))
}

fn nobody_else() {
    let shared = shared();
    shared.update(next);
    shared.update(next);
    assert_eq!(shared.look(number), 3);
}

/// The rebuild starts a reader, and waits for it.
fn a_reader_during_a_rebuild() {
    let shared = shared();
    thread::name_current("writer");
    shared.update(|old| {
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::name_current("reader");
                assert_eq!(shared.look(number), 1);
            });
        });
        next(old)
    });
    assert_eq!(shared.look(number), 2);
}

/// The look starts another one, and waits for it.
fn a_reader_during_a_look() {
    let shared = shared();
    thread::name_current("slow reader");
    shared.look(|table| {
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::name_current("reader");
                assert_eq!(shared.look(number), 1);
            });
        });
        assert_eq!(number(table), 1);
    });
}

fn a_reader_beside_a_writer() {
    let shared = shared();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::name_current("writer");
            shared.update(next);
        });
        thread::name_current("reader");
        let (first, second) = (shared.look(number), shared.look(number));
        assert!(matches!((first, second), (1, 1) | (1, 2) | (2, 2)), "{second} after {first}");
    });
    assert_eq!(shared.look(number), 2);
}

fn two_writers() {
    let shared = shared();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::name_current("other writer");
            shared.update(next);
        });
        thread::name_current("writer");
        shared.update(next);
    });
    assert_eq!(shared.look(number), 3, "an update is lost");
}

fn twice_in_between() {
    let shared = shared();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::name_current("busy writer");
            shared.update(next);
            shared.update(next);
        });
        thread::name_current("writer");
        shared.update(next);
    });
    assert_eq!(shared.look(number), 4, "an update is lost");
}

/// A table that leaves a note in its successor when it is dropped.
struct Nosy {
    notes: u32,
    shared: Option<Arc<SharedTable<Nosy>>>,
}

impl Drop for Nosy {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.take() {
            let notes = shared.look(|table| table.notes);
            shared.update(|_| Nosy { notes: notes + 1, shared: None });
        }
    }
}

fn a_drop_that_uses_the_table() {
    let shared = Arc::new(SharedTable::new(Nosy { notes: 1, shared: None }));
    shared.update(|old| Nosy { notes: old.notes, shared: Some(shared.clone()) });
    shared.update(|old| Nosy { notes: old.notes, shared: None });
    assert_eq!(shared.look(|table| table.notes), 2);
}
