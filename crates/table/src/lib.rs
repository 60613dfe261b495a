//! The hash table that steps 7 to 10 share: a map whose readers never wait, whatever its writers do.
//!
//! Control words and entries lie in one allocation, each word beside its entries. Writers take turns under a lock; a
//! reader opens a read-side section of [step 6](step6), loads the table's pointer and the control words on its way, and
//! writes nothing. What a writer unlinks (an entry, or the whole old table when the map grows) stays where it is for a
//! grace period. Nobody waits for that: writers look at it again later.
//!
//! The one thing that this crate does not decide is how an entry gets a *second home*: when the map grows, readers may
//! be looking at the old copy while there is a new one. [`Migrate`] is that decision, and the steps differ in nothing
//! else.
//!
//! | file | what is in it |
//! |---|---|
//! | `table/control.rs` | seven slots' states in one word |
//! | `table/probe.rs` | where a hash looks |
//! | `table/raw.rs` | the allocation; the two orderings of the control words |
//! | `table/read.rs` | looking up, as a reader and as the writer |
//! | `table/lock.rs` | the writers' lock, and how a writer without rivals has it for less |
//! | `table/write.rs`, `moves.rs` | insert, overwrite, remove: where a replacement may go |
//! | `table/grow.rs` | a new table in place of the old one |
//! | `table/retire.rs` | what has been unlinked and may still be read |
//! | `table/map.rs`, `guard.rs`, `iter.rs`, `reader.rs` | the map as its users see it |
//! | `table/migrate.rs` | the seam |
//! | `alloc.rs` | where the memory comes from: huge pages for a large table |
//! | `stand_in.rs` | what a map points to before it has a table |
#![warn(missing_docs)]

mod sync {
    pub use std::boxed::Box;
    pub use std::sync::{Mutex, MutexGuard, atomic};
}

mod ptr {
    pub use std::ptr::{read, write};
}

mod thread {
    thread_local! {
        // No destructor, so it is there until the thread is gone, and costs no check.
        static TOKEN: u8 = const { 0 };
    }

    /// A number that no other live thread has, and never 0.
    #[inline]
    pub(crate) fn token() -> usize {
        TOKEN.with(|token| std::ptr::from_ref(token).addr())
    }

    /// What a thread that waits for a writer does before it looks again: a write is short, unless the map grows.
    pub(crate) fn wait(attempt: u32) {
        match attempt {
            0..64 => std::thread::yield_now(),
            _ => std::thread::sleep(std::time::Duration::from_micros(100)),
        }
    }
}

// Under the names by which the twin files call them: a model has others.
use ::barrier;
use step6 as rcu;

mod alloc;
#[cfg(test)]
mod control_tests;
#[cfg(test)]
mod invariant_tests;
#[cfg(test)]
mod lock_tests;
mod stand_in;
mod table;

pub use step6::Domain;
pub use table::{Garbage, Guard, Iter, Map, Migrate, Reader};

/// The hasher of a map that is not told otherwise: fast, seeded once for each map, and not made against attackers who
/// choose keys.
pub type DefaultHashBuilder = foldhash::fast::RandomState;

/// A map is invariant in its keys and values: else one could put in what does not live as long.
///
/// ```compile_fail
/// # use table::{DefaultHashBuilder, Map};
/// fn shorter<'a, M>(
///     map: &'a Map<u8, &'static str, DefaultHashBuilder, M>,
/// ) -> &'a Map<u8, &'a str, DefaultHashBuilder, M> {
///     map
/// }
/// ```
///
/// What a guard has handed out does not outlive it:
///
/// ```compile_fail
/// # use table::{DefaultHashBuilder, Map};
/// fn longer<'a, M>(map: &'a Map<u8, String, DefaultHashBuilder, M>) -> &'a str {
///     map.read().get(&1).unwrap()
/// }
/// ```
///
/// A reader has one guard at a time:
///
/// ```compile_fail,E0499
/// # use table::{DefaultHashBuilder, Map};
/// fn two<M>(map: &Map<u8, u8, DefaultHashBuilder, M>) {
///     let mut reader = map.reader();
///     let one = reader.read();
///     let other = reader.read();
///     drop(one);
/// }
/// ```
///
/// and is gone before the map:
///
/// ```compile_fail,E0505
/// # use table::{DefaultHashBuilder, Map};
/// fn longer<M>(map: Map<u8, u8, DefaultHashBuilder, M>) {
///     let mut reader = map.reader();
///     drop(map);
///     reader.read();
/// }
/// ```
///
/// A key or value may not be gone before the map, which may drop it:
///
/// ```compile_fail
/// # use table::{DefaultHashBuilder, Map, Migrate};
/// struct Sees<'a>(&'a String);
/// impl Drop for Sees<'_> {
///     fn drop(&mut self) {
///         println!("{}", self.0);
///     }
/// }
/// fn dangling<M: for<'a> Migrate<Sees<'a>> + Migrate<u8>>() {
///     let map: Map<u8, Sees<'_>, DefaultHashBuilder, M>;
///     let seen = String::new();
///     map = Map::new();
///     map.insert(1, Sees(&seen));
/// }
/// ```
///
/// With the lines of declaration exchanged, the last one is fine:
///
/// ```
/// # use table::{DefaultHashBuilder, Map, Migrate};
/// struct Sees<'a>(&'a String);
/// impl Drop for Sees<'_> {
///     fn drop(&mut self) {
///         println!("{}", self.0);
///     }
/// }
/// fn fine<M: for<'a> Migrate<Sees<'a>> + Migrate<u8>>() {
///     let seen = String::new();
///     let map: Map<u8, Sees<'_>, DefaultHashBuilder, M>;
///     map = Map::new();
///     map.insert(1, Sees(&seen));
/// }
/// ```
#[cfg(doctest)]
mod what_must_not_compile {}
