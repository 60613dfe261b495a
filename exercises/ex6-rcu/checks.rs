//! What has to hold of the wait for the readers.

use check::{Checks, Source, model};
use witness::sync::atomic::{
    AtomicBool,
    Ordering::{Acquire, Release},
};
use witness::{Probe, thread};

use super::rcu::Value;

pub fn checks(sources: &[Source]) -> Checks {
    Checks::of("ex6", sources, &[include_str!("given/rcu.rs")])
        .twins(&["sync", "thread"])
        .claim(1, "With nobody reading, `synchronize` returns.", model(nobody_reads))
        .claim(1, "A value stays while a section is open that has it.", model(a_section_is_open))
        .claim(2, "Of a reader and a writer that meet, one sees the other.", model(they_meet))
        .claim(2, "The writer waits for every reader, not just for one.", model(two_readers).bound(2))
        .claim(3, "It does not wait for sections that begin one after the other.", model(one_after_the_other).bound(1))
}

fn value() -> Value<Probe<u32>> {
    Value::new(Probe::new(1))
}

/// A writer that does not wait is done before this thread looks.
fn look_slowly(value: &Probe<u32>) {
    thread::yield_now();
    assert!(**value == 1 || **value == 2);
}

fn nobody_reads() {
    let value = value();
    value.replace(Probe::new(2));
    value.replace(Probe::new(3));
    value.read(0, |value| assert_eq!(**value, 3));
}

fn a_section_is_open() {
    let value = value();
    thread::scope(|scope| {
        thread::name_current("reader");
        value.read(0, |old| {
            scope.spawn(|| {
                thread::name_current("writer");
                value.replace(Probe::new(2));
            });
            look_slowly(old);
        });
    });
}

fn they_meet() {
    let value = value();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::name_current("writer");
            value.replace(Probe::new(2));
        });
        thread::name_current("reader");
        value.read(0, look_slowly);
    });
}

fn two_readers() {
    let value = value();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::name_current("writer");
            value.replace(Probe::new(2));
        });
        scope.spawn(|| {
            thread::name_current("reader 1");
            value.read(1, look_slowly);
        });
        thread::name_current("reader 0");
        value.read(0, look_slowly);
    });
}

/// A reader that always has a section open when the writer looks, and never the same one for long.
fn one_after_the_other() {
    let value = value();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let section = value.domain().read(0);
        scope.spawn(|| {
            thread::name_current("writer");
            value.replace(Probe::new(2));
            done.store(true, Release);
        });
        thread::name_current("reader");
        thread::yield_now();
        drop(section);
        while !done.load(Acquire) {
            let section = value.domain().read(0);
            thread::yield_now();
            drop(section);
        }
    });
}
