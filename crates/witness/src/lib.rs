//! A checker on loom that sees leaks, uses after free, races and copied bits, and explains them with a timeline.

mod counterexample;
mod timeline;

pub use counterexample::{Bug, Event, Lane, MissingEdge, SourceLine, Witness};
