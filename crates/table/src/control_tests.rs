//! Both ways to compare all states at once, against looking at each. (Not in the twin file, which is compiled into
//! each step's models.)

use crate::table::control::{LANES, State, Word, swar};

const WANTED: [u8; 8] = [State::EMPTY.0, State::TOMBSTONE.0, State::SUPERSEDED.0, State::FREE.0, 0, 1, 0x7e, 0x7f];

/// Words of states in every order, among them entries whose tags differ in the lowest bit only.
fn words() -> impl Iterator<Item = Word> {
    let states = WANTED;
    let mut seed = 1_u64;
    (0..20_000).map(move |_| {
        (0..LANES).fold(Word::EMPTY, |word, lane| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            word.replace(lane, State::EMPTY, State(states[(seed >> 33) as usize % states.len()]))
        })
    })
}

fn state(word: Word, lane: usize) -> u8 {
    (word.bits() >> (8 * lane)) as u8
}

/// The lanes in what one of the two comparisons returns.
fn lanes(mut bits: u64, bits_per_lane: usize) -> Vec<usize> {
    let mut lanes = Vec::new();
    while bits != 0 {
        lanes.push(bits.trailing_zeros() as usize / bits_per_lane);
        bits &= bits - 1;
    }
    lanes
}

/// A comparison, and what finds the top bits, against looking at each lane.
fn finds_the_lanes(equal: impl Fn(u64, u8) -> u64, top_bits: impl Fn(u64) -> u64, bits_per_lane: usize) {
    for word in words() {
        let lanes_where =
            |is: &dyn Fn(u8) -> bool| (0..LANES).filter(|&lane| is(state(word, lane))).collect::<Vec<_>>();
        assert_eq!(lanes(top_bits(!word.bits()), bits_per_lane), lanes_where(&|state| state & 0x80 == 0));
        assert_eq!(word.full().collect::<Vec<_>>(), lanes_where(&|state| state & 0x80 == 0));
        for wanted in WANTED {
            assert_eq!(lanes(equal(word.bits(), wanted), bits_per_lane), lanes_where(&|state| state == wanted));
        }
    }
}

#[test]
fn the_portable_comparison_finds_the_lanes() {
    finds_the_lanes(swar::equal, swar::top_bits, swar::BITS_PER_LANE);
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[test]
fn the_comparison_in_a_register_finds_the_lanes() {
    use crate::table::control::sse2;

    finds_the_lanes(sse2::equal, sse2::top_bits, sse2::BITS_PER_LANE);
}

#[test]
fn a_lane_is_empty_again_while_another_one_is() {
    let key = State::full(u64::MAX);
    let one = Word::EMPTY.replace(3, State::EMPTY, key);
    assert!(one.replace(3, key, State::TOMBSTONE).reusable() == State::EMPTY);
    let full = (0..LANES).fold(Word::EMPTY, |word, lane| word.replace(lane, State::EMPTY, key));
    assert!(full.full().count() == LANES);
    assert!(full.replace(3, key, State::TOMBSTONE).reusable() == State::FREE);
}

#[test]
fn a_vacant_lane_is_the_first_one_that_is_empty_or_free() {
    for word in words() {
        let vacant = [State::EMPTY.0, State::FREE.0];
        let first = (0..LANES).find(|&lane| vacant.contains(&state(word, lane)));
        assert_eq!(word.vacant(), first);
        assert!((0..LANES).all(|lane| word.state(lane) == State(state(word, lane))));
    }
}
