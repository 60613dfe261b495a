//! What people try, and why each fails; and the exercise as it is given.

mod sync {
    pub use witness::sync::{Arc, Mutex, atomic};
}

mod boxed {
    pub use witness::boxed::Box;
}

#[path = "../../../exercises/ex2-noop-drop/given/atomic_value.rs"]
#[allow(dead_code, reason = "twin")]
mod given;

#[allow(dead_code, reason = "twins")]
mod wrong {
    pub mod edited_away;
    pub mod frees_at_once;
    pub mod frees_at_the_next;
    pub mod frees_the_current;
    pub mod loads_and_stores;
    pub mod never_frees;
    pub mod says_so_only;
}

use check::Reason;
use witness::Bug;

check::variants! {
    "../../../exercises/ex2-noop-drop/checks.rs";

    as_given { atomic_value: crate::given = "../../../exercises/ex2-noop-drop/given/atomic_value.rs" }
        => (Reason::Bug(Bug::Leak), "What has been in the cell is freed in the end");
    frees_at_once { atomic_value: crate::wrong::frees_at_once = "wrong/frees_at_once.rs" }
        => (Reason::Bug(Bug::UseAfterFree), "A reader never touches a freed box");
    frees_at_the_next { atomic_value: crate::wrong::frees_at_the_next = "wrong/frees_at_the_next.rs" }
        => (Reason::Bug(Bug::UseAfterFree), "A reader never touches a freed box");
    never_frees { atomic_value: crate::wrong::never_frees = "wrong/never_frees.rs" }
        => (Reason::Bug(Bug::Leak), "What has been in the cell is freed in the end");
    says_so_only { atomic_value: crate::wrong::says_so_only = "wrong/says_so_only.rs" }
        => (Reason::Bug(Bug::Panic), "What is replaced waits");
    frees_the_current { atomic_value: crate::wrong::frees_the_current = "wrong/frees_the_current.rs" }
        => (Reason::Bug(Bug::Panic), "What is replaced waits");
    loads_and_stores { atomic_value: crate::wrong::loads_and_stores = "wrong/loads_and_stores.rs" }
        => (Reason::Bug(Bug::DoubleFree), "Two writers at a time");
    edited_away { atomic_value: crate::wrong::edited_away = "wrong/edited_away.rs" }
        => (Reason::Edited, "What is not a TODO");
}
