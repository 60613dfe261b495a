//! Broken on purpose: a tombstone is reused while a reader may be looking at the entry.

use super::places::Places;

// ANCHOR: write
/// The key is at place 0.
pub fn remove_and_insert(places: &Places) {
    places.unlink(0);
    // Here the grace period is missing.
    places.publish(0, 2);
}
// ANCHOR_END: write
