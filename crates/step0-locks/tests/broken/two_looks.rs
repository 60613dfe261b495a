//! Broken: the reader locks once for each key.

use crate::shared::Shared;

// ANCHOR: look
/// Two values of one table, or so it seems.
pub fn both<T, A, B>(table: &impl Shared<T>, first: impl Fn(&T) -> A, second: impl Fn(&T) -> B) -> (A, B) {
    let first = table.look(first);
    // NOT kept: between the two looks anybody may replace the table.
    let second = table.look(second);
    (first, second)
}
// ANCHOR_END: look
