//! What people try, and why each fails; and the exercise as it is given.

mod sync {
    pub use witness::sync::{Arc, atomic};
}

#[path = "../../../exercises/ex5-arc-swap/given/arc_swap.rs"]
#[allow(dead_code, reason = "twin")]
mod given;

#[allow(dead_code, reason = "twins")]
mod wrong {
    pub mod counts_at_once;
    pub mod edited_away;
    pub mod ends_with_a_store;
    pub mod fence_acq_rel;
    pub mod first_slot_only;
    pub mod forgets_the_payment;
    pub mod no_fence_in_swap;
    pub mod no_second_look;
    pub mod pays_before_it_counts;
    pub mod pays_with_a_store;
    pub mod relaxed_debt;
    pub mod relaxed_end;
    pub mod relaxed_failure;
    pub mod relaxed_payment;
    pub mod seq_cst_everywhere;
    pub mod waits_for_the_reader;
    pub mod weak_exchanges;
}

use check::Reason;
use witness::Bug;

check::variants! {
    "../../../exercises/ex5-arc-swap/checks.rs";

    as_given { arc_swap: crate::given = "../../../exercises/ex5-arc-swap/given/arc_swap.rs" }
        => (Reason::Unfinished, "`load` gives what is in the cell");
    counts_at_once { arc_swap: crate::wrong::counts_at_once = "wrong/counts_at_once.rs" }
        => (Reason::Bug(Bug::Panic), "`load` gives what is in the cell, and counts nothing");
    no_second_look { arc_swap: crate::wrong::no_second_look = "wrong/no_second_look.rs" }
        => (Reason::Bug(Bug::UseAfterFree), "Of a reader and a writer that meet");
    fence_acq_rel { arc_swap: crate::wrong::fence_acq_rel = "wrong/fence_acq_rel.rs" }
        => (Reason::Bug(Bug::UseAfterFree), "Of a reader and a writer that meet");
    no_fence_in_swap { arc_swap: crate::wrong::no_fence_in_swap = "wrong/no_fence_in_swap.rs" }
        => (Reason::Bug(Bug::UseAfterFree), "Of a reader and a writer that meet");
    first_slot_only { arc_swap: crate::wrong::first_slot_only = "wrong/first_slot_only.rs" }
        => (Reason::Bug(Bug::UseAfterFree), "A writer pays every reader");
    ends_with_a_store { arc_swap: crate::wrong::ends_with_a_store = "wrong/ends_with_a_store.rs" }
        => (Reason::Bug(Bug::Leak), "A guard keeps its value");
    forgets_the_payment { arc_swap: crate::wrong::forgets_the_payment = "wrong/forgets_the_payment.rs" }
        => (Reason::Bug(Bug::Leak), "Of a reader and a writer that meet");
    waits_for_the_reader { arc_swap: crate::wrong::waits_for_the_reader = "wrong/waits_for_the_reader.rs" }
        => (Reason::Bug(Bug::NoProgress), "A guard keeps its value, and a writer does not wait");
    pays_before_it_counts { arc_swap: crate::wrong::pays_before_it_counts = "wrong/pays_before_it_counts.rs" }
        => (Reason::Bug(Bug::UseAfterFree), "Of a reader and a writer that meet");
    pays_with_a_store { arc_swap: crate::wrong::pays_with_a_store = "wrong/pays_with_a_store.rs" }
        => (Reason::Bug(Bug::Leak), "Of a reader and a writer that meet");
    relaxed_end { arc_swap: crate::wrong::relaxed_end = "wrong/relaxed_end.rs" }
        => (Reason::Bug(Bug::DataRace), "Of a reader and a writer that meet");
    relaxed_failure { arc_swap: crate::wrong::relaxed_failure = "wrong/relaxed_failure.rs" }
        => (Reason::Bug(Bug::DataRace), "Who has been paid owns a reference");
    relaxed_payment { arc_swap: crate::wrong::relaxed_payment = "wrong/relaxed_payment.rs" }
        => (Reason::Bug(Bug::DataRace), "So does a guard that has been paid");
    relaxed_debt { arc_swap: crate::wrong::relaxed_debt = "wrong/relaxed_debt.rs" }
        => (Reason::Bug(Bug::DataRace), "A slot may be used again");
    weak_exchanges { arc_swap: crate::wrong::weak_exchanges = "wrong/weak_exchanges.rs" }
        => (Reason::Unseen, "An exchange fails only if");
    seq_cst_everywhere { arc_swap: crate::wrong::seq_cst_everywhere = "wrong/seq_cst_everywhere.rs" }
        => (Reason::TooStrong, "No ordering can be weakened");
    edited_away { arc_swap: crate::wrong::edited_away = "wrong/edited_away.rs" }
        => (Reason::Edited, "What is not a TODO");
}
