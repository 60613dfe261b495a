//! The map of step 9 and what misuses it, on the checker's types; and the claims: `cargo workshop check ex9` runs this.

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
    #[allow(unused_imports, reason = "a second thread is still to be started")]
    pub use witness::thread::scope;
}

#[path = "../../../crates/step9-map-unbounded/src/by_bits.rs"]
#[allow(dead_code, reason = "twin")]
mod by_bits;
#[path = "../checks.rs"]
mod checks;
#[path = "../src/misuse.rs"]
#[allow(dead_code, reason = "twin")]
mod misuse;
#[path = "../src/visits.rs"]
#[allow(dead_code, reason = "twin")]
mod visits;

use by_bits::RcuMap;
use table::DefaultHashBuilder;

#[test]
fn every_claim_holds() {
    checks::checks(&[check::source!("../src/misuse.rs")]).assert();
}
