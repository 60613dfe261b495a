//! What has to hold of the cell.

use check::{Checks, Source, model, orderings};
use witness::sync::Arc;
use witness::{Probe, thread};

use super::arc_cell::ArcCell;

pub fn checks(sources: &[Source]) -> Checks {
    let orderings = orderings(&sources[0])
        .model("get beside get", None, get_beside_get)
        .model("get beside set", None, get_beside_set)
        .model("set beside set", None, set_beside_set)
        .model("an Arc comes back changed", Some(2), changed_meanwhile)
        .model("get beside get beside set", Some(1), get_beside_get_beside_set);
    Checks::of("ex4", sources, &[include_str!("given/arc_cell.rs")])
        .twins(&["sync", "thread"])
        .claim(1, "`get` gives what is in the cell, and leaves it there.", model(got_twice))
        .claim(1, "`set` gives back what was there.", model(set_and_got))
        .claim(2, "Of two readers each ends with a reference of its own.", model(get_beside_get))
        .claim(2, "A reader beside a writer gets the old value or the new one, whole.", model(get_beside_set))
        .claim(2, "Of two writers nobody gets a value twice, and none is lost.", model(set_beside_set))
        .claim(3, "An `Arc` may be taken out, changed, and put back.", model(changed_meanwhile))
        .claim(2, "Two readers beside a writer do not hinder each other.", model(get_beside_get_beside_set).bound(1))
        .claim(3, "No ordering can be weakened further: the models would notice.", orderings)
}

fn value(number: u32) -> Arc<Probe<u32>> {
    Arc::new(Probe::new(number))
}

fn cell() -> ArcCell<Probe<u32>> {
    ArcCell::new(value(1))
}

fn got_twice() {
    let cell = cell();
    let first = cell.get();
    let second = cell.get();
    assert_eq!((**first, **second), (1, 1));
    assert_eq!(Arc::strong_count(&first), 3, "two that were got, and the cell's");
}

fn set_and_got() {
    let cell = cell();
    assert_eq!(**cell.set(value(2)), 1);
    assert_eq!(**cell.set(value(3)), 2);
    assert_eq!(**cell.get(), 3);
}

fn get_beside_get() {
    let cell = cell();
    let (one, two) = thread::scope(|scope| {
        let one = scope.spawn(|| cell.get());
        let two = cell.get();
        (one.join().expect("a panic has failed the model"), two)
    });
    assert_eq!((**one, **two), (1, 1));
    assert_eq!(Arc::strong_count(&one), 3);
}

fn get_beside_set() {
    let cell = cell();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::name_current("writer");
            assert_eq!(**cell.set(value(2)), 1);
        });
        thread::name_current("reader");
        let got = **cell.get();
        assert!(got == 1 || got == 2);
    });
    assert_eq!(**cell.get(), 2);
}

fn set_beside_set() {
    let cell = cell();
    let (two, three) = thread::scope(|scope| {
        let two = scope.spawn(|| **cell.set(value(2)));
        let three = **cell.set(value(3));
        (two.join().expect("a panic has failed the model"), three)
    });
    assert!(matches!((two, three, **cell.get()), (1, 2, 3) | (3, 1, 2)));
}

/// The pointer that a reader has seen comes back, and what is behind it is another value.
fn changed_meanwhile() {
    let cell = cell();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::name_current("writer");
            let mut recycled = cell.set(value(2));
            if let Some(value) = Arc::get_mut(&mut recycled) {
                **value = 3;
                cell.set(recycled);
            }
        });
        thread::name_current("reader");
        let got = **cell.get();
        assert!((1..4).contains(&got));
    });
}

fn get_beside_get_beside_set() {
    let cell = cell();
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(**cell.set(value(2)), 1));
        scope.spawn(|| drop(cell.get()));
        let got = **cell.get();
        assert!(got == 1 || got == 2);
    });
}
