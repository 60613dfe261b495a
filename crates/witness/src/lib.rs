#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod alloc;
mod audit;
mod audited;
pub mod boxed;
pub mod cell;
mod coherence;
mod copying;
mod counterexample;
mod crash;
mod drop_site;
mod explain;
mod focus;
mod heap;
pub mod hint;
mod hook;
mod identity;
mod ledger;
mod local;
mod model;
mod models;
mod named_orderings;
mod objects;
mod operation;
mod ordering;
pub mod panic;
mod probe;
pub mod ptr;
mod recorder;
mod session;
pub mod sync;
pub mod thread;
mod timeline;

pub use audit::{Audit, Progress, Stage};
pub use audited::{Audited, AuditedModel, Outcome, Survivor, Weakening};
pub use counterexample::{Bug, Event, Lane, MissingEdge, SourceLine, Witness};
pub use ledger::{Accesses, Cost, Ledger};
pub use model::{Builder, Report, expect_bug, model};
pub use models::Model;
pub use probe::Probe;
