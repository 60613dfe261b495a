//! The tree that models include as a whole.

mod at_home;
pub(crate) mod control;
mod grow;
mod guard;
mod iter;
pub(crate) mod lock;
mod map;
mod migrate;
mod moves;
pub(crate) mod probe;
pub(crate) mod raw;
mod read;
mod reader;
mod retire;
mod write;

pub use guard::Guard;
pub use iter::Iter;
pub use map::{Garbage, Map};
pub use migrate::Migrate;
pub use reader::Reader;
