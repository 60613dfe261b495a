//! Correct, and its readers are lock-free: a reader owes its reference, and a writer who takes the value away pays.
//!
//! Step 4 counts a reader in while nobody else can get at the pointer. Here everybody can, at any time. A reader writes
//! down, in a *slot* of its own, which pointer of which cell it is about to use: a *debt*. That is one store to a cache line
//! that nobody else writes; the count, which all readers share, is left alone. A writer swaps the pointer, looks through
//! the slots, and *pays* each debt on what it took out: it raises the count and marks the debt as paid. What the reader
//! then owns is a reference like any other. A reader whose debt nobody has paid takes it back, and nothing has changed.
//!
//! This is the idea of the crate [arc-swap](https://docs.rs/arc-swap).
//!
//! ```
//! use std::sync::Arc;
//! use step5::ArcSwap;
//!
//! let table = ArcSwap::from_pointee(vec![1, 2, 3]);
//! let before = table.load();
//! table.store(Arc::new(vec![4]));
//! assert_eq!(**before, [1, 2, 3]); // still there: `store` has paid for it
//! assert_eq!(**table.load(), [4]);
//! table.rcu(|old| [&old[..], &[5]].concat());
//! assert_eq!(**table.load(), [4, 5]);
//! ```
//!
//! | file | what is in it |
//! |---|---|
//! | `arc_swap.rs` | [`ArcSwap`], the cell, and [`Guard`], what a reader gets |
//! | `registry.rs` | slots, the nodes that hold them, and the list of all nodes |
//! | `local.rs` | which node is this thread's |
//! | crate `barrier` | who pays for the store→load fence: the reader, or `membarrier(2)` |
//!
//! # Progress
//!
//! `load` and `load_full` are lock-free: one of them tries again only if a writer has replaced the value in the meantime.
//! `swap` and `store` are wait-free: one swap, and one look at each slot. They never wait for a reader, whether it has a
//! guard or is in the middle of `load`. `compare_and_swap` and `rcu` are lock-free. A thread's first `load` registers it,
//! which may allocate; no later one does. Nothing here may be called from a signal handler.
#![warn(missing_docs)]

mod arc_swap;
mod local;
mod registry;

pub use arc_swap::{ArcSwap, Guard};
pub use barrier::{AlreadyFixed, Barrier, set_default_barrier};

/// How many guards of a thread may be debts at the same time; further ones are references that are counted at once. With
/// one slot more, the list's link and two flags, a node fills two cache lines. (In the models it is 1.)
const GUARD_SLOTS: usize = 6;

/// Where the twin files get their types from: std here, the checker in `tests/loom.rs`.
mod sync {
    pub use std::boxed::Box;
    pub use std::sync::{Arc, atomic};
}

// Under the name by which the twin files call it: a model has another one.
use ::barrier;

#[cfg(test)]
mod types {
    use std::cell::Cell;
    use std::rc::Rc;
    use std::sync::{Arc, MutexGuard};

    use static_assertions::{assert_eq_size, assert_impl_all, assert_not_impl_any};

    use crate::{ArcSwap, Guard};

    assert_eq_size!(ArcSwap<u8>, [usize; 2]);
    assert_eq_size!(Guard<u8>, [usize; 2]);
    assert_eq_size!(Option<Guard<u8>>, [usize; 2]);

    // Whoever has `&ArcSwap<T>` can get an `Arc<T>`, and so `&T`, and drop the last one: both bounds, for both traits.
    assert_impl_all!(ArcSwap<String>: Send, Sync);
    assert_not_impl_any!(ArcSwap<Rc<u8>>: Send, Sync); // neither
    assert_not_impl_any!(ArcSwap<Cell<u8>>: Send, Sync); // Send, not Sync
    assert_not_impl_any!(ArcSwap<MutexGuard<'static, u8>>: Send, Sync); // Sync, not Send

    // A guard is an `Arc` that may not have been counted yet. Any thread may end it.
    assert_impl_all!(Guard<String>: Send, Sync);
    assert_not_impl_any!(Guard<Rc<u8>>: Send, Sync);
    assert_not_impl_any!(Guard<Cell<u8>>: Send, Sync);
    assert_not_impl_any!(Guard<MutexGuard<'static, u8>>: Send, Sync);

    // Two cells that share an `Arc` would be easy to mistake for two handles of one cell.
    assert_not_impl_any!(ArcSwap<u8>: Clone, Copy);
    assert_impl_all!(ArcSwap<u8>: Default, From<Arc<u8>>);
    assert_impl_all!(Arc<u8>: From<Guard<u8>>);
}
