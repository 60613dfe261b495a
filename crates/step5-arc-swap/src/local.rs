//! Which node is the calling thread's.

use std::cell::Cell;
use std::sync::LazyLock;

use crate::barrier::Barrier;
use crate::registry::{Node, Registry};

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry::new(Barrier::default_of_process()));

thread_local! {
    // No destructor: so it is there until the thread is gone, and reading it costs no check.
    static NODE: Cell<Option<&'static Node>> = const { Cell::new(None) };
    static LEASE: Lease = Lease(REGISTRY.claim());
}

/// This thread's node, until the thread ends.
struct Lease(&'static Node);

impl Drop for Lease {
    fn drop(&mut self) {
        // From now on this thread claims a node for each load.
        NODE.set(None);
        self.0.release();
    }
}

/// The registry of every cell of the process.
pub(crate) fn registry() -> &'static Registry {
    &REGISTRY
}

/// The node of the calling thread, if it has loaded before.
#[inline]
pub(crate) fn node() -> Option<&'static Node> {
    NODE.get()
}

/// Calls `f`, which returns with the node's transit slot free, with the node of the calling thread.
pub(crate) fn with_node<R>(f: impl FnOnce(&'static Node) -> R) -> R {
    match LEASE.try_with(|lease| lease.0) {
        Ok(node) => {
            NODE.set(Some(node));
            f(node)
        }
        // One of this thread's last destructors loads, and the lease is gone.
        Err(_) => {
            let lease = Lease(REGISTRY.claim());
            f(lease.0)
        }
    }
}
