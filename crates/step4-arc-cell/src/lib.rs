//! Correct, and its readers wait for each other: take the `Arc` out, clone it, put it back.
//!
//! The design that the thread is pointed to, `ArcCell` of crossbeam 0.2. Step 3 fails because a reader holds a pointer
//! that nobody counts. Here a reader first *takes* the pointer: it leaves null in the cell, so nobody else can get at the
//! `Arc`, and nobody can drop it. The reader counts itself in at leisure and *puts* the pointer back. Null is all there
//! is to say "taken", so the cell is still one word.
//!
//! Taken is a lock by another name. Whoever finds null has to wait until the one who took puts back: a reader that the
//! scheduler stops in between stops every reader and every writer, `tests/std.rs` shows it. For this reason crossbeam
//! removed its `ArcCell`. Step 5 lets readers count themselves in without taking anything.
#![warn(missing_docs)]

pub mod arc_cell;

pub use arc_cell::ArcCell;

/// Where the twin file gets its types from: std here, the checker in `tests/loom.rs`.
mod sync {
    pub use std::sync::{Arc, atomic};
}

mod thread {
    pub use std::thread::yield_now;
}

#[cfg(test)]
mod types {
    use std::cell::Cell;
    use std::rc::Rc;
    use std::sync::MutexGuard;

    use static_assertions::{assert_eq_size, assert_impl_all, assert_not_impl_any};

    use crate::ArcCell;

    assert_eq_size!(ArcCell<u8>, *mut ());
    // Whoever has `&ArcCell<T>` can get an `Arc<T>`, and so `&T`, and drop the last one: both bounds, for both traits.
    assert_impl_all!(ArcCell<String>: Send, Sync);
    assert_not_impl_any!(ArcCell<Rc<u8>>: Send, Sync); // neither
    assert_not_impl_any!(ArcCell<Cell<u8>>: Send, Sync); // Send, not Sync
    assert_not_impl_any!(ArcCell<MutexGuard<'static, u8>>: Send, Sync); // Sync, not Send
}
