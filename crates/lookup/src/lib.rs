//! The program that the course is about: many workers look words up in a table, one updater changes it now and then.
//!
//! `cargo run --release --example lookup` runs it once with each design, and prints what each was worth:
//!
//! ```console
//! cargo run --release --example lookup                               # every design
//! cargo run --release --example lookup -- --design step0,step4       # these
//! cargo run --release --example lookup -- --help                     # how many workers, keys, updates
//! ```
//!
//! To add a design, implement [`Table`] for it and give it a line in [`DESIGNS`].
#![warn(missing_docs)]

mod designs;
mod program;
mod summary;
mod table;

pub use designs::{DESIGNS, Design, UnknownDesign};
pub use program::{Progress, Settings, run};
pub use summary::{LEGEND, Summary, Work, head};
pub use table::{Change, Entries, Table};
