//! The bits of a value may go where they like, and come back. What is wrong is to use those that it has left behind, or
//! those of a value that has been dropped.

use std::collections::{HashMap, VecDeque};
use std::mem::{self, ManuallyDrop, MaybeUninit};

use witness::alloc::{Layout, alloc, dealloc};
use witness::boxed::Box;
use witness::cell::UnsafeCell;
use witness::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed};
use witness::sync::{Mutex, RwLock};
use witness::{Bug, Builder, Probe, ptr, thread};

/// Memory for `N` values of type `T`, none of which is there yet.
struct Slots<T, const N: usize>(*mut T);

impl<T, const N: usize> Slots<T, N> {
    fn new() -> Self {
        // SAFETY: no test asks for values of no size.
        Slots(unsafe { alloc(Layout::new::<[T; N]>()) }.cast())
    }

    fn slot(&self, index: usize) -> *mut T {
        assert!(index < N);
        // SAFETY: the index is in the block.
        unsafe { self.0.add(index) }
    }
}

impl<T, const N: usize> Drop for Slots<T, N> {
    fn drop(&mut self) {
        // SAFETY: the block comes from `new`, with the same layout.
        unsafe { dealloc(self.0.cast(), Layout::new::<[T; N]>()) };
    }
}

#[test]
fn atomics_are_swapped_and_swapped_back() {
    witness::model(|| {
        let (mut a, mut b) = (AtomicUsize::new(1), AtomicUsize::new(2));
        assert_eq!((a.load(Relaxed), b.load(Relaxed)), (1, 2));
        mem::swap(&mut a, &mut b);
        assert_eq!((a.load(Relaxed), b.load(Relaxed)), (2, 1));
        mem::swap(&mut a, &mut b);
        assert_eq!((a.load(Relaxed), b.load(Relaxed)), (1, 2));
    });
}

#[test]
fn cells_and_locks_are_swapped_back_too() {
    witness::model(|| {
        let mut cells = (UnsafeCell::new(1), UnsafeCell::new(2));
        let mut locks = (RwLock::new(1), RwLock::new(2));
        for round in 0..4 {
            mem::swap(&mut cells.0, &mut cells.1);
            mem::swap(&mut locks.0, &mut locks.1);
            // SAFETY: the pointer is read before the access ends.
            assert_eq!(cells.0.with(|value| unsafe { *value }), 2 - round % 2);
            assert_eq!(*locks.1.read().unwrap(), 1 + round % 2);
        }
    });
}

#[test]
fn a_probe_is_taken_out_and_put_back() {
    witness::model(|| {
        let mut slot = Some(Probe::new(1));
        let mut list = vec![Probe::new(1), Probe::new(2)];
        for _ in 0..3 {
            let taken = slot.take().unwrap();
            assert_eq!(*taken, 1);
            slot = Some(taken);
            assert_eq!(slot.as_deref(), Some(&1));
            let last = list.pop().unwrap();
            assert_eq!(*last, 2);
            list.push(last);
            assert_eq!((*list[0], *list[1]), (1, 2));
            list.swap(0, 1);
            assert_eq!((*list[0], *list[1]), (2, 1));
            list.swap(0, 1);
        }
    });
}

#[test]
fn locks_go_round_in_a_queue_and_move_when_a_map_grows() {
    Builder::new().max_branches(10_000).model(|| {
        let mut queue: VecDeque<_> = (0..4).map(Mutex::new).collect();
        for _ in 0..12 {
            let lock = queue.pop_front().unwrap();
            *lock.lock().unwrap() += 1;
            queue.push_back(lock);
            *queue.back().unwrap().lock().unwrap() += 1;
        }
        let mut map = HashMap::new();
        for key in 0..20 {
            map.insert(key, Mutex::new(key));
            assert!(map.iter().all(|(key, lock)| *lock.lock().unwrap() == *key));
        }
        for key in 0..20 {
            let lock = map.remove(&key).unwrap();
            assert_eq!(*lock.lock().unwrap(), key);
            map.insert(key, lock);
            assert!(map.iter().all(|(key, lock)| *lock.lock().unwrap() == *key));
        }
    });
}

#[test]
fn an_atomic_goes_to_another_thread_and_comes_back() {
    witness::model(|| {
        let counter = AtomicUsize::new(1);
        counter.store(2, Relaxed);
        let other = thread::spawn(move || {
            counter.fetch_add(1, Relaxed);
            counter
        });
        assert_eq!(other.join().unwrap().load(Relaxed), 3);
    });
}

#[test]
fn an_overlapping_copy_shifts_values_up_and_down() {
    witness::model(|| {
        let slots = Slots::<AtomicUsize, 4>::new();
        // SAFETY: every slot that is read or copied has been written, and each copy stays in the block.
        unsafe {
            for index in 0..3 {
                ptr::write(slots.slot(index), AtomicUsize::new(index));
            }
            ptr::copy(slots.slot(0), slots.slot(1), 3);
            ptr::write(slots.slot(0), AtomicUsize::new(9));
            assert_eq!([0, 1, 2, 3].map(|index| (*slots.slot(index)).load(Relaxed)), [9, 0, 1, 2]);
            ptr::copy(slots.slot(1), slots.slot(0), 3);
            assert_eq!([0, 1, 2].map(|index| (*slots.slot(index)).load(Relaxed)), [0, 1, 2]);
        }
    });
}

#[test]
fn a_copy_takes_the_value_that_was_written_through_get_mut() {
    witness::model(|| {
        let mut original = AtomicUsize::new(1);
        *original.get_mut() = 5;
        let mut copy = MaybeUninit::<AtomicUsize>::uninit();
        // SAFETY: the copy fits, and is initialised by this line.
        let copy = unsafe {
            ptr::copy_nonoverlapping(&original, copy.as_mut_ptr(), 1);
            copy.assume_init_ref()
        };
        assert_eq!((original.load(Relaxed), copy.load(Relaxed)), (5, 5));
    });
}

#[test]
fn a_copy_and_its_original_each_move_on_their_own() {
    witness::model(|| {
        let original = AtomicUsize::new(1);
        // SAFETY: two atomics with the same bits are two atomics.
        let copy = unsafe { ptr::read(&original) };
        original.store(2, Relaxed);
        let original = std::boxed::Box::new(original);
        original.store(3, Relaxed);
        assert_eq!(copy.load(Relaxed), 1);
        let copy = std::boxed::Box::new(copy);
        copy.store(4, Relaxed);
        assert_eq!((original.load(Relaxed), copy.load(Relaxed)), (3, 4));
    });
}

/// As a table does when it grows: the slots are copied as bytes, whatever is in them.
#[test]
fn a_copy_of_many_slots_passes_over_those_that_are_empty() {
    witness::model(|| {
        let (old, new) = (Slots::<Probe<usize>, 4>::new(), Slots::<Probe<usize>, 4>::new());
        let (locks, more) = (Slots::<AtomicUsize, 3>::new(), Slots::<AtomicUsize, 3>::new());
        // SAFETY: slots 0 and 2 are read, in the new table, and dropped there; 1 has been dropped, 3 is taken out.
        unsafe {
            for index in 0..4 {
                ptr::write(old.slot(index), Probe::new(index));
                assert_eq!(**old.slot(index), index);
            }
            std::ptr::drop_in_place(old.slot(1));
            let taken = ptr::read(old.slot(3));
            ptr::copy_nonoverlapping::<MaybeUninit<Probe<usize>>>(old.slot(0).cast(), new.slot(0).cast(), 4);
            drop(taken);
            assert_eq!((**new.slot(0), **new.slot(2)), (0, 2));
            std::ptr::drop_in_place(new.slot(0));
            std::ptr::drop_in_place(new.slot(2));
            for index in 0..3 {
                ptr::write(locks.slot(index), AtomicUsize::new(index));
                (*locks.slot(index)).store(10 + index, Relaxed);
            }
            std::ptr::drop_in_place(locks.slot(1));
            ptr::copy_nonoverlapping::<MaybeUninit<AtomicUsize>>(locks.slot(0).cast(), more.slot(0).cast(), 3);
            assert_eq!(((*more.slot(0)).load(Relaxed), (*more.slot(2)).load(Relaxed)), (10, 12));
        }
    });
}

#[test]
fn bits_that_were_left_behind_are_found_when_they_are_used() {
    let witness = witness::expect_bug(Bug::UsedAfterMove, || {
        let old = AtomicUsize::new(0);
        old.load(Relaxed);
        // SAFETY: broken: this copies with std's function what goes on being used.
        let new = ManuallyDrop::new(unsafe { std::ptr::read(&old) });
        new.store(1, Relaxed);
        old.load(Relaxed);
    });
    assert_eq!(witness.summary, "T0 uses the AtomicUsize where it was before it moved: two owners of the same bits");
}

#[test]
fn an_atomic_that_nobody_has_used_is_accessed_at_another_width() {
    let witness = witness::expect_bug(Bug::MixedWidth, || {
        let word = AtomicU64::new(0);
        // SAFETY: broken: atomic accesses of two widths to one location are undefined.
        let byte = unsafe { &*(&raw const word).cast::<AtomicU8>().byte_add(8) };
        byte.load(Relaxed);
    });
    assert_eq!(witness.summary, "T0 accesses as AtomicU8 memory that is in use as AtomicU64");
}

#[test]
fn a_probe_is_read_after_its_drop_in_memory_that_is_still_there() {
    let witness = witness::expect_bug(Bug::UsedAfterDrop, || {
        let slots = Slots::<Probe<u64>, 1>::new();
        // SAFETY: broken: the reader is not ordered before the drop.
        unsafe { ptr::write(slots.slot(0), Probe::new(1)) };
        let address = slots.slot(0).addr();
        let reader = thread::spawn(move || {
            let slot = std::ptr::with_exposed_provenance::<Probe<u64>>(address);
            // SAFETY: as above.
            assert_eq!(unsafe { **slot }, 1);
        });
        slots.slot(0).expose_provenance();
        // SAFETY: as above.
        unsafe { std::ptr::drop_in_place(slots.slot(0)) };
        reader.join().unwrap();
    });
    assert_eq!(witness.summary, "T1 uses the payload, dropped by T0");
    assert_eq!(witness.events[2].text, "drop the payload of #1");
    assert_eq!(witness.details.len(), 1, "{witness}");
    assert!(witness.details[0].starts_with("dropped at moves_and_drops.rs:"), "{witness}");
}

/// Two copies of an owning value are one value: who drops one has dropped both.
#[test]
fn a_copy_of_a_probe_is_read_after_the_drop_of_the_other() {
    let witness = witness::expect_bug(Bug::UsedAfterDrop, || {
        let (old, new) = (Slots::<Probe<u64>, 1>::new(), Slots::<Probe<u64>, 1>::new());
        // SAFETY: broken: the old one is dropped although the new one has become the owner.
        unsafe {
            ptr::write(old.slot(0), Probe::new(1));
            ptr::copy_nonoverlapping(old.slot(0), new.slot(0), 1);
            std::ptr::drop_in_place(old.slot(0));
            std::hint::black_box(**new.slot(0));
        }
    });
    assert_eq!(witness.summary, "T0 uses the payload′, which it has dropped");
}

#[test]
fn a_probe_is_dropped_twice_in_place() {
    let witness = witness::expect_bug(Bug::DoubleDrop, || {
        let slots = Slots::<Probe<u64>, 1>::new();
        // SAFETY: broken: the second drop.
        unsafe {
            ptr::write(slots.slot(0), Probe::new(1));
            std::ptr::drop_in_place(slots.slot(0));
            std::ptr::drop_in_place(slots.slot(0));
        }
    });
    assert_eq!(witness.summary, "T0 drops the payload, which it has dropped: two owners of the same bits");
}

#[test]
fn a_lock_is_taken_after_its_drop() {
    let witness = witness::expect_bug(Bug::UsedAfterDrop, || {
        let slots = Slots::<Mutex<u64>, 1>::new();
        // SAFETY: broken: the lock is used after its drop.
        unsafe {
            ptr::write(slots.slot(0), Mutex::new(1));
            std::ptr::drop_in_place(slots.slot(0));
            drop((*slots.slot(0)).lock());
        }
    });
    assert_eq!(witness.summary, "T0 uses the Mutex, which it has dropped");
    assert_eq!(witness.events[2].text, "drop the Mutex");
}

#[test]
fn exclusive_access_that_is_not_exclusive_is_a_race() {
    struct Shared<T>(*mut T);
    // SAFETY: broken: nothing keeps the threads apart.
    unsafe impl<T> Send for Shared<T> {}

    fn races<T: 'static>(new: fn() -> T, mine: fn(&mut T), theirs: fn(&T)) {
        witness::expect_bug(Bug::DataRace, move || {
            let value = Box::into_raw(Box::new(new()));
            let shared = Shared(value);
            let other = thread::spawn(move || {
                let shared = shared;
                // SAFETY: broken, see above.
                theirs(unsafe { &*shared.0 });
            });
            // SAFETY: broken, see above.
            mine(unsafe { &mut *value });
            other.join().unwrap();
            // SAFETY: the other thread has ended.
            drop(unsafe { Box::from_raw(value) });
        });
    }

    races(
        || AtomicUsize::new(0),
        |mine| *mine.get_mut() = 1,
        |theirs| {
            theirs.fetch_add(1, Relaxed);
        },
    );
    races(|| UnsafeCell::new(0), |mine| *mine.get_mut() = 1, |theirs| theirs.with(|_| ()));
    races(|| Mutex::new(0), |mine| *mine.get_mut().unwrap() = 1, |theirs| *theirs.lock().unwrap() = 2);
    races(|| RwLock::new(0), |mine| *mine.get_mut().unwrap() = 1, |theirs| assert!(theirs.read().is_ok()));
}
