//! What people try, and why each fails; and the exercise as it is given.

#[path = "../src/counter.rs"]
#[allow(dead_code, reason = "twin")]
mod counter;
#[path = "../src/map.rs"]
#[allow(dead_code, reason = "twin")]
mod map;
#[path = "../src/value.rs"]
#[allow(dead_code, reason = "twin")]
mod value;

#[path = "../../../exercises/ex8-map-clone/given/hunt.rs"]
#[allow(dead_code, reason = "twin")]
mod given;

#[allow(dead_code, reason = "twins")]
mod wrong {
    pub mod always_fails;
    pub mod edited_away;
    pub mod ends_with_the_panic;
    pub mod expects_too_much;
    pub mod lets_the_panic_through;
    pub mod no_clone_panics;
    pub mod one_writer;
    pub mod only_one_thread;
    pub mod the_first_clone_panics;
    pub mod visits_before_it_grows;
    pub mod visits_too_early;
}

use check::Reason;

check::variants! {
    "../../../exercises/ex8-map-clone/checks.rs";

    as_given { hunt: crate::given = "../../../exercises/ex8-map-clone/given/hunt.rs" }
        => (Reason::Missed, "It finds the bug of suspect B");
    only_one_thread { hunt: crate::wrong::only_one_thread = "wrong/only_one_thread.rs" }
        => (Reason::Missed, "It finds the bug of suspect C");
    one_writer { hunt: crate::wrong::one_writer = "wrong/one_writer.rs" }
        => (Reason::Missed, "It finds the bug of suspect D");
    no_clone_panics { hunt: crate::wrong::no_clone_panics = "wrong/no_clone_panics.rs" }
        => (Reason::Missed, "It finds the bug of suspect E");
    ends_with_the_panic { hunt: crate::wrong::ends_with_the_panic = "wrong/ends_with_the_panic.rs" }
        => (Reason::Missed, "It finds the bug of suspect F");
    the_first_clone_panics { hunt: crate::wrong::the_first_clone_panics = "wrong/the_first_clone_panics.rs" }
        => (Reason::Missed, "It finds the bug of suspect G");
    lets_the_panic_through { hunt: crate::wrong::lets_the_panic_through = "wrong/lets_the_panic_through.rs" }
        => (Reason::FalseAlarm, "Your model finds no bug in the right map");
    expects_too_much { hunt: crate::wrong::expects_too_much = "wrong/expects_too_much.rs" }
        => (Reason::FalseAlarm, "Your model finds no bug in the right map");
    always_fails { hunt: crate::wrong::always_fails = "wrong/always_fails.rs" }
        => (Reason::FalseAlarm, "Your model finds no bug in the right map");
    visits_before_it_grows { hunt: crate::wrong::visits_before_it_grows = "wrong/visits_before_it_grows.rs" }
        => (Reason::Missed, "It finds one lost");
    visits_too_early { hunt: crate::wrong::visits_too_early = "wrong/visits_too_early.rs" }
        => (Reason::FalseAlarm, "Visits: of a counter behind a pointer");
    edited_away { hunt: crate::wrong::edited_away = "wrong/edited_away.rs" }
        => (Reason::Edited, "What is not a TODO");
}
