//! What people try, and why each fails; and the exercise as it is given.

mod sync {
    pub use witness::boxed::Box;
    pub use witness::sync::atomic;
}

mod thread {
    pub use witness::thread::yield_now;
}

#[path = "../../../exercises/ex6-rcu/given/rcu.rs"]
#[allow(dead_code, reason = "twin")]
mod given;

#[allow(dead_code, reason = "twins")]
mod wrong {
    pub mod edited_away;
    pub mod fence_after_the_looks;
    pub mod looks_relaxed;
    pub mod never_yields;
    pub mod no_fence;
    pub mod one_slot_only;
    pub mod returns_at_once;
    pub mod waits_for_silence;
    pub mod yields_to_std;
}

use check::Reason;
use witness::Bug;

check::variants! {
    "../../../exercises/ex6-rcu/checks.rs";

    as_given { rcu: crate::given = "../../../exercises/ex6-rcu/given/rcu.rs" }
        => (Reason::Unfinished, "With nobody reading");
    returns_at_once { rcu: crate::wrong::returns_at_once = "wrong/returns_at_once.rs" }
        => (Reason::Bug(Bug::UseAfterFree), "A value stays while a section is open");
    no_fence { rcu: crate::wrong::no_fence = "wrong/no_fence.rs" }
        => (Reason::Bug(Bug::UseAfterFree), "Of a reader and a writer that meet");
    fence_after_the_looks { rcu: crate::wrong::fence_after_the_looks = "wrong/fence_after_the_looks.rs" }
        => (Reason::Bug(Bug::UseAfterFree), "Of a reader and a writer that meet");
    looks_relaxed { rcu: crate::wrong::looks_relaxed = "wrong/looks_relaxed.rs" }
        => (Reason::Bug(Bug::DataRace), "A value stays while a section is open");
    one_slot_only { rcu: crate::wrong::one_slot_only = "wrong/one_slot_only.rs" }
        => (Reason::Bug(Bug::UseAfterFree), "The writer waits for every reader");
    waits_for_silence { rcu: crate::wrong::waits_for_silence = "wrong/waits_for_silence.rs" }
        => (Reason::Bug(Bug::NoProgress), "It does not wait for sections");
    never_yields { rcu: crate::wrong::never_yields = "wrong/never_yields.rs" }
        => (Reason::Bug(Bug::NoProgress), "A value stays while a section is open");
    yields_to_std { rcu: crate::wrong::yields_to_std = "wrong/yields_to_std.rs" }
        => (Reason::Unseen, "A value stays while a section is open");
    edited_away { rcu: crate::wrong::edited_away = "wrong/edited_away.rs" }
        => (Reason::Edited, "What is not a TODO");
}
