//! `cargo workshop`: the course's front door.
//!
//! Each subcommand is a file of [`commands`]; what they share is the list of steps ([`course`]), the exercises
//! ([`exercise`]), how they are checked ([`checking`]) and how far a learner is ([`progress`]), where things are on disk
//! ([`workspace`]), and the book: built ([`book`]) and served ([`server`]).

pub mod book;
mod checking;
mod cli;
mod commands;
pub mod course;
pub mod exercise;
pub mod generated;
mod interrupt;
pub mod progress;
pub mod reports;
mod server;
mod terminal;
pub mod workspace;

pub use cli::run;
