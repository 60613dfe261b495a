//! Where a hash looks: the words of a table in the hash's own order.

/// The lowest of the bits of a hash that say where its home is; the seven at the other end are its tag. With two `u64`s to
/// an entry, groups are two to this power of bytes apart, so that the hash has the home's distance in place. (In Abseil's
/// tables, too, it is the bits from the eighth on that say where a search begins.)
pub(crate) const HOME: u32 = 7;

/// A hash all of whose bits depend on many of those that it is given.
///
/// This is for hashers that have no seed. Among them are those that return a number as it is, or nearly so.
/// (Fibonacci hashing: D. Knuth, The Art of Computer Programming 3, section 6.4; here with both halves of the product.)
#[inline]
pub(crate) fn spread(hash: u64) -> u64 {
    /// The fraction of the golden ratio.
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    let product = u128::from(hash) * u128::from(GOLDEN);
    (product >> 64) as u64 ^ product as u64
}

/// A place in the search of one hash. Each step is one word longer than the one before, so that, with a power of two of
/// words, every word is visited once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Probe {
    /// Which word.
    pub(crate) word: usize,
    /// How many words come before it in the search.
    pub(crate) distance: usize,
}

impl Probe {
    /// The hash's home. `mask` is the number of words less one.
    #[inline]
    pub(crate) fn new(hash: u64, mask: usize) -> Probe {
        Probe { word: (hash >> HOME) as usize & mask, distance: 0 }
    }

    /// The word after this one, or none if that was the last.
    #[inline]
    pub(crate) fn next(self, mask: usize) -> Option<Probe> {
        let distance = self.distance + 1;
        (distance <= mask).then(|| Probe { word: (self.word + distance) & mask, distance })
    }
}
