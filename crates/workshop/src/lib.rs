//! `cargo workshop`: the course's front door.
//!
//! Each subcommand is a file of [`commands`]; what they share is the list of steps ([`course`]), where things are on
//! disk ([`workspace`]), and the book: built ([`book`]) and served ([`server`]).

pub mod book;
mod cli;
mod commands;
pub mod course;
pub mod generated;
pub mod reports;
mod server;
pub mod workspace;

pub use cli::run;
