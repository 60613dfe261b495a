//! What the operations do to memory that others share, counted, with as many slots as the library has.

use witness::thread_local;

mod sync {
    pub use witness::boxed::Box;
    pub use witness::sync::{Arc, atomic};
}

const GUARD_SLOTS: usize = 6;

#[path = "../src/arc_swap.rs"]
#[allow(dead_code, reason = "twin")]
mod arc_swap;
#[path = "../src/registry.rs"]
#[allow(dead_code, reason = "twin")]
mod registry;

#[path = "../../barrier/tests/twin/barrier.rs"]
#[allow(dead_code, reason = "shared with other steps")]
mod barrier;
#[path = "twin/local.rs"]
#[allow(dead_code, reason = "shared with the other models")]
mod local;

use arc_swap::ArcSwap;
use sync::Arc;
use witness::{Ledger, Probe};

/// A cell, and two threads that have loaded from some cell.
struct Shared {
    cell: ArcSwap<Probe<u32>>,
    _registry: local::Owner,
}

fn shared() -> Shared {
    let registry = local::begin();
    local::registry().claim();
    local::registry().claim();
    Shared { cell: ArcSwap::from_pointee(Probe::new(1)), _registry: registry }
}

#[test]
fn the_cost_of_load_load_full_and_store() {
    let ledger = Ledger::new("step5 ArcSwap")
        .operation("load", shared, |shared| drop(shared.cell.load()))
        .operation("load_full", shared, |shared| drop(shared.cell.load_full()))
        .operation("store, 2 readers", shared, |shared| shared.cell.store(Arc::new(Probe::new(2))));
    recording::ledger("step5-ledger", &[ledger]);
}
