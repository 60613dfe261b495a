//! How a value gets a second home.

// ANCHOR: migrate
/// How a value gets a second home while readers may be looking at the first.
///
/// A map asks this when it grows, for every key and value, and when it overwrites a value, for the key. The new place
/// is not published yet. Once it is, new readers find the value there, and those who came earlier go on looking at the
/// old place until a grace period has passed.
///
/// # Safety
///
/// When [`migrate`](Self::migrate) returns, `to` holds a `T` that may be shared with readers and dropped later. If
/// [`LEAVES_A_VALUE`](Self::LEAVES_A_VALUE) is false, that is the value from `from`, and it has to be right, for this
/// `T`, that shared references to both places are used at the same time by several threads, and that only the new one
/// is ever dropped.
pub unsafe trait Migrate<T> {
    /// Whether there is still a value at `from` afterwards that is to be dropped once nobody can be reading it. If
    /// not, what is left there is bits that nobody drops.
    const LEAVES_A_VALUE: bool;

    /// Makes `to` the second home of what is at `from`.
    ///
    /// # Panics
    ///
    /// If code of the user's does that this runs. Then nothing has been left at `to`, and `from` is as it was.
    ///
    /// # Safety
    ///
    /// `from` is a valid `T` that other threads may have shared references to, and no others. `to` is valid for writes,
    /// and no other thread knows it.
    unsafe fn migrate(from: *const T, to: *mut T);
}
// ANCHOR_END: migrate
