//! What people try, and why each fails; and the exercise as it is given.

mod sync {
    pub use witness::sync::{Mutex, atomic};
}

mod ptr {
    pub use witness::ptr::copy_nonoverlapping;
}

#[path = "../../../exercises/ex10-map-relocate/given/relocate.rs"]
#[allow(dead_code, reason = "twin")]
mod given;
#[path = "../../../exercises/ex10-map-relocate/src/place.rs"]
#[allow(dead_code, reason = "twin")]
mod place;
#[path = "../../../exercises/ex10-map-relocate/src/types.rs"]
#[allow(dead_code, reason = "twin")]
mod types;

#[allow(dead_code, unused_imports, reason = "twins")]
mod wrong {
    pub mod any_hasher;
    pub mod asks_of_a_phantom;
    pub mod asks_of_the_elements;
    pub mod check_by_unpin;
    pub mod check_by_value;
    pub mod copies_only;
    pub mod edited_away;
    pub mod everything;
    pub mod hits_without_the_check;
    pub mod no_addresses_at_all;
    pub mod no_cell_no_harm;
    pub mod only_cleans_up;
    pub mod send_and_sync;
    pub mod sized_only;
}

use check::{Claim, Reason};
use witness::Bug;

check::variants! {
    "../../../exercises/ex10-map-relocate/checks.rs";

    as_given { relocate: crate::given = "../../../exercises/ex10-map-relocate/given/relocate.rs" }
        => (Reason::Missed, "`no_cell_inside!` rejects types");
    check_by_value { relocate: crate::wrong::check_by_value = "wrong/check_by_value.rs" }
        => (Reason::Missed, "`no_cell_inside!` rejects types");
    check_by_unpin { relocate: crate::wrong::check_by_unpin = "wrong/check_by_unpin.rs" }
        => (Reason::Missed, "`no_cell_inside!` rejects types");
    copies_only { relocate: crate::wrong::copies_only = "wrong/copies_only.rs" }
        => (Reason::Refused, "Plain data of std");
    asks_of_the_elements { relocate: crate::wrong::asks_of_the_elements = "wrong/asks_of_the_elements.rs" }
        => (Reason::Refused, "What is behind a pointer");
    sized_only { relocate: crate::wrong::sized_only = "wrong/sized_only.rs" }
        => (Reason::Refused, "What is behind a pointer");
    send_and_sync { relocate: crate::wrong::send_and_sync = "wrong/send_and_sync.rs" }
        => (Reason::Bug(Bug::DataRace), "A compound is let in if its parts are");
    any_hasher { relocate: crate::wrong::any_hasher = "wrong/any_hasher.rs" }
        => (Reason::Bug(Bug::DataRace), "A compound is let in if its parts are");
    everything { relocate: crate::wrong::everything = "wrong/everything.rs" }
        => (Reason::Bug(Bug::DataRace), "A compound is let in if its parts are");
    no_addresses_at_all { relocate: crate::wrong::no_addresses_at_all = "wrong/no_addresses_at_all.rs" }
        => (Reason::Refused, "Each type of `types.rs` that keeps the contract");
    asks_of_a_phantom { relocate: crate::wrong::asks_of_a_phantom = "wrong/asks_of_a_phantom.rs" }
        => (Reason::Refused, "Each type of `types.rs` that keeps the contract");
    hits_without_the_check { relocate: crate::wrong::hits_without_the_check = "wrong/hits_without_the_check.rs" }
        => (Reason::Bug(Bug::DataRace), "Whose bytes change");
    no_cell_no_harm { relocate: crate::wrong::no_cell_no_harm = "wrong/no_cell_no_harm.rs" }
        => (Reason::Bug(Bug::Panic), "Whose address matters");
    only_cleans_up { relocate: crate::wrong::only_cleans_up = "wrong/only_cleans_up.rs" }
        => (Reason::Bug(Bug::Panic), "Whose address matters");
    edited_away { relocate: crate::wrong::edited_away = "wrong/edited_away.rs" }
        => (Reason::Edited, "What is not a TODO");
}

/// Everything is let in: then the models find each type that should not be, and no other.
#[path = "."]
mod let_in {
    use super::*;

    use crate::wrong::everything as relocate;

    #[path = "../../../exercises/ex10-map-relocate/checks.rs"]
    #[allow(dead_code, reason = "only the rows are asked for")]
    mod checks;

    #[test]
    fn each_type_that_is_to_be_kept_out_has_an_execution_that_shows_why() {
        for row in checks::all_rows() {
            assert!(row.model.is_some(), "{} is let in", row.name);
            assert_eq!(row.check().is_ok(), row.is_fine(), "{}", row.name);
        }
    }
}
