//! Broken on purpose: the replacement goes to a later place, and the old entry goes first.

use super::places::Places;

// ANCHOR: write
/// The key is at place 0; place 1 is free.
pub fn overwrite(places: &Places) {
    places.unlink(0);
    places.publish(1, 2);
}
// ANCHOR_END: write
