//! Stands for this crate in a model. The readers fence for themselves there: no checker knows `membarrier(2)`. A model may
//! still ask whether it would have been called.

use std::cell::Cell;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barrier {
    Fence,
    Membarrier,
}

impl Barrier {
    pub fn default_of_process() -> Barrier {
        Barrier::Fence
    }

    pub fn is_supported(self) -> bool {
        self == Barrier::Fence
    }
}

#[derive(Debug)]
pub struct Unsupported(pub Barrier);

std::thread_local! {
    /// All of a model's threads run on one OS thread.
    static CALLED: Cell<bool> = const { Cell::new(false) };
}

/// Nothing that a model sees.
pub fn compiler_fence() {}

/// Does nothing but to leave a note.
pub fn membarrier() {
    CALLED.set(true);
}

/// Whether [`membarrier`] has been called since this was last asked.
pub fn was_called() -> bool {
    CALLED.take()
}
