//! Random histories, against `std::collections::HashMap`: a million operations, by one thread and by several.

mod tracked;

use std::collections::HashMap;
use std::hash::{BuildHasher, DefaultHasher, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng};
use step10::RcuMap;
use table::Domain;
use tracked::{Code, Number, Register, Tracked, panic_after, panic_no_more};

/// A hasher with so few different hashes that keys get in each other's way, or a good one.
#[derive(Clone, Copy)]
struct Spread(u64);

impl BuildHasher for Spread {
    type Hasher = Reduced;

    fn build_hasher(&self) -> Reduced {
        Reduced(DefaultHasher::new(), self.0)
    }
}

struct Reduced(DefaultHasher, u64);

impl Hasher for Reduced {
    fn finish(&self) -> u64 {
        // Few different hashes, all with the tag 0, and neighbours at home: the home is made of the bits from the eighth on.
        (self.0.finish() % self.1).rotate_left(7)
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }
}

type Map = RcuMap<Tracked, Tracked, Spread>;
type Model = HashMap<u64, u64>;

/// The operations of a history, from random numbers: those shrink well, and cost little to make.
struct History<'a> {
    numbers: std::slice::Iter<'a, u32>,
    keys: u64,
    register: Arc<Register>,
}

impl History<'_> {
    fn tracked(&self, number: u64) -> Tracked {
        Tracked::new(number, &self.register)
    }
}

/// One operation, on the map and on its model; with what they say compared. False if the history is over.
fn step(history: &mut History<'_>, map: &Map, model: &mut Model) -> bool {
    let Some(&number) = history.numbers.next() else { return false };
    let (kind, key, value) = (number % 64, u64::from(number >> 6) % history.keys, u64::from(number >> 16));
    match kind {
        0..24 => {
            let is_new = map.insert(history.tracked(key), history.tracked(value));
            assert_eq!(is_new, model.insert(key, value).is_none());
        }
        24..36 => assert_eq!(map.remove(&Number(key)), model.remove(&key).is_some()),
        36..46 => assert_eq!(map.read().get(&Number(key)).map(Tracked::get), model.get(&key).copied()),
        46 => assert_eq!(map.contains_key(&Number(key)), model.contains_key(&key)),
        47 => {
            let is_there = map.update(&Number(key), |old| history.tracked(old.get() ^ value));
            assert_eq!(is_there, model.get_mut(&key).map(|old| *old ^= value).is_some());
        }
        48..51 => {
            let guard = map.read();
            let replaced = guard.insert(history.tracked(key), history.tracked(value)).map(Tracked::get);
            assert_eq!(replaced, model.insert(key, value));
        }
        51..53 => assert_eq!(map.read().remove(&Number(key)).map(Tracked::get), model.remove(&key)),
        53 => assert_eq!((map.len(), map.is_empty()), (model.len(), model.is_empty())),
        54 => {
            let guard = map.read();
            let entry = guard.get_key_value(&Number(key)).map(|(key, value)| (key.get(), value.get()));
            assert_eq!(entry, model.get_key_value(&key).map(|(key, value)| (*key, *value)));
        }
        55 => map.reserve(value as usize % 300),
        56 if value % 16 == 0 => {
            map.clear();
            model.clear();
        }
        57 if value % 4 == 0 => {
            let mut map = map;
            map.extend((key..key + 5).map(|key| (history.tracked(key), history.tracked(value))));
            model.extend((key..key + 5).map(|key| (key, value)));
        }
        58 => map.reclaim(),
        62 => {
            let guard = map.read();
            let there = guard.get_or_insert_with(history.tracked(key), || history.tracked(value)).get();
            assert_eq!(there, *model.entry(key).or_insert(value));
        }
        59..62 => section(history, map, model, value as usize % 100),
        _ => assert_eq!(contents(map), *model),
    }
    true
}

/// So many operations inside a section, and what was seen when it began stays.
fn section(history: &mut History<'_>, map: &Map, model: &mut Model, operations: usize) {
    let guard = map.read();
    let seen: Vec<(&Tracked, u64)> = guard.iter().take(20).map(|(_, value)| (value, value.get())).collect();
    for _ in 0..operations {
        if !step(history, map, model) {
            break;
        }
    }
    assert!(seen.iter().all(|(value, number)| value.get() == *number));
}

fn contents(map: &Map) -> Model {
    let guard = map.read();
    let contents: Model = guard.iter().map(|(key, value)| (key.get(), value.get())).collect();
    assert_eq!(contents.len(), guard.iter().count(), "a key twice");
    contents
}

/// Nothing is kept when nobody reads, and nothing when the map is gone.
fn nothing_is_left(map: Map, entries: usize, register: &Arc<Register>) {
    map.reclaim();
    assert_eq!((map.garbage(), register.alive()), (table::Garbage::default(), 2 * entries));
    drop(map);
    assert_eq!(register.alive(), 0);
}

fn map(spread: u64) -> (Map, Arc<Register>) {
    (Map::with_hasher_in(Spread(spread), &Domain::new()), Register::new())
}

const CASES: u32 = 500;
const LENGTH: usize = 2_000;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    /// 500,000 operations, on the average.
    #[test]
    fn a_history_is_as_std_s(
        numbers in vec(any::<u32>(), 1..LENGTH),
        keys in prop_oneof![1..8_u64, 8..64_u64, 64..2_000_u64],
        spread in prop_oneof![1..4_u64, 4..256_u64, Just(u64::MAX)],
    ) {
        let (map, register) = map(spread);
        let mut model = Model::new();
        let mut history = History { numbers: numbers.iter(), keys, register: register.clone() };
        while step(&mut history, &map, &mut model) {}
        prop_assert_eq!(contents(&map), model.clone());
        nothing_is_left(map, model.len(), &register);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    /// A `Hash` or an `Eq` that panics leaves the map as it was; a `Drop` that panics does so after the operation.
    #[test]
    fn a_history_with_panics_loses_nothing(
        numbers in vec(any::<(u32, u16)>(), 1..LENGTH / 4),
        keys in 1..64_u64,
        spread in prop_oneof![1..4_u64, Just(u64::MAX)],
    ) {
        let (map, register) = map(spread);
        let mut model = Model::new();
        for (number, panic) in numbers {
            let (key, value) = (u64::from(number >> 6) % keys, u64::from(number >> 16));
            let code = [Code::Hash, Code::Eq, Code::Drop][usize::from(panic % 3)];
            let key_of_insert = Tracked::new(key, &register);
            let before = map.len();
            panic_after(code, u32::from(panic / 3) % 40);
            let done = catch_unwind(AssertUnwindSafe(|| match number % 8 {
                0..5 => drop(map.insert(key_of_insert, Tracked::new(value, &register))),
                5..7 => {
                    drop(key_of_insert);
                    map.remove(&Number(key));
                }
                _ => {
                    drop(key_of_insert);
                    map.reserve(before + 100);
                }
            }));
            let panicked = panic_no_more();
            prop_assert_eq!(done.is_err(), panicked.is_some());
            // What an operation does, it has done before anything is dropped, but for the key that `remove` and `reserve` do not need.
            let has_happened = match panicked {
                Some(Code::Hash | Code::Eq) => false,
                Some(Code::Drop) => match number % 8 {
                    0..5 => true,
                    _ => !map.contains_key(&Number(key)) || number % 8 == 7,
                },
                None => true,
            };
            if has_happened {
                match number % 8 {
                    0..5 => _ = model.insert(key, value),
                    5..7 => _ = model.remove(&key),
                    _ => {}
                }
            }
            prop_assert_eq!(map.len(), model.len());
        }
        prop_assert_eq!(contents(&map), model.clone());
        nothing_is_left(map, model.len(), &register);
    }
}

const WRITERS: u64 = 2;
const SHARED: u64 = 8;
/// A key that is overwritten all the time, and never removed.
const EVERGREEN: u64 = u64::MAX;

/// What a writer does: on keys of its own it is alone, so that a model says what it must see; on keys that all of them
/// share, it only writes.
fn write(map: &Map, numbers: &[u32], writer: u64, register: &Arc<Register>) -> Model {
    let mut model = Model::new();
    let own = |key: u64| SHARED + key * WRITERS + writer;
    let is_own = |key: u64| (SHARED..EVERGREEN).contains(&key) && (key - SHARED) % WRITERS == writer;
    for (version, &number) in (1..).zip(numbers) {
        let key = u64::from(number >> 6) % 200;
        match number % 64 {
            0..24 => {
                let is_new = map.insert(Tracked::new(own(key), register), Tracked::new(version, register));
                assert_eq!(is_new, model.insert(own(key), version).is_none());
            }
            24..34 => assert_eq!(map.remove(&Number(own(key))), model.remove(&own(key)).is_some()),
            34 => {
                let is_there = map.update(&Number(own(key)), |old| Tracked::new(old.get() + version, register));
                assert_eq!(is_there, model.get_mut(&own(key)).map(|old| *old += version).is_some());
            }
            35..48 => assert_eq!(map.read().get(&Number(own(key))).map(Tracked::get), model.get(&own(key)).copied()),
            48..56 => _ = map.insert(Tracked::new(key % SHARED, register), Tracked::new(version, register)),
            56..58 => _ = map.remove(&Number(key % SHARED)),
            58 => {
                let guard = map.read();
                let mine = guard.iter().filter(|(key, _)| is_own(key.get()));
                let mine: Vec<(u64, u64)> = mine.map(|(key, value)| (key.get(), value.get())).collect();
                assert_eq!(mine.len(), model.len(), "each once");
                assert_eq!(mine.into_iter().collect::<Model>(), model);
            }
            59 => map.reserve(number as usize % 500),
            _ => {
                // Holds a section open over a few of its own writes.
                let guard = map.read();
                let seen = guard.get(&Number(own(key))).map(|value| (value, value.get()));
                map.insert(Tracked::new(own(key), register), Tracked::new(version, register));
                assert!(seen.is_none_or(|(value, number)| value.get() == number));
                assert_eq!(guard.get(&Number(own(key))).map(Tracked::get), Some(version));
                model.insert(own(key), version);
            }
        }
    }
    model
}

/// What a reader sees of a key that is never removed: newer and newer versions.
fn read(map: &Map, done: &AtomicBool) {
    let mut last = 0;
    while !done.load(Relaxed) {
        let guard = map.read();
        let version = guard.get(&Number(EVERGREEN)).expect("it is never removed").get();
        assert!(version >= last, "{version} after {last}");
        last = version;
        for key in 0..SHARED {
            guard.get(&Number(key)).map(Tracked::get);
        }
        drop(guard);
        thread::yield_now();
    }
}

/// So many random numbers, from a seed.
fn random(seed: u64, count: usize) -> Vec<u32> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    (0..count).map(|_| rng.next_u32()).collect()
}

/// 500,000 operations of two writers, beside two readers and a third writer.
#[test]
fn histories_of_several_threads_are_as_std_s_on_the_keys_of_each() {
    for (seed, spread) in (0..64).zip([8, 64, 256, u64::MAX].into_iter().cycle()) {
        let (map, register) = map(spread);
        map.insert(Tracked::new(EVERGREEN, &register), Tracked::new(0, &register));
        let done = AtomicBool::new(false);
        let model: Model = thread::scope(|scope| {
            let _done = OnDrop(|| done.store(true, Relaxed));
            for _ in 0..2 {
                scope.spawn(|| read(&map, &done));
            }
            scope.spawn(|| {
                for version in 1.. {
                    map.insert(Tracked::new(EVERGREEN, &register), Tracked::new(version, &register));
                    if done.load(Relaxed) {
                        break;
                    }
                    thread::yield_now();
                }
            });
            let writers = [0, 1].map(|writer| {
                let (map, register) = (&map, &register);
                let numbers = random(seed * WRITERS + writer, 4_000);
                scope.spawn(move || write(map, &numbers, writer, register))
            });
            writers.into_iter().flat_map(|writer| writer.join().expect("an assertion of a writer's")).collect()
        });
        let mut own = contents(&map);
        own.retain(|key, _| (SHARED..EVERGREEN).contains(key));
        assert_eq!(own, model);
        let entries = map.len();
        nothing_is_left(map, entries, &register);
    }
}

struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
