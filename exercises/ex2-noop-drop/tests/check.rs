//! The cell's own source on the checker's types, and the claims about it: `cargo workshop check ex2` runs this.

mod sync {
    pub use witness::sync::{Arc, Mutex, atomic};
}

mod boxed {
    pub use witness::boxed::Box;
}

#[path = "../src/atomic_value.rs"]
#[allow(dead_code, reason = "twin")]
mod atomic_value;
#[path = "../checks.rs"]
mod checks;

#[test]
fn every_claim_holds() {
    checks::checks(&[check::source!("../src/atomic_value.rs")]).assert();
}
