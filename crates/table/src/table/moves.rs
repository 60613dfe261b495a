//! Which keys have come nearer home and may not do so again yet: see `write.rs`.

use std::mem::take;

/// A set of keys, of which it remembers nine bits of the hash: it may take a key for another one that it holds.
#[derive(Clone, Copy, Default)]
struct Keys([u64; 8]);

impl Keys {
    /// Where a key's bit is: the first bits of its hash, since those of one home have others in common.
    #[inline]
    fn bit(hash: u64) -> (usize, u64) {
        let number = (hash >> 55) as usize;
        (number / 64, 1 << (number % 64))
    }

    #[inline]
    fn insert(&mut self, hash: u64) {
        let (word, bit) = Keys::bit(hash);
        self.0[word] |= bit;
    }

    #[inline]
    fn contains(&self, hash: u64) -> bool {
        let (word, bit) = Keys::bit(hash);
        self.0[word] & bit != 0
    }

    fn is_empty(&self) -> bool {
        self.0 == [0; 8]
    }
}

/// The keys that have been moved nearer to their homes, until a grace period that began afterwards has passed.
#[derive(Default)]
pub(crate) struct Moves {
    /// After the grace period that is under way, if any, had begun.
    unawaited: Keys,
    /// Before it began.
    awaited: Keys,
}

impl Moves {
    /// Whether a key may be moved nearer to its home. (A no may be meant for another key.)
    #[inline]
    pub(crate) fn may_move(&self, hash: u64) -> bool {
        !self.unawaited.contains(hash) && !self.awaited.contains(hash)
    }

    /// A key has been moved.
    #[inline]
    pub(crate) fn note(&mut self, hash: u64) {
        self.unawaited.insert(hash);
    }

    /// Whether a reader may have been misled by some move.
    pub(crate) fn is_empty(&self) -> bool {
        self.unawaited.is_empty() && self.awaited.is_empty()
    }

    /// A grace period begins, when no other one is under way.
    pub(crate) fn grace_period_begins(&mut self) {
        debug_assert!(self.awaited.is_empty());
        self.awaited = take(&mut self.unawaited);
    }

    /// It has passed.
    pub(crate) fn grace_period_has_passed(&mut self) {
        self.awaited = Keys::default();
    }
}
