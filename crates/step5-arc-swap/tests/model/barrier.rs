//! Stands for the crate of that name. In a model the readers fence for themselves: no checker knows `membarrier(2)`.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barrier {
    Fence,
    Membarrier,
}

pub fn compiler_fence() {
    unreachable!("the nodes of a model are fenced")
}

pub fn membarrier() {
    unreachable!("the registry of a model is fenced")
}
