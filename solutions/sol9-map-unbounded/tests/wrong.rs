//! What people try, and why each fails; and the exercise as it is given.

#[path = "../../../crates/table/tests/twin/mod.rs"]
mod twin;

#[allow(unused_imports, reason = "twins look for them here")]
use twin::{alloc, barrier, local, payload, ptr, rcu, retire, stand_in};

#[allow(unused_imports, reason = "twins look for them here")]
mod table {
    pub use crate::twin::payload::HashIsKey as DefaultHashBuilder;
    pub use crate::twin::table::*;
}

mod sync {
    pub use witness::boxed::Box;
    pub use witness::sync::{Arc, Mutex, MutexGuard, RwLock, atomic};
}

mod thread {
    pub use crate::local::{token, wait};
    pub use witness::thread::scope;
}

#[path = "../../../crates/step9-map-unbounded/src/by_bits.rs"]
#[allow(dead_code, reason = "twin")]
mod by_bits;
#[path = "../src/visits.rs"]
#[allow(dead_code, reason = "twin")]
mod visits;

#[path = "../../../exercises/ex9-map-unbounded/given/misuse.rs"]
#[allow(dead_code, reason = "twin")]
mod given;

#[allow(dead_code, reason = "twins")]
mod wrong {
    pub mod behind_a_pointer;
    pub mod holds_the_lock;
    pub mod lifts_the_ban;
    pub mod looks_again;
    pub mod one_thread;
    pub mod only_reads;
    pub mod panics_itself;
    pub mod removes_it;
    pub mod replaces_the_page;
    pub mod threads_of_std;
    pub mod two_guards_and_no_use;
}

use by_bits::RcuMap;
use check::Reason;
use table::DefaultHashBuilder;
use witness::Bug;

check::variants! {
    "../../../exercises/ex9-map-unbounded/checks.rs";

    as_given { misuse: crate::given = "../../../exercises/ex9-map-unbounded/given/misuse.rs" }
        => (Reason::Unbroken, "A visit is made");
    behind_a_pointer { misuse: crate::wrong::behind_a_pointer = "wrong/behind_a_pointer.rs" }
        => (Reason::Unbroken, "A visit is made");
    looks_again { misuse: crate::wrong::looks_again = "wrong/looks_again.rs" }
        => (Reason::Unbroken, "A visit is made");
    replaces_the_page { misuse: crate::wrong::replaces_the_page = "wrong/replaces_the_page.rs" }
        => (Reason::Unbroken, "A visit is made");
    panics_itself { misuse: crate::wrong::panics_itself = "wrong/panics_itself.rs" }
        => (Reason::Bug(Bug::Panic), "A visit is made");
    holds_the_lock { misuse: crate::wrong::holds_the_lock = "wrong/holds_the_lock.rs" }
        => (Reason::Bug(Bug::Deadlock), "Memory is used");
    removes_it { misuse: crate::wrong::removes_it = "wrong/removes_it.rs" }
        => (Reason::Unbroken, "Memory is used");
    two_guards_and_no_use { misuse: crate::wrong::two_guards_and_no_use = "wrong/two_guards_and_no_use.rs" }
        => (Reason::Unbroken, "Memory is used");
    threads_of_std { misuse: crate::wrong::threads_of_std = "wrong/threads_of_std.rs" }
        => (Reason::Unseen, "The copy of an entry");
    one_thread { misuse: crate::wrong::one_thread = "wrong/one_thread.rs" }
        => (Reason::Unbroken, "The copy of an entry");
    only_reads { misuse: crate::wrong::only_reads = "wrong/only_reads.rs" }
        => (Reason::Unbroken, "The copy of an entry");
    lifts_the_ban { misuse: crate::wrong::lifts_the_ban = "wrong/lifts_the_ban.rs" }
        => (Reason::Edited, "What is not a TODO");
}
