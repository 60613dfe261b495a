//! What people try, and why each fails; and the exercise as it is given.

mod sync {
    pub use witness::sync::{Arc, Mutex, PoisonError, RwLock};
}

#[path = "../../../exercises/ex0-locks/given/shared_table.rs"]
#[allow(dead_code, reason = "twin")]
mod given;

#[allow(dead_code, reason = "twins")]
mod wrong {
    pub mod drops_under_the_writers_lock;
    pub mod edited_away;
    pub mod locks_of_std;
    pub mod looks_again_once;
    pub mod looks_under_the_lock;
    pub mod reads_then_sets;
    pub mod rebuilds_under_the_lock;
    pub mod upgrades_its_guard;
}

use check::Reason;
use witness::Bug;

check::variants! {
    "../../../exercises/ex0-locks/checks.rs";

    as_given { shared_table: crate::given = "../../../exercises/ex0-locks/given/shared_table.rs" }
        => (Reason::Bug(Bug::Deadlock), "A reader gets through while");
    upgrades_its_guard { shared_table: crate::wrong::upgrades_its_guard = "wrong/upgrades_its_guard.rs" }
        => (Reason::Bug(Bug::Deadlock), "An update replaces");
    rebuilds_under_the_lock { shared_table: crate::wrong::rebuilds_under_the_lock = "wrong/rebuilds_under_the_lock.rs" }
        => (Reason::Bug(Bug::Deadlock), "A reader gets through while");
    looks_under_the_lock { shared_table: crate::wrong::looks_under_the_lock = "wrong/looks_under_the_lock.rs" }
        => (Reason::Bug(Bug::Deadlock), "A reader that looks for long");
    reads_then_sets { shared_table: crate::wrong::reads_then_sets = "wrong/reads_then_sets.rs" }
        => (Reason::Bug(Bug::Panic), "Of two writers");
    locks_of_std { shared_table: crate::wrong::locks_of_std = "wrong/locks_of_std.rs" }
        => (Reason::Unseen, "Of two writers");
    looks_again_once { shared_table: crate::wrong::looks_again_once = "wrong/looks_again_once.rs" }
        => (Reason::Bug(Bug::Panic), "Nor if one of them");
    drops_under_the_writers_lock {
        shared_table: crate::wrong::drops_under_the_writers_lock = "wrong/drops_under_the_writers_lock.rs",
    } => (Reason::Bug(Bug::Deadlock), "The drop of an old table");
    edited_away { shared_table: crate::wrong::edited_away = "wrong/edited_away.rs" }
        => (Reason::Edited, "What is not a TODO");
}
