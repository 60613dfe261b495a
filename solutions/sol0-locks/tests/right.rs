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

check::alternatives! {
    "../../../exercises/ex0-locks/checks.rs";

    begins_again { shared_table: crate::right::begins_again = "right/begins_again.rs" };
    rwlock_arc { shared_table: crate::right::rwlock_arc = "right/rwlock_arc.rs" };
    under_the_read_lock { shared_table: crate::right::under_the_read_lock = "right/under_the_read_lock.rs" };
}
