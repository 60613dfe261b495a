//! What has to hold of the cell.

use check::{Checks, Source, model};
use witness::{Bug, Probe, thread};

use super::atomic_value::AtomicValue;

pub fn checks(sources: &[Source]) -> Checks {
    Checks::of("ex1", sources, &[include_str!("given/atomic_value.rs")])
        .claim(1, "A new cell does not hold the address of a local variable.", model(made).but(Bug::Leak))
        .claim(1, "Readers beside each other get the value that was put in.", model(read_twice).but(Bug::Leak))
        .claim(2, "After `replace` a reader gets the new value.", model(replaced).but(Bug::Leak))
        .claim(2, "Who got the old value before a `replace` still has it after.", model(held).but(Bug::Leak))
        .claim(3, "What has been in the cell is freed, and only once.", model(replaced_twice))
}

fn cell() -> AtomicValue<Probe<u32>> {
    AtomicValue::new(Probe::new(1))
}

fn made() {
    drop(cell());
}

fn read_twice() {
    let cell = cell();
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(**cell.get(), 1));
        assert_eq!(**cell.get(), 1);
    });
    assert_eq!(**cell.get(), 1);
}

fn replaced() {
    let mut cell = cell();
    cell.replace(Probe::new(2));
    assert_eq!(**cell.get(), 2);
}

fn held() {
    let mut cell = cell();
    let old = cell.get();
    cell.replace(Probe::new(2));
    assert_eq!((**old, **cell.get()), (1, 2));
}

fn replaced_twice() {
    let mut cell = cell();
    cell.replace(Probe::new(2));
    cell.replace(Probe::new(3));
    assert_eq!(**cell.get(), 3);
}
