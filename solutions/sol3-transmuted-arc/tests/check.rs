//! The learner's sources on the checker's types, and the claims about them.

mod sync {
    pub use witness::sync::{Arc, Mutex, atomic};
}

#[path = "../src/atomic_value.rs"]
#[allow(dead_code, reason = "twin")]
mod atomic_value;
#[path = "../src/cell.rs"]
#[allow(dead_code, reason = "twin")]
mod cell;
#[path = "../../../exercises/ex3-transmuted-arc/checks.rs"]
mod checks;
#[path = "../src/hunt.rs"]
mod hunt;

#[test]
fn every_claim_holds() {
    checks::checks(&[check::source!("../src/atomic_value.rs"), check::source!("../src/hunt.rs")]).assert();
}
