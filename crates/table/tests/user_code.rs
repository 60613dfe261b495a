//! `Hash`, `Eq`, `Clone` and `Drop` that panic, and that write to the map which calls them.

mod tracked;

use std::cell::Cell;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use table::{DefaultHashBuilder, Domain, Map, Migrate};
use tracked::{ByBits, ByClone, Register, Tracked};

type Act = Rc<dyn Fn(&'static str)>;

/// A key or value whose user code does what it is told, and says which code it is.
struct Hook {
    payload: Tracked<u32>,
    act: Act,
}

impl Hook {
    fn new(register: &Register, number: u32, act: &Act) -> Hook {
        Hook { payload: register.tracked(number), act: act.clone() }
    }
}

impl PartialEq for Hook {
    fn eq(&self, other: &Hook) -> bool {
        (self.act)("eq");
        self.payload == other.payload
    }
}

impl Eq for Hook {}

impl Hash for Hook {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.act)("hash");
        self.payload.hash(state);
    }
}

impl Clone for Hook {
    fn clone(&self) -> Hook {
        (self.act)("clone");
        Hook { payload: self.payload.clone(), act: self.act.clone() }
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        (self.act)("drop");
    }
}

/// Panics in a call of the code that it is armed for, after so many others.
#[derive(Clone, Default)]
struct Bomb(Rc<Cell<Option<(&'static str, u32)>>>);

/// What a map of two words takes before it grows.
const FULL: u32 = 12;

impl Bomb {
    fn arm(&self, code: &'static str, after: u32) {
        self.0.set(Some((code, after)));
    }

    fn act(&self) -> Act {
        let bomb = self.clone();
        Rc::new(move |code| match bomb.0.get() {
            Some((armed, 0)) if armed == code => {
                bomb.0.set(None);
                panic!("boom in {code}");
            }
            Some((armed, after)) if armed == code => bomb.0.set(Some((armed, after - 1))),
            _ => {}
        })
    }
}

fn message(payload: Box<dyn std::any::Any + Send>) -> String {
    payload.downcast_ref::<String>().cloned().or_else(|| payload.downcast_ref::<&str>().map(|&s| s.to_owned())).unwrap()
}

/// Fills a map until the next insertion makes it grow, and lets user code panic in that: at every call, one after the
/// other.
fn a_panic_while_growing_leaves_the_map_as_it_was<M: Migrate<Hook> + 'static>(codes: &[&'static str]) {
    for &code in codes {
        for after in 0.. {
            let (register, bomb) = (Register::default(), Bomb::default());
            let act = bomb.act();
            let hook = |number| Hook::new(&register, number, &act);
            let map: Map<Hook, Hook, DefaultHashBuilder, M> = Map::new_in(&Domain::new());
            for number in 0..FULL {
                map.insert(hook(number), hook(number));
            }
            assert_eq!((map.len(), map.capacity()), (FULL as usize, FULL as usize));
            let (key, value) = (hook(FULL), hook(FULL));
            bomb.arm(code, after);
            let inserted = catch_unwind(AssertUnwindSafe(|| map.insert(key, value)));
            bomb.0.set(None);
            let everything = |len| {
                let guard = map.read();
                assert_eq!(guard.iter().count(), len);
                assert!(
                    (0..len as u32)
                        .all(|number| guard.get(&hook(number)).is_some_and(|value| value.payload.value == number))
                );
            };
            match inserted {
                Ok(new) => {
                    assert!(new, "{code}: not even called {after} times");
                    everything(FULL as usize + 1);
                }
                Err(payload) => {
                    assert_eq!(message(payload), format!("boom in {code}"));
                    everything(FULL as usize);
                    assert_eq!(
                        register.alive(),
                        2 * FULL as usize,
                        "{code} {after}: what was made for the new table is gone"
                    );
                    assert!(map.insert(hook(FULL), hook(FULL)), "the lock is free");
                    everything(FULL as usize + 1);
                }
            }
            let done = map.capacity() > FULL as usize && after > 40;
            drop(map);
            assert_eq!(register.alive(), 0, "{code} {after}");
            if done {
                break;
            }
        }
    }
}

#[test]
fn a_panicking_hash_or_eq_leaves_a_map_of_bits_as_it_was() {
    a_panic_while_growing_leaves_the_map_as_it_was::<ByBits>(&["hash", "eq"]);
}

#[test]
fn a_panicking_hash_eq_or_clone_leaves_a_map_of_clones_as_it_was() {
    a_panic_while_growing_leaves_the_map_as_it_was::<ByClone>(&["hash", "eq", "clone"]);
}

/// Has this thread take the map's lock so often that it has it without the mutex from now on.
fn wear_in<K, V, S, M: Migrate<K> + Migrate<V>>(map: &Map<K, V, S, M>) {
    (0..2000).for_each(|_| map.reclaim());
}

#[test]
fn a_panicking_clone_of_a_key_does_not_overwrite() {
    let (register, bomb) = (Register::default(), Bomb::default());
    let act = bomb.act();
    let hook = |number| Hook::new(&register, number, &act);
    let map: Map<Hook, Hook, DefaultHashBuilder, ByClone> = Map::new_in(&Domain::new());
    wear_in(&map);
    map.insert(hook(1), hook(1));
    bomb.arm("clone", 0);
    let payload = catch_unwind(AssertUnwindSafe(|| map.insert(hook(1), hook(2)))).unwrap_err();
    assert_eq!(message(payload), "boom in clone");
    assert_eq!(map.read().get(&hook(1)).unwrap().payload.value, 1);
    assert_eq!(register.alive(), 2);
    assert!(!map.insert(hook(1), hook(2)));
    assert_eq!(map.read().get(&hook(1)).unwrap().payload.value, 2);
}

#[test]
fn an_update_that_panics_or_writes_to_the_map_changes_nothing() {
    let register = Register::default();
    let map: Map<u8, Tracked<u32>, DefaultHashBuilder, ByBits> = Map::new_in(&Domain::new());
    map.insert(1, register.tracked(1));
    wear_in(&map);
    let payload = catch_unwind(AssertUnwindSafe(|| map.update(&1, |_| panic!("boom")))).unwrap_err();
    assert_eq!(message(payload), "boom");
    let writes =
        || map.update(&1, |value| register.tracked(value.value + u32::from(map.insert(2, register.tracked(2)))));
    assert!(message(catch_unwind(AssertUnwindSafe(writes)).unwrap_err()).contains("wrote to the map"));
    assert_eq!((map.read().get(&1).unwrap().value, map.len(), register.alive()), (1, 1, 1));
    assert!(map.update(&1, |value| register.tracked(value.value + u32::from(map.contains_key(&1)))));
    assert_eq!(map.read().get(&1).unwrap().value, 2);
}

#[test]
fn a_panicking_drop_does_not_skip_the_rest() {
    for by_clearing in [false, true] {
        let (register, bomb) = (Register::default(), Bomb::default());
        let act = bomb.act();
        let hook = |number| Hook::new(&register, number, &act);
        let map: Map<Hook, Hook, DefaultHashBuilder, ByBits> = Map::new_in(&Domain::new());
        for number in 0..10 {
            map.insert(hook(number), hook(number));
        }
        map.reclaim();
        let section = map.domain().read();
        if by_clearing {
            map.clear();
        } else {
            let number = hook(0);
            assert!((0..10).all(|key| map.remove(&Hook { payload: register.tracked(key), act: number.act.clone() })));
        }
        drop(section);
        assert_eq!(register.alive(), 20);
        bomb.arm("drop", 7);
        let payload = catch_unwind(AssertUnwindSafe(|| map.reclaim())).unwrap_err();
        assert_eq!(message(payload), "boom in drop");
        assert_eq!(register.alive(), 0, "by clearing: {by_clearing}");
        map.insert(hook(1), hook(1));
        assert_eq!(map.len(), 1);
    }
}

/// Panics whenever it is dropped, with a payload that does so, too.
struct Hostile(Register, #[allow(dead_code, reason = "is there to be counted")] Tracked<u32>);

impl Drop for Hostile {
    fn drop(&mut self) {
        std::panic::resume_unwind(Box::new(Payload(Some(self.0.tracked(0)))));
    }
}

/// Panics when it is dropped without having been defused.
struct Payload(Option<Tracked<u32>>);

impl Drop for Payload {
    fn drop(&mut self) {
        assert!(self.0.is_none(), "the payload of a panic is dropped");
    }
}

impl PartialEq for Hostile {
    fn eq(&self, other: &Hostile) -> bool {
        self.1 == other.1
    }
}

impl Eq for Hostile {}

impl Hash for Hostile {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.1.hash(state);
    }
}

impl std::borrow::Borrow<Tracked<u32>> for Hostile {
    fn borrow(&self) -> &Tracked<u32> {
        &self.1
    }
}

#[test]
fn keys_and_values_that_all_panic_are_all_dropped() {
    type Hostiles = Map<Hostile, Hostile, DefaultHashBuilder, ByBits>;
    let ends: [fn(Hostiles); 3] = [drop, |map| map.clear(), |map| map.reclaim()];
    for end in ends {
        let (register, payloads) = (Register::default(), Register::default());
        let hostile = |number| Hostile(payloads.clone(), register.tracked(number));
        let map = Hostiles::new_in(&Domain::new());
        (0..6).for_each(|number| _ = map.insert(hostile(number), hostile(number)));
        let number = register.tracked(0);
        let section = map.domain().read();
        (0..6).for_each(|number| _ = map.remove(&register.tracked(number)));
        drop((section, number));
        let panic = catch_unwind(AssertUnwindSafe(|| end(map))).unwrap_err();
        panic.downcast::<Payload>().unwrap().0.take();
        assert_eq!(register.alive(), 0);
        assert_eq!(payloads.alive(), 11, "those of the other panics are forgotten");
    }
}

#[test]
fn the_map_s_own_drop_goes_on_after_a_panic() {
    let (register, bomb) = (Register::default(), Bomb::default());
    let act = bomb.act();
    let map: Map<Hook, Hook, DefaultHashBuilder, ByBits> = Map::new_in(&Domain::new());
    for number in 0..10 {
        map.insert(Hook::new(&register, number, &act), Hook::new(&register, number, &act));
    }
    bomb.arm("drop", 3);
    let payload = catch_unwind(AssertUnwindSafe(|| drop(map))).unwrap_err();
    assert_eq!(message(payload), "boom in drop");
    assert_eq!(register.alive(), 0);
}

/// A map of hooks which call `act` with the map.
type Calls = Map<Hook, Hook, DefaultHashBuilder, ByClone>;

/// A map whose user code calls `react`, once it has been armed with the name of that code.
fn reacting(register: &Register, react: impl Fn(&Calls, &Act) + 'static) -> (Rc<Calls>, Act, Rc<Cell<&'static str>>) {
    let map: Rc<Calls> = Rc::new(Map::new_in(&Domain::new()));
    let armed = Rc::new(Cell::new(""));
    let idle: Act = Rc::new(|_| {});
    let act: Act = {
        let (map, armed) = (Rc::downgrade(&map), armed.clone());
        Rc::new(move |code| {
            if armed.get() == code {
                armed.set("");
                if let Some(map) = map.upgrade() {
                    react(&map, &idle);
                }
            }
        })
    };
    for number in 0..FULL {
        map.insert(Hook::new(register, number, &act), Hook::new(register, number, &act));
    }
    (map, act, armed)
}

#[test]
fn user_code_that_writes_to_the_map_that_calls_it_panics_and_does_not_hang() {
    for (code, is_worn_in) in
        [("hash", false), ("eq", false), ("clone", false), ("hash", true), ("eq", true), ("clone", true)]
    {
        let register = Register::default();
        let inner = register.clone();
        let (map, act, armed) = reacting(&register, move |map, idle| {
            map.insert(Hook::new(&inner, 99, idle), Hook::new(&inner, 99, idle));
        });
        if is_worn_in {
            wear_in(&map);
        }
        // The hash of the key that is inserted is made before the lock is taken: what counts is the one of the next.
        let number = if code == "eq" { 3 } else { FULL };
        let key =
            Hook { payload: register.tracked(number), act: if code == "hash" { Rc::new(|_| {}) } else { act.clone() } };
        let value = Hook::new(&register, FULL, &act);
        armed.set(code);
        let payload = catch_unwind(AssertUnwindSafe(|| map.insert(key, value))).unwrap_err();
        let said = "code that the map calls under its lock (Hash, Eq, Clone, an update) wrote to the map, or asked for its garbage";
        assert_eq!(message(payload), said, "{code}");
        assert_eq!(map.len(), FULL as usize);
        armed.set("");
        assert!(map.insert(Hook::new(&register, FULL, &act), Hook::new(&register, FULL, &act)));
        drop((map, act));
        assert_eq!(register.alive(), 0, "{code}");
    }
}

#[test]
fn user_code_may_read_the_map_that_calls_it() {
    for code in ["hash", "eq", "clone"] {
        let register = Register::default();
        let inner = register.clone();
        let seen = Rc::new(Cell::new(0));
        let result = seen.clone();
        let (map, act, armed) = reacting(&register, move |map, idle| {
            let guard = map.read();
            result.set(guard.iter().count() + usize::from(guard.contains_key(&Hook::new(&inner, 5, idle))));
        });
        let number = if code == "eq" { 3 } else { FULL };
        let key = Hook { payload: register.tracked(number), act: Rc::new(|_| {}) };
        armed.set(code);
        map.insert(key, Hook::new(&register, FULL, &act));
        assert_eq!(seen.get(), FULL as usize + 1, "{code}");
    }
}

/// What is being compared is removed meanwhile, by the comparison itself, and the map grows.
#[test]
fn an_eq_of_a_look_up_may_remove_what_it_compares() {
    let register = Register::default();
    let inner = register.clone();
    let (map, act, armed) = reacting(&register, move |map, idle| {
        let hook = |number| Hook::new(&inner, number, idle);
        (0..FULL).for_each(|number| assert!(map.remove(&hook(number))));
        (100..200).for_each(|number| assert!(map.insert(hook(number), hook(number))));
        map.reclaim();
    });
    let key = Hook::new(&register, 3, &act);
    let guard = map.read();
    armed.set("eq");
    assert_eq!(guard.get(&key).unwrap().payload.value, 3, "it was there when the look-up began");
    assert!(!guard.contains_key(&key));
    drop(guard);
    map.reclaim();
    drop(key);
    assert_eq!((map.len(), register.alive()), (100, 200));
}

/// The hash of the key that is inserted is made outside the lock: whatever it does has happened before.
#[test]
fn a_hash_of_what_is_inserted_may_write() {
    let register = Register::default();
    let inner = register.clone();
    let (map, act, armed) = reacting(&register, move |map, idle| {
        (FULL..100).for_each(|number| assert!(map.insert(Hook::new(&inner, number, idle), Hook::new(&inner, 1, idle))));
    });
    let (key, value) = (Hook::new(&register, 50, &act), Hook::new(&register, 2, &act));
    armed.set("hash");
    assert!(!map.insert(key, value), "the hash has inserted it");
    assert_eq!((map.len(), map.read().get(&Hook::new(&register, 50, &act)).unwrap().payload.value), (100, 2));
}

#[test]
fn a_drop_may_synchronize_and_write_to_another_map_of_the_domain() {
    let domain = Domain::new();
    let maps: Maps = [Map::new_in(&domain), Map::new_in(&domain)];
    type Maps = [Map<u32, Chain, DefaultHashBuilder, ByBits>; 2];
    struct Chain(u32, *const Maps, Register, #[allow(dead_code, reason = "is there to be counted")] Tracked<()>);
    impl Drop for Chain {
        fn drop(&mut self) {
            // SAFETY: the test drops the maps' entries before the maps.
            let maps = unsafe { &*self.1 };
            maps[0].domain().synchronize();
            if let Some(next) = self.0.checked_sub(1) {
                maps[next as usize % 2].insert(next, Chain(next, self.1, self.2.clone(), self.2.tracked(())));
            }
        }
    }
    let register = Register::default();
    let chain = |number| Chain(number, &raw const maps, register.clone(), register.tracked(()));
    (100..150).for_each(|number| _ = maps[0].insert(number, chain(number % 10)));
    while maps.iter().any(|map| !map.is_empty()) {
        maps.iter().for_each(Map::clear);
    }
    maps.iter().for_each(Map::reclaim);
    assert_eq!(register.alive(), 0);
}

#[test]
fn a_drop_may_write_to_the_map_that_it_comes_from() {
    let register = Register::default();
    let inner = register.clone();
    let (map, _act, armed) = reacting(&register, move |map, idle| {
        assert!(map.insert(Hook::new(&inner, 99, idle), Hook::new(&inner, 99, idle)));
    });
    let key = Hook { payload: register.tracked(3), act: Rc::new(|_| {}) };
    assert!(map.remove(&key));
    armed.set("drop");
    map.reclaim();
    assert_eq!((map.len(), armed.get()), (FULL as usize, ""));
}

/// Says whether its thread was inside of a section when it was dropped.
struct Watch(Domain, Arc<Mutex<Vec<bool>>>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.1.lock().unwrap().push(self.0.in_read_section());
    }
}

#[test]
fn nothing_is_dropped_inside_of_a_section_whichever_guard_ends_it() {
    let (domain, drops) = (Domain::new(), Arc::default());
    let map: Map<u32, Watch, DefaultHashBuilder, ByBits> = Map::new_in(&domain);
    let watch = || Watch(domain.clone(), Arc::clone(&drops));
    let mut reader = map.reader();
    for round in 0..1_000 {
        let guard = map.read();
        guard.insert(round % 10, watch());
        let other = reader.read();
        other.insert(round % 10, watch());
        // The first of these goes before the second, and then the other way round.
        if round % 2 == 0 {
            drop(guard)
        } else {
            drop(other)
        }
        map.insert(round % 10, watch());
        assert!(!drops.lock().unwrap().contains(&true), "round {round}");
    }
    // A thread that is always inside of one section or the other, and only reads once something is to be dropped.
    map.reclaim();
    let other = reader.read();
    for round in 0..300 {
        other.insert(round % 10, watch());
    }
    let mut guard = map.read();
    drop(other);
    guard.insert(0, watch());
    for _ in 0..100 {
        let other = reader.read();
        drop(guard);
        guard = map.read();
        drop(other);
    }
    drop(guard);
    map.reclaim();
    assert_eq!(drops.lock().unwrap().len(), 3 * 1_000 + 301 - 10);
    assert!(!drops.lock().unwrap().contains(&true));
}

#[test]
fn a_thread_that_only_writes_inside_other_guards_drops_what_it_replaces_all_the_same() {
    let (domain, drops) = (Domain::new(), Arc::default());
    let map: Map<u32, Watch, DefaultHashBuilder, ByBits> = Map::new_in(&domain);
    for round in 0..2_000 {
        let _section = domain.read();
        map.insert(round % 10, Watch(domain.clone(), Arc::clone(&drops)));
    }
    assert!(map.garbage().entries < 400, "{:?}", map.garbage());
}

/// A hasher for which all are the same.
#[derive(Default)]
struct Same(());

impl Hasher for Same {
    fn finish(&self) -> u64 {
        0
    }

    fn write(&mut self, _: &[u8]) {}
}

/// What reacts to its drop with an insertion of this number.
fn inserting(map: &Rc<AllTheSame>, register: &Register, number: u32) -> Act {
    let (map, register) = (Rc::downgrade(map), register.clone());
    let idle: Act = Rc::new(|_| {});
    Rc::new(move |code| {
        if let (Some(map), "drop") = (map.upgrade(), code) {
            map.insert(Hook::new(&register, number, &idle), Hook::new(&register, number, &idle));
        }
    })
}

type AllTheSame = Map<Hook, Hook, BuildHasherDefault<Same>, ByClone>;

#[test]
fn what_is_not_needed_may_write_when_it_is_dropped() {
    let register = Register::default();
    let idle: Act = Rc::new(|_| {});
    let hook = |number| Hook::new(&register, number, &idle);
    for is_worn_in in [false, true] {
        let new = || {
            let map = Rc::new(AllTheSame::with_hasher_in(BuildHasherDefault::default(), &Domain::new()));
            if is_worn_in {
                wear_in(&map);
            }
            map
        };
        // Of two keys with one tag, the first is found by a look at the home, the second by a search.
        let map = new();
        (0..3).for_each(|number| assert!(map.insert(hook(number), hook(number))));
        for (number, inserted) in [(0, 50), (1, 51)] {
            let key = Hook { payload: register.tracked(number), act: inserting(&map, &register, inserted) };
            assert!(!map.insert(key, hook(1)));
            assert!(map.contains_key(&hook(inserted)));
        }
        // And as it unwinds.
        for is_second in [false, true] {
            let (map, bomb) = (new(), Bomb::default());
            if is_second {
                map.insert(hook(1), hook(1));
            }
            map.insert(Hook::new(&register, 7, &bomb.act()), hook(1));
            let value = Hook { payload: register.tracked(0), act: inserting(&map, &register, 99) };
            bomb.arm("clone", 0);
            let payload = catch_unwind(AssertUnwindSafe(|| map.insert(hook(7), value))).unwrap_err();
            assert_eq!(message(payload), "boom in clone");
            assert!(map.contains_key(&hook(99)));
        }
    }
}

/// Home decides, the quarantine has memory, and user code panics: what is given is dropped when the lock is free.
#[test]
fn what_is_given_is_dropped_outside_the_lock_if_user_code_panics_at_home() {
    for code in ["eq", "clone"] {
        for is_worn_in in [false, true] {
            let (register, bomb, locked) = (Register::default(), Bomb::default(), Rc::new(Cell::new(0)));
            let map: Rc<Map<Hook, Hook, DefaultHashBuilder, ByClone>> = Rc::new(Map::new_in(&Domain::new()));
            let act: Act = {
                let (map, bomb, locked) = (Rc::downgrade(&map), bomb.act(), locked.clone());
                Rc::new(move |code| {
                    if code == "drop"
                        && let Some(map) = map.upgrade()
                    {
                        let is_locked = catch_unwind(AssertUnwindSafe(|| _ = map.garbage())).is_err();
                        locked.set(locked.get() + usize::from(is_locked));
                    }
                    bomb(code);
                })
            };
            let hook = |number| Hook::new(&register, number, &act);
            if is_worn_in {
                wear_in(&map);
            }
            (0..2).for_each(|_| _ = map.insert(hook(1), hook(1)));
            bomb.arm(code, 0);
            let payload = catch_unwind(AssertUnwindSafe(|| map.insert(hook(1), hook(2)))).unwrap_err();
            assert_eq!(message(payload), format!("boom in {code}"));
            assert_eq!(locked.get(), 0, "{code}: dropped under the lock");
            assert_eq!(map.read().get(&hook(1)).unwrap().payload.value, 1);
        }
    }
}
