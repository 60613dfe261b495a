//! Every correct step raced against the crates that people use.
//!
//! | file | what is in it |
//! |---|---|
//! | `table.rs` | what every contender can do, in one shape |
//! | `contenders/` | the contenders, a file for each crate or step |
//! | `entries.rs` | what they hold, and in which order it is visited |
//! | `run.rs` | the loops that are measured |
//! | `preemption.rs` | whether a thread lost its processor meanwhile |
//! | `results.rs`, `statistics.rs` | what was measured |

pub mod allocator;
pub mod contenders;
pub mod entries;
pub mod goals;
pub mod ledger;
pub mod machine_code;
pub mod measure;
pub mod plot;
pub mod preemption;
pub mod primitives;
pub mod report;
pub mod results;
pub mod run;
pub mod statistics;
pub mod table;
pub mod versions;
