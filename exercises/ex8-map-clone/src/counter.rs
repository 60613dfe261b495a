//! What the second hunt is about: counters that can be cloned.

/// A counter that many threads raise.
pub trait Counter: Clone + Send + Sync + 'static {
    /// A counter that stands at 0.
    fn new() -> Self;

    /// Counts a visit.
    fn count(&self);

    /// How many visits it has counted.
    fn counted(&self) -> usize;
}
