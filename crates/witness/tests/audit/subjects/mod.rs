//! Small designs, each in a file of its own, so that an audit has a source to go by.

pub mod arc;
pub mod elsewhere;
pub mod every_operation;
pub mod hazard_pointer;
pub mod message_passing;
pub mod published_too_late;
pub mod spin_lock;
