//! Correct, and slow: the table behind a lock.
//!
//! Three designs. The first is where the forum thread starts, the other two are what it is advised:
//!
//! | type | readers | while the table is rebuilt |
//! |---|---|---|
//! | [`InPlace<T>`], a `RwLock<T>` | share the lock for as long as they look | every reader waits |
//! | [`MutexArc<T>`], a `Mutex<Arc<T>>` | hold the lock while they clone the `Arc` | nobody waits |
//! | [`RwLockArc<T>`], a `RwLock<Arc<T>>` | share the lock while they clone the `Arc` | nobody waits |
//!
//! All three show a reader the old table or the new one, and never a mix. What separates them is the time for which a
//! lock is held. What they share is that a reader *writes*, to the lock and, with an `Arc`, to its count: a thousand
//! readers write to the same one or two cache lines. The steps from here on are about that.
#![warn(missing_docs)]

pub mod in_place;
pub mod mutex_arc;
pub mod rwlock_arc;
pub mod shared;

pub use in_place::InPlace;
pub use mutex_arc::MutexArc;
pub use rwlock_arc::RwLockArc;
pub use shared::Shared;

/// Where the twin files get their types from: std here, the checker in `tests/loom.rs`.
mod sync {
    pub use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
}

#[cfg(test)]
mod types {
    use std::cell::Cell;
    use std::rc::Rc;
    use std::sync::MutexGuard;

    use static_assertions::{assert_impl_all, assert_not_impl_any};

    use crate::{InPlace, MutexArc, RwLockArc};

    // Readers share a `&T` and a writer hands the old `T` out: `Sync` takes both. Sent is the `T` itself.
    assert_impl_all!(InPlace<String>: Send, Sync);
    assert_impl_all!(InPlace<Cell<u8>>: Send);
    assert_not_impl_any!(InPlace<Cell<u8>>: Sync); // Send, not Sync
    assert_not_impl_any!(InPlace<MutexGuard<'static, u8>>: Send, Sync); // Sync, not Send
    assert_not_impl_any!(InPlace<Rc<u8>>: Send, Sync); // neither

    // Whoever gets an `Arc<T>` gets `&T`, and may drop the last one: both bounds, for both traits.
    assert_impl_all!(MutexArc<String>: Send, Sync);
    assert_not_impl_any!(MutexArc<Cell<u8>>: Send, Sync);
    assert_not_impl_any!(MutexArc<MutexGuard<'static, u8>>: Send, Sync);
    assert_not_impl_any!(MutexArc<Rc<u8>>: Send, Sync);
    assert_impl_all!(RwLockArc<String>: Send, Sync);
    assert_not_impl_any!(RwLockArc<Cell<u8>>: Send, Sync);
    assert_not_impl_any!(RwLockArc<MutexGuard<'static, u8>>: Send, Sync);
    assert_not_impl_any!(RwLockArc<Rc<u8>>: Send, Sync);
}
