//! Stands for `src/barrier.rs` in a model. The readers fence for themselves there: no checker knows `membarrier(2)`.

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

pub fn compiler_fence() {
    unreachable!("the slots of a model are fenced")
}

pub fn membarrier() {
    unreachable!("the domains of a model are fenced")
}
