//! Litmus tests: programs of a few lines that ask one question of the memory model.
//!
//! Each has two to four threads, a handful of accesses, and a result. [`outcomes`] explores every execution and collects the
//! results that occur. Which results *may* occur is what the orderings decide.
//!
//! What loom explores is not quite what Rust promises, in both directions; the tests in [`beyond_loom`] show where.
#![warn(missing_docs)]

pub mod beyond_loom;
pub mod coherence;
pub mod message_passing;
mod outcomes;
pub mod store_buffering;
pub mod volatile_flag;

pub use outcomes::{Outcomes, outcomes};
