//! What people try, and why each fails; and the exercise as it is given.

mod sync {
    pub use witness::sync::{Arc, atomic};
}

mod thread {
    pub use witness::thread::yield_now;
}

#[path = "../../../exercises/ex4-arc-cell/given/arc_cell.rs"]
#[allow(dead_code, reason = "twin")]
mod given;

#[allow(dead_code, reason = "twins")]
mod wrong {
    pub mod acq_rel_exchange;
    pub mod acquires_the_look;
    pub mod edited_away;
    pub mod leaves_it_there;
    pub mod never_yields;
    pub mod relaxed_put;
    pub mod relaxed_take;
    pub mod seq_cst_everywhere;
    pub mod swaps_while_it_waits;
    pub mod takes_in_two_steps;
}

use check::Reason;
use witness::Bug;

check::variants! {
    "../../../exercises/ex4-arc-cell/checks.rs";

    as_given { arc_cell: crate::given = "../../../exercises/ex4-arc-cell/given/arc_cell.rs" }
        => (Reason::Unfinished, "`get` gives what is in the cell");
    relaxed_put { arc_cell: crate::wrong::relaxed_put = "wrong/relaxed_put.rs" }
        => (Reason::Bug(Bug::DataRace), "A reader beside a writer");
    relaxed_take { arc_cell: crate::wrong::relaxed_take = "wrong/relaxed_take.rs" }
        => (Reason::Bug(Bug::DataRace), "A reader beside a writer");
    acquires_the_look { arc_cell: crate::wrong::acquires_the_look = "wrong/acquires_the_look.rs" }
        => (Reason::Bug(Bug::DataRace), "An `Arc` may be taken out, changed, and put back");
    seq_cst_everywhere { arc_cell: crate::wrong::seq_cst_everywhere = "wrong/seq_cst_everywhere.rs" }
        => (Reason::TooStrong, "No ordering can be weakened");
    acq_rel_exchange { arc_cell: crate::wrong::acq_rel_exchange = "wrong/acq_rel_exchange.rs" }
        => (Reason::TooStrong, "No ordering can be weakened");
    takes_in_two_steps { arc_cell: crate::wrong::takes_in_two_steps = "wrong/takes_in_two_steps.rs" }
        => (Reason::Bug(Bug::UseAfterFree), "A reader beside a writer");
    leaves_it_there { arc_cell: crate::wrong::leaves_it_there = "wrong/leaves_it_there.rs" }
        => (Reason::Bug(Bug::UseAfterFree), "A reader beside a writer");
    swaps_while_it_waits { arc_cell: crate::wrong::swaps_while_it_waits = "wrong/swaps_while_it_waits.rs" }
        => (Reason::Bug(Bug::NoProgress), "Of two readers");
    never_yields { arc_cell: crate::wrong::never_yields = "wrong/never_yields.rs" }
        => (Reason::Bug(Bug::NoProgress), "Of two readers");
    edited_away { arc_cell: crate::wrong::edited_away = "wrong/edited_away.rs" }
        => (Reason::Edited, "What is not a TODO");
}
