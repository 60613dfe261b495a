//! Control words: the states of seven slots in one word.
//!
//! A slot's state is a byte. Byte `i` is bits `8 * i` and up of the word, whatever the machine's byte order is, since
//! the word is only ever loaded and stored as a whole: a byte cannot be stored by itself into a word that others load.
//! The eighth byte is no slot's: with seven entries of 16 bytes beside it, a word makes two cache lines.

/// Slots to a word.
pub(crate) const LANES: usize = 7;

/// What a slot is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct State(pub(crate) u8);

// ANCHOR: states
impl State {
    /// No entry. As long as its word has a slot like this, none whose search comes by has been put further on: a reader
    /// who sees this need not look further.
    pub(crate) const EMPTY: State = State(0b1111_1111);
    /// Unlinked long ago: a new entry may be written here. Readers go on past it as past a tombstone. No word has both
    /// free and empty slots.
    pub(crate) const FREE: State = State(0b1111_1110);
    /// Unlinked. Readers may still be looking at the entry, so the slot is not to be written.
    pub(crate) const TOMBSTONE: State = State(0b1000_0000);

    /// An entry that is about to be a tombstone, since a later word of its search is about to show the one that replaces
    /// it. Readers go on, and come back to it if they find no other.
    pub(crate) const SUPERSEDED: State = State(0b1000_0010);

    /// An entry whose hash begins with these seven bits. (Where a key is at home is made from others.)
    #[inline]
    pub(crate) fn full(hash: u64) -> State {
        State((hash >> 57) as u8)
    }
}
// ANCHOR_END: states

/// The bit that the states of entries have not, and all others have.
const NO_ENTRY: u8 = 0x80;

/// What the eighth byte is: no entry, and nothing that one looks for.
const NO_SLOT: u64 = 0b1100_0000 << (8 * LANES);

/// Seven slots' states.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word(u64);

const fn repeat(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

impl Word {
    pub(crate) const EMPTY: Word = Word(repeat(State::EMPTY.0) & !(0xff << (8 * LANES)) | NO_SLOT);

    #[inline]
    pub(crate) fn from_bits(bits: u64) -> Word {
        Word(bits)
    }

    #[inline]
    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    /// The word with another state in a lane whose state is known: fewer instructions.
    #[inline]
    pub(crate) fn replace(self, lane: usize, known: State, state: State) -> Word {
        debug_assert!(self.state(lane) == known);
        Word(self.0 ^ u64::from(known.0 ^ state.0) << (8 * lane))
    }

    /// What a lane may be that has been a tombstone for long enough. While another lane is empty, no search goes past
    /// this word, so this lane may be empty again too.
    #[inline]
    pub(crate) fn reusable(self) -> State {
        if self.has(State::EMPTY) { State::EMPTY } else { State::FREE }
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

    /// The lanes that have this state.
    #[inline]
    pub(crate) fn lanes(self, state: State) -> Lanes {
        Lanes(compare::equal(self.0, state.0))
    }

    /// The first lane that a new entry can be written to: an empty one, or a free one.
    #[inline]
    pub(crate) fn vacant(self) -> Option<usize> {
        Lanes(compare::equal(self.0 | repeat(State::FREE.0 ^ State::EMPTY.0), State::EMPTY.0)).next()
    }

    /// The state of a lane.
    #[inline]
    pub(crate) fn state(self, lane: usize) -> State {
        State((self.0 >> (8 * lane)) as u8)
    }

    /// The lanes that have an entry.
    #[inline]
    pub(crate) fn full(self) -> Lanes {
        const { assert!(NO_ENTRY == 0x80) };
        Lanes(compare::top_bits(!self.0))
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

/// All bytes at a time with nothing but integers.
#[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "sse2"))))]
pub(crate) mod swar {
    use super::repeat;

    #[allow(dead_code, reason = "for tests only where there is SSE2")]
    pub(crate) type Bits = u64;
    pub(crate) const BITS_PER_LANE: usize = 8;

    #[inline]
    pub(crate) fn equal(word: u64, byte: u8) -> Bits {
        // Whatever is not 0 in a byte of `x` carries into its top bit, or is that bit; nothing carries further. (H. Warren:
        // Hacker's Delight, section 6-1.)
        let x = word ^ repeat(byte);
        let low = repeat(0x7f);
        !(((x & low) + low) | x | low)
    }

    #[inline]
    pub(crate) fn top_bits(word: u64) -> Bits {
        word & repeat(0x80)
    }
}

/// The same in a register of SSE2, which every x86-64 processor has: a few instructions less.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
pub(crate) mod sse2 {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_cvtsi32_si128, _mm_cvtsi64_si128, _mm_movemask_epi8, _mm_shufflelo_epi16, _mm_unpacklo_epi8,
    };

    use super::LANES;

    /// As wide as what a count of zeroes is added to: no conversion.
    pub(crate) type Bits = u64;
    pub(crate) const BITS_PER_LANE: usize = 1;

    /// Of the bits of a register, one for each byte, those of the lanes. (The upper half of it is zeroes, which may be
    /// equal to what is looked for.)
    const OF_LANES: Bits = (1 << LANES) - 1;

    #[inline]
    pub(crate) fn equal(word: u64, byte: u8) -> Bits {
        // SAFETY: the module is there only if the processor has SSE2.
        unsafe {
            let byte = _mm_cvtsi32_si128(byte.into());
            let bytes = _mm_shufflelo_epi16::<0>(_mm_unpacklo_epi8(byte, byte));
            _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_cvtsi64_si128(word as i64), bytes)) as u32 as Bits & OF_LANES
        }
    }

    #[inline]
    pub(crate) fn top_bits(word: u64) -> Bits {
        // SAFETY: as above.
        unsafe { _mm_movemask_epi8(_mm_cvtsi64_si128(word as i64)) as u32 as Bits & OF_LANES }
    }
}
