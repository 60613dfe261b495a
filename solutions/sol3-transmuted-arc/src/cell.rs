//! What the hunt is about: cells that any thread can read and any thread can replace, each by another hand.

use witness::Probe;
use witness::sync::Arc;

/// A cell that holds a number. The number is in a probe, so that the checker sees every access to it.
pub trait Cell: Send + Sync + 'static {
    /// A cell that holds `value`.
    fn new(value: Probe<u32>) -> Self;

    /// The current value: what was put in last, or what is being replaced at the moment.
    fn get(&self) -> Arc<Probe<u32>>;

    /// Puts `value` in the place of the current one.
    fn replace(&self, value: Probe<u32>);
}
