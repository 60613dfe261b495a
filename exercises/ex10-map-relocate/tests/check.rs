//! The learner's source on the checker's types, and the claims about it: `cargo workshop check ex10` runs this.

mod sync {
    pub use witness::sync::{Mutex, atomic};
}

mod ptr {
    pub use witness::ptr::copy_nonoverlapping;
}

#[path = "../checks.rs"]
mod checks;
#[path = "../src/place.rs"]
#[allow(dead_code, reason = "twin")]
mod place;
#[path = "../src/relocate.rs"]
#[allow(dead_code, reason = "twin")]
mod relocate;
#[path = "../src/types.rs"]
#[allow(dead_code, reason = "twin")]
mod types;

#[test]
fn every_claim_holds() {
    checks::checks(&[check::source!("../src/relocate.rs")]).assert();
}
