//! The cell's own source on the checker's types, and the claims about it: `cargo workshop check ex4` runs this.

mod sync {
    pub use witness::sync::{Arc, atomic};
}

mod thread {
    #[allow(unused_imports, reason = "a wait is still to be written")]
    pub use witness::thread::yield_now;
}

#[path = "../src/arc_cell.rs"]
#[allow(dead_code, reason = "twin")]
mod arc_cell;
#[path = "../checks.rs"]
mod checks;

#[test]
fn every_claim_holds() {
    checks::checks(&[check::source!("../src/arc_cell.rs")]).assert();
}
