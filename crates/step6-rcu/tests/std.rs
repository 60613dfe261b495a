//! What threads of the operating system have to show: their coming and going, and both barriers.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Barrier as Meeting};
use std::thread;
use std::time::Duration;

use static_assertions::{assert_impl_all, assert_not_impl_any};
use step6::{Barrier, CellGuard, CellReader, Domain, GracePeriod, Guard, InReadSection, RcuCell, Reader};

assert_impl_all!(Domain: Send, Sync, Clone);
assert_impl_all!(GracePeriod: Send);
assert_not_impl_any!(Guard<'static>: Send, Sync, Clone);
assert_not_impl_any!(CellGuard<'static, u8>: Send, Sync, Clone);
assert_not_impl_any!(Reader<'static>: Send, Sync, Clone);
assert_not_impl_any!(CellReader<'static, u8>: Send, Sync, Clone);
assert_impl_all!(RcuCell<u8>: Send, Sync);
assert_impl_all!(RcuCell<std::cell::Cell<u8>>: Send);
assert_not_impl_any!(RcuCell<std::cell::Cell<u8>>: Sync);
assert_not_impl_any!(RcuCell<std::rc::Rc<u8>>: Send, Sync);

/// A domain of its own for each barrier that this process can use.
fn domains() -> Vec<Domain> {
    [Barrier::Fence, Barrier::Membarrier].into_iter().filter_map(|barrier| Domain::with_barrier(barrier).ok()).collect()
}

/// Two halves that agree until it is dropped.
struct Canary {
    left: usize,
    right: Arc<AtomicUsize>,
    drops: Arc<AtomicUsize>,
}

impl Canary {
    fn new(value: usize, drops: &Arc<AtomicUsize>) -> Canary {
        Canary { left: value, right: Arc::new(AtomicUsize::new(value)), drops: drops.clone() }
    }

    fn check(&self) {
        assert_eq!(self.left, self.right.load(Relaxed));
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        self.right.store(usize::MAX, Relaxed);
        self.drops.fetch_add(1, Relaxed);
    }
}

fn on_drop(f: impl FnMut()) -> impl Drop {
    struct OnDrop<F: FnMut()>(F);
    impl<F: FnMut()> Drop for OnDrop<F> {
        fn drop(&mut self) {
            (self.0)();
        }
    }
    OnDrop(f)
}

fn count(counter: &Arc<AtomicUsize>) -> impl FnOnce() + Send + 'static + use<> {
    let counter = counter.clone();
    move || _ = counter.fetch_add(1, SeqCst)
}

#[test]
fn readers_beside_a_writer_see_whole_values_and_each_is_dropped_once_with_either_barrier() {
    for domain in domains() {
        let drops = Arc::new(AtomicUsize::new(0));
        let cell = RcuCell::new_in(&domain, Canary::new(0, &drops));
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Relaxed) {
                    cell.read().check();
                }
            });
            scope.spawn(|| {
                let mut reader = cell.reader();
                while !done.load(Relaxed) {
                    reader.read().check();
                }
            });
            for value in 1..=20_000 {
                cell.replace(Canary::new(value, &drops));
            }
            done.store(true, Relaxed);
        });
        domain.synchronize();
        assert_eq!(drops.load(Relaxed), 20_000, "{:?}", domain.barrier());
        drop(cell);
        assert_eq!(drops.load(Relaxed), 20_001, "{:?}", domain.barrier());
    }
}

#[test]
fn no_update_of_four_threads_is_lost_with_either_barrier() {
    for domain in domains() {
        let cell = RcuCell::new_in(&domain, 0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..2_000).for_each(|_| cell.update(|value| value + 1)));
            }
        });
        assert_eq!(*cell.read(), 8_000);
    }
}

#[test]
fn a_reader_s_section_is_its_thread_s_and_may_be_open_beside_another_one() {
    for domain in domains() {
        let run = Arc::new(AtomicUsize::new(0));
        let mut reader = domain.reader();
        assert!(!domain.in_read_section());
        let of_reader = reader.read();
        let of_thread = domain.read();
        let mut grace_period = domain.grace_period();
        domain.defer(count(&run));
        drop(of_thread);
        assert!(domain.in_read_section() && !grace_period.has_elapsed());
        assert_eq!(domain.try_synchronize(), Err(InReadSection));
        assert_eq!(run.load(SeqCst), 0);
        drop(of_reader);
        assert!(!domain.in_read_section() && grace_period.has_elapsed());
        domain.synchronize();
        assert_eq!(run.load(SeqCst), 1);
    }
}

#[test]
fn what_was_put_off_inside_a_reader_s_section_is_done_at_its_end() {
    for domain in domains() {
        let run = Arc::new(AtomicUsize::new(0));
        let mut reader = domain.reader();
        for _ in 0..3 {
            let guard = reader.read();
            // The first is late enough after the last look, and asks for the next one.
            domain.defer(count(&run));
            assert!(domain.flag_section());
            assert!(guard.end(), "something is left to do");
            thread::sleep(Duration::from_millis(2));
        }
        assert!(!reader.read().end(), "nothing is");
        domain.synchronize();
        assert_eq!(run.load(SeqCst), 3);
        // Of two sections, the one that ends last.
        for of_thread_first in [true, false] {
            let (of_thread, of_reader) = (domain.read(), reader.read());
            assert!(domain.flag_section());
            let (first, last) = if of_thread_first { (of_thread, of_reader) } else { (of_reader, of_thread) };
            assert!(!first.end() && domain.in_read_section());
            assert!(last.end() && !domain.in_read_section());
        }
        // Of a guard that has been forgotten, the reader.
        thread::sleep(Duration::from_millis(2));
        let forgotten = reader.read();
        domain.defer(count(&run));
        std::mem::forget(forgotten);
        drop(reader);
        assert_eq!(run.load(SeqCst), 4);
    }
}

#[test]
fn a_reader_takes_a_slot_and_gives_it_back() {
    for domain in domains() {
        drop(domain.read());
        assert_eq!(domain.slots(), 1);
        let mut first = domain.reader();
        let second = domain.reader();
        assert_eq!(domain.slots(), 3);
        drop((first.read(), second));
        drop(domain.reader().read());
        drop(first);
        assert_eq!(domain.slots(), 3);
        thread::scope(|scope| _ = scope.spawn(|| drop((domain.read(), domain.reader().read()))));
        assert_eq!(domain.slots(), 3);
    }
}

#[test]
fn a_guard_of_a_reader_that_is_forgotten_keeps_its_section_open_no_longer_than_the_reader_wants() {
    for domain in domains() {
        let mut reader = domain.reader();
        std::mem::forget(reader.read());
        let mut grace_period = domain.grace_period();
        assert!(domain.in_read_section() && !grace_period.has_elapsed());
        drop(reader.read());
        assert!(!domain.in_read_section() && grace_period.has_elapsed());
        std::mem::forget(reader.read());
        drop(reader);
        assert!(!domain.in_read_section() && domain.grace_period().has_elapsed());
        // The thread's own sections are in that slot from now on.
        let guard = domain.read();
        assert_eq!(domain.slots(), 1);
        drop(guard);
        assert!(!domain.in_read_section());
    }
}

#[test]
fn the_global_domain_is_where_a_cell_is_unless_it_is_told_otherwise() {
    let domain = Domain::new();
    assert_eq!(RcuCell::new(1).domain(), Domain::global());
    assert_eq!(RcuCell::new_in(&domain, 1).domain(), &domain);
    assert_ne!(&domain, Domain::global());
}

#[test]
fn synchronize_inside_one_s_own_section_is_refused() {
    let domain = Domain::new();
    let outer = domain.read();
    let inner = domain.read();
    assert!(domain.in_read_section());
    assert_eq!(domain.try_synchronize(), Err(InReadSection));
    drop(outer);
    assert_eq!(domain.try_synchronize(), Err(InReadSection));
    let payload = catch_unwind(AssertUnwindSafe(|| domain.synchronize())).unwrap_err();
    let message = payload.downcast_ref::<String>().unwrap();
    assert_eq!(message, "synchronize inside a read-side section of the same thread would wait for itself");
    drop(inner);
    assert!(!domain.in_read_section());
    assert_eq!(domain.try_synchronize(), Ok(()));
}

#[test]
fn the_guard_that_ends_a_flagged_section_says_so_once() {
    for domain in domains() {
        assert!(!domain.flag_section(), "no section is open");
        let outer = domain.read();
        let inner = domain.read();
        assert!(domain.flag_section());
        assert!(!outer.end(), "another guard keeps the section open");
        assert!(inner.end());
        assert!(!domain.in_read_section());
        assert!(!domain.read().end(), "the flag went with the section");
    }
}

#[test]
fn a_section_of_another_domain_does_not_hinder_synchronize() {
    let (one, other) = (Domain::new(), Domain::new());
    let _section = one.read();
    assert_eq!(other.try_synchronize(), Ok(()));
}

#[test]
fn synchronize_waits_for_a_section_that_was_open_and_for_no_later_one() {
    let domain = Domain::new();
    let steps = Meeting::new(2);
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let section = domain.read();
            steps.wait();
            thread::sleep(std::time::Duration::from_millis(20));
            ended.store(true, SeqCst);
            drop(section);
            // A stream of sections, which must not hold the writer up.
            let _next = domain.read();
            steps.wait();
        });
        steps.wait();
        domain.synchronize();
        assert!(ended.load(SeqCst), "synchronize did not wait");
        steps.wait();
    });
}

#[test]
fn guards_of_a_thread_may_be_dropped_in_any_order() {
    let domain = Domain::new();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut guards = [(); 3].map(|()| Some(domain.read()));
        let mut grace_period = domain.grace_period();
        for index in order {
            assert!(!grace_period.has_elapsed());
            guards[index] = None;
        }
        assert!(grace_period.has_elapsed());
    }
    assert_eq!(domain.slots(), 1);
}

#[test]
fn a_grace_period_does_not_wait_for_a_section_that_begins_after_it() {
    let domain = Domain::new();
    let before = domain.read();
    let mut grace_period = domain.grace_period();
    drop(before);
    let _after = domain.read();
    assert!(grace_period.has_elapsed());
}

#[test]
fn one_guard_too_many_is_a_panic() {
    let domain = Domain::new();
    let guards: Vec<_> = (0..65_535).map(|_| domain.read()).collect();
    assert!(catch_unwind(AssertUnwindSafe(|| drop(domain.read()))).is_err());
    drop(guards);
    assert!(!domain.in_read_section());
    assert_eq!(domain.try_synchronize(), Ok(()));
}

#[test]
fn threads_that_come_and_go_by_the_thousand_reuse_the_slots() {
    let domain = Domain::new();
    let cell = RcuCell::new_in(&domain, 7);
    for _ in 0..500 {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert_eq!(*cell.read(), 7));
            }
        });
    }
    // Scoped threads may still be on their way out when the scope ends: then the next ones need slots of their own.
    assert!(domain.slots() < 100, "{} slots for 4 threads at a time", domain.slots());
}

#[test]
fn a_domain_may_go_while_scoped_threads_that_read_it_are_on_their_way_out() {
    for _ in 0..300 {
        let ran = Arc::new(AtomicUsize::new(0));
        let domain = Domain::new();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| drop(domain.read()));
            }
        });
        domain.defer(count(&ran));
        drop(domain);
        assert_eq!(ran.load(SeqCst), 1, "the last handle runs what is left");
    }
}

#[test]
fn a_thread_may_read_many_domains_in_turn() {
    let domains: Vec<_> = (0..50).map(|_| Domain::new()).collect();
    for _ in 0..3 {
        let guards: Vec<_> = domains.iter().map(Domain::read).collect();
        assert!(domains.iter().all(Domain::in_read_section));
        drop(guards);
    }
    assert!(domains.iter().all(|domain| domain.slots() == 1 && !domain.in_read_section()));
    // Gone domains are not kept, and a new one at the address of an old one is not taken for it.
    drop(domains);
    for _ in 0..100 {
        let domain = Domain::new();
        drop(domain.read());
        assert_eq!(domain.slots(), 1);
    }
}

/// A section opens the fast way where the thread was last, and otherwise the slow way. Here the guards of two domains come
/// and go in many orders.
#[test]
fn guards_of_two_domains_may_come_and_go_in_any_order() {
    let domains = [Domain::new(), Domain::with_barrier(Barrier::Fence).unwrap()];
    // Each history is a row of bits: whose guard comes, or (first, last) goes.
    for history in 0..1 << 14 {
        let mut guards = [Vec::new(), Vec::new()];
        for step in 0..7 {
            let (domain, what) = ((history >> (2 * step)) & 1, (history >> (2 * step + 1)) & 1);
            match (what, guards[domain].len()) {
                (0, _) | (_, 0) => guards[domain].push(domains[domain].read()),
                (_, held) => drop(guards[domain].remove(if step % 2 == 0 { 0 } else { held - 1 })),
            }
            for (domain, guards) in domains.iter().zip(&guards) {
                assert_eq!(domain.in_read_section(), !guards.is_empty());
                assert_eq!(domain.grace_period().has_elapsed(), guards.is_empty());
            }
        }
    }
    assert!(domains.iter().all(|domain| domain.slots() == 1 && !domain.in_read_section()));
}

#[test]
fn a_guard_that_is_forgotten_keeps_its_slot_when_its_thread_ends() {
    let domain = Domain::new();
    let ran = Arc::new(AtomicUsize::new(0));
    let reader = domain.clone();
    thread::spawn(move || std::mem::forget(reader.read())).join().unwrap();
    let mut grace_period = domain.grace_period();
    drop(domain.read());
    assert_eq!(domain.slots(), 2, "the slot was given away with a section open");
    assert!(!grace_period.has_elapsed());
    for _ in 0..1_000 {
        domain.defer(count(&ran));
    }
    assert_eq!(ran.load(SeqCst), 0, "something ran that the forgotten section may still use");
    drop(domain);
    assert_eq!(ran.load(SeqCst), 1_000);
}

#[test]
fn a_guard_in_a_thread_local_may_end_after_the_registrations_and_gives_its_slot_back() {
    thread_local! {
        static KEPT: RefCell<Vec<Guard<'static>>> = const { RefCell::new(Vec::new()) };
    }
    let domain: &'static Domain = Box::leak(Box::new(Domain::new()));
    for guard_first in [true, false] {
        thread::spawn(move || {
            // Thread-locals are destroyed in an order of their own: try both.
            if guard_first {
                KEPT.with(|_| ());
            }
            let guard = domain.read();
            KEPT.with(|kept| kept.borrow_mut().push(guard));
        })
        .join()
        .unwrap();
        assert_eq!(domain.try_synchronize(), Ok(()));
    }
    assert_eq!(domain.slots(), 1, "a slot got lost");
}

#[test]
fn a_thread_local_destructor_may_read() {
    struct ReadsWhenDropped(&'static RcuCell<usize>, &'static AtomicUsize);
    impl Drop for ReadsWhenDropped {
        fn drop(&mut self) {
            let nested = self.0.read();
            // Not counted in a slot that is another thread's by now, or nobody's. (A failed assertion would abort here.)
            let in_own_slot = usize::from(self.0.domain().in_read_section());
            self.1.fetch_add(in_own_slot * *self.0.read(), SeqCst);
            drop(nested);
        }
    }
    thread_local! {
        static BEFORE: RefCell<Option<ReadsWhenDropped>> = const { RefCell::new(None) };
        static AFTER: RefCell<Option<ReadsWhenDropped>> = const { RefCell::new(None) };
    }
    let domain = Domain::new();
    let cell: &'static RcuCell<usize> = Box::leak(Box::new(RcuCell::new_in(&domain, 1)));
    let sum: &'static AtomicUsize = Box::leak(Box::new(AtomicUsize::new(0)));
    for round in 1..=10 {
        thread::spawn(move || {
            BEFORE.set(Some(ReadsWhenDropped(cell, sum)));
            drop(cell.read());
            AFTER.set(Some(ReadsWhenDropped(cell, sum)));
        })
        .join()
        .unwrap();
        assert_eq!(sum.load(SeqCst), 2 * round);
        assert_eq!(domain.try_synchronize(), Ok(()));
    }
    assert!(domain.slots() <= 3, "temporary slots are not given back: {}", domain.slots());
}

#[test]
fn a_writer_inside_its_own_section_neither_waits_nor_frees_what_it_reads() {
    let domain = Domain::new();
    let drops = Arc::new(AtomicUsize::new(0));
    let cell = RcuCell::new_in(&domain, Canary::new(0, &drops));
    let section = cell.read();
    for value in 1..=1_000 {
        cell.replace(Canary::new(value, &drops));
    }
    section.check();
    assert_eq!(drops.load(SeqCst), 0);
    // The end of the section does what the writer could not.
    drop(section);
    assert_eq!(drops.load(SeqCst), 1_000);
}

#[test]
fn garbage_is_bounded_while_no_section_stays_open() {
    let domain = Domain::new();
    let ran = Arc::new(AtomicUsize::new(0));
    let mut most = 0;
    for _ in 0..10_000 {
        domain.defer(count(&ran));
        most = most.max(domain.deferred());
    }
    assert!(most < 128, "{most} waited");
    assert_eq!(ran.load(SeqCst) + domain.deferred(), 10_000);
    domain.synchronize();
    assert_eq!((ran.load(SeqCst), domain.deferred()), (10_000, 0));
}

#[test]
fn a_writer_that_takes_its_time_leaves_no_old_value_behind() {
    for domain in domains() {
        let drops = Arc::new(AtomicUsize::new(0));
        let cell = RcuCell::new_in(&domain, Canary::new(0, &drops));
        for round in 1..=20 {
            // What is tested is a pace, not a time: however much longer this sleeps, the outcome is the same.
            thread::sleep(Duration::from_millis(2));
            cell.replace(Canary::new(round, &drops));
            assert_eq!((drops.load(SeqCst), domain.deferred()), (round, 0));
        }
    }
}

/// Calls `f` while another thread has a section open.
fn beside_a_section(domain: &Domain, f: impl FnOnce()) {
    let (open, end) = (Meeting::new(2), Meeting::new(2));
    thread::scope(|scope| {
        scope.spawn(|| {
            let _section = domain.read();
            open.wait();
            end.wait();
        });
        open.wait();
        f();
        end.wait();
    });
}

#[test]
fn garbage_grows_with_the_writes_while_a_section_stays_open_and_goes_when_it_ends() {
    let domain = Domain::new();
    let ran = Arc::new(AtomicUsize::new(0));
    beside_a_section(&domain, || {
        for _ in 0..1_000 {
            domain.defer(count(&ran));
        }
        assert_eq!((ran.load(SeqCst), domain.deferred()), (0, 1_000));
    });
    for _ in 0..64 {
        domain.defer(count(&ran));
    }
    assert!(domain.deferred() < 128, "{} wait", domain.deferred());
}

#[test]
fn a_deferred_function_that_panics_does_not_keep_the_rest_from_running() {
    let domain = Domain::new();
    let ran = Arc::new(AtomicUsize::new(0));
    beside_a_section(&domain, || {
        // None of them runs before the section has ended, however slowly this thread gets on.
        domain.defer(count(&ran));
        domain.defer(|| panic!("the first"));
        domain.defer(count(&ran));
        domain.defer(|| panic!("the second"));
        domain.defer(count(&ran));
    });
    let payload = catch_unwind(AssertUnwindSafe(|| domain.synchronize())).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"the first"));
    assert_eq!((ran.load(SeqCst), domain.deferred()), (3, 0));
}

#[test]
fn a_value_whose_drop_panics_has_been_replaced() {
    struct Value(u32);
    impl Drop for Value {
        fn drop(&mut self) {
            assert_ne!(self.0, 1, "of 1");
        }
    }

    // The first of a domain is dropped at once, if nobody reads.
    let cell = RcuCell::new_in(&Domain::new(), Value(1));
    assert!(catch_unwind(AssertUnwindSafe(|| cell.replace(Value(2)))).is_err());
    assert_eq!((cell.read().0, cell.domain().deferred()), (2, 0));
}

#[test]
fn a_deferred_function_may_defer_read_and_synchronize() {
    let domain = Domain::new();
    let ran = Arc::new(AtomicUsize::new(0));
    let again = domain.clone();
    let inner = count(&ran);
    domain.defer(move || {
        drop(again.read());
        again.defer(inner);
        again.synchronize();
    });
    domain.synchronize();
    assert_eq!(ran.load(SeqCst), 1);
}

#[test]
fn a_value_may_hold_a_cell_of_the_same_domain() {
    let domain = Domain::new();
    let drops = Arc::new(AtomicUsize::new(0));
    let inner = RcuCell::new_in(&domain, Canary::new(1, &drops));
    let outer = RcuCell::new_in(&domain, Some(inner));
    outer.read().as_ref().unwrap().replace(Canary::new(2, &drops));
    outer.replace(None);
    domain.synchronize();
    domain.synchronize();
    assert_eq!(drops.load(SeqCst), 2);
}

#[test]
fn an_update_that_panics_leaves_the_value_and_ends_the_section() {
    let domain = Domain::new();
    let cell = RcuCell::new_in(&domain, 1);
    assert!(catch_unwind(AssertUnwindSafe(|| cell.update(|_| panic!("no")))).is_err());
    assert_eq!(*cell.read(), 1);
    assert!(!domain.in_read_section());
}

#[test]
fn a_section_ends_when_its_thread_panics() {
    let domain = Domain::new();
    let panicked = thread::scope(|scope| {
        scope
            .spawn(|| {
                let _section = domain.read();
                let _ran_before = on_drop(|| assert!(domain.in_read_section()));
                panic!("inside a section");
            })
            .join()
    });
    assert!(panicked.is_err());
    assert!(domain.grace_period().has_elapsed());
}
