//! `Hash` and `Eq` that lie now and then: a map of such keys need find none of them, but it drops each once, and counts right.

mod tracked;

use std::cell::Cell;
use std::hash::{BuildHasher, Hash, Hasher};
use std::rc::Rc;

use step6::Barrier;
use table::{DefaultHashBuilder, Domain, Map, Migrate};
use tracked::{ByBits, ByClone, CrowdedState, Register, Tracked};

/// Numbers that are random enough, and the same in each run.
#[derive(Clone)]
struct Random(Rc<Cell<u64>>);

impl Random {
    fn below(&self, bound: u32) -> u32 {
        self.0.set(self.0.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        (self.0.get() >> 33) as u32 % bound
    }

    fn one_in(&self, number: u32) -> bool {
        self.below(number) == 0
    }
}

#[derive(Clone)]
struct Liar {
    number: Tracked<u32>,
    random: Random,
}

impl PartialEq for Liar {
    fn eq(&self, other: &Liar) -> bool {
        if self.random.one_in(10) { self.random.one_in(2) } else { self.number == other.number }
    }
}

impl Eq for Liar {}

impl Hash for Liar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let number = if self.random.one_in(10) { self.random.below(50) } else { self.number.value };
        number.hash(state);
    }
}

fn drops_each_once_and_counts_right<S, M>(barrier: Barrier)
where
    S: BuildHasher + Default,
    M: Migrate<Liar>,
{
    let Ok(domain) = Domain::with_barrier(barrier) else { return };
    for seed in 1..=3 {
        let (register, random) = (Register::default(), Random(Rc::new(Cell::new(seed))));
        let map: Map<Liar, Liar, S, M> = Map::with_hasher_in(S::default(), &domain);
        let liar = || Liar { number: register.tracked(random.below(50)), random: random.clone() };
        // The lock is the thread's own from then on, if it ever is.
        (0..2000).for_each(|_| map.reclaim());
        let mut section = None;
        for _ in 0..2000 {
            match random.below(12) {
                0..5 => _ = map.insert(liar(), liar()),
                5..7 => _ = map.remove(&liar()),
                7 => _ = map.update(&liar(), |_| liar()),
                8 => _ = map.read().get(&liar()).map(|found| assert!(found.number.value < 50)),
                9 => section = Some(domain.read()),
                10 => section = None,
                _ if random.one_in(20) => map.clear(),
                _ => map.reclaim(),
            }
            assert_eq!(map.read().iter().count(), map.len());
        }
        drop(section);
        drop(map);
        assert_eq!(register.alive(), 0);
    }
}

#[test]
fn a_map_of_liars_drops_each_once_and_counts_right() {
    for barrier in [Barrier::Membarrier, Barrier::Fence] {
        drops_each_once_and_counts_right::<DefaultHashBuilder, ByBits>(barrier);
        drops_each_once_and_counts_right::<DefaultHashBuilder, ByClone>(barrier);
        drops_each_once_and_counts_right::<CrowdedState, ByBits>(barrier);
        drops_each_once_and_counts_right::<CrowdedState, ByClone>(barrier);
    }
}
