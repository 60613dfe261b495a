//! Broken on purpose: the replacement goes to a later place, in the right order, and the key has come only just now.

use super::places::Places;

// ANCHOR: write
/// All places are free.
pub fn insert_and_overwrite(places: &Places) {
    places.publish(0, 1);
    places.publish(1, 2); // later
    places.unlink(0);
}
// ANCHOR_END: write
