//! What real threads show, through the public interface. `tests/fence.rs` runs the same with the other barrier.

use std::array;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier as Meeting, Weak};
use std::thread;

use step5::{AlreadyFixed, ArcSwap, Barrier, Guard, set_default_barrier};

/// How many guards of a thread are debts.
const SLOTS: usize = 6;

/// Fixes the barrier of the process, which each test begins with.
fn begin() {
    let barrier = if module_path!().starts_with("fence") { Barrier::Fence } else { Barrier::best() };
    assert_eq!(set_default_barrier(barrier), Ok(()));
}

/// Two halves that agree until it is dropped.
struct Canary {
    left: usize,
    right: AtomicUsize,
    drops: Arc<AtomicUsize>,
}

impl Canary {
    fn new(value: usize, drops: &Arc<AtomicUsize>) -> Arc<Canary> {
        Arc::new(Canary { left: value, right: AtomicUsize::new(value), drops: drops.clone() })
    }

    fn check(&self) -> usize {
        assert_eq!(self.left, self.right.load(Relaxed), "it has been dropped");
        self.left
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        self.right.store(usize::MAX, Relaxed);
        self.drops.fetch_add(1, Relaxed);
    }
}

#[test]
fn readers_see_whole_values_in_order_and_each_is_dropped_once() {
    begin();
    let drops = Arc::new(AtomicUsize::new(0));
    let cell = ArcSwap::new(Canary::new(0, &drops));
    let last = 5_000;
    thread::scope(|scope| {
        for full in [false, true, false] {
            let cell = &cell;
            scope.spawn(move || {
                let mut seen = 0;
                while seen < last {
                    let now = if full { cell.load_full().check() } else { cell.load().check() };
                    assert!(now >= seen, "{now} after {seen}");
                    seen = now;
                }
            });
        }
        for value in 1..=last {
            assert_eq!(cell.swap(Canary::new(value, &drops)).check(), value - 1);
        }
    });
    assert_eq!(drops.load(Relaxed), last);
    assert_eq!(Arc::strong_count(&cell.load_full()), 2, "the cell's and this thread's");
    drop(cell);
    assert_eq!(drops.load(Relaxed), last + 1);
}

#[test]
fn a_guard_keeps_its_value_and_counts_nothing_until_it_is_replaced() {
    begin();
    let first = Arc::new(1);
    let cell = ArcSwap::new(first.clone());
    let guard = cell.load();
    assert_eq!(Arc::strong_count(&first), 2, "this one and the cell's");
    cell.store(Arc::new(2));
    assert_eq!((**guard, Arc::strong_count(&first)), (1, 2), "this one and the guard's, which `store` has paid for");
    drop(guard);
    assert_eq!(Arc::strong_count(&first), 1);
    let guard = cell.load();
    let kept = Arc::from(guard);
    assert_eq!((*kept, Arc::strong_count(&kept)), (2, 2));
}

#[test]
fn more_guards_than_slots_are_counted() {
    begin();
    let first = Arc::new(1);
    let cell = ArcSwap::new(first.clone());
    let mut guards: Vec<Guard<i32>> = (0..3 * SLOTS).map(|_| cell.load()).collect();
    assert_eq!(Arc::strong_count(&first), 2 + 2 * SLOTS, "those for which there is no slot");
    // In whatever order they end, their slots are free then.
    drop((guards.remove(4), guards.remove(0)));
    let again: Vec<_> = (0..3).map(|_| cell.load()).collect();
    assert_eq!(Arc::strong_count(&first), 2 + 2 * SLOTS + 1, "two slots were free");
    cell.store(Arc::new(2));
    assert!(guards.iter().chain(&again).all(|guard| ***guard == 1));
    assert_eq!(Arc::strong_count(&first), 1 + guards.len() + again.len());
    drop((guards, again));
    assert_eq!(Arc::strong_count(&first), 1);
}

#[test]
fn a_guard_may_outlive_its_cell_its_thread_and_a_move() {
    begin();
    let drops = Arc::new(AtomicUsize::new(0));
    let cell = ArcSwap::new(Canary::new(1, &drops));
    let moved = thread::spawn(move || (cell.load(), cell)).join().unwrap();
    let (guard, cell) = moved;
    let second = cell.load();
    let boxed = Box::new(cell);
    boxed.store(Canary::new(2, &drops));
    assert_eq!(guard.check(), 1);
    drop(guard);
    assert_eq!((second.check(), drops.load(Relaxed)), (1, 0));
    drop(second);
    assert_eq!(drops.load(Relaxed), 1);
    let guard = boxed.load();
    drop(boxed);
    assert_eq!((guard.check(), drops.load(Relaxed)), (2, 1));
    thread::spawn(move || drop(guard)).join().unwrap();
    assert_eq!(drops.load(Relaxed), 2);
}

#[test]
fn a_forgotten_guard_keeps_one_value_and_no_other() {
    begin();
    let drops = Arc::new(AtomicUsize::new(0));
    let cell = Arc::new(ArcSwap::new(Canary::new(0, &drops)));
    for round in 0..20 {
        let reader = cell.clone();
        thread::spawn(move || std::mem::forget(reader.load())).join().unwrap();
        // Other threads have all their slots, whoever was here before them.
        let reader = cell.clone();
        let counts = thread::spawn(move || {
            let guards: [_; SLOTS] = array::from_fn(|_| reader.load());
            assert!(guards.iter().all(|guard| guard.check() == 2 * round));
            Arc::strong_count(&guards[0])
        });
        assert_eq!(counts.join().unwrap(), 1, "the cell's");
        cell.store(Canary::new(2 * round + 1, &drops));
        cell.store(Canary::new(2 * round + 2, &drops));
        assert_eq!(drops.load(Relaxed), round + 1, "every second value: the others are kept by forgotten guards");
    }
    drop(cell);
    assert_eq!(drops.load(Relaxed), 21);
}

#[test]
fn threads_come_and_go_by_the_thousand() {
    begin();
    let drops = Arc::new(AtomicUsize::new(0));
    let cell = ArcSwap::new(Canary::new(0, &drops));
    for value in 1..=250 {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let held = cell.load();
                    assert!(cell.load_full().check() >= held.check());
                });
            }
            cell.store(Canary::new(value, &drops));
        });
        assert_eq!(drops.load(Relaxed), value);
    }
}

#[test]
fn a_thread_local_destructor_may_load() {
    begin();
    struct LoadsWhenDropped(&'static ArcSwap<usize>, &'static AtomicUsize);
    impl Drop for LoadsWhenDropped {
        fn drop(&mut self) {
            let nested = self.0.load();
            self.1.fetch_add(**self.0.load(), Relaxed);
            drop(nested);
        }
    }
    thread_local! {
        static BEFORE: RefCell<Option<LoadsWhenDropped>> = const { RefCell::new(None) };
        static AFTER: RefCell<Option<LoadsWhenDropped>> = const { RefCell::new(None) };
        static KEPT: RefCell<Option<Guard<usize>>> = const { RefCell::new(None) };
    }
    let one = Arc::new(1);
    let cell: &'static ArcSwap<usize> = Box::leak(Box::new(ArcSwap::new(one.clone())));
    let sum: &'static AtomicUsize = Box::leak(Box::new(AtomicUsize::new(0)));
    for round in 1..=10 {
        thread::spawn(move || {
            // Thread-locals are destroyed in an order of their own: try both.
            BEFORE.set(Some(LoadsWhenDropped(cell, sum)));
            KEPT.set(Some(cell.load()));
            AFTER.set(Some(LoadsWhenDropped(cell, sum)));
        })
        .join()
        .unwrap();
        assert_eq!(sum.load(Relaxed), 2 * round);
    }
    cell.store(Arc::new(2));
    assert_eq!(Arc::strong_count(&one), 1, "no guard is left");
}

#[test]
fn no_update_of_four_threads_is_lost() {
    begin();
    let cell = ArcSwap::from_pointee(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..2_000).for_each(|_| drop(cell.rcu(|old| **old + 1))));
        }
    });
    assert_eq!(**cell.load(), 8_000);
}

#[test]
fn an_update_that_panics_leaves_the_cell_whole() {
    begin();
    let first = Arc::new(1);
    let cell = ArcSwap::new(first.clone());
    let panicked = catch_unwind(AssertUnwindSafe(|| cell.rcu(|_| -> Arc<i32> { panic!("no") })));
    assert!(panicked.is_err());
    assert_eq!(**cell.load(), 1);
    assert_eq!(Arc::strong_count(&first), 2, "the guard of `rcu` is gone");
    assert_eq!(*cell.rcu(|old| **old + 1), 1);
    assert_eq!((**cell.load(), Arc::strong_count(&first)), (2, 1));
}

#[test]
fn compare_and_swap_goes_by_identity() {
    begin();
    let cell = ArcSwap::from_pointee(1);
    let equal = Arc::new(1);
    let found = cell.compare_and_swap(&equal, Arc::new(2));
    assert!(!Arc::ptr_eq(&found, &equal), "an equal value is another one");
    assert_eq!((**found, **cell.load()), (1, 1));
    drop(found);

    let current = cell.load();
    let new = Arc::new(3);
    let found = cell.compare_and_swap(&current, new.clone());
    assert!(Arc::ptr_eq(&found, &current));
    assert_eq!(Arc::strong_count(&current), 2, "what the cell had is in `found`; `current` has been paid for");
    assert_eq!((**found, **cell.load(), Arc::strong_count(&new)), (1, 3, 2));

    let refused = Arc::new(4);
    assert!(Arc::ptr_eq(&cell.compare_and_swap(&current, refused.clone()), &new));
    assert_eq!(Arc::strong_count(&refused), 1, "what is not put in the cell is dropped");
}

#[test]
fn into_inner_is_what_was_in_the_cell_and_pays_for_its_guards() {
    begin();
    let cell = ArcSwap::from_pointee(1);
    let guard = cell.load();
    let inner = cell.into_inner();
    assert_eq!((*inner, Arc::strong_count(&inner)), (1, 2));
    drop(guard);
    assert_eq!(Arc::strong_count(&inner), 1);
}

/// The same few `Arc`s go in and out of three cells, while guards on them are held, moved and dropped. In the end each is
/// counted as often as it is there.
#[test]
fn the_counts_are_exact_at_quiescence() {
    begin();
    let pool: Vec<Arc<usize>> = (0..4).map(Arc::new).collect();
    let cells: Vec<ArcSwap<usize>> = (0..3).map(|index| ArcSwap::new(pool[index].clone())).collect();
    thread::scope(|scope| {
        for seed in 1..=4_u32 {
            let (pool, cells) = (&pool, &cells);
            scope.spawn(move || {
                let mut state = seed.wrapping_mul(0x9e37_79b9);
                let mut random = |below: usize| {
                    // xorshift32
                    state ^= state << 13;
                    state ^= state >> 17;
                    state ^= state << 5;
                    state as usize % below
                };
                let mut guards = Vec::new();
                for _ in 0..5_000 {
                    let (cell, arc) = (&cells[random(3)], &pool[random(4)]);
                    match random(8) {
                        0 => cell.store(arc.clone()),
                        1 => assert!(*cell.swap(arc.clone()) < 4),
                        2 => drop(cell.compare_and_swap(&cell.load(), arc.clone())),
                        3 => assert!(*cell.rcu(|_| arc.clone()) < 4),
                        4 => assert!(*cell.load_full() < 4),
                        5 if !guards.is_empty() => drop(guards.swap_remove(random(guards.len()))),
                        _ if guards.len() < 2 * SLOTS => guards.push(cell.load()),
                        _ => guards.clear(),
                    }
                    assert!(guards.iter().all(|guard: &Guard<usize>| ***guard < 4));
                }
                // The last guards end in another thread.
                scope.spawn(move || drop(guards));
            });
        }
    });
    let counted: usize = pool.iter().map(|arc| Arc::strong_count(arc) - 1).sum();
    assert_eq!(counted, cells.len());
    drop(cells);
    assert!(pool.iter().all(|arc| Arc::strong_count(arc) == 1));
}

#[test]
fn writers_get_on_while_a_reader_stands_still_with_a_guard() {
    begin();
    let drops = Arc::new(AtomicUsize::new(0));
    let cell = ArcSwap::new(Canary::new(0, &drops));
    let (open, end) = (Meeting::new(2), Meeting::new(2));
    thread::scope(|scope| {
        scope.spawn(|| {
            let guard = cell.load();
            open.wait();
            end.wait();
            assert_eq!(guard.check(), 0);
        });
        open.wait();
        for value in 1..=1_000 {
            cell.store(Canary::new(value, &drops));
            assert_eq!(drops.load(Relaxed), value - 1, "only the value that is guarded is kept");
        }
        end.wait();
    });
    assert_eq!(drops.load(Relaxed), 1_000);
}

#[test]
fn a_value_may_hold_a_cell_and_be_dropped_by_its_reader() {
    begin();
    let drops = Arc::new(AtomicUsize::new(0));
    let inner = ArcSwap::new(Canary::new(1, &drops));
    let outer = ArcSwap::from_pointee(Some(inner));
    let guard = outer.load();
    outer.store(Arc::new(None));
    guard.as_ref().as_ref().unwrap().store(Canary::new(2, &drops));
    assert_eq!(drops.load(Relaxed), 1);
    drop(guard); // drops a cell, which looks through the slots
    assert_eq!(drops.load(Relaxed), 2);
}

#[test]
fn values_without_size_and_values_with_a_large_alignment() {
    begin();
    #[derive(Default)]
    #[repr(align(256))]
    struct Wide(u8);
    let (unit, byte, wide) =
        (ArcSwap::<()>::default(), ArcSwap::<u8>::default(), ArcSwap::from(Arc::new(Wide::default())));
    let guards = (unit.load(), byte.load(), wide.load());
    unit.store(Arc::new(()));
    byte.store(Arc::new(1));
    wide.store(Arc::new(Wide(1)));
    assert_eq!((**guards.0, **guards.1, guards.2.0), ((), 0, 0));
    assert_eq!(wide.load().0, 1);
}

#[test]
fn default_and_debug_are_those_of_the_value() {
    begin();
    let cell = ArcSwap::<u32>::default();
    assert_eq!(format!("{cell:?} {:?}", cell.load()), "ArcSwap(0) 0");
}

#[test]
fn the_barrier_is_fixed_before_the_first_load() {
    begin();
    drop(ArcSwap::from_pointee(1).load());
    let others =
        [Barrier::Fence, Barrier::Membarrier].into_iter().filter(|&barrier| set_default_barrier(barrier).is_err());
    let others: Vec<_> = others.collect();
    assert_eq!(others.len(), 1);
    let error = set_default_barrier(others[0]).unwrap_err();
    let AlreadyFixed(fixed) = error;
    assert_eq!(error.to_string(), format!("the barrier of this process is fixed: {fixed:?}"));
}

#[test]
fn a_weak_reference_sees_the_last_strong_one_go() {
    begin();
    let arc = Arc::new(1);
    let weak: Weak<i32> = Arc::downgrade(&arc);
    let cell = ArcSwap::new(arc);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Relaxed) {
                assert!(matches!(**cell.load(), 1 | 2));
            }
        });
        cell.store(Arc::new(2));
        done.store(true, Relaxed);
    });
    assert_eq!(weak.strong_count(), 0);
}
