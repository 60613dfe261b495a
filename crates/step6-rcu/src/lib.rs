//! Step 6: RCU. Readers that never wait, whatever the writers do.
//!
//! A reader marks in a slot of its own that it is inside a read-side section. A writer unlinks a value first, then looks
//! at every slot, and frees the value only when each section that it saw has ended: that wait is a *grace period*. The
//! reader pays one plain store to enter and one to leave, both to a cache line that nobody else writes, and a fence where the system
//! has no `membarrier(2)`.
//!
//! ```
//! use step6::RcuCell;
//!
//! let table = RcuCell::new(vec![1, 2, 3]);
//! let before = table.read();
//! table.replace(vec![4]);
//! assert_eq!(*before, [1, 2, 3]); // still there: this section began before the swap
//! assert_eq!(*table.read(), [4]);
//! ```
//!
//! | file | what is in it |
//! |---|---|
//! | `rcu.rs` | [`Domain`], [`Guard`], [`Reader`]: slots, sections, grace periods |
//! | `retire.rs` | the values that wait for a grace period |
//! | `cell.rs` | [`RcuCell`] |
//! | crate `barrier` | who pays for the store→load fence: the reader, or `membarrier(2)` |
//! | `local.rs` | which slot is this thread's |
//!
//! # What it does not do
//!
//! A section that never ends keeps all that is retired after it began: the garbage has no bound but the number of
//! writes. [`Domain::synchronize`] waits for other threads' sections, so two threads that each wait inside a section of
//! *another* domain, or inside a lock that a reader wants, can wait for each other; only the section of the calling
//! thread in the same domain is detected. Nothing here may be called from a signal handler, and nothing is promised in
//! the child of a `fork`.
#![warn(missing_docs)]

mod sync {
    pub use std::boxed::Box;
    pub use std::sync::{Arc, Mutex, atomic};
}

// Under the name by which the twin files call it: a model has another one.
use ::barrier;

mod cell;
mod local;
mod rcu;
mod retire;
#[cfg(test)]
mod wrap_tests;

pub use barrier::{AlreadyFixed, Barrier, Unsupported, set_default_barrier};
pub use cell::{CellGuard, CellReader, RcuCell};
pub use rcu::{Domain, GracePeriod, Guard, InReadSection, Reader};
