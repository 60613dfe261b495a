//! Other right solutions: the check passes each of them.

#[path = "../../../crates/table/tests/twin/mod.rs"]
mod twin;

#[allow(unused_imports, reason = "twins look for them here")]
use twin::{alloc, barrier, local, payload, ptr, rcu, retire, stand_in};

#[allow(unused_imports, reason = "twins look for them here")]
mod table {
    pub use crate::twin::payload::HashIsKey as DefaultHashBuilder;
    pub use crate::twin::table::*;
}

mod sync {
    pub use witness::boxed::Box;
    pub use witness::sync::{Arc, Mutex, MutexGuard, RwLock, atomic};
}

mod thread {
    pub use crate::local::{token, wait};
    pub use witness::thread::scope;
}

#[path = "../../../crates/step9-map-unbounded/src/by_bits.rs"]
#[allow(dead_code, reason = "twin")]
mod by_bits;
#[path = "../src/visits.rs"]
#[allow(dead_code, reason = "twin")]
mod visits;

#[allow(dead_code, reason = "twins")]
mod right {
    pub mod with_a_ref_cell;
    pub mod with_locks;
}

use by_bits::RcuMap;
use table::DefaultHashBuilder;

check::alternatives! {
    "../../../exercises/ex9-map-unbounded/checks.rs";

    with_a_ref_cell { misuse: crate::right::with_a_ref_cell = "right/with_a_ref_cell.rs" };
    with_locks { misuse: crate::right::with_locks = "right/with_locks.rs" };
}
