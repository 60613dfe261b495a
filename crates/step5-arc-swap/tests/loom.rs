//! The models: the step's own source, on the checker's types.

use witness::{Audit, Bug, Model, Probe, Survivor, Witness};

use witness::thread_local;

mod sync {
    pub use witness::boxed::Box;
    pub use witness::sync::{Arc, atomic};
}

/// One guard of each thread may be a debt.
const GUARD_SLOTS: usize = 1;

#[path = "../src/arc_swap.rs"]
#[allow(dead_code, reason = "twin")]
mod arc_swap;
#[path = "../src/registry.rs"]
#[allow(dead_code, reason = "twin")]
mod registry;

#[path = "../../barrier/tests/twin/barrier.rs"]
#[allow(dead_code, reason = "shared with other steps")]
mod barrier;
#[path = "twin/local.rs"]
mod local;

mod broken {
    pub mod no_creditor;
    pub mod no_fence;
    pub mod no_recheck;
    pub mod paid_before_counted;
    pub mod paid_twice;
    pub mod relaxed_end;
}

use arc_swap::{ArcSwap, Guard};
use local::{begin, end_thread};
use sync::Arc;
use witness::sync::Mutex;
use witness::thread::{Scope, ScopedJoinHandle, name_current, scope};

type Cell = ArcSwap<Probe<u32>>;

fn value(number: u32) -> Arc<Probe<u32>> {
    Arc::new(Probe::new(number))
}

fn cell(number: u32) -> Cell {
    ArcSwap::new(value(number))
}

/// What the guard guards.
fn read(guard: &Guard<Probe<u32>>) -> u32 {
    ****guard
}

/// Writes to the value if this is its only handle. It is nobody else's business then.
fn overwrite(mut arc: Arc<Probe<u32>>) {
    if let Some(value) = Arc::get_mut(&mut arc) {
        **value = 0;
    }
}

fn spawn<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: &'static str,
    f: impl FnOnce() -> T + Send + 'scope,
) -> ScopedJoinHandle<'scope, T> {
    scope.spawn(move || {
        name_current(name);
        let result = f();
        end_thread();
        result
    })
}

// ANCHOR: models
/// A reader sees what was there before, or what a writer has stored.
fn load_beside_store() {
    let _registry = begin();
    local::register();
    let cell = cell(1);
    scope(|scope| {
        spawn(scope, "writer", || cell.store(value(2)));
        name_current("reader");
        let got = read(&cell.load());
        assert!(got == 1 || got == 2);
    });
}

/// As above, and it is the reader's first load: it links a node while the writer looks through the list.
fn first_load_beside_store() {
    let _registry = begin();
    let cell = cell(1);
    scope(|scope| {
        spawn(scope, "writer", || cell.store(value(2)));
        name_current("reader");
        let got = read(&cell.load());
        assert!(got == 1 || got == 2);
    });
}

/// The writer gets the value back, and can tell whether it has it alone.
fn load_beside_swap() {
    let _registry = begin();
    let cell = cell(1);
    scope(|scope| {
        spawn(scope, "reader", || {
            let got = read(&cell.load());
            assert!(got == 1 || got == 2);
        });
        name_current("writer");
        overwrite(cell.swap(value(2)));
    });
}

fn load_beside_load_beside_store() {
    let _registry = begin();
    let cell = cell(1);
    scope(|scope| {
        let reader = || {
            let got = read(&cell.load());
            assert!(got == 1 || got == 2);
        };
        spawn(scope, "reader", reader);
        spawn(scope, "other reader", reader);
        name_current("writer");
        cell.store(value(2));
    });
}

/// A guard keeps its value, whatever is stored meanwhile.
fn a_guard_held_across_two_stores() {
    let _registry = begin();
    let cell = cell(1);
    scope(|scope| {
        let guard = cell.load();
        spawn(scope, "writer", || {
            cell.store(value(2));
            cell.store(value(3));
        });
        name_current("reader");
        assert_eq!(read(&guard), 1);
    });
    assert_eq!(read(&cell.load()), 3);
}

fn load_full_beside_store() {
    let _registry = begin();
    let cell = cell(1);
    let arc = scope(|scope| {
        spawn(scope, "writer", || cell.store(value(2)));
        name_current("reader");
        cell.load_full()
    });
    assert!(**arc == 1 || **arc == 2);
    assert_eq!(Arc::strong_count(&arc), if **arc == 1 { 1 } else { 2 });
}

/// Exactly one of the two replaces what both want to replace.
fn compare_and_swap_beside_compare_and_swap() {
    let _registry = begin();
    let first = value(1);
    let cell = ArcSwap::new(first.clone());
    let replaced = scope(|scope| {
        let replace = |number| Arc::ptr_eq(&cell.compare_and_swap(&first, value(number)), &first);
        let two = spawn(scope, "writer", move || replace(2));
        let three = replace(3);
        (two.join().expect("a panic has failed the model"), three)
    });
    let last = read(&cell.load());
    assert!(matches!((replaced, last), ((true, false), 2) | ((false, true), 3)));
    assert_eq!(Arc::strong_count(&first), 1);
}

/// Two updates are two: none is lost.
fn rcu_beside_rcu() {
    let _registry = begin();
    let cell = cell(0);
    scope(|scope| {
        let add = || drop(cell.rcu(|old| Probe::new(***old + 1)));
        spawn(scope, "writer", add);
        add();
    });
    assert_eq!(read(&cell.load()), 2);
}

/// The thread's slot for guards is taken: the second guard is counted at once.
fn more_guards_than_slots_beside_store() {
    let _registry = begin();
    let cell = cell(1);
    scope(|scope| {
        let first = cell.load();
        spawn(scope, "writer", || cell.store(value(2)));
        name_current("reader");
        let second = cell.load();
        assert!(first.slot.is_some() && second.slot.is_none());
        drop(first);
        let got = read(&second);
        assert!(got == 1 || got == 2);
    });
}

/// A thread ends, and another one goes on with its node, while a writer looks through the slots.
fn a_node_passes_from_thread_to_thread() {
    let _registry = begin();
    let cell = cell(1);
    let other = self::cell(4);
    scope(|scope| {
        spawn(scope, "writer", || overwrite(cell.swap(value(2))));
        spawn(scope, "reader 1", || assert!(read(&cell.load()) < 3));
        name_current("reader 2");
        assert_eq!(read(&other.load()), 4);
    });
}

/// Two threads, one node that nobody has: one of them gets it, the other makes another one.
fn two_threads_claim_a_node() {
    let _registry = begin();
    let cell = cell(1);
    scope(|scope| {
        let load = || assert_eq!(read(&cell.load()), 1);
        spawn(scope, "reader", load).join().expect("a panic has failed the model");
        spawn(scope, "reader 1", load);
        spawn(scope, "reader 2", load);
    });
}

/// Guards may outlive the cell: its drop pays for them.
fn a_guard_outlives_the_cell() {
    let _registry = begin();
    let cell = cell(1);
    let guard = cell.load();
    scope(|scope| {
        spawn(scope, "dropper", move || drop(cell));
        name_current("reader");
        assert_eq!(read(&guard), 1);
        drop(guard);
    });
}

/// The cell goes with the last of its owners, and that one need not have loaded.
fn the_last_owner_drops_the_cell() {
    let _registry = begin();
    let cell = Arc::new(cell(1));
    scope(|scope| {
        let owner = cell.clone();
        spawn(scope, "dropper", move || drop(owner));
        name_current("reader");
        let guard = cell.load();
        drop(cell);
        assert_eq!(read(&guard), 1);
    });
}

/// The guard is ended by another thread, and its first thread uses the slot again.
fn a_guard_ends_in_another_thread() {
    let _registry = begin();
    let cell = cell(1);
    let other = self::cell(4);
    scope(|scope| {
        let guard = cell.load();
        spawn(scope, "writer", || overwrite(cell.swap(value(2))));
        spawn(scope, "friend", move || assert_eq!(read(&guard), 1));
        name_current("reader");
        assert_eq!(read(&other.load()), 4);
    });
}

/// The slot that the writer looks at is used for another cell by now. (It may see the old debt and the new creditor.)
fn a_reader_goes_on_to_another_cell() {
    let _registry = begin();
    let cell = cell(1);
    let other = self::cell(4);
    scope(|scope| {
        spawn(scope, "writer", || overwrite(cell.swap(value(2))));
        name_current("reader");
        assert!(read(&cell.load()) < 3);
        assert_eq!(read(&other.load()), 4);
    });
}

/// A slot in which a debt has been paid is free again, and the debt before that has ended, too.
fn a_paid_slot_passes_on_what_was_read_before() {
    let _registry = begin();
    let cell = cell(1);
    let other = self::cell(4);
    scope(|scope| {
        spawn(scope, "writer", || overwrite(cell.swap(value(2))));
        name_current("reader");
        assert!(read(&cell.load()) < 3);
        let guard = other.load();
        other.store(value(5));
        assert_eq!(read(&guard), 4);
    });
}

/// A value is taken out, changed, and stored again: the reader may have the same pointer, and not the same value.
fn a_value_comes_back_changed() {
    comes_back_changed(|_cell| {});
}

/// And then it is replaced.
fn a_value_comes_back_changed_and_goes() {
    comes_back_changed(|cell| cell.store(value(4)));
}

fn comes_back_changed(then: fn(&ArcSwap<Probe<u32>>)) {
    let _registry = begin();
    let cell = cell(1);
    scope(|scope| {
        spawn(scope, "writer", || {
            let mut recycled = cell.swap(value(2));
            if let Some(value) = Arc::get_mut(&mut recycled) {
                **value = 3;
                cell.store(recycled);
                then(&cell);
            }
        });
        name_current("reader");
        let got = read(&cell.load());
        assert!((1..5).contains(&got));
    });
}

/// The same `Arc` is stored again: two writers take it out, and both see a debt on it.
fn the_same_arc_is_stored_again_with(swap: Swap) {
    let _registry = begin();
    let arc = value(1);
    let cell = ArcSwap::new(arc.clone());
    let guard = cell.load();
    scope(|scope| {
        spawn(scope, "writer", || drop(swap(&cell, arc.clone())));
        name_current("other writer");
        drop(swap(&cell, arc.clone()));
    });
    assert_eq!(read(&guard), 1);
}

fn the_same_arc_is_stored_again() {
    the_same_arc_is_stored_again_with(ArcSwap::swap);
}

/// A, B, and A again, while a reader loads.
fn a_b_a() {
    let _registry = begin();
    let a = value(1);
    let cell = ArcSwap::new(a.clone());
    scope(|scope| {
        spawn(scope, "writer", || {
            cell.store(value(2));
            cell.store(a.clone());
        });
        name_current("reader");
        let got = read(&cell.load());
        assert!(got == 1 || got == 2);
    });
    drop(cell);
    assert_eq!(Arc::strong_count(&a), 1);
}

/// Two cells hold the same `Arc`. A debt to the one is none to the other.
fn two_cells_share_an_arc() {
    let _registry = begin();
    let cell = cell(1);
    let other = ArcSwap::new(cell.load_full());
    scope(|scope| {
        spawn(scope, "writer", || {
            other.store(value(3));
            cell.store(value(2));
        });
        name_current("reader");
        assert!(read(&cell.load()) < 3);
    });
}
// ANCHOR_END: models

// ANCHOR: recycled
/// The same block holds one cell's value first and another cell's then, as when an allocator hands out an address again:
/// a reader of the first cell must not be paid for the second one's.
fn a_value_moves_on_to_another_cell_with(swap: Swap) {
    let _registry = begin();
    let cell = cell(1);
    let other = self::cell(4);
    scope(|scope| {
        spawn(scope, "writer", || {
            let mut recycled = swap(&cell, value(2));
            if let Some(value) = Arc::get_mut(&mut recycled) {
                **value = 5;
                swap(&other, recycled);
                swap(&other, self::value(6));
            }
        });
        name_current("reader");
        let got = read(&cell.load());
        assert!(got == 1 || got == 2, "{got} was never in this cell");
    });
}

fn a_value_moves_on_to_another_cell() {
    a_value_moves_on_to_another_cell_with(ArcSwap::swap);
}
// ANCHOR_END: recycled

/// As above, and back again. This one begins in the middle: the reader has written down the address of a value that has
/// left its cell, and goes on to the cell where it is now. It may read there that the value is there still, when it is in
/// the first cell once more, and a writer that takes it out has just seen the old debt in the slot.
fn a_value_comes_back_from_another_cell() {
    let _registry = begin();
    let cell = cell(1);
    let other = self::cell(5);
    let pointer = Arc::as_ptr(&other.load()).cast_mut();
    scope(|scope| {
        spawn(scope, "writer", || {
            let mut back = other.swap(value(6));
            if let Some(value) = Arc::get_mut(&mut back) {
                **value = 3;
                cell.store(back);
                cell.store(self::value(2));
            }
        });
        name_current("reader");
        local::with_node(|node| {
            let slot = node.guard_slot().expect("it is free");
            slot.owe(cell.number, pointer.cast());
            node.debt_before_load();
            match cell.withdraw(pointer, slot) {
                Some(paid) => assert_eq!(read(&paid), 3),
                None => {
                    let got = read(&other.load());
                    assert!(got == 5 || got == 6, "{got} was never in this cell");
                }
            }
        });
    });
}

/// Whoever gets a reference that a writer has paid can tell that it is not the only one.
fn what_has_been_paid_has_been_counted() {
    let _registry = begin();
    let cell = cell(1);
    scope(|scope| {
        spawn(scope, "reader", || overwrite(cell.load_full()));
        name_current("writer");
        let old = cell.swap(value(2));
        assert!(**old < 2);
    });
}

/// As `a_node_passes_from_thread_to_thread`, with the slot in which nobody looks whether it is free. The other slot is
/// freed by the thread that gets the node next, and so tells it nothing of what the first thread did after that.
fn a_transit_slot_passes_from_thread_to_thread() {
    let _registry = begin();
    let cell = cell(1);
    let other = self::cell(4);
    let handed_over = Mutex::new(None);
    let got = scope(|scope| {
        let reader = spawn(scope, "reader 1", || {
            *handed_over.lock().expect("a panic has failed the model") = Some(other.load());
            cell.load_full()
        });
        spawn(scope, "writer", || overwrite(cell.swap(value(2))));
        name_current("reader 2");
        drop(handed_over.lock().expect("a panic has failed the model").take());
        let _takes_the_slot = other.load();
        drop(other.load_full());
        reader.join().expect("a panic has failed the model")
    });
    drop(handed_over);
    assert!(**got == 1 || **got == 2);
}

/// Every model; the audit asks them in this order, so those that are small and reject many weakenings come first. The tests
/// go less far in some: the audit explores them once for each weakening, and models with hundreds of executions more at the
/// last preemption have a `check_bound`. `cargo workshop audit step5` goes up to every model's own bound. What is recorded
/// says how far it went.
const MODELS: &[Model] = &[
    Model::new("load beside store", load_beside_store).check_bound(3).audit_bound(2),
    Model::new("a value comes back from another cell", a_value_comes_back_from_another_cell)
        .bound(3)
        .check_bound(2)
        .audit_bound(1),
    Model::new("a reader goes on to another cell", a_reader_goes_on_to_another_cell).bound(2).audit_bound(1),
    Model::new("load beside swap", load_beside_swap).bound(3).audit_bound(2),
    Model::new("what has been paid has been counted", what_has_been_paid_has_been_counted).bound(3).audit_bound(2),
    Model::new("first load beside store", first_load_beside_store).bound(3).audit_bound(2),
    Model::new("load beside load beside store", load_beside_load_beside_store).bound(2).check_bound(1).audit_bound(0),
    Model::new("load_full beside store", load_full_beside_store).bound(3).audit_bound(1),
    Model::new("compare_and_swap beside compare_and_swap", compare_and_swap_beside_compare_and_swap).audit_bound(1),
    Model::new("rcu beside rcu", rcu_beside_rcu).bound(2).check_bound(1).audit_bound(1),
    Model::new("a guard held across two stores", a_guard_held_across_two_stores).audit_bound(2),
    Model::new("a guard outlives the cell", a_guard_outlives_the_cell).audit_bound(2),
    Model::new("the last owner drops the cell", the_last_owner_drops_the_cell).audit_bound(2),
    Model::new("more guards than slots beside store", more_guards_than_slots_beside_store)
        .bound(3)
        .check_bound(2)
        .audit_bound(1),
    Model::new("a paid slot passes on what was read before", a_paid_slot_passes_on_what_was_read_before)
        .bound(2)
        .audit_bound(1),
    Model::new("the same Arc is stored again", the_same_arc_is_stored_again).bound(3).audit_bound(1),
    Model::new("a b a", a_b_a).bound(2).audit_bound(1),
    Model::new("two cells share an Arc", two_cells_share_an_arc).bound(2).audit_bound(1),
    Model::new("a value moves on to another cell", a_value_moves_on_to_another_cell).bound(2).audit_bound(1),
    Model::new("two threads claim a node", two_threads_claim_a_node).bound(3).audit_bound(1),
    Model::new("a node passes from thread to thread", a_node_passes_from_thread_to_thread).bound(1).audit_bound(0),
    Model::new("a value comes back changed, and goes", a_value_comes_back_changed_and_goes)
        .bound(2)
        .check_bound(1)
        .audit_bound(1),
    Model::new("a value comes back changed", a_value_comes_back_changed).bound(2).check_bound(1).audit_bound(2),
    Model::new("a transit slot passes from thread to thread", a_transit_slot_passes_from_thread_to_thread).bound(1),
    Model::new("a guard ends in another thread", a_guard_ends_in_another_thread).bound(2).check_bound(1),
];

#[test]
fn every_model_holds() {
    recording::models("step5-models.txt", MODELS);
}

/// What no model can tell from something weaker, and why it stays. In each the fence of the models does the work, which is
/// not there in the other form: a reader that has not got a fence of its own, and a writer that calls `membarrier(2)`.
const SURVIVORS: &[Survivor] = &[
    Survivor {
        code: "self.pointer.swap(into_pointer(arc), AcqRel)",
        weakened: "Release",
        because: "the fence in `swap_before_slots` comes after the swap, and acquires what the swap read",
    },
    Survivor {
        code: "self.pointer.compare_exchange(current, new, AcqRel, Relaxed)",
        weakened: "Release",
        because: "the fence in `swap_before_slots` comes after the exchange, too; and whoever has `current` has acquired it",
    },
    Survivor {
        code: "self.debt.store(null_mut(), Release)",
        weakened: "Relaxed",
        because: "the fence in `debt_before_load` comes between what was read under earlier debts in this slot and this \
                  store, and releases it",
    },
];

#[test]
fn every_ordering_is_needed_but_for_a_list() {
    let audit = Audit::of("src/arc_swap.rs", include_str!("../src/arc_swap.rs"))
        .and("src/registry.rs", include_str!("../src/registry.rs"))
        .models(MODELS);
    recording::audit("step5-audit", audit, SURVIVORS);
}

type Swap = fn(&Cell, Arc<Probe<u32>>) -> Arc<Probe<u32>>;

/// The reader loads, and takes its time: it reads when the writer is done.
fn a_slow_reader_beside_a_writer(load: fn(&Cell) -> Guard<Probe<u32>>, swap: Swap) {
    let _registry = begin();
    local::register();
    let cell = cell(1);
    scope(|scope| {
        let writer = spawn(scope, "writer", || drop(swap(&cell, value(2))));
        name_current("reader");
        let guard = load(&cell);
        writer.join().expect("a panic has failed the model");
        let got = read(&guard);
        assert!(got == 1 || got == 2);
    });
}

/// Asserts the verdict, and the file in which it goes wrong.
fn expect(bug: Bug, file: &str, model: impl Fn() + Send + Sync + 'static) -> Witness {
    let witness = witness::expect_bug(bug, model);
    let source = witness.source().unwrap_or_else(|| panic!("no source line\n{witness}"));
    assert!(source.file.ends_with(file), "{witness}");
    witness
}

#[test]
fn what_is_left_out_below_is_all_that_is_wrong() {
    witness::model(|| a_slow_reader_beside_a_writer(ArcSwap::load, ArcSwap::swap));
}

// ANCHOR: broken
#[test]
fn a_reader_that_does_not_look_again_uses_a_freed_value() {
    let witness = expect(Bug::UseAfterFree, "arc_swap.rs", || {
        a_slow_reader_beside_a_writer(broken::no_recheck::load, ArcSwap::swap);
    });
    recording::counterexample("step5-no-recheck", &witness);
}

#[test]
fn without_a_fence_the_reader_looks_again_too_early() {
    let witness = expect(Bug::UseAfterFree, "loom.rs", || {
        a_slow_reader_beside_a_writer(broken::no_fence::load, ArcSwap::swap);
    });
    recording::counterexample("step5-no-fence", &witness);
}

#[test]
fn what_is_paid_before_it_is_counted_is_freed_in_between() {
    let witness = expect(Bug::UseAfterFree, "paid_before_counted.rs", || {
        let _registry = begin();
        let cell = cell(1);
        scope(|scope| {
            spawn(scope, "writer", || drop(broken::paid_before_counted::swap(&cell, value(2))));
            name_current("reader");
            drop(cell.load());
        });
    });
    recording::counterexample("step5-paid-before-counted", &witness);
}

#[test]
fn a_debt_that_is_paid_twice_is_a_leak() {
    let witness = witness::expect_bug(Bug::Leak, || the_same_arc_is_stored_again_with(broken::paid_twice::swap));
    assert!(witness.to_string().matches("paid_twice.rs").count() >= 4, "both writers have paid\n{witness}");
    recording::counterexample("step5-paid-twice", &witness);
}

#[test]
fn a_relaxed_end_lets_the_writer_drop_what_is_being_read() {
    let witness = expect(Bug::DataRace, "arc_swap.rs", || {
        let _registry = begin();
        let cell = cell(1);
        scope(|scope| {
            spawn(scope, "writer", || cell.store(value(2)));
            name_current("reader");
            let guard = cell.load();
            let got = read(&guard);
            assert!(got == 1 || got == 2);
            broken::relaxed_end::end(guard);
        });
    });
    recording::counterexample("step5-relaxed-end", &witness);
}

#[test]
fn a_debt_without_a_creditor_is_paid_by_the_wrong_cell() {
    let witness = expect(Bug::Panic, "loom.rs", || {
        a_value_moves_on_to_another_cell_with(broken::no_creditor::swap);
    });
    recording::counterexample("step5-no-creditor", &witness);
}
// ANCHOR_END: broken
