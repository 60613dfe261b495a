//! What is true of a table whenever its lock is free, over random histories. (Not in a twin file: see `control_tests`.)

use std::hash::{BuildHasher, BuildHasherDefault, Hasher};
use std::sync::mpsc::channel;

use foldhash::fast::FixedState;

use crate::Domain;
use crate::barrier::Barrier;
use crate::table::control::{LANES, State};
use crate::table::probe::HOME;
use crate::table::{Map, Migrate, raw};

enum ByCopy {}

// SAFETY: a copy of a `Copy` value.
unsafe impl<T: Copy> Migrate<T> for ByCopy {
    const LEAVES_A_VALUE: bool = false;

    unsafe fn migrate(from: *const T, to: *mut T) {
        // SAFETY: the caller's promise.
        unsafe { to.write(*from) }
    }
}

/// A hasher that returns the key itself. It has a size: hashes of one that has none are spread.
#[derive(Clone, Copy, Default)]
struct HashIsKey(u64);

impl BuildHasher for HashIsKey {
    type Hasher = Itself;

    fn build_hasher(&self) -> Itself {
        Itself(self.0)
    }
}

#[derive(Default)]
struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _bytes: &[u8]) {
        unreachable!("the keys are u64")
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

type Numbers = Map<u64, u64, HashIsKey, ByCopy>;

fn numbers() -> Numbers {
    Map::with_hasher_in(HashIsKey::default(), &Domain::new())
}

/// How many slots of the map's table are in each of the states that are not an entry's, and how many entries there are.
fn count(map: &Numbers, state: State) -> usize {
    let table = map.read().table();
    table.map_or(0, |table| {
        let states = |word| (0..LANES).map(move |lane| (table.word(word).peek().bits() >> (8 * lane)) as u8);
        (0..=table.mask()).flat_map(states).filter(|&byte| byte == state.0).count()
    })
}

fn check(map: &Numbers) {
    let Some(table) = map.read().table() else { return };
    let [empty, tombstones, superseded] =
        [State::EMPTY, State::TOMBSTONE, State::SUPERSEDED].map(|state| count(map, state));
    let locked = map.lock();
    assert_eq!(table.full().count(), locked.len());
    assert_eq!(tombstones, locked.writer.quarantine.len(), "every tombstone waits");
    assert_eq!(superseded, 0);
    assert_eq!(locked.writer.growth_left, raw::usable::<u64, u64>(table.mask() + 1) - (table.slots() - empty));
    assert!(empty >= table.slots() - raw::usable::<u64, u64>(table.mask() + 1), "a search ends");
    assert!((0..=table.mask()).all(|word| table.word(word).peek() == table.load(word)), "the writer's copy is one");
    let words = || (0..=table.mask()).map(|word| table.word(word).peek());
    assert!(
        words().all(|word| !(word.has(State::EMPTY) && word.has(State::FREE))),
        "a word has one kind of vacant slots"
    );
    assert!(
        table.has_moved() != locked.writer.quarantine.moves.is_empty(),
        "the mark is up exactly while a move is waited for"
    );
}

/// A key that is replaced all the time, where others come and go, beside sections that end now and then.
#[test]
fn a_table_s_count_of_its_slots_is_right() {
    let mut seed = 1_u64;
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) % below
    };
    let mut moves = 0;
    for _ in 0..60 {
        let map = numbers();
        let (words, keys) = (1 + random(7), 1 + random(60));
        let mut section = None;
        for _ in 0..200 {
            // Keys of few homes, and tags that differ.
            let key = random(keys);
            let key = key << 57 | key << 15 | (key % words) << HOME;
            match random(16) {
                0..8 => _ = map.insert(key, 0),
                8..11 => _ = map.remove(&key),
                11 => _ = map.update(&key, |value| value + 1),
                12 => map.reclaim(),
                13 => section = Some(map.domain().read()),
                14 => section = None,
                _ if random(20) == 0 => map.reserve(random(30) as usize),
                _ => {}
            }
            check(&map);
            moves += usize::from(map.read().table().is_some_and(|table| table.has_moved()));
        }
        drop(section);
        map.reclaim();
        check(&map);
        assert_eq!(count(&map, State::TOMBSTONE), 0);
        assert!(map.read().table().is_none_or(|table| !table.has_moved()), "nobody reads");
    }
    assert!(moves > 50, "{moves}");
}

/// Ten keys that are at home in the first word: two are in the second one. Then two slots of the first are free.
#[test]
fn a_key_comes_home_once_for_each_grace_period_and_no_writer_waits_for_that() {
    let key = |which: u64| which << 57 | which << 15;
    let map = numbers();
    map.reserve(14);
    (1..=10).for_each(|which| _ = map.insert(key(which), 0));
    (1..=2).for_each(|which| assert!(map.remove(&key(which))));
    map.reclaim();
    let table = map.read().table().unwrap();
    let word_of = |which| {
        // SAFETY: the table shows the entry, and only this thread writes.
        let is_it = |slot: &raw::Slot| unsafe { table.entry(*slot).as_ref() }.key == key(which);
        table.full().find(is_it).expect("it is there").word
    };
    let where_and_mark = || (word_of(9), word_of(10), table.has_moved());
    assert_eq!((count(&map, State::FREE), where_and_mark()), (2, (1, 1, false)));

    // What is removed now is reusable when this section has ended, which is in the middle of the next one.
    let earlier = map.domain().read();
    (3..=4).for_each(|which| assert!(map.remove(&key(which))));
    map.reclaim();
    map.insert(key(9), 1);
    assert_eq!(where_and_mark(), (0, 1, true), "the first of them comes home");
    map.insert(key(9), 2);
    map.insert(key(9), 3);
    assert_eq!((count(&map, State::FREE), where_and_mark()), (0, (1, 1, true)), "and goes away again: home is full");
    std::thread::scope(|scope| {
        let (opened, open) = channel();
        let (close, closed) = channel::<()>();
        let map = &map;
        scope.spawn(move || {
            let _section = map.domain().read();
            opened.send(()).unwrap();
            // Until the other end is gone.
            closed.recv().unwrap_err();
        });
        open.recv().unwrap();
        drop(earlier);
        map.reclaim();
        assert_eq!((count(map, State::FREE), where_and_mark()), (2, (1, 1, true)));
        map.insert(key(9), 4);
        assert_eq!(where_and_mark(), (1, 1, true), "a reader may have been misled by the first time");
        map.insert(key(10), 1);
        assert_eq!(where_and_mark(), (1, 0, true), "but not about another key");
        drop(close);
    });
    map.reclaim();
    assert_eq!(where_and_mark(), (1, 0, false), "whoever has begun before is done");
    map.insert(key(9), 5);
    assert_eq!(where_and_mark(), (0, 0, true));
    check(&map);
}

/// How many keys are not in the word where they are at home.
fn away<S: BuildHasher>(map: &Map<u64, u64, S, ByCopy>) -> usize {
    let table = map.read().table().unwrap();
    // SAFETY: the table shows the entry, and only this thread writes.
    let hash = |slot| map.hash(unsafe { &table.entry(slot).as_ref().key });
    table.full().filter(|&slot| (hash(slot) >> HOME) as usize & table.mask() != slot.word).count()
}

#[test]
fn a_hasher_that_returns_the_key_is_as_good_as_another() {
    for shift in [0, 3, 7, 12, 20, 32, 48] {
        let map: Map<u64, u64, BuildHasherDefault<Itself>, ByCopy> =
            Map::with_hasher_in(Default::default(), &Domain::new());
        (0..1_000).for_each(|number| _ = map.insert(number << shift, 0));
        let away = away(&map);
        assert!(away < 1_000 / 40, "{away} of those with {shift} zeroes at their end");
    }
}

#[test]
fn where_every_entry_is_replaced_now_and_then_most_keys_stay_at_home() {
    // The same hashes each time.
    let map: Map<u64, u64, FixedState, ByCopy> = Map::with_hasher_in(FixedState::default(), &Domain::new());
    for round in 0..10 {
        (0..1_000_u64).for_each(|number| _ = map.insert(number.wrapping_mul(0x9e37_79b9_7f4a_7c15), round));
    }
    let away = away(&map);
    assert!(away < 1_000 / 40, "{away}");
}

#[test]
fn a_key_that_is_replaced_all_the_time_stays_near_home_while_nobody_reads() {
    let map = numbers();
    map.reserve(448);
    let table = map.read().table().unwrap();
    for round in 0..1_000 {
        map.insert(0, round);
        let word = table.full().next().expect("it is there").word;
        assert!([0, 1, 3, 6, 10].contains(&word), "the first five words of its search: not {word}");
    }
}

/// The first group of a look-up, which is computed in another way than the rest, is that of the first word.
#[test]
fn a_hash_s_home_is_where_its_search_begins() {
    fn check<K, V>(distance: usize) {
        for words in [1, 2, 64, 1024] {
            let table = raw::Table::<K, V>::allocate(words);
            for number in 0..2 * words as u64 {
                let hash = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let (home, first) = (table.home(hash), (hash >> HOME) as usize & table.mask());
                let entry = home.place(0).entry();
                assert_eq!(entry, table.entry(raw::Slot { word: first, lane: 0 }));
                assert_eq!(
                    entry.addr().get() - table.entry(raw::Slot { word: 0, lane: 0 }).addr().get(),
                    first * distance
                );
            }
            // SAFETY: it is this function's alone.
            unsafe { table.deallocate() };
        }
    }
    check::<(), ()>(8);
    check::<u64, ()>(64);
    check::<u64, u64>(128);
    check::<u64, [u64; 3]>(256);
    // More than a power of two.
    check::<u8, u8>(24);
    check::<u64, [u64; 5]>(384);
    check::<u64, [u64; 16]>(960);
    check::<u64, [u64; 100]>(5696);
}

/// Entries whose alignment is so large that the stand-in for a table would have its word elsewhere.
#[repr(align(256))]
#[derive(Clone, Copy)]
struct Aligned;

#[test]
fn a_map_without_a_table_is_an_empty_map() {
    fn check<V: Copy + Send + Sync + 'static>(value: V) {
        let map: Map<u64, V, HashIsKey, ByCopy> = Map::with_hasher_in(Default::default(), &Domain::new());
        let empty = || {
            let section = map.read();
            assert!((0..300).all(|key| section.get(&(key << HOME | key << 57)).is_none()));
            assert!(section.iter().next().is_none() && section.table().is_none());
            assert_eq!((map.len(), map.capacity(), map.garbage()), (0, 0, Default::default()));
        };
        empty();
        map.clear();
        map.reclaim();
        assert!(!map.remove(&1) && !map.update(&1, |value| *value));
        empty();
        map.insert(1, value);
        assert!(map.read().get(&1).is_some() && map.capacity() > 0);
    }
    check(());
    check(1_u64);
    check([0_u8; 100]);
    check(Aligned);
    assert!(!raw::Table::<u64, u64>::none().is_null());
    assert!(raw::Table::<u64, Aligned>::none().is_null(), "this one has no stand-in");
}

/// What home has room for is not moved, and neither makes readers look twice nor the map grow.
#[test]
fn what_is_replaced_at_home_stays_there() {
    let map = numbers();
    map.insert(1, 0);
    for value in 0..1000 {
        assert!(!map.insert(1, value));
        assert!(!map.read().table().unwrap().has_moved());
    }
    assert_eq!(map.capacity(), 6);

    // No slot is empty that may be used, and one is free.
    let map = numbers();
    map.reserve(6);
    let keys = [0, 1, 2, 3, 4, 5].map(|tag| tag << 57);
    keys.iter().for_each(|key| assert!(map.insert(*key, 0)));
    let table = map.read().table().unwrap().as_ptr();
    assert_eq!(map.lock().writer.growth_left, 0);
    {
        // As if an entry had been there, and had waited.
        let locked = map.lock();
        let table = locked.table().unwrap();
        table.word(0).store(table.word(0).peek().replace(6, State::EMPTY, State::FREE));
    }
    assert!(!map.insert(keys[0], 1));
    assert_eq!(map.read().table().unwrap().as_ptr(), table);
    assert_eq!(map.read().get(&keys[0]), Some(&1));
}

#[test]
fn a_map_s_lock_is_biased_if_its_domain_has_the_barrier_for_it() {
    for barrier in [Barrier::Fence, Barrier::Membarrier] {
        let Ok(domain) = Domain::with_barrier(barrier) else { continue };
        let map: Numbers = Map::with_hasher_in(HashIsKey::default(), &domain);
        (0..2000).for_each(|value| _ = map.insert(1, value));
        assert_eq!(map.writers.lock.biases().0, barrier == Barrier::Membarrier);
    }
}
