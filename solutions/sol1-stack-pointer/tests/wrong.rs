//! What people try, and why each fails; and the exercise as it is given.

mod sync {
    pub use witness::sync::{Arc, atomic};
}

mod boxed {
    pub use witness::boxed::Box;
}

#[path = "../../../exercises/ex1-stack-pointer/given/atomic_value.rs"]
#[allow(dead_code, reason = "twin")]
mod given;

#[allow(dead_code, reason = "twins")]
mod wrong {
    pub mod drops_a_reference;
    pub mod edited_away;
    pub mod forgotten;
    pub mod frees_the_new_one;
    pub mod frees_twice;
    pub mod replaces_nothing;
}

use check::Reason;
use witness::Bug;

check::variants! {
    "../../../exercises/ex1-stack-pointer/checks.rs";

    as_given { atomic_value: crate::given = "../../../exercises/ex1-stack-pointer/given/atomic_value.rs" }
        => (Reason::Bug(Bug::StackPointer), "A new cell does not hold the address of a local variable.");
    forgotten { atomic_value: crate::wrong::forgotten = "wrong/forgotten.rs" }
        => (Reason::Bug(Bug::StackPointer), "A new cell does not hold the address of a local variable.");
    drops_a_reference { atomic_value: crate::wrong::drops_a_reference = "wrong/drops_a_reference.rs" }
        => (Reason::Bug(Bug::Leak), "What has been in the cell is freed");
    frees_the_new_one { atomic_value: crate::wrong::frees_the_new_one = "wrong/frees_the_new_one.rs" }
        => (Reason::Bug(Bug::InvalidPointer), "After `replace` a reader gets the new value.");
    frees_twice { atomic_value: crate::wrong::frees_twice = "wrong/frees_twice.rs" }
        => (Reason::Bug(Bug::UseAfterFree), "After `replace` a reader gets the new value.");
    replaces_nothing { atomic_value: crate::wrong::replaces_nothing = "wrong/replaces_nothing.rs" }
        => (Reason::Bug(Bug::Panic), "After `replace` a reader gets the new value.");
    edited_away { atomic_value: crate::wrong::edited_away = "wrong/edited_away.rs" }
        => (Reason::Edited, "What is not a TODO is as it was given.");
}
