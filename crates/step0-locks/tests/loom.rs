//! The models: the three designs' own sources, on the checker's types. Each model runs with each of them.

mod sync {
    pub use witness::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
}

#[path = "../src/in_place.rs"]
#[allow(dead_code, reason = "twin")]
mod in_place;
#[path = "../src/mutex_arc.rs"]
#[allow(dead_code, reason = "twin")]
mod mutex_arc;
#[path = "../src/rwlock_arc.rs"]
#[allow(dead_code, reason = "twin")]
mod rwlock_arc;
#[path = "../src/shared.rs"]
mod shared;

mod broken {
    pub mod drop_under_the_lock;
    pub mod read_then_set;
    pub mod two_looks;
}

use std::fmt::Write as _;

use in_place::InPlace;
use mutex_arc::MutexArc;
use rwlock_arc::RwLockArc;
use shared::Shared;
use sync::Arc;
use witness::thread::{name_current, scope};
use witness::{Bug, Builder, Ledger, Probe};

// ANCHOR: table
/// A table of two entries, which agree. Each is a probe, so that a touch of it which no lock orders is a verdict.
type Table = (Probe<u32>, Probe<u32>);

fn table(number: u32) -> Table {
    (Probe::new(number), Probe::new(number))
}

/// The number of a table that is not a mix of two.
fn number((first, second): &Table) -> u32 {
    let (first, second) = (**first, **second);
    assert_eq!(first, second, "a mix of two tables");
    first
}

fn next(old: &Table) -> Table {
    table(number(old) + 1)
}
// ANCHOR_END: table

// ANCHOR: models
/// A reader sees the old table or the new one.
fn a_reader_beside_a_writer(shared: impl Shared<Table> + Sync) {
    scope(|scope| {
        scope.spawn(|| {
            name_current("writer");
            shared.update(next);
        });
        name_current("reader");
        assert!(matches!(shared.look(number), 1 | 2));
    });
    assert_eq!(shared.look(number), 2);
}

/// Who has seen the new table does not see the old one afterwards.
fn a_reader_that_looks_twice(shared: impl Shared<Table> + Sync) {
    scope(|scope| {
        scope.spawn(|| shared.update(next));
        let (first, second) = (shared.look(number), shared.look(number));
        assert!(first <= second, "{second} after {first}");
    });
}

fn two_readers_beside_a_writer(shared: impl Shared<Table> + Sync) {
    scope(|scope| {
        scope.spawn(|| shared.update(next));
        scope.spawn(|| assert!(matches!(shared.look(number), 1 | 2)));
        assert!(matches!(shared.look(number), 1 | 2));
    });
}

/// Two writers make two updates.
fn two_writers(shared: impl Shared<Table> + Sync) {
    scope(|scope| {
        scope.spawn(|| shared.update(next));
        shared.update(next);
    });
    assert_eq!(shared.look(number), 3);
}

/// While a table is rebuilt, a reader gets through: it starts after the rebuild does, and the rebuild waits for it.
fn no_reader_is_excluded_while_the_table_is_rebuilt(shared: impl Shared<Table> + Sync) {
    name_current("writer");
    shared.update(|old| {
        scope(|scope| {
            scope.spawn(|| {
                name_current("reader");
                assert_eq!(shared.look(number), 1);
            });
        });
        next(old)
    });
    assert_eq!(shared.look(number), 2);
}
// ANCHOR_END: models

/// A reader may write, and what it looks at stays.
fn a_reader_that_writes_while_it_looks(shared: impl Shared<Table> + Sync) {
    shared.look(|old| {
        shared.update(next);
        assert_eq!((number(old), shared.look(number)), (1, 2));
    });
}

/// What a reader has got stays, and goes with the last one who has it.
fn what_a_reader_has_got_outlives_the_cell<C: Sync>(
    cell: C,
    get: fn(&C) -> Arc<Table>,
    set: fn(&C, Arc<Table>) -> Arc<Table>,
) {
    let got = scope(|scope| {
        let reader = scope.spawn(|| get(&cell));
        drop(set(&cell, Arc::new(table(2))));
        reader.join().expect("a panic has failed the model")
    });
    drop(cell);
    assert!(matches!(number(&got), 1 | 2));
}

/// A name, a bound on preemptions, a model.
type Model = (&'static str, Option<usize>, fn());

/// The models that hold for all three designs, for the design that `$make` makes.
macro_rules! models {
    ($make:expr) => {
        [
            ("a reader beside a writer", None, (|| a_reader_beside_a_writer($make)) as fn()),
            ("a reader that looks twice", None, || a_reader_that_looks_twice($make)),
            ("two readers beside a writer", Some(3), || two_readers_beside_a_writer($make)),
            ("two writers", None, || two_writers($make)),
        ]
    };
}

/// Those that hold when no lock is held meanwhile.
macro_rules! models_without_a_lock {
    ($make:expr) => {
        [
            ("no reader is excluded", None, (|| no_reader_is_excluded_while_the_table_is_rebuilt($make)) as fn()),
            ("a reader that writes", None, || a_reader_that_writes_while_it_looks($make)),
        ]
    };
}

fn in_place() -> InPlace<Table> {
    InPlace::new(table(1))
}

fn mutex_arc() -> MutexArc<Table> {
    MutexArc::new(Arc::new(table(1)))
}

fn rwlock_arc() -> RwLockArc<Table> {
    RwLockArc::new(Arc::new(table(1)))
}

#[test]
fn every_model_holds() {
    let designs: [(&str, Vec<Model>); 3] = [
        ("InPlace", models!(in_place()).into()),
        ("MutexArc", [&models!(mutex_arc())[..], &models_without_a_lock!(mutex_arc())[..]].concat()),
        ("RwLockArc", [&models!(rwlock_arc())[..], &models_without_a_lock!(rwlock_arc())[..]].concat()),
    ];
    let mut text = String::new();
    for (design, models) in designs {
        let _ = writeln!(text, "{design}");
        for (name, bound, model) in models {
            let builder = bound.map_or_else(Builder::new, |bound| Builder::new().preemption_bound(bound));
            let report = builder.name(&format!("{design}: {name}")).check(model);
            if let Some(witness) = report.witness {
                panic!("{witness}");
            }
            assert!(report.complete, "{design}: {name}");
            let bound = bound.map_or("no bound".to_owned(), |bound| format!("preemption bound {bound}"));
            let _ = writeln!(text, "{:>6} executions, {bound:<18} {name}", report.executions);
        }
    }
    recording::deterministic("step0-models.txt", &text);
}

#[test]
fn what_a_reader_has_got_outlives_the_cell_and_its_successor() {
    witness::model(|| what_a_reader_has_got_outlives_the_cell(mutex_arc(), MutexArc::get, MutexArc::set));
    witness::model(|| what_a_reader_has_got_outlives_the_cell(rwlock_arc(), RwLockArc::get, RwLockArc::set));
}

// ANCHOR: excluded
#[test]
fn a_rebuild_under_the_write_lock_excludes_every_reader() {
    let witness = witness::expect_bug(Bug::Deadlock, || no_reader_is_excluded_while_the_table_is_rebuilt(in_place()));
    recording::counterexample("step0-excluded", &witness);
}
// ANCHOR_END: excluded

#[test]
fn a_reader_that_writes_in_place_waits_for_itself() {
    let witness = witness::expect_bug(Bug::Deadlock, || a_reader_that_writes_while_it_looks(in_place()));
    recording::counterexample("step0-waits-for-itself", &witness);
}

// ANCHOR: replace
/// A writer that rebuilds beside the table, and holds the lock for the exchange only.
fn rebuild_and_replace(table: &InPlace<Table>, rebuild: impl FnOnce(&Table) -> Table) {
    let new = rebuild(&table.read());
    drop(table.replace(new));
}
// ANCHOR_END: replace

#[test]
fn the_same_lock_excludes_nobody_if_the_table_is_rebuilt_before_it_is_taken() {
    witness::model(|| {
        let shared = in_place();
        rebuild_and_replace(&shared, |old| {
            scope(|scope| {
                scope.spawn(|| assert_eq!(shared.look(number), 1));
            });
            next(old)
        });
        assert_eq!(shared.look(number), 2);
    });
}

#[test]
fn two_looks_may_see_two_tables() {
    let witness = witness::expect_bug(Bug::Panic, || {
        let shared = rwlock_arc();
        scope(|scope| {
            scope.spawn(|| {
                name_current("writer");
                shared.update(next);
            });
            name_current("reader");
            let (first, second) = broken::two_looks::both(&shared, |(first, _)| **first, |(_, second)| **second);
            assert_eq!(first, second, "a mix of two tables");
        });
    });
    recording::counterexample("step0-two-looks", &witness);
}

#[test]
fn an_update_that_does_not_look_again_loses_another_one() {
    let witness = witness::expect_bug(Bug::Panic, || {
        let cell = mutex_arc();
        scope(|scope| {
            scope.spawn(|| {
                name_current("writer");
                broken::read_then_set::update(&cell, next);
            });
            name_current("other writer");
            broken::read_then_set::update(&cell, next);
        });
        assert_eq!(cell.look(number), 3, "an update is lost");
    });
    recording::counterexample("step0-lost-update", &witness);
}

/// A value that looks at the table when it is dropped, as a cache that logs its end might.
struct Curious(std::sync::Weak<InPlace<Curious>>);

impl Drop for Curious {
    fn drop(&mut self) {
        if let Some(table) = self.0.upgrade() {
            drop(table.read());
        }
    }
}

type Rebuild = fn(&Curious) -> Curious;

/// One update of a table whose old value looks at it when it is dropped.
fn an_update_of_a_curious_value(update: fn(&InPlace<Curious>, Rebuild)) {
    let table = std::sync::Arc::new_cyclic(|table| InPlace::new(Curious(table.clone())));
    update(&table, |old| Curious(old.0.clone()));
}

#[test]
fn the_old_value_is_dropped_without_the_lock() {
    witness::model(|| an_update_of_a_curious_value(|table, rebuild| table.update(rebuild)));
    let witness = witness::expect_bug(Bug::Deadlock, || {
        an_update_of_a_curious_value(|table, rebuild| broken::drop_under_the_lock::update(table, rebuild))
    });
    recording::counterexample("step0-drop-under-the-lock", &witness);
}

#[test]
fn the_cost_of_a_read_and_of_a_write() {
    let ledgers = [
        Ledger::new("step0 RwLock<T>")
            .operation("read", in_place, |shared| assert!(shared.look(number) > 0))
            .operation("update", in_place, |shared| shared.update(next)),
        Ledger::new("step0 Mutex<Arc<T>>")
            .operation("get", mutex_arc, |shared| assert!(shared.look(number) > 0))
            .operation("update", mutex_arc, |shared| shared.update(next)),
        Ledger::new("step0 RwLock<Arc<T>>")
            .operation("get", rwlock_arc, |shared| assert!(shared.look(number) > 0))
            .operation("update", rwlock_arc, |shared| shared.update(next)),
    ];
    recording::ledger("step0-ledger", &ledgers);
}
