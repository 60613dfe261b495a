//! The subcommands, one file each: its arguments, and a `run` that does what they say.

pub(crate) mod bench;
pub(crate) mod record;
pub(crate) mod serve;
pub(crate) mod show;
