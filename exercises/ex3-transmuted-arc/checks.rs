//! What has to hold of the cell, and of the model that hunts for bugs in others.

use std::sync::Arc;

use check::{Checks, Source, catches, model, passes};
use witness::{Bug, Probe, thread};

use super::atomic_value::AtomicValue;
use super::hunt;

#[path = "suspects.rs"]
mod suspects;

pub fn checks(sources: &[Source]) -> Checks {
    Checks::of("ex3", sources, &[include_str!("given/atomic_value.rs"), include_str!("given/hunt.rs")])
        .claim(1, "A reader beside a writer never touches a freed value.", model(read_beside).but(Bug::Leak))
        .claim(1, "Nor do two readers beside a writer.", model(two_readers).bound(2).but(Bug::Leak))
        .claim(2, "The drop of a replaced value may use the cell.", model(nosy_value).but(Bug::Leak))
        .claim(2, "What has been in the cell is freed, and only once.", model(replaced_while_held))
        .claim(2, "Of two writers each gives up a value of its own.", model(two_writers).but(Bug::Leak))
        .claim(2, "The hunt: your model finds no bug in the right cell.", passes(hunt::model::<suspects::Locked>))
        .claim(2, "It finds the bug of suspect A.", catches(hunt::model::<suspects::Uncounted>))
        .claim(2, "It finds the bug of suspect B.", catches(hunt::model::<suspects::CountedTooLate>))
        .claim(2, "It finds the bug of suspect C.", catches(hunt::model::<suspects::Unpublished>))
        .claim(3, "It finds the bug of suspect D.", catches(hunt::model::<suspects::TooPolite>))
        .claim(3, "It finds the bug of suspect E.", catches(hunt::model::<suspects::TwoVisits>))
}

fn cell() -> AtomicValue<Probe<u32>> {
    AtomicValue::new(Probe::new(1))
}

fn read_beside() {
    let cell = cell();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::name_current("writer");
            cell.replace(Probe::new(2));
        });
        thread::name_current("reader");
        let got = **cell.get();
        assert!(got == 1 || got == 2);
    });
    assert_eq!(**cell.get(), 2);
}

fn two_readers() {
    let cell = cell();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::name_current("writer");
            cell.replace(Probe::new(2));
        });
        scope.spawn(|| drop(cell.get()));
        assert!(**cell.get() > 0);
    });
}

fn two_writers() {
    let cell = cell();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::name_current("other writer");
            cell.replace(Probe::new(2));
        });
        thread::name_current("writer");
        cell.replace(Probe::new(3));
    });
    let left = **cell.get();
    assert!(left == 2 || left == 3);
}

/// A value that looks into its cell when it is dropped.
struct Nosy {
    number: u32,
    cell: Option<Arc<AtomicValue<Nosy>>>,
}

impl Drop for Nosy {
    fn drop(&mut self) {
        if let Some(cell) = self.cell.take() {
            assert_eq!(cell.get().number, 3, "the new value");
        }
    }
}

fn nosy_value() {
    let cell = Arc::new(AtomicValue::new(Nosy { number: 1, cell: None }));
    cell.replace(Nosy { number: 2, cell: Some(cell.clone()) });
    cell.replace(Nosy { number: 3, cell: None });
}

fn replaced_while_held() {
    let cell = cell();
    let held = cell.get();
    cell.replace(Probe::new(2));
    cell.replace(Probe::new(3));
    assert_eq!((**held, **cell.get()), (1, 3));
}
