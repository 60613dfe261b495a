//! Broken on purpose: the replacement goes into any free slot, here an earlier one, and no reader is told.

use super::places::Places;

// ANCHOR: write
/// The key is at place 1; place 0 is free.
pub fn overwrite(places: &Places) {
    places.publish(0, 2);
    places.unlink(1);
}
// ANCHOR_END: write
