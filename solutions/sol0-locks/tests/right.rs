//! Other right choices: the check passes each of them.

mod sync {
    pub use witness::sync::{Arc, Mutex, PoisonError, RwLock};
}

#[allow(dead_code, reason = "twins")]
mod right {
    pub mod begins_again;
    pub mod rwlock_arc;
    pub mod under_the_read_lock;
}

macro_rules! right {
    ($($name:ident = $file:literal;)+) => {$(
        #[path = "."]
        mod $name {
            use crate::right::$name as shared_table;

            #[path = "../../../exercises/ex0-locks/checks.rs"]
            mod checks;

            #[test]
            fn every_claim_holds() {
                checks::checks(&[check::source!($file)]).assert();
            }
        }
    )+};
}

right! {
    begins_again = "right/begins_again.rs";
    rwlock_arc = "right/rwlock_arc.rs";
    under_the_read_lock = "right/under_the_read_lock.rs";
}
