//! Random histories of one thread, against std's map: the same answers, and every key and value dropped once.

mod tracked;

use std::collections::HashMap;
use std::hash::BuildHasher;

use proptest::prelude::*;
use proptest::test_runner::Config;
use table::{DefaultHashBuilder, Domain, Map, Migrate};
use tracked::{ByBits, ByClone, CrowdedState, Register, Tracked};

#[derive(Clone, Debug)]
enum Step {
    Insert(u16, u32),
    InsertInASection(u16, u32),
    /// Adds to a value that is there.
    Update(u16, u32),
    GetOrInsert(u16, u32),
    Remove(u16),
    RemoveInASection(u16),
    Get(u16),
    Iterate,
    Clear,
    Reserve(usize),
    Reclaim,
    OpenGuard,
    /// Keeps a reference to a value that the newest guard has handed out.
    Borrow(u16),
    CloseGuard,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = || 0_u16..40;
    let step = prop_oneof![
        12 => (key(), any::<u32>()).prop_map(|(key, value)| Step::Insert(key, value)),
        4 => (key(), any::<u32>()).prop_map(|(key, value)| Step::InsertInASection(key, value)),
        4 => (key(), any::<u32>()).prop_map(|(key, addend)| Step::Update(key, addend)),
        4 => (key(), any::<u32>()).prop_map(|(key, value)| Step::GetOrInsert(key, value)),
        6 => key().prop_map(Step::Remove),
        2 => key().prop_map(Step::RemoveInASection),
        6 => key().prop_map(Step::Get),
        2 => Just(Step::Iterate),
        1 => Just(Step::Clear),
        1 => (0_usize..60).prop_map(Step::Reserve),
        2 => Just(Step::Reclaim),
        2 => Just(Step::OpenGuard),
        4 => key().prop_map(Step::Borrow),
        2 => Just(Step::CloseGuard),
    ];
    prop::collection::vec(step, 0..300)
}

type Key = Tracked<u16>;
type Value = Tracked<u32>;

fn run<S: BuildHasher + Default, M: Migrate<Key> + Migrate<Value>>(steps: &[Step]) {
    let register = Register::default();
    let mut expected: HashMap<u16, u32> = HashMap::new();
    {
        let map: Map<Key, Value, S, M> = Map::with_hasher_in(S::default(), &Domain::new());
        let mut guards = Vec::new();
        for step in steps {
            match *step {
                Step::Insert(key, value) => {
                    let new = map.insert(register.tracked(key), register.tracked(value));
                    assert_eq!(new, expected.insert(key, value).is_none());
                }
                Step::InsertInASection(key, value) => {
                    let guard = map.read();
                    let old = guard.insert(register.tracked(key), register.tracked(value)).map(|old| old.value);
                    assert_eq!(old, expected.insert(key, value));
                    assert_eq!(guard.get(&key).map(|value| value.value), Some(value));
                }
                Step::Update(key, addend) => {
                    let updated = map.update(&key, |value| register.tracked(value.value.wrapping_add(addend)));
                    let expected = expected.get_mut(&key).map(|value| *value = value.wrapping_add(addend));
                    assert_eq!(updated, expected.is_some());
                }
                Step::GetOrInsert(key, value) => {
                    let guard = map.read();
                    let there = guard.get_or_insert_with(register.tracked(key), || register.tracked(value)).value;
                    assert_eq!(there, *expected.entry(key).or_insert(value));
                }
                Step::Remove(key) => assert_eq!(map.remove(&key), expected.remove(&key).is_some()),
                Step::RemoveInASection(key) => {
                    let guard = map.read();
                    assert_eq!(guard.remove(&key).map(|value| value.value), expected.remove(&key));
                    assert!(!guard.contains_key(&key));
                }
                Step::Get(key) => {
                    let guard = map.read();
                    let found = guard.get_key_value(&key).map(|(key, value)| (key.value, value.value));
                    assert_eq!(found, expected.get_key_value(&key).map(|(&key, &value)| (key, value)));
                }
                Step::Iterate => {
                    let guard = map.read();
                    let mut found: Vec<_> = guard.iter().map(|(key, value)| (key.value, value.value)).collect();
                    let mut wanted: Vec<_> = expected.iter().map(|(&key, &value)| (key, value)).collect();
                    found.sort_unstable();
                    wanted.sort_unstable();
                    assert_eq!(found, wanted);
                }
                Step::Clear => {
                    map.clear();
                    expected.clear();
                }
                Step::Reserve(additional) => {
                    map.reserve(additional);
                    assert!(map.capacity() >= expected.len() + additional);
                }
                Step::Reclaim => map.reclaim(),
                Step::OpenGuard => guards.push((map.read(), Vec::new())),
                Step::Borrow(key) => {
                    if let Some((guard, borrowed)) = guards.last_mut()
                        && let Some(value) = guard.get(&key)
                    {
                        borrowed.push((std::ptr::from_ref(value), value.value));
                    }
                }
                Step::CloseGuard => {
                    if let Some((_guard, borrowed)) = guards.pop() {
                        for (value, was) in borrowed {
                            // SAFETY: the map promises that it is there for as long as the guard.
                            assert_eq!(unsafe { &*value }.value, was);
                        }
                    }
                }
            }
            assert_eq!(map.len(), expected.len());
        }
        guards.clear();
        map.reclaim();
        assert_eq!(map.garbage(), Default::default(), "nobody reads");
        assert_eq!(register.alive(), 2 * expected.len());
    }
    assert_eq!(register.alive(), 0);
}

proptest! {
    #![proptest_config(Config { cases: 64, failure_persistence: None, ..Config::default() })]

    #[test]
    fn a_map_that_moves_bits_is_a_map(steps in steps()) {
        run::<DefaultHashBuilder, ByBits>(&steps);
    }

    #[test]
    fn a_map_that_moves_bits_is_a_map_in_a_crowd_too(steps in steps()) {
        run::<CrowdedState, ByBits>(&steps);
    }

    #[test]
    fn a_map_that_clones_is_a_map(steps in steps()) {
        run::<DefaultHashBuilder, ByClone>(&steps);
    }

    #[test]
    fn a_map_that_clones_is_a_map_in_a_crowd_too(steps in steps()) {
        run::<CrowdedState, ByClone>(&steps);
    }
}
