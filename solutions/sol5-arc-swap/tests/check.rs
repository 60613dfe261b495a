//! The cell's own source on the checker's types, and the claims about it.

mod sync {
    pub use witness::sync::{Arc, atomic};
}

#[path = "../src/arc_swap.rs"]
#[allow(dead_code, reason = "twin")]
mod arc_swap;
#[path = "../../../exercises/ex5-arc-swap/checks.rs"]
mod checks;

#[test]
fn every_claim_holds() {
    checks::checks(&[check::source!("../src/arc_swap.rs")]).assert();
}
