//! Twins of `std::sync`: [`Arc`], [`Mutex`], [`RwLock`] and [`atomic`].

mod arc;
pub mod atomic;
mod mutex;
mod rwlock;

pub use arc::Arc;
pub use mutex::{Mutex, MutexGuard};
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};
