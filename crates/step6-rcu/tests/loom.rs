//! The models of step 6: the same source as the library, on the checker.

use std::ptr::NonNull;

use witness::thread::{Builder, name_current};
use witness::{Audit, Ledger, Model, Probe, Survivor};

mod sync {
    pub use witness::boxed::Box;
    pub use witness::sync::{Arc, Mutex, atomic};
}

#[path = "../src/cell.rs"]
#[allow(dead_code, reason = "twin")]
mod cell;
#[path = "../src/rcu.rs"]
#[allow(dead_code, reason = "twin")]
mod rcu;
#[path = "../src/retire.rs"]
#[allow(dead_code, reason = "twin")]
mod retire;

#[path = "../../barrier/tests/twin/barrier.rs"]
#[allow(dead_code, reason = "stands for the library's module of that name")]
mod barrier;
#[path = "twin/local.rs"]
#[allow(dead_code, reason = "stands for the library's module of that name")]
mod local;

use barrier::Barrier;
use cell::RcuCell;
use rcu::{Domain, Slot};
use sync::atomic::{AtomicPtr, Ordering::Relaxed};
use sync::{Arc, Box};

type Shared<T> = Arc<RcuCell<Probe<T>>>;

fn cell(value: u32) -> (Domain, Shared<u32>) {
    let domain = local::begin();
    let cell = Arc::new(RcuCell::new_in(&domain, Probe::new(value)));
    (domain, cell)
}

fn spawn<T: Send + 'static>(name: &str, f: impl FnOnce() -> T + Send + 'static) -> witness::thread::JoinHandle<T> {
    Builder::new().name(name.to_owned()).spawn(f).unwrap()
}

/// A word that is there until a grace period after it has been unlinked, and no more than that: what the models of the
/// protocol itself need, so that they can be explored without a bound.
struct Unlinkable {
    domain: Domain,
    value: AtomicPtr<Probe<u32>>,
}

impl Unlinkable {
    fn new() -> Arc<Unlinkable> {
        Unlinkable::new_in(local::begin())
    }

    fn new_in(domain: Domain) -> Arc<Unlinkable> {
        let value = Box::into_raw(Box::new(Probe::new(1)));
        Arc::new(Unlinkable { domain, value: AtomicPtr::new(value) })
    }

    /// In a section.
    fn read(&self) -> Option<u32> {
        // Relaxed: the value was complete before the threads were there.
        let value = self.value.load(Relaxed);
        // SAFETY: the section that is open keeps it.
        unsafe { value.as_ref() }.map(|value| **value)
    }

    fn unlink_and_wait(&self) {
        let old = self.value.swap(std::ptr::null_mut(), Relaxed);
        let mut grace_period = self.domain.grace_period();
        while !grace_period.has_elapsed() {
            witness::thread::yield_now();
        }
        // SAFETY: unlinked before the grace period, by this thread alone.
        drop(unsafe { Box::from_raw(old) });
    }
}

/// A thread that reads.
fn reader_of(
    shared: &Arc<Unlinkable>,
    read: impl FnOnce(&Unlinkable) + Send + 'static,
) -> witness::thread::JoinHandle<()> {
    let shared = shared.clone();
    spawn("reader", move || read(&shared))
}

/// A slot without a thread-local around it.
struct Registered(NonNull<Slot>, NonNull<rcu::Shared>);

// SAFETY: a slot belongs to one thread at a time; the models hand it over before they use it.
unsafe impl Send for Registered {}

impl Registered {
    fn in_domain(domain: &Domain) -> Registered {
        Registered(domain.shared().claim(), NonNull::from(domain.shared()))
    }

    /// A reader of `shared` with a slot that it claims itself.
    fn in_domain_of_the_reader(
        shared: &Arc<Unlinkable>,
        read: fn(&Unlinkable, &Registered),
    ) -> witness::thread::JoinHandle<()> {
        reader_of(shared, move |shared| read(shared, &Registered::in_domain(&shared.domain)))
    }

    fn slot(&self) -> &Slot {
        // SAFETY: the models keep the domain, and so the slot, until all their threads are done.
        unsafe { self.0.as_ref() }
    }

    /// The thread that calls has the slot alone.
    fn section(&self, f: impl FnOnce()) {
        // SAFETY: the models keep the domain.
        let shared = unsafe { self.1.as_ref() };
        let entered =
            self.slot().enter(shared).unwrap_or_else(|| self.slot().entered(self.slot().enter_otherwise(shared)));
        f();
        self.slot().exit(entered);
    }
}

/// Store buffering: a slot and a pointer, a fence between them on each side.
fn the_scan_sees_the_section_or_the_section_the_swap() {
    let shared = Unlinkable::new();
    // The slot is linked before the threads start.
    let slot = Registered::in_domain(&shared.domain);
    let reader = spawn("reader", {
        let shared = shared.clone();
        move || {
            slot.section(|| _ = shared.read());
        }
    });
    name_current("writer");
    shared.unlink_and_wait();
    reader.join().unwrap();
}

/// Message passing through the slot, also when the scan finds it in a later section than the one that read.
fn a_section_s_end_happens_before_the_free() {
    let shared = Unlinkable::new();
    let slot = Registered::in_domain(&shared.domain);
    let reader = spawn("reader", {
        let shared = shared.clone();
        move || {
            slot.section(|| _ = shared.read());
            slot.section(|| ());
        }
    });
    name_current("writer");
    shared.unlink_and_wait();
    reader.join().unwrap();
}

/// A reader that registers while the writer scans.
fn the_scan_and_a_new_slot() {
    let shared = Unlinkable::new();
    let reader = Registered::in_domain_of_the_reader(&shared, |shared, slot| slot.section(|| _ = shared.read()));
    name_current("writer");
    shared.unlink_and_wait();
    reader.join().unwrap();
}

/// The same of a reader that has claimed the slot for itself: it looks at nothing before it stores. Its sections follow one
/// another, and then somebody else may have the slot.
fn the_scan_sees_the_section_of_a_reader_or_that_sees_the_swap() {
    let shared = Unlinkable::new();
    let reader = reader_of(&shared, |shared| {
        let mut reader = shared.domain.reader();
        drop(reader.read());
        let guard = reader.read();
        shared.read();
        drop(guard);
        drop(reader);
        Registered::in_domain(&shared.domain).section(|| ());
        assert_eq!(shared.domain.slots(), 1, "it was the reader's");
    });
    name_current("writer");
    shared.unlink_and_wait();
    reader.join().unwrap();
}

/// The slot of a reader that is gone is another thread's, and nothing is stored there any more.
fn a_slot_passes_from_a_reader_to_a_thread() {
    let shared = Unlinkable::new();
    let first = spawn("reader 1", {
        let shared = shared.clone();
        move || drop(shared.domain.reader())
    });
    let second = Registered::in_domain_of_the_reader(&shared, |shared, slot| slot.section(|| _ = shared.read()));
    name_current("writer");
    shared.unlink_and_wait();
    first.join().unwrap();
    second.join().unwrap();
}

/// Two readers, one whose slot is linked and one whose slot is not.
fn a_scan_beside_two_readers() {
    let shared = Unlinkable::new();
    let slot = Registered::in_domain(&shared.domain);
    let reader = spawn("reader", {
        let shared = shared.clone();
        move || slot.section(|| _ = shared.read())
    });
    let other = Registered::in_domain_of_the_reader(&shared, |shared, slot| slot.section(|| _ = shared.read()));
    name_current("writer");
    shared.unlink_and_wait();
    reader.join().unwrap();
    other.join().unwrap();
}

/// A section in which a flag is raised: the scan may see that store, and then the one that ends the section.
fn a_section_that_collects_when_it_ends() {
    let shared = Unlinkable::new();
    let slot = Registered::in_domain_of_the_reader(&shared, |shared, slot| {
        slot.section(|| {
            shared.read();
            shared.domain.shared().collect();
        });
        // The next one begins from what that has left.
        slot.section(|| _ = shared.read());
    });
    name_current("writer");
    shared.unlink_and_wait();
    slot.join().unwrap();
}

/// A thread ends while a guard of its is left, and the guard's end gives the slot back.
fn a_slot_that_is_detached_inside_a_section() {
    let shared = Unlinkable::new();
    let slot = Registered::in_domain_of_the_reader(&shared, |shared, slot| {
        slot.section(|| {
            shared.read();
            slot.slot().detach();
        });
    });
    name_current("writer");
    shared.unlink_and_wait();
    slot.join().unwrap();
}

/// A slot that was left behind is claimed for one section: the scan may see its new owner's first store.
fn a_slot_that_is_claimed_for_one_section() {
    let shared = Unlinkable::new();
    let slot = Registered::in_domain_of_the_reader(&shared, |shared, slot| {
        slot.section(|| _ = shared.read());
        slot.slot().detach();
        let again = Registered(shared.domain.shared().claim_for_one_section(), NonNull::from(shared.domain.shared()));
        assert_eq!(again.0, slot.0, "the slot that was left behind");
        again.section(|| ());
    });
    name_current("writer");
    shared.unlink_and_wait();
    slot.join().unwrap();
}

/// A domain whose readers do not fence.
fn without_fences() -> Arc<Unlinkable> {
    local::begin();
    Unlinkable::new_in(Domain::with(Barrier::Membarrier))
}

/// A reader that has no slot yet, and a writer that asks for no `membarrier(2)` if it sees none. If it has seen one,
/// `membarrier(2)` would see to the rest, which no checker knows: the writer waits.
fn unlink_beside_who_has_no_slot(shared: &Arc<Unlinkable>, reader: witness::thread::JoinHandle<()>) {
    name_current("writer");
    let old = shared.value.swap(std::ptr::null_mut(), Relaxed);
    barrier::was_called();
    let mut grace_period = shared.domain.grace_period();
    if barrier::was_called() {
        reader.join().unwrap();
    } else {
        while !grace_period.has_elapsed() {
            witness::thread::yield_now();
        }
    }
    // SAFETY: unlinked before the grace period, by this thread alone.
    drop(unsafe { Box::from_raw(old) });
}

fn a_reader_that_comes_and_goes(shared: &Arc<Unlinkable>) -> witness::thread::JoinHandle<()> {
    Registered::in_domain_of_the_reader(shared, |shared, slot| {
        slot.section(|| _ = shared.read());
        slot.slot().detach();
    })
}

/// The slot is linked, or the reader sees that the value is gone.
fn no_membarrier_for_who_has_no_slot_yet() {
    let shared = without_fences();
    let reader = a_reader_that_comes_and_goes(&shared);
    unlink_beside_who_has_no_slot(&shared, reader);
}

/// The slot that another thread has left is claimed, or the reader sees that the value is gone.
fn no_membarrier_for_who_takes_over_a_slot() {
    let shared = without_fences();
    Registered::in_domain(&shared.domain).slot().detach();
    let reader = a_reader_that_comes_and_goes(&shared);
    unlink_beside_who_has_no_slot(&shared, reader);
}

/// The same, of a thread at its end.
fn no_membarrier_for_who_claims_a_slot_for_one_section() {
    let shared = without_fences();
    let reader = reader_of(&shared, |shared| {
        let domain = shared.domain.shared();
        Registered(domain.claim_for_one_section(), NonNull::from(domain)).section(|| _ = shared.read());
    });
    unlink_beside_who_has_no_slot(&shared, reader);
}

/// The same, of a slot that a thread has for its reads.
fn no_membarrier_for_who_claims_a_slot_for_a_reader() {
    let shared = without_fences();
    let reader = reader_of(&shared, |shared| {
        let mut reader = shared.domain.reader();
        let _section = reader.read();
        shared.read();
    });
    unlink_beside_who_has_no_slot(&shared, reader);
}

/// Whoever else has a slot, wherever it is in the list, is asked to fence; and nobody if that is no one.
fn a_membarrier_for_whoever_has_a_slot() {
    let shared = without_fences();
    barrier::was_called();
    let asks = || {
        _ = shared.domain.grace_period();
        barrier::was_called()
    };
    assert!(!asks(), "there is no slot");
    Registered::in_domain(&shared.domain);
    assert!(!asks(), "this thread's is the only one");
    Registered::in_domain_of_the_reader(&shared, |_, _| ()).join().unwrap();
    Registered::in_domain(&shared.domain);
    assert!(asks(), "another thread has one between this thread's");
    shared.unlink_and_wait();
}

/// Two writers, and one of them frees what the other has put in.
fn a_writer_frees_the_value_of_another_writer() {
    let (domain, cell) = cell(1);
    let other = spawn("other writer", {
        let cell = cell.clone();
        move || cell.replace(Probe::new(2))
    });
    name_current("writer");
    cell.replace(Probe::new(3));
    domain.synchronize();
    other.join().unwrap();
    drop((cell, domain));
}

/// The value is freed after the grace period and not before, also for a reader that registers meanwhile.
fn a_reader_never_sees_a_freed_value() {
    let (domain, cell) = cell(1);
    let reader = spawn("reader", {
        let cell = cell.clone();
        move || {
            let value = **cell.read();
            assert!(value == 1 || value == 2);
        }
    });
    name_current("writer");
    cell.replace(Probe::new(2));
    domain.synchronize();
    assert_eq!(domain.deferred(), 0, "synchronize has freed it");
    drop((cell, domain));
    reader.join().unwrap();
}

/// The same, with a slot for the reads of one thread, which may have another one besides.
fn a_reader_with_a_slot_for_itself_never_sees_a_freed_value() {
    let (domain, cell) = cell(1);
    let reader = spawn("reader", {
        let cell = cell.clone();
        move || {
            let mut reader = cell.reader();
            let guard = reader.read();
            let value = **cell.read();
            assert!(**guard <= value);
        }
    });
    name_current("writer");
    cell.replace(Probe::new(2));
    domain.synchronize();
    drop((cell, domain));
    reader.join().unwrap();
}

/// As above, with two readers.
fn two_readers_never_see_a_freed_value() {
    let (domain, cell) = cell(1);
    let reader = spawn("reader", {
        let cell = cell.clone();
        move || assert!(**cell.read() > 0)
    });
    let other = spawn("other reader", {
        let cell = cell.clone();
        move || assert!(**cell.read() > 0)
    });
    name_current("writer");
    cell.replace(Probe::new(2));
    domain.synchronize();
    reader.join().unwrap();
    other.join().unwrap();
    drop((cell, domain));
}

/// The inner guard's end does not end the section.
fn a_nested_guard_keeps_the_section_open() {
    let (domain, cell) = cell(1);
    let reader = spawn("reader", {
        let cell = cell.clone();
        move || {
            let outer = cell.read();
            let inner = cell.read();
            drop(outer);
            assert!(**inner > 0);
        }
    });
    name_current("writer");
    cell.replace(Probe::new(2));
    domain.synchronize();
    drop((cell, domain));
    reader.join().unwrap();
}

/// A thread takes over the slot of one that has ended.
fn a_slot_passes_from_thread_to_thread() {
    let (domain, cell) = cell(1);
    let readers = [(); 2].map(|()| {
        let cell = cell.clone();
        move || assert!(**cell.read() > 0)
    });
    let [first, second] = readers;
    let first = spawn("reader 1", first);
    let writer = spawn("writer", {
        let (domain, cell) = (domain.clone(), cell.clone());
        move || {
            cell.replace(Probe::new(2));
            domain.synchronize();
        }
    });
    first.join().unwrap();
    let second = spawn("reader 2", second);
    second.join().unwrap();
    writer.join().unwrap();
    // A join may come before the thread's locals are dropped: then the second reader needs a slot of its own.
    assert!((1..=2).contains(&domain.slots()));
}

/// Two updates are two: none is lost.
fn no_update_is_lost() {
    let (domain, cell) = cell(0);
    let other = spawn("writer", {
        let cell = cell.clone();
        move || cell.update(|value| Probe::new(**value + 1))
    });
    cell.update(|value| Probe::new(**value + 1));
    other.join().unwrap();
    assert_eq!(**cell.read(), 2);
    drop((cell, domain));
}

/// One thread unlinks and retires, another one waits: the wait covers what happened before it.
fn the_one_who_waits_need_not_be_the_one_who_unlinked() {
    let (domain, cell) = cell(1);
    let reader = spawn("reader", {
        let cell = cell.clone();
        move || assert!(**cell.read() > 0)
    });
    let writer = spawn("writer", {
        let cell = cell.clone();
        move || cell.replace(Probe::new(2))
    });
    name_current("reclaimer");
    domain.synchronize();
    writer.join().unwrap();
    reader.join().unwrap();
    drop((cell, domain));
}

/// Every model, the smallest first as far as may be. The audit in `cargo test` goes less far: what survives is explored to
/// the end, once for each weakening. Those with a `check_bound` go less far in `cargo test` altogether, and what is recorded
/// says how far. `cargo workshop audit step6` goes as far as the models do.
const MODELS: &[Model] = &[
    Model::new(
        "the scan sees the section or the section sees the swap",
        the_scan_sees_the_section_or_the_section_the_swap,
    )
    .audit_bound(2),
    Model::new("a section's end happens before the free", a_section_s_end_happens_before_the_free)
        .bound(3)
        .audit_bound(2),
    Model::new("the scan sees a slot that is being linked or its reader sees the swap", the_scan_and_a_new_slot)
        .audit_bound(2),
    Model::new(
        "the scan sees the section of a reader or that sees the swap",
        the_scan_sees_the_section_of_a_reader_or_that_sees_the_swap,
    )
    .bound(3)
    .check_bound(2)
    .audit_bound(2),
    Model::new("a slot passes from a reader to a thread", a_slot_passes_from_a_reader_to_a_thread)
        .bound(2)
        .audit_bound(1),
    Model::new("a scan beside two readers", a_scan_beside_two_readers).bound(2).audit_bound(1),
    Model::new("a section that collects when it ends", a_section_that_collects_when_it_ends).bound(2).audit_bound(1),
    Model::new("a slot that is detached inside a section", a_slot_that_is_detached_inside_a_section)
        .bound(2)
        .audit_bound(1),
    Model::new("a slot that is claimed for one section", a_slot_that_is_claimed_for_one_section)
        .bound(3)
        .audit_bound(2),
    Model::new("no membarrier for who has no slot yet", no_membarrier_for_who_has_no_slot_yet)
        .check_bound(3)
        .audit_bound(2),
    Model::new("no membarrier for who takes over a slot", no_membarrier_for_who_takes_over_a_slot)
        .check_bound(3)
        .audit_bound(2),
    Model::new(
        "no membarrier for who claims a slot for one section",
        no_membarrier_for_who_claims_a_slot_for_one_section,
    )
    .check_bound(3)
    .audit_bound(2),
    Model::new("no membarrier for who claims a slot for a reader", no_membarrier_for_who_claims_a_slot_for_a_reader)
        .check_bound(3)
        .audit_bound(2),
    Model::new("a membarrier for whoever has a slot", a_membarrier_for_whoever_has_a_slot),
    Model::new("a writer frees the value of another writer", a_writer_frees_the_value_of_another_writer)
        .bound(2)
        .audit_bound(1),
    Model::new("a reader never sees a freed value", a_reader_never_sees_a_freed_value).bound(3).audit_bound(2),
    Model::new(
        "a reader with a slot for itself never sees a freed value",
        a_reader_with_a_slot_for_itself_never_sees_a_freed_value,
    )
    .bound(2)
    .audit_bound(1),
    Model::new("two readers never see a freed value", two_readers_never_see_a_freed_value)
        .bound(2)
        .check_bound(1)
        .audit_bound(1),
    Model::new("a nested guard keeps the section open", a_nested_guard_keeps_the_section_open).bound(2).audit_bound(1),
    Model::new("a slot passes from thread to thread", a_slot_passes_from_thread_to_thread).bound(1).audit_bound(0),
    Model::new("no update is lost", no_update_is_lost).bound(2).audit_bound(1),
    Model::new(
        "the one who waits need not be the one who unlinked",
        the_one_who_waits_need_not_be_the_one_who_unlinked,
    )
    .bound(1),
];

#[test]
fn every_model_holds() {
    recording::models("step6-models.txt", MODELS);
}

/// What no model can tell from something weaker, and why it stays.
const SURVIVORS: &[Survivor] = &[
    Survivor {
        code: "self.value.swap(new, AcqRel)",
        weakened: "Release",
        because: "no model can tell: the fence of the grace period, in the thread that frees, acquires in loom what any \
                  thread before it has read, and in Rust what its own has. If one thread puts a value in, a second one \
                  takes it out, and a third one frees it, then only this Acquire orders the first before the third",
    },
    Survivor {
        code: "self.value.compare_exchange(current, new, AcqRel, Acquire)",
        weakened: "Release",
        because: "the load that found `current` has acquired it. The Acquire here keeps the argument in one line",
    },
];

#[test]
fn every_ordering_is_needed_but_for_a_list() {
    let audit = Audit::of("src/rcu.rs", include_str!("../src/rcu.rs"))
        .and("src/cell.rs", include_str!("../src/cell.rs"))
        .models(MODELS);
    recording::audit("step6-audit", audit, SURVIVORS);
}

/// What the readers and writers of a domain with `Barrier::Fence` pay. With `membarrier(2)` the reader has no fence.
#[test]
fn the_cost_of_read_and_replace() {
    let made = || cell(1);
    let ledger = Ledger::new("step6 RcuCell")
        .operation("read", made, |(_, cell)| drop(cell.read()))
        .operation("replace", made, |(_, cell)| cell.replace(Probe::new(2)))
        .operation("update", made, |(_, cell)| cell.update(|value| Probe::new(**value + 1)));
    recording::ledger("step6-ledger", &[ledger]);
}
