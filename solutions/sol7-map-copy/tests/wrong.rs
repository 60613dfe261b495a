//! What people try, and why each fails; and the exercise as it is given.

mod sync {
    pub use witness::sync::{Mutex, MutexGuard, atomic};
}

mod alloc {
    pub use witness::alloc::{Layout, alloc, dealloc, handle_alloc_error};
}

mod ptr {
    pub use witness::ptr::{copy_nonoverlapping, read, write};
}

mod thread {
    pub use witness::thread::yield_now;
}

mod bound {
    /// What a `Copy` value is to the map: its bytes may be copied while others read them, and one copy is dropped.
    pub trait Value {}
    impl<T> Value for witness::Probe<T> {}
}

#[path = "../../../exercises/ex7-map-copy/src/domain.rs"]
#[allow(dead_code, reason = "twin")]
mod domain;
#[path = "../../../exercises/ex7-map-copy/given/map.rs"]
#[allow(dead_code, reason = "twin")]
mod given;
#[path = "../../../exercises/ex7-map-copy/src/table.rs"]
#[allow(dead_code, reason = "twin")]
mod table;

#[allow(dead_code, unused_imports, reason = "twins")]
mod wrong {
    pub mod drops_the_entries;
    pub mod edited_away;
    pub mod forgets_the_old;
    pub mod frees_all_of_them;
    pub mod frees_at_once;
    pub mod grace_period_first;
    pub mod keeps_them_all;
    pub mod published_empty;
    pub mod relaxed_publication;
    pub mod same_slots;
    pub mod waits_later;
    pub mod waits_under_the_lock;
    pub mod waits_when_there_are_many;
}

use check::Reason;
use witness::Bug;

check::variants! {
    "../../../exercises/ex7-map-copy/checks.rs";

    as_given { map: crate::given = "../../../exercises/ex7-map-copy/given/map.rs" }
        => (Reason::Unfinished, "A map that has grown");
    same_slots { map: crate::wrong::same_slots = "wrong/same_slots.rs" }
        => (Reason::Bug(Bug::Panic), "A map that has grown");
    frees_at_once { map: crate::wrong::frees_at_once = "wrong/frees_at_once.rs" }
        => (Reason::Bug(Bug::UseAfterFree), "A guard from before goes on");
    waits_under_the_lock { map: crate::wrong::waits_under_the_lock = "wrong/waits_under_the_lock.rs" }
        => (Reason::Bug(Bug::NoProgress), "A guard from before goes on, and the writer");
    drops_the_entries { map: crate::wrong::drops_the_entries = "wrong/drops_the_entries.rs" }
        => (Reason::Bug(Bug::UsedAfterDrop), "A map that has grown");
    forgets_the_old { map: crate::wrong::forgets_the_old = "wrong/forgets_the_old.rs" }
        => (Reason::Bug(Bug::Leak), "Every value is dropped once");
    published_empty { map: crate::wrong::published_empty = "wrong/published_empty.rs" }
        => (Reason::Bug(Bug::Panic), "A reader beside a map that grows");
    relaxed_publication { map: crate::wrong::relaxed_publication = "wrong/relaxed_publication.rs" }
        => (Reason::Bug(Bug::DataRace), "A reader beside a map that grows");
    grace_period_first { map: crate::wrong::grace_period_first = "wrong/grace_period_first.rs" }
        => (Reason::Bug(Bug::UseAfterFree), "What it has found stays");
    frees_all_of_them { map: crate::wrong::frees_all_of_them = "wrong/frees_all_of_them.rs" }
        => (Reason::Bug(Bug::UseAfterFree), "A table that has waited is freed");
    keeps_them_all { map: crate::wrong::keeps_them_all = "wrong/keeps_them_all.rs" }
        => (Reason::Bug(Bug::Panic), "A table that has waited is freed");
    waits_later { map: crate::wrong::waits_later = "wrong/waits_later.rs" }
        => (Reason::Bug(Bug::NoProgress), "A table that has waited is freed");
    waits_when_there_are_many {
        map: crate::wrong::waits_when_there_are_many = "wrong/waits_when_there_are_many.rs",
    } => (Reason::Bug(Bug::NoProgress), "However often the map grows");
    edited_away { map: crate::wrong::edited_away = "wrong/edited_away.rs" }
        => (Reason::Edited, "What is not a TODO");
}
