//! Control words: the states of eight slots in one word.
//!
//! A slot's state is a byte. Byte `i` is bits `8 * i` and up of the word, whatever the machine's byte order is, since
//! the word is only ever loaded and stored as a whole: a byte cannot be stored by itself into a word that others load.

/// Slots to a word.
pub(crate) const LANES: usize = 8;

/// What a slot is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct State(pub(crate) u8);

// ANCHOR: states
impl State {
    /// No entry. As long as its word has a slot like this, none whose search comes by has been put further on: a reader
    /// who sees this need not look further.
    pub(crate) const EMPTY: State = State(1);
    /// Unlinked. Readers may still be looking at the entry, so the slot is not to be written.
    pub(crate) const TOMBSTONE: State = State(2);
    /// Unlinked long ago: a new entry may be written here. Readers go on past it as past a tombstone.
    pub(crate) const FREE: State = State(3);
    /// An entry that is about to be a tombstone, since a later word of its search is about to show the one that replaces
    /// it. Readers go on, and come back to it if they find no other.
    pub(crate) const SUPERSEDED: State = State(4);

    /// An entry whose hash begins with these seven bits. (Where a key is at home is made from the other end of its
    /// hash.)
    #[inline]
    pub(crate) fn full(hash: u64) -> State {
        State((hash >> 57) as u8 | FULL)
    }
}
// ANCHOR_END: states

/// The bit that the states of entries have, and no others.
pub(crate) const FULL: u8 = 0x80;

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

    /// The lanes that have this state. Above the first of them there may be others that have not; if the state is that
    /// of an entry, these have entries too.
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
pub(crate) mod swar {
    use super::repeat;

    #[allow(dead_code, reason = "for tests only where there is SSE2")]
    pub(crate) type Bits = u64;
    pub(crate) const BITS_PER_LANE: usize = 8;

    #[inline]
    pub(crate) fn equal(word: u64, byte: u8) -> Bits {
        // A byte of `x` that is 0 borrows from the one above it, and so does a 0x01 right above a borrow. That one is
        // the false one: it differs from what is asked for in its lowest bit.
        let x = word ^ repeat(byte);
        x.wrapping_sub(repeat(0x01)) & !x & repeat(0x80)
    }

    #[inline]
    pub(crate) fn top_bits(word: u64) -> Bits {
        word & repeat(0x80)
    }
}

/// The same in a register of SSE2, which every x86-64 processor has: a few instructions less.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
pub(crate) mod sse2 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_cvtsi64_si128, _mm_movemask_epi8, _mm_set1_epi8};

    pub(crate) type Bits = u32;
    pub(crate) const BITS_PER_LANE: usize = 1;

    #[inline]
    pub(crate) fn equal(word: u64, byte: u8) -> Bits {
        // The upper half of the register is zeroes, which is no state.
        // SAFETY: the module is there only if the processor has SSE2.
        unsafe { _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_cvtsi64_si128(word as i64), _mm_set1_epi8(byte as i8))) as Bits }
    }

    #[inline]
    pub(crate) fn top_bits(word: u64) -> Bits {
        // SAFETY: as above.
        unsafe { _mm_movemask_epi8(_mm_cvtsi64_si128(word as i64)) as Bits }
    }
}
