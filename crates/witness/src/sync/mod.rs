//! Twins of `std::sync`: [`Arc`], [`Mutex`], [`RwLock`] and [`atomic`].

mod arc;
pub mod atomic;
mod lock;
mod mutex;
mod rwlock;

pub use arc::Arc;
pub(crate) use lock::Release;
pub use mutex::{Mutex, MutexGuard};
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};
