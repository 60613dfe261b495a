//! Broken on purpose: the mark, and a second pass of the readers that see it, but no wait between two moves.

use super::places::Places;
use crate::sync::atomic::Ordering::Relaxed;

// ANCHOR: read
/// Looks twice, if a key has been moved nearer home.
pub fn get(places: &Places) -> Option<u32> {
    // Relaxed: who has seen the tombstone of the move sees the mark.
    places.get().or_else(|| places.moved.load(Relaxed).then(|| places.get()).flatten())
}
// ANCHOR_END: read

// ANCHOR: write
/// The key is at place 2; places 0 and 1 are free.
pub fn overwrite(places: &Places, again: bool) {
    places.moved.store(true, Relaxed);
    places.publish(0, 2); // earlier: who is past it looks twice
    places.unlink(2);
    if again {
        places.publish(3, 3); // later
        places.unlink(0);
        places.publish(1, 4); // earlier again, with no grace period between
        places.unlink(3);
    }
}
// ANCHOR_END: write
