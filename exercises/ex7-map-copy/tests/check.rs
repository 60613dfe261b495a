//! The map's own source on the checker's types, and the claims about it: `cargo workshop check ex7` runs this.

mod sync {
    pub use witness::sync::{Mutex, MutexGuard, atomic};
}

mod alloc {
    pub use witness::alloc::{Layout, alloc, dealloc, handle_alloc_error};
}

mod ptr {
    #[allow(unused_imports, reason = "a copy is still to be made")]
    pub use witness::ptr::{copy_nonoverlapping, read, write};
}

mod thread {
    pub use witness::thread::yield_now;
}

mod bound {
    /// What a `Copy` value is to the map: its bytes may be copied while others read them, and one copy is dropped.
    pub trait Value {}
    impl<T> Value for witness::Probe<T> {}
}

#[path = "../checks.rs"]
mod checks;
#[path = "../src/domain.rs"]
#[allow(dead_code, reason = "twin")]
mod domain;
#[path = "../src/map.rs"]
#[allow(dead_code, reason = "twin")]
mod map;
#[path = "../src/table.rs"]
#[allow(dead_code, reason = "twin")]
mod table;

#[test]
fn every_claim_holds() {
    checks::checks(&[check::source!("../src/map.rs")]).assert();
}
