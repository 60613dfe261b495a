//! What people try, and why each fails; and the exercise as it is given.

mod sync {
    pub use witness::sync::{Arc, Mutex, atomic};
}

#[path = "../src/cell.rs"]
#[allow(dead_code, reason = "twin")]
mod cell;

#[allow(dead_code, reason = "twins")]
#[path = "."]
mod given {
    #[path = "../../../exercises/ex3-transmuted-arc/given/atomic_value.rs"]
    pub mod atomic_value;
    #[path = "../../../exercises/ex3-transmuted-arc/given/hunt.rs"]
    pub mod hunt;
}

#[allow(dead_code, reason = "twins")]
#[path = "."]
mod solved {
    #[path = "../src/atomic_value.rs"]
    pub mod atomic_value;
    #[path = "../src/hunt.rs"]
    pub mod hunt;
}

#[allow(dead_code, reason = "twins")]
mod wrong {
    pub mod clones_outside;
    pub mod drops_under_the_lock;
    pub mod edited_away;
    pub mod exchanges_in_two_visits;
    pub mod forgets_the_old;
    pub mod hunt_always_fails;
    pub mod hunt_does_not_look;
    pub mod hunt_expects_too_much;
    pub mod hunt_one_writer;
    pub mod hunt_too_large;
    pub mod lets_go_early;
    pub mod looks_at_the_count;
}

use check::Reason;
use witness::Bug;

check::variants! {
    "../../../exercises/ex3-transmuted-arc/checks.rs";

    as_given {
        atomic_value: crate::given::atomic_value = "../../../exercises/ex3-transmuted-arc/given/atomic_value.rs",
        hunt: crate::solved::hunt = "../src/hunt.rs",
    } => (Reason::Bug(Bug::UseAfterFree), "A reader beside a writer");
    lets_go_early {
        atomic_value: crate::wrong::lets_go_early = "wrong/lets_go_early.rs",
        hunt: crate::solved::hunt = "../src/hunt.rs",
    } => (Reason::Bug(Bug::UseAfterFree), "A reader beside a writer");
    clones_outside {
        atomic_value: crate::wrong::clones_outside = "wrong/clones_outside.rs",
        hunt: crate::solved::hunt = "../src/hunt.rs",
    } => (Reason::Bug(Bug::UseAfterFree), "A reader beside a writer");
    looks_at_the_count {
        atomic_value: crate::wrong::looks_at_the_count = "wrong/looks_at_the_count.rs",
        hunt: crate::solved::hunt = "../src/hunt.rs",
    } => (Reason::Bug(Bug::DataRace), "A reader beside a writer");
    drops_under_the_lock {
        atomic_value: crate::wrong::drops_under_the_lock = "wrong/drops_under_the_lock.rs",
        hunt: crate::solved::hunt = "../src/hunt.rs",
    } => (Reason::Bug(Bug::Deadlock), "The drop of a replaced value");
    exchanges_in_two_visits {
        atomic_value: crate::wrong::exchanges_in_two_visits = "wrong/exchanges_in_two_visits.rs",
        hunt: crate::solved::hunt = "../src/hunt.rs",
    } => (Reason::Bug(Bug::UseAfterFree), "Of two writers");
    forgets_the_old {
        atomic_value: crate::wrong::forgets_the_old = "wrong/forgets_the_old.rs",
        hunt: crate::solved::hunt = "../src/hunt.rs",
    } => (Reason::Bug(Bug::Leak), "What has been in the cell is freed");
    edited_away {
        atomic_value: crate::wrong::edited_away = "wrong/edited_away.rs",
        hunt: crate::solved::hunt = "../src/hunt.rs",
    } => (Reason::Edited, "What is not a TODO");
    hunt_only_reads {
        atomic_value: crate::solved::atomic_value = "../src/atomic_value.rs",
        hunt: crate::given::hunt = "../../../exercises/ex3-transmuted-arc/given/hunt.rs",
    } => (Reason::Missed, "It finds the bug of suspect B");
    hunt_one_writer {
        atomic_value: crate::solved::atomic_value = "../src/atomic_value.rs",
        hunt: crate::wrong::hunt_one_writer = "wrong/hunt_one_writer.rs",
    } => (Reason::Missed, "It finds the bug of suspect E");
    hunt_does_not_look {
        atomic_value: crate::solved::atomic_value = "../src/atomic_value.rs",
        hunt: crate::wrong::hunt_does_not_look = "wrong/hunt_does_not_look.rs",
    } => (Reason::Missed, "It finds the bug of suspect D");
    hunt_expects_too_much {
        atomic_value: crate::solved::atomic_value = "../src/atomic_value.rs",
        hunt: crate::wrong::hunt_expects_too_much = "wrong/hunt_expects_too_much.rs",
    } => (Reason::FalseAlarm, "The hunt: your model finds no bug in the right cell");
    hunt_always_fails {
        atomic_value: crate::solved::atomic_value = "../src/atomic_value.rs",
        hunt: crate::wrong::hunt_always_fails = "wrong/hunt_always_fails.rs",
    } => (Reason::FalseAlarm, "The hunt: your model finds no bug in the right cell");
    hunt_too_large {
        atomic_value: crate::solved::atomic_value = "../src/atomic_value.rs",
        hunt: crate::wrong::hunt_too_large = "wrong/hunt_too_large.rs",
    } => (Reason::TooLarge, "The hunt: your model finds no bug in the right cell");
}
