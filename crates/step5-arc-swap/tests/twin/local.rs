//! Which node is the calling thread's, and a registry for each execution: the checker's atomics cannot be static.

use std::cell::Cell;

use crate::barrier::Barrier;
use crate::registry::{Node, Registry};

std::thread_local! {
    /// All of a model's threads run on one OS thread.
    static REGISTRY: Cell<Option<&'static Registry>> = const { Cell::new(None) };
}

crate::thread_local! {
    static NODE: Cell<Option<&'static Node>> = Cell::new(None);
}

/// Owns the registry of one execution.
pub struct Owner(*mut Registry);

// SAFETY: a registry is made of atomics, and is freed by whoever drops the owner, when no thread uses it any more.
unsafe impl Send for Owner {}
// SAFETY: as above.
unsafe impl Sync for Owner {}

/// Begins an execution, which ends when the owner is dropped: after every cell and every guard.
pub fn begin() -> Owner {
    let registry = Box::into_raw(Box::new(Registry::new(Barrier::Fence)));
    // SAFETY: freed by the owner, which a model drops last.
    REGISTRY.set(Some(unsafe { &*registry }));
    Owner(registry)
}

impl Drop for Owner {
    fn drop(&mut self) {
        REGISTRY.set(None);
        // SAFETY: it came from `Box::into_raw`, and no thread has a node any more.
        drop(unsafe { Box::from_raw(self.0) });
    }
}

pub fn registry() -> &'static Registry {
    REGISTRY.get().expect("a model begins with `begin`")
}

pub fn node() -> Option<&'static Node> {
    NODE.with(Cell::get)
}

pub fn with_node<R>(f: impl FnOnce(&'static Node) -> R) -> R {
    let node = NODE.with(|node| {
        node.get().unwrap_or_else(|| {
            let claimed = registry().claim();
            node.set(Some(claimed));
            claimed
        })
    });
    f(node)
}

/// Claims a node for this thread, as its first load does.
pub fn register() {
    with_node(|_| ());
}

/// What the library does when a thread ends.
pub fn end_thread() {
    NODE.with(|node| {
        if let Some(node) = node.take() {
            node.release();
        }
    });
}
