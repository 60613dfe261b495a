//! The cell's own source on the checker's types, and the claims about it: `cargo workshop check ex5` runs this.

mod sync {
    pub use witness::sync::{Arc, atomic};
}

#[path = "../src/arc_swap.rs"]
#[allow(dead_code, reason = "twin")]
mod arc_swap;
#[path = "../checks.rs"]
mod checks;

#[test]
fn every_claim_holds() {
    checks::checks(&[check::source!("../src/arc_swap.rs")]).assert();
}
