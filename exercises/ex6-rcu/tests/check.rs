//! The source on the checker's types, and the claims about it: `cargo workshop check ex6` runs this.

mod sync {
    pub use witness::boxed::Box;
    pub use witness::sync::atomic;
}

mod thread {
    #[allow(unused_imports, reason = "a wait is still to be written")]
    pub use witness::thread::yield_now;
}

#[path = "../checks.rs"]
mod checks;
#[path = "../src/rcu.rs"]
#[allow(dead_code, reason = "twin")]
mod rcu;

#[test]
fn every_claim_holds() {
    checks::checks(&[check::source!("../src/rcu.rs")]).assert();
}
