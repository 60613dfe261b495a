//! What has to hold of the cell whose readers owe.

use check::{Checks, Reason, Refutation, Source, model, orderings};
use witness::sync::Arc;
use witness::{Probe, thread};

use super::arc_swap::ArcSwap;

pub fn checks(sources: &[Source]) -> Checks {
    let orderings = orderings(&sources[0])
        .model("a reader and a writer", Some(2), they_meet)
        .model("paid and counted", Some(2), paid_and_counted)
        .model("paid and given back", Some(2), paid_and_given_back)
        .model("a reader loads again", Some(3), one_debt_after_the_other)
        .model("a value comes back changed", Some(2), changed_meanwhile)
        .model("two writers", Some(1), two_writers);
    Checks::of("ex5", sources, &[include_str!("given/arc_swap.rs")])
        .claim(1, "`load` gives what is in the cell, and counts nothing.", model(borrowed))
        .claim(1, "A guard keeps its value, and a writer does not wait for it.", model(held_while_replaced))
        .claim(2, "Of a reader and a writer that meet, one sees the other.", model(they_meet))
        .claim(2, "A writer pays every reader, not just one.", model(two_readers).bound(1))
        .claim(3, "Who has been paid owns a reference that has been counted.", model(paid_and_counted))
        .claim(3, "So does a guard that has been paid, when it ends.", model(paid_and_given_back).bound(2))
        .claim(2, "A debt is paid once, whoever takes the same value out.", model(two_writers).bound(2))
        .claim(2, "A slot may be used again while a writer looks at it.", model(one_debt_after_the_other).bound(3))
        .claim(2, "A value may be taken out, changed, and put back.", model(changed_meanwhile).bound(2))
        .claim(1, "An exchange fails only if somebody else was faster.", strong(&sources[0]))
        .claim(3, "No ordering can be weakened further: the models would notice.", orderings)
}

/// The weak form may fail for no reason. Here that would be taken for a payment, or for the end of a debt; and no model
/// would show it, since the checker never lets it.
fn strong(source: &Source) -> impl Fn() -> Result<(), Refutation> + 'static {
    let weak = source.line_with("compare_exchange_weak");
    move || match &weak {
        None => Ok(()),
        Some(line) => Err(Refutation {
            reason: Reason::Unseen,
            evidence: format!(
                "{line} has `compare_exchange_weak`, which may fail though it finds what it\n\
                 expects. The checker never lets it, and so cannot tell whether you are ready\n\
                 for that. Take `compare_exchange`."
            ),
        }),
    }
}

fn value(number: u32) -> Arc<Probe<u32>> {
    Arc::new(Probe::new(number))
}

fn cell() -> ArcSwap<Probe<u32>> {
    ArcSwap::new(value(1))
}

/// Writes to the value if this is its only handle. It is nobody else's business then.
fn overwrite(mut arc: Arc<Probe<u32>>) {
    if let Some(value) = Arc::get_mut(&mut arc) {
        **value = 0;
    }
}

fn borrowed() {
    let arc = value(1);
    let cell = ArcSwap::new(arc.clone());
    for _ in 0..2 {
        let guard = cell.load(0);
        assert_eq!(**guard, 1);
        assert_eq!(Arc::strong_count(&arc), 2, "the cell's, and the one out here");
    }
    assert_eq!(**cell.load(1).into_arc(), 1);
    assert_eq!(Arc::strong_count(&arc), 2);
}

fn held_while_replaced() {
    let cell = cell();
    let guard = cell.load(0);
    drop(cell.swap(value(2)));
    assert_eq!(**guard, 1);
    drop(guard);
    let guard = cell.load(0);
    overwrite(cell.swap(value(3)));
    assert_eq!(**guard, 2);
    assert_eq!(**cell.load(1), 3);
}

fn they_meet() {
    let cell = cell();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::name_current("writer");
            overwrite(cell.swap(value(2)));
        });
        thread::name_current("reader");
        let guard = cell.load(0);
        // Not at once: a writer that has not seen the debt is done by then.
        thread::yield_now();
        assert!(**guard == 1 || **guard == 2);
    });
    assert_eq!(**cell.load(0), 2);
}

fn two_readers() {
    let cell = cell();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::name_current("writer");
            overwrite(cell.swap(value(2)));
        });
        let read = |reader| {
            let guard = cell.load(reader);
            thread::yield_now();
            assert!(**guard == 1 || **guard == 2);
        };
        scope.spawn(move || {
            thread::name_current("reader 1");
            read(1);
        });
        thread::name_current("reader 0");
        read(0);
    });
}

/// Whoever gets a reference that a writer has paid can tell that it is not the only one.
fn paid_and_counted() {
    let cell = cell();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::name_current("reader");
            overwrite(cell.load(0).into_arc());
        });
        thread::name_current("writer");
        let old = cell.swap(value(2));
        assert!(**old < 2);
    });
}

/// The same, of a guard that was in time: what it gives back has been counted.
fn paid_and_given_back() {
    let cell = cell();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::name_current("reader");
            if let Some(paid) = cell.load(0).give_back() {
                overwrite(paid);
            }
        });
        thread::name_current("writer");
        let old = cell.swap(value(2));
        assert!(**old < 2);
    });
}

/// The same `Arc` is put in again: two writers take it out, and both see a debt on it.
fn two_writers() {
    let arc = value(1);
    let cell = ArcSwap::new(arc.clone());
    let guard = cell.load(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::name_current("other writer");
            drop(cell.swap(arc.clone()));
        });
        thread::name_current("writer");
        drop(cell.swap(arc.clone()));
    });
    assert_eq!(**guard, 1);
    drop(guard);
    drop(cell);
    assert_eq!(Arc::strong_count(&arc), 1);
}

fn one_debt_after_the_other() {
    let cell = cell();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::name_current("writer");
            overwrite(cell.swap(value(2)));
        });
        thread::name_current("reader");
        let first = **cell.load(0);
        let then = **cell.load(0);
        assert!([(1, 1), (1, 2), (2, 2)].contains(&(first, then)), "{first}, and {then} then");
    });
}

fn changed_meanwhile() {
    let cell = cell();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::name_current("writer");
            let mut recycled = cell.swap(value(2));
            if let Some(value) = Arc::get_mut(&mut recycled) {
                **value = 3;
                cell.swap(recycled);
            }
        });
        thread::name_current("reader");
        let got = **cell.load(0);
        assert!((1..4).contains(&got));
    });
}
