//! The models, and the claims about them: `cargo workshop check ex8` runs this.

#[path = "../checks.rs"]
mod checks;
#[path = "../src/counter.rs"]
#[allow(dead_code, reason = "twin")]
mod counter;
#[path = "../src/hunt.rs"]
mod hunt;
#[path = "../src/map.rs"]
#[allow(dead_code, reason = "twin")]
mod map;
#[path = "../src/value.rs"]
#[allow(dead_code, reason = "twin")]
mod value;

#[test]
fn every_claim_holds() {
    checks::checks(&[check::source!("../src/hunt.rs")]).assert();
}
