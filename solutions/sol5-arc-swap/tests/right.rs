//! Other right ways: the check passes each of them.

mod sync {
    pub use witness::sync::{Arc, atomic};
}

#[allow(dead_code, reason = "twins")]
mod right {
    pub mod drops_what_it_was_paid;
    pub mod leaves_the_mark;
}

check::alternatives! {
    "../../../exercises/ex5-arc-swap/checks.rs";

    drops_what_it_was_paid { arc_swap: crate::right::drops_what_it_was_paid = "right/drops_what_it_was_paid.rs" };
    leaves_the_mark { arc_swap: crate::right::leaves_the_mark = "right/leaves_the_mark.rs" };
}
