//! What has to hold of the cell.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use check::{Checks, Source, model};
use witness::{Bug, Probe, thread};

use super::atomic_value::AtomicValue;

pub fn checks(sources: &[Source]) -> Checks {
    Checks::of("ex2", sources, &[include_str!("given/atomic_value.rs")])
        .claim(
            1,
            "A reader never touches a freed box, however often it is replaced.",
            model(read_beside).but(Bug::Leak),
        )
        .claim(1, "After `replace` a reader gets the new value.", model(replaced).but(Bug::Leak))
        .claim(2, "What has been in the cell is freed in the end, and only once.", model(dropped))
        .claim(2, "What is replaced waits; `reclaim` frees it, and says how many.", model(reclaimed))
        .claim(3, "Two writers at a time lose no box and free none twice.", model(two_writers))
}

/// A value that counts its drops.
struct Counted {
    value: Probe<u32>,
    drops: Arc<AtomicUsize>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Relaxed);
    }
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
            cell.replace(Probe::new(3));
        });
        thread::name_current("reader");
        assert!((1..=3).contains(&**cell.get()));
    });
}

fn replaced() {
    let cell = cell();
    let old = cell.get();
    cell.replace(Probe::new(2));
    assert_eq!((**old, **cell.get()), (1, 2));
}

fn dropped() {
    let cell = cell();
    cell.replace(Probe::new(2));
    cell.replace(Probe::new(3));
}

fn reclaimed() {
    let drops = Arc::new(AtomicUsize::new(0));
    let value = |number| Counted { value: Probe::new(number), drops: drops.clone() };
    let mut cell = AtomicValue::new(value(1));
    for number in 2..=3 {
        cell.replace(value(number));
    }
    assert_eq!(cell.waiting(), 2, "two boxes wait");
    assert_eq!(drops.load(Relaxed), 0, "and are not freed yet");
    assert_eq!(cell.reclaim(), 2, "reclaim frees two");
    assert_eq!(drops.load(Relaxed), 2, "and their values are dropped");
    assert_eq!(*cell.get().value, 3, "the current value stays");
    assert_eq!((cell.waiting(), cell.reclaim()), (0, 0), "and nothing is left to be freed");
}

fn two_writers() {
    let mut cell = cell();
    thread::scope(|scope| {
        scope.spawn(|| cell.replace(Probe::new(2)));
        cell.replace(Probe::new(3));
    });
    assert!((2..=3).contains(&**cell.get()));
    assert_eq!(cell.reclaim(), 2);
}
