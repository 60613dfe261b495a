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
            word.with(lane, State(states[(seed >> 33) as usize % states.len()]))
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

/// What [`Word::lanes`] and [`Word::full`] promise, of a comparison and of what finds the top bits.
fn keeps_the_promises(equal: impl Fn(u64, u8) -> Vec<usize>, top_bits: impl Fn(u64) -> Vec<usize>) {
    for word in words() {
        let lanes_where =
            |is: &dyn Fn(u8) -> bool| (0..LANES).filter(|&lane| is(state(word, lane))).collect::<Vec<_>>();
        assert_eq!(top_bits(!word.bits()), lanes_where(&|state| state & 0x80 == 0));
        assert_eq!(word.full().collect::<Vec<_>>(), lanes_where(&|state| state & 0x80 == 0));
        for wanted in WANTED {
            let (found, exact) = (equal(word.bits(), wanted), lanes_where(&|state| state == wanted));
            assert_eq!(found.first(), exact.first());
            assert!(exact.iter().all(|lane| found.contains(lane)));
            let others = found.iter().filter(|lane| !exact.contains(lane));
            assert!(wanted & 0x80 != 0 || others.into_iter().all(|&lane| state(word, lane) & 0x80 == 0));
        }
    }
}

#[test]
fn the_portable_comparison_finds_the_lanes() {
    let per_lane = swar::BITS_PER_LANE;
    keeps_the_promises(
        |word, byte| lanes(swar::equal(word, byte), per_lane),
        |word| lanes(swar::top_bits(word), per_lane),
    );
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
#[test]
fn the_comparison_in_a_register_finds_the_same_lanes_and_no_others() {
    use crate::table::control::sse2;

    let per_lane = sse2::BITS_PER_LANE;
    let equal = |word, byte| lanes(sse2::equal(word, byte), per_lane);
    keeps_the_promises(equal, |word| lanes(sse2::top_bits(word), per_lane));
    for word in words() {
        for wanted in WANTED {
            let exact: Vec<_> = (0..LANES).filter(|&lane| state(word, lane) == wanted).collect();
            assert_eq!(equal(word.bits(), wanted), exact);
        }
    }
}

#[test]
fn a_lane_is_empty_again_while_another_one_is() {
    let tombstone = |word: Word| word.with(3, State::TOMBSTONE);
    assert!(tombstone(Word::EMPTY).with_reusable(3) == Word::EMPTY);
    let full = (0..LANES).fold(Word::EMPTY, |word, lane| word.with(lane, State::full(u64::MAX)));
    let free = tombstone(full).with_reusable(3);
    assert!(free.first(State::FREE) == Some(3) && !free.has(State::EMPTY) && free.full().count() == LANES - 1);
}

#[test]
fn a_vacant_lane_is_the_first_one_that_is_empty_or_free() {
    for word in words() {
        let vacant = [State::EMPTY.0, State::FREE.0];
        let first = (0..LANES).find(|&lane| vacant.contains(&state(word, lane)));
        assert_eq!(word.vacant(), first);
        assert!(first.is_none_or(|lane| word.is_empty(lane) == (state(word, lane) == State::EMPTY.0)));
    }
}
