//! The table's own source on the checker's types, and the claims about it.

mod sync {
    #[allow(unused_imports, reason = "which of them it takes is the exercise")]
    pub use witness::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic};
}

#[path = "../../../exercises/ex0-locks/checks.rs"]
mod checks;
#[path = "../src/shared_table.rs"]
#[allow(dead_code, reason = "twin")]
mod shared_table;

#[test]
fn every_claim_holds() {
    checks::checks(&[check::source!("../src/shared_table.rs")]).assert();
}
