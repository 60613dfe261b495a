//! Control words: the states of eight slots in one word.
//!
//! A slot's state is a byte. Byte `i` is bits `8 * i` and up of the word, whatever the machine's byte order is, since the
//! word is only ever loaded and stored as a whole: a byte cannot be stored by itself into a word that others load.

/// Slots to a word.
pub(crate) const LANES: usize = 8;

/// What a slot is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct State(u8);

// ANCHOR: states
impl State {
    /// Nobody has been here since this word had no slot like this one: a reader who sees this need not look further.
    pub(crate) const EMPTY: State = State(1);
    /// Unlinked. Readers may still be looking at the entry, so the slot is not to be written.
    pub(crate) const TOMBSTONE: State = State(2);
    /// Unlinked long ago: a new entry may be written here. Readers go on past it as past a tombstone.
    pub(crate) const FREE: State = State(3);

    /// An entry whose hash begins with these seven bits. (Where a key is at home is made from the other end of its hash.)
    #[inline]
    pub(crate) fn full(hash: u64) -> State {
        State((hash >> 57) as u8 | FULL)
    }
}
// ANCHOR_END: states

/// The bit that the states of entries have, and no others.
const FULL: u8 = 0x80;

/// Eight slots' states.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word(u64);

const fn repeat(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

impl Word {
    pub(crate) const EMPTY: Word = Word(repeat(State::EMPTY.0));

    #[inline]
    pub(crate) fn from_bits(bits: u64) -> Word {
        Word(bits)
    }

    #[inline]
    pub(crate) fn bits(self) -> u64 {
        self.0
    }

    /// The word with another state in one lane.
    #[inline]
    pub(crate) fn with(self, lane: usize, state: State) -> Word {
        let shift = 8 * lane;
        Word(self.0 & !(0xff << shift) | u64::from(state.0) << shift)
    }

    /// The word with a lane that has been a tombstone for long enough. While another lane is empty, no search goes past
    /// this word, so this lane may be empty again too.
    #[inline]
    pub(crate) fn with_reusable(self, lane: usize) -> Word {
        self.with(lane, if self.has(State::EMPTY) { State::EMPTY } else { State::FREE })
    }

    /// Whether any lane has this state.
    #[inline]
    pub(crate) fn has(self, state: State) -> bool {
        self.lanes(state).0 != 0
    }

    /// The first lane that has this state.
    #[inline]
    pub(crate) fn first(self, state: State) -> Option<usize> {
        self.lanes(state).next()
    }

    /// The lanes that have this state. Above the first of them there may be others that have not; if the state is that of
    /// an entry, these have entries too.
    #[inline]
    pub(crate) fn lanes(self, state: State) -> Lanes {
        Lanes(compare::equal(self.0, state.0))
    }

    /// The lanes that have an entry.
    #[inline]
    pub(crate) fn full(self) -> Lanes {
        Lanes(compare::top_bits(self.0))
    }
}

/// Some lanes of a word, from the first to the last.
#[derive(Clone, Copy)]
pub(crate) struct Lanes(compare::Bits);

impl Lanes {
    pub(crate) const NONE: Lanes = Lanes(0);
}

impl Iterator for Lanes {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let lane = self.0.trailing_zeros() as usize / compare::BITS_PER_LANE;
        self.0 &= self.0 - 1;
        Some(lane)
    }
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
use sse2 as compare;
#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
use swar as compare;

/// Eight bytes at a time with nothing but integers.
#[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "sse2"))))]
mod swar {
    use super::repeat;

    #[allow(dead_code, reason = "for tests only where there is SSE2")]
    pub(super) type Bits = u64;
    pub(super) const BITS_PER_LANE: usize = 8;

    #[inline]
    pub(super) fn equal(word: u64, byte: u8) -> Bits {
        // A byte of `x` that is 0 borrows from the one above it, and so does a 0x01 right above a borrow. That one is the
        // false one: it differs from what is asked for in its lowest bit.
        let x = word ^ repeat(byte);
        x.wrapping_sub(repeat(0x01)) & !x & repeat(0x80)
    }

    #[inline]
    pub(super) fn top_bits(word: u64) -> Bits {
        word & repeat(0x80)
    }
}

/// The same in a register of SSE2, which every x86-64 processor has: a few instructions less.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod sse2 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_cvtsi64_si128, _mm_movemask_epi8, _mm_set1_epi8};

    pub(super) type Bits = u32;
    pub(super) const BITS_PER_LANE: usize = 1;

    #[inline]
    pub(super) fn equal(word: u64, byte: u8) -> Bits {
        // The upper half of the register is zeroes, which is no state.
        // SAFETY: the module is there only if the processor has SSE2.
        unsafe { _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_cvtsi64_si128(word as i64), _mm_set1_epi8(byte as i8))) as Bits }
    }

    #[inline]
    pub(super) fn top_bits(word: u64) -> Bits {
        // SAFETY: as above.
        unsafe { _mm_movemask_epi8(_mm_cvtsi64_si128(word as i64)) as Bits }
    }
}

#[cfg(test)]
mod tests {
    use super::{FULL, LANES, State, Word, swar};

    /// Words of states in every order, among them entries whose tags differ in the lowest bit only.
    fn words() -> impl Iterator<Item = Word> {
        let states = [State::EMPTY.0, State::TOMBSTONE.0, State::FREE.0, FULL, FULL | 1, 0xfe, 0xff];
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
            assert_eq!(top_bits(word.bits()), lanes_where(&|state| state & FULL != 0));
            for wanted in [1, 2, 3, FULL, FULL | 1, 0xfe, 0xff] {
                let (found, exact) = (equal(word.bits(), wanted), lanes_where(&|state| state == wanted));
                assert_eq!(found.first(), exact.first());
                assert!(exact.iter().all(|lane| found.contains(lane)));
                let others = found.iter().filter(|lane| !exact.contains(lane));
                assert!(wanted & FULL == 0 || others.into_iter().all(|&lane| state(word, lane) & FULL != 0));
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
        use super::sse2;

        let per_lane = sse2::BITS_PER_LANE;
        let equal = |word, byte| lanes(sse2::equal(word, byte).into(), per_lane);
        keeps_the_promises(equal, |word| lanes(sse2::top_bits(word).into(), per_lane));
        for word in words() {
            for wanted in [1, 2, 3, FULL, FULL | 1, 0xfe, 0xff] {
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
}
