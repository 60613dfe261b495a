//! What real threads show, with either barrier.

mod tracked;

use std::cell::Cell;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;

use static_assertions::{assert_impl_all, assert_not_impl_any};
use step6::Barrier;
use table::{DefaultHashBuilder, Domain, Guard, Iter, Map, Reader};
use tracked::{ByBits, CrowdedState, Register, Tracked};

type Of<K, V> = Map<K, V, DefaultHashBuilder, ByBits>;
assert_impl_all!(Of<String, Vec<u8>>: Send, Sync, UnwindSafe, RefUnwindSafe);
// Not Send.
assert_not_impl_any!(Of<Rc<u8>, u8>: Send, Sync);
assert_not_impl_any!(Of<u8, Rc<u8>>: Send, Sync);
// Send, and not Sync: one thread at a time may have the map.
assert_impl_all!(Of<u8, Cell<u8>>: Send);
assert_not_impl_any!(Of<u8, Cell<u8>>: Sync);
// Sync, and not Send: a value is dropped by whichever thread writes.
assert_not_impl_any!(Of<u8, MutexGuard<'static, u8>>: Send, Sync);
assert_impl_all!(Map<u8, u8, Cell<u8>, ByBits>: Send);
assert_not_impl_any!(Map<u8, u8, Cell<u8>, ByBits>: Sync);
assert_not_impl_any!(Guard<'static, u8, u8, DefaultHashBuilder, ByBits>: Send, Sync);
assert_not_impl_any!(Iter<'static, u8, u8>: Send, Sync);

/// Tells readers to end, also if the writer panics.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// A domain of its own for each barrier that this process can use.
fn domains() -> Vec<Domain> {
    [Barrier::Fence, Barrier::Membarrier].into_iter().filter_map(|barrier| Domain::with_barrier(barrier).ok()).collect()
}

/// Two halves that agree until it is dropped or overwritten.
fn value(register: &Register, number: u32) -> Tracked<[u32; 2]> {
    register.tracked([number, !number])
}

#[test]
fn a_key_that_is_overwritten_all_the_time_is_always_there() {
    for domain in domains() {
        let register = Register::default();
        let map: Map<u16, Tracked<[u32; 2]>, CrowdedState, ByBits> =
            Map::with_hasher_in(CrowdedState::default(), &domain);
        (0..60).for_each(|key| _ = map.insert(key, value(&register, 0)));
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let end = Done(&done);
            let readers = [false, true].map(|has_slot| {
                let (map, done) = (&map, &done);
                scope.spawn(move || {
                    let mut reader = has_slot.then(|| map.reader());
                    let mut last = [0; 60];
                    while !done.load(Relaxed) {
                        for key in 0..60 {
                            let guard = reader.as_mut().map_or_else(|| map.read(), Reader::read);
                            let [left, right] = guard.get(&key).expect("it was there all the time").value;
                            assert_eq!(left, !right);
                            assert!(left >= last[usize::from(key)], "an older value after a newer one");
                            last[usize::from(key)] = left;
                        }
                    }
                })
            });
            for round in 1..=400 {
                for key in 0..60 {
                    map.insert(key, value(&register, round));
                    // Others come and go between, so that there are free slots nearer home.
                    map.insert(60 + (key ^ round as u16) % 30, value(&register, round));
                    map.remove(&(60 + key % 30));
                }
            }
            drop(end);
            readers.into_iter().for_each(|reader| reader.join().unwrap());
        });
        map.reclaim();
        assert_eq!(register.alive(), map.len(), "{:?}", domain.barrier());
        drop(map);
        assert_eq!(register.alive(), 0);
    }
}

#[test]
fn an_iterator_sees_what_nobody_touches_once_beside_a_map_that_grows() {
    for domain in domains() {
        let map: Of<u32, u32> = Map::new_in(&domain);
        (0..100).for_each(|key| _ = map.insert(key, key));
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let end = Done(&done);
            let reader = scope.spawn(|| {
                while !done.load(Relaxed) {
                    let guard = map.read();
                    let mut seen: Vec<u32> = guard.iter().map(|(&key, _)| key).filter(|&key| key < 100).collect();
                    seen.sort_unstable();
                    assert!(seen.into_iter().eq(0..100));
                }
            });
            for round in 0..20 {
                (100..2_000).for_each(|key| _ = map.insert(key, round));
                (100..2_000).for_each(|key| _ = map.remove(&key));
            }
            drop(end);
            reader.join().unwrap();
        });
    }
}

#[test]
fn writers_take_turns_and_nothing_is_lost() {
    for domain in domains() {
        let register = Register::default();
        let map: Map<u32, Tracked<[u32; 2]>, DefaultHashBuilder, ByBits> = Map::new_in(&domain);
        thread::scope(|scope| {
            for writer in 0..4 {
                let (map, register) = (&map, &register);
                scope.spawn(move || {
                    for round in 0..4 {
                        for key in (writer..2_000).step_by(4) {
                            let guard = map.read();
                            let old = guard.insert(key, value(register, round));
                            assert_eq!(old.map(|old| old.value[0]), round.checked_sub(1));
                        }
                    }
                });
            }
        });
        assert_eq!(map.len(), 2_000);
        assert!((0..2_000).all(|key| map.read().get(&key).is_some_and(|value| value.value[0] == 3)));
        map.clear();
        map.reclaim();
        assert_eq!(register.alive(), 0);
    }
}

type Static = Map<u32, String, DefaultHashBuilder, ByBits>;

/// Reads the map and writes to it when its thread ends, and so does a guard that has been kept until then.
struct Last(&'static Static, Option<Guard<'static, u32, String, DefaultHashBuilder, ByBits>>);

impl Drop for Last {
    fn drop(&mut self) {
        assert_eq!(self.1.take().unwrap().get(&1).unwrap(), "one");
        let guard = self.0.read();
        let old = guard.insert(1, "uno".to_owned());
        assert!(old.is_none_or(|old| old == "one" || old == "uno"));
        assert_eq!(guard.get(&1).unwrap(), "uno");
        guard.insert(1, "one".to_owned());
    }
}

#[test]
fn a_thread_local_s_destructor_may_read_and_write() {
    thread_local!(static LAST: std::cell::RefCell<Option<Last>> = const { std::cell::RefCell::new(None) });
    for domain in domains() {
        let map: &'static Static = Box::leak(Box::new(Map::new_in(&domain)));
        map.insert(1, "one".to_owned());
        for first in [true, false, true, false] {
            // Destructors run in an order that depends on which was first: this thread-local's, or that of the slots.
            let ends = move || {
                if first {
                    LAST.with(|_| ());
                }
                let guard = map.read();
                LAST.set(Some(Last(map, Some(guard))));
            };
            thread::spawn(ends).join().unwrap();
        }
        map.reclaim();
        assert_eq!((map.len(), map.garbage()), (1, Default::default()), "no section is left open");
        assert!(domain.slots() <= 3, "{}", domain.slots());
    }
}

/// Sizes and alignments at the edge.
#[test]
fn entries_of_no_size_and_of_large_alignment_have_their_places() {
    #[derive(Clone, Copy, PartialEq, Debug)]
    #[repr(align(256))]
    struct Aligned(u8);

    let units: Of<(), ()> = Map::new_in(&Domain::new());
    assert!(units.insert((), ()) && !units.insert((), ()) && units.len() == 1);
    assert!(units.remove(&()) && units.is_empty());

    struct Counted;
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    impl Drop for Counted {
        fn drop(&mut self) {
            DROPS.fetch_add(1, Relaxed);
        }
    }
    let counted: Of<(), Counted> = Map::new_in(&Domain::new());
    (0..100).for_each(|_| _ = counted.insert((), Counted));
    counted.reserve(1_000);
    drop(counted);
    assert_eq!(DROPS.load(Relaxed), 100);

    let large: Of<u8, [u64; 2_000]> = Map::new_in(&Domain::new());
    (0..20).for_each(|key| _ = large.insert(key, [u64::from(key); 2_000]));
    assert!((0..20).all(|key| large.read().get(&key) == Some(&[u64::from(key); 2_000])));

    let aligned: Of<u8, Aligned> = Map::new_in(&Domain::new());
    (0..=255).for_each(|key| _ = aligned.insert(key, Aligned(key)));
    let guard = aligned.read();
    for (key, value) in &guard {
        assert_eq!((*value, std::ptr::from_ref(value).addr() % 256), (Aligned(*key), 0));
    }
}

#[test]
fn a_map_that_cannot_be_made_larger_stays_as_it_is() {
    let map: Of<u32, u32> = Map::new_in(&Domain::new());
    map.insert(1, 1);
    for additional in [usize::MAX, usize::MAX / 8, isize::MAX as usize] {
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| map.reserve(additional))).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"capacity overflow"));
        assert_eq!((map.len(), map.capacity(), map.read().get(&1)), (1, 6, Some(&1)));
    }
    assert!(map.insert(2, 2));
}

#[test]
#[should_panic(expected = "capacity overflow")]
fn a_capacity_that_no_address_space_has_is_refused() {
    let _: Of<u64, u64> = Map::with_capacity(usize::MAX / 8);
}
