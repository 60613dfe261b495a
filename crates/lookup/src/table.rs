//! What the program asks of a table.

use std::collections::HashMap;

/// What is in a table.
pub type Entries = HashMap<String, String>;

/// A key and its new value.
pub type Change = (String, String);

// ANCHOR: table
/// A table of words that many threads look up and one thread updates.
pub trait Table: Sync {
    /// A table with these entries.
    fn with_entries(entries: Entries) -> Self;

    /// Calls `found` with what `key` stands for.
    fn look_up<R>(&self, key: &str, found: impl FnOnce(Option<&str>) -> R) -> R;

    /// Makes these changes, in the way that suits the design. When this returns, every lookup that begins finds them. Called
    /// by one thread at a time.
    fn update(&self, changes: &[Change]);
}
// ANCHOR_END: table
