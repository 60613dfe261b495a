//! The models: the step's own source, on the checker's types.

use witness::{Audit, Bug, Builder, Ledger, Probe, Survivor};

mod sync {
    pub use witness::boxed::Box;
    pub use witness::sync::{Arc, atomic};
}

/// In a model the readers fence for themselves: no checker knows `membarrier(2)`.
#[allow(dead_code, reason = "stands for the library's crate of that name")]
mod barrier {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Barrier {
        Fence,
        Membarrier,
    }

    pub fn compiler_fence() {
        unreachable!("the nodes of a model are fenced")
    }

    pub fn membarrier() {
        unreachable!("the registry of a model is fenced")
    }
}

/// One guard of each thread may be a debt.
const GUARD_SLOTS: usize = 1;

#[path = "../src/arc_swap.rs"]
#[allow(dead_code, reason = "twin")]
mod arc_swap;
#[path = "../src/registry.rs"]
#[allow(dead_code, reason = "twin")]
mod registry;

mod broken {
    pub mod no_creditor;
    pub mod no_fence;
    pub mod no_recheck;
    pub mod paid_before_counted;
    pub mod paid_twice;
    pub mod relaxed_end;
}

/// Which node is the calling thread's, and a registry for each model: the checker's atomics cannot be static.
mod local {
    use std::cell::Cell;

    use crate::barrier::Barrier;
    use crate::registry::{Node, Registry};

    std::thread_local! {
        /// All of a model's threads run on one OS thread.
        static REGISTRY: Cell<Option<&'static Registry>> = const { Cell::new(None) };
        /// Whether nodes are kept by threads that have ended.
        static KEEP: Cell<bool> = const { Cell::new(false) };
    }

    witness::thread_local! {
        static NODE: Cell<Option<&'static Node>> = Cell::new(None);
    }

    /// Owns the registry of one execution.
    pub struct Owner(*mut Registry);

    // SAFETY: a registry is made of atomics, and is freed by whoever drops the owner, when no thread uses it any more.
    unsafe impl Send for Owner {}
    // SAFETY: as above.
    unsafe impl Sync for Owner {}

    /// Begins an execution, which ends when the owner is dropped: after every cell and every guard.
    pub fn begin() -> Owner {
        let registry = Box::into_raw(Box::new(Registry::new(Barrier::Fence)));
        // SAFETY: freed by the owner, which a model drops last.
        REGISTRY.set(Some(unsafe { &*registry }));
        Owner(registry)
    }

    impl Owner {
        /// Threads that have ended keep their nodes, as if they went on.
        pub fn keep_nodes(self) -> Owner {
            KEEP.set(true);
            self
        }
    }

    impl Drop for Owner {
        fn drop(&mut self) {
            REGISTRY.set(None);
            KEEP.set(false);
            // SAFETY: it came from `Box::into_raw`, and no thread has a node any more.
            drop(unsafe { Box::from_raw(self.0) });
        }
    }

    pub fn registry() -> &'static Registry {
        REGISTRY.get().expect("a model begins with `begin`")
    }

    pub fn with_node<R>(f: impl FnOnce(&'static Node) -> R) -> R {
        let node = NODE.with(|node| {
            node.get().unwrap_or_else(|| {
                let claimed = registry().claim();
                node.set(Some(claimed));
                claimed
            })
        });
        f(node)
    }

    /// What the library does when a thread ends.
    pub fn end_thread() {
        NODE.with(|node| {
            if let Some(node) = node.take()
                && !KEEP.get()
            {
                node.release();
            }
        });
    }
}

use arc_swap::{ArcSwap, Guard};
use local::{begin, end_thread};
use sync::Arc;
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
        let mut old = cell.swap(value(2));
        if let Some(old) = Arc::get_mut(&mut old) {
            **old = 0;
        }
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
        let writer = spawn(scope, "writer", || cell.store(value(2)));
        let first = spawn(scope, "reader 1", || assert!(read(&cell.load()) < 3));
        first.join().expect("a panic has failed the model");
        spawn(scope, "reader 2", || assert_eq!(read(&other.load()), 4));
        writer.join().expect("a panic has failed the model");
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
        spawn(scope, "writer", || cell.store(value(2)));
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
        spawn(scope, "writer", || cell.store(value(2)));
        name_current("reader");
        assert!(read(&cell.load()) < 3);
        assert_eq!(read(&other.load()), 4);
    });
}

/// A slot in which a debt has been paid is free again, and the one before that has ended, too.
fn a_paid_slot_passes_on_what_was_read_before() {
    let _registry = begin();
    let cell = cell(1);
    let other = self::cell(4);
    scope(|scope| {
        spawn(scope, "writer", || cell.store(value(2)));
        spawn(scope, "other writer", || other.store(value(5)));
        name_current("reader");
        assert!(read(&cell.load()) < 3);
        assert!(read(&other.load()) > 3);
    });
}

/// The same `Arc` is stored again: two writers take it out, and both see a debt on it.
fn the_same_arc_is_stored_again() {
    let _registry = begin();
    let first = value(1);
    let cell = ArcSwap::new(first.clone());
    scope(|scope| {
        let guard = cell.load();
        spawn(scope, "writer", || cell.store(first.clone()));
        spawn(scope, "other writer", || cell.store(first.clone()));
        assert_eq!(read(&guard), 1);
    });
    assert_eq!(Arc::strong_count(&first), 2);
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
fn a_value_moves_on_to_another_cell_with(swap: fn(&Cell, Arc<Probe<u32>>) -> Arc<Probe<u32>>) {
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

/// As above, there and back again, and the reader goes on to the other cell: it may still read there what is the first
/// cell's by now, and write that down in the slot in which a writer of the first cell has seen the same address.
fn a_value_moves_to_another_cell_and_back() {
    let _registry = begin();
    let cell = cell(1);
    let other = self::cell(4);
    scope(|scope| {
        spawn(scope, "writer", || {
            let recycle = |mut arc: Arc<Probe<u32>>, number| {
                if let Some(value) = Arc::get_mut(&mut arc) {
                    **value = number;
                }
                arc
            };
            let recycled = recycle(cell.swap(value(2)), 5);
            let recycled = other.swap(recycled);
            drop(recycled);
        });
        name_current("reader");
        let got = read(&cell.load());
        assert!(got < 4);
        let got = read(&other.load());
        assert!(got > 3);
    });
}

/// Every model, the smallest first, with the bound on its preemptions.
const MODELS: &[Model] = &[
    ("load beside store", None, load_beside_store),
    ("load beside swap", None, load_beside_swap),
    ("a guard held across two stores", None, a_guard_held_across_two_stores),
    ("load_full beside store", None, load_full_beside_store),
    ("a guard outlives the cell", None, a_guard_outlives_the_cell),
    ("the last owner drops the cell", None, the_last_owner_drops_the_cell),
    ("more guards than slots beside store", Some(2), more_guards_than_slots_beside_store),
    ("a reader goes on to another cell", Some(2), a_reader_goes_on_to_another_cell),
    ("a b a", Some(2), a_b_a),
    ("two cells share an Arc", Some(2), two_cells_share_an_arc),
    ("a value moves on to another cell", Some(2), a_value_moves_on_to_another_cell),
    ("compare_and_swap beside compare_and_swap", Some(2), compare_and_swap_beside_compare_and_swap),
    ("rcu beside rcu", Some(2), rcu_beside_rcu),
    ("load beside load beside store", Some(2), load_beside_load_beside_store),
    ("the same Arc is stored again", Some(2), the_same_arc_is_stored_again),
    ("a guard ends in another thread", Some(2), a_guard_ends_in_another_thread),
    ("a paid slot passes on what was read before", Some(2), a_paid_slot_passes_on_what_was_read_before),
    ("a node passes from thread to thread", Some(2), a_node_passes_from_thread_to_thread),
    ("two threads claim a node", Some(2), two_threads_claim_a_node),
];
type Model = (&'static str, Option<usize>, fn());

fn builder(bound: Option<usize>) -> Builder {
    bound.map_or_else(Builder::new, |bound| Builder::new().preemption_bound(bound))
}

#[test]
fn survey() {
    for &(name, bound, model) in MODELS {
        for bound in [Some(1), Some(2), Some(3), None] {
            let start = std::time::Instant::now();
            let report = builder(bound).max_executions(200_000).name(name).check(model);
            println!("{:>7} {:>6} ms {bound:?} {name} {}", report.executions, start.elapsed().as_millis(), report.complete);
            if let Some(witness) = report.witness { println!("{witness}"); break; }
            if start.elapsed().as_millis() > 1000 { break; }
        }
    }
}

#[test]
fn audit_survey() {
    let mut audit = Audit::of("src/arc_swap.rs", include_str!("../src/arc_swap.rs"))
        .and("src/registry.rs", include_str!("../src/registry.rs"));
    for &(name, bound, model) in MODELS {
        let less = bound.map_or(2, |bound| bound);
        audit = audit.model_with(name, builder(Some(less.min(2))), model);
    }
    let start = std::time::Instant::now();
    let audited = audit.run();
    println!("{audited}\n{} ms", start.elapsed().as_millis());
}
