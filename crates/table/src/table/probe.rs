//! Where a hash looks: the words of a table in the hash's own order.

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
        Probe { word: hash as usize & mask, distance: 0 }
    }

    /// The word after this one, or none if that was the last.
    #[inline]
    pub(crate) fn next(self, mask: usize) -> Option<Probe> {
        let distance = self.distance + 1;
        (distance <= mask).then(|| Probe { word: (self.word + distance) & mask, distance })
    }
}
