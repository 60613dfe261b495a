//! Control words: the states of eight slots in one word.
//!
//! A slot's state is a byte, as in hashbrown. Byte `i` is bits `8 * i` and up of the word, whatever the machine's byte
//! order is, since the word is only ever loaded and stored as a whole: one byte cannot be stored by itself into a word that others
//! load.

/// Slots to a word.
pub(crate) const LANES: usize = 8;

// ANCHOR: states
/// Nobody has been here since the word became full of other states: a reader who sees this byte need not look further.
const EMPTY: u8 = 0b1111_1111;
/// Unlinked. Readers may still be looking at the entry, so the slot is not to be written.
pub(crate) const TOMBSTONE: u8 = 0b1000_0000;
/// Unlinked long ago: a new entry may be written here. Readers go on past it as past a tombstone.
const FREE: u8 = 0b1000_0001;
// And 0b0xxx_xxxx: an entry whose hash begins with these seven bits.
// ANCHOR_END: states

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = LOW << 7;

/// The seven bits of a hash that a control word has. The index is made from the other end of the hash.
#[inline]
pub(crate) fn tag(hash: u64) -> u8 {
    (hash >> 57) as u8
}

/// Eight slots' states.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word(u64);

impl Word {
    pub(crate) const EMPTY: Word = Word(u64::MAX);

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
    pub(crate) fn with(self, lane: usize, state: u8) -> Word {
        let shift = 8 * lane;
        Word(self.0 & !(0xff << shift) | u64::from(state) << shift)
    }

    /// The word with a lane that has been a tombstone for long enough. While another lane is empty, no key's search goes past
    /// this word, so this lane may be empty again too.
    #[inline]
    pub(crate) fn with_reusable(self, lane: usize) -> Word {
        self.with(lane, if self.has_empty() { EMPTY } else { FREE })
    }

    /// The lanes with this tag. There may be others among them, always lanes that have an entry: whoever asks compares keys
    /// anyway.
    #[inline]
    pub(crate) fn with_tag(self, tag: u8) -> Lanes {
        // A byte of `x` that is 0 borrows from the one above it, and so does each 0x01 right above a borrow: that one is
        // the false one, and its state is the tag but for the lowest bit.
        let x = self.0 ^ (LOW * u64::from(tag));
        Lanes(x.wrapping_sub(LOW) & !x & HIGH)
    }

    /// The lanes that have an entry.
    #[inline]
    pub(crate) fn full(self) -> Lanes {
        Lanes(!self.0 & HIGH)
    }

    /// Whether a search ends here.
    #[inline]
    pub(crate) fn has_empty(self) -> bool {
        // Only this state has both upper bits.
        self.0 & (self.0 << 1) & HIGH != 0
    }

    /// The first lane that is empty.
    #[inline]
    pub(crate) fn empty(self) -> Option<usize> {
        Lanes(self.0 & (self.0 << 1) & HIGH).next()
    }

    /// The first lane that is free.
    #[inline]
    pub(crate) fn free(self) -> Option<usize> {
        // The top bit, the lowest bit, and not the one below the top.
        Lanes(self.0 & (self.0 << 7) & !(self.0 << 1) & HIGH).next()
    }
}

/// Some lanes of a word, from the first to the last.
#[derive(Clone, Copy)]
pub(crate) struct Lanes(u64);

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
        let lane = self.0.trailing_zeros() as usize / 8;
        self.0 &= self.0 - 1;
        Some(lane)
    }
}
