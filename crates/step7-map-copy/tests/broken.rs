//! The map with one thing left out, in nine ways, each a small file that is broken on purpose; and what the checker
//! says.

mod sync {
    pub use witness::boxed::Box;
    pub use witness::sync::{Mutex, atomic};
}

mod cell {
    pub use witness::cell::UnsafeCell;
}

mod thread {
    pub use witness::thread::yield_now;
}

mod broken {
    pub mod another_width;
    pub mod any_free_slot;
    pub mod back_in_time;
    pub mod no_grace_period;
    pub mod one_word_for_all;
    pub mod places;
    pub mod reused_early;
    pub mod tombstone_first;
    pub mod two_moves;
    pub mod wait_inside_the_lock;
}

use broken::places::Places;
use sync::atomic::Ordering::{Acquire, Relaxed};
use sync::atomic::{AtomicBool, AtomicPtr, AtomicU64};
use sync::{Box, Mutex};
use witness::thread::{name_current, scope};
use witness::{Bug, Witness};

/// Runs the reader in a thread of its own, and the writer in this one.
fn beside<T: Sync>(shared: &T, read: impl FnOnce(&T) + Send, write: impl FnOnce(&T)) {
    scope(|scope| {
        scope.spawn(|| {
            name_current("reader");
            read(shared);
        });
        name_current("writer");
        write(shared);
    });
}

/// Asserts the verdict and the file of its line.
fn expect(bug: Bug, file: &str, model: impl Fn() + Send + Sync + 'static) -> Witness {
    let witness = witness::Builder::new().expect_bug(bug, model);
    let source = witness.source().unwrap_or_else(|| panic!("no source line\n{witness}"));
    assert!(source.file.ends_with(file), "{witness}");
    witness
}

fn table() -> AtomicPtr<Places> {
    AtomicPtr::new(Box::into_raw(Box::new(Places::with_key_at(0))))
}

/// Frees the table that is left when the threads are done.
fn free(table: &AtomicPtr<Places>) {
    // SAFETY: from `Box::into_raw`, and nobody reads any more.
    drop(unsafe { Box::from_raw(table.load(Relaxed)) });
}

#[test]
fn a_state_stored_as_a_byte_is_an_access_of_another_width() {
    let witness = expect(Bug::MixedWidth, "another_width.rs", || {
        beside(&AtomicU64::new(0), |word| _ = word.load(Acquire), |word| broken::another_width::set(word, 0, 1));
    });
    recording::counterexample("step7-another-width", &witness);
}

#[test]
fn a_replacement_in_any_free_slot_is_neither_here_nor_there() {
    let witness = expect(Bug::Panic, "broken.rs", || {
        beside(
            &Places::with_key_at(1),
            |places| assert!(places.get().is_some(), "the key was there all the time"),
            broken::any_free_slot::overwrite,
        );
    });
    recording::counterexample("step7-any-free-slot", &witness);
}

#[test]
fn a_tombstone_before_the_replacement_is_a_key_that_is_not_there() {
    let witness = expect(Bug::Panic, "broken.rs", || {
        beside(
            &Places::with_key_at(0),
            |places| assert!(places.get().is_some(), "the key was there all the time"),
            broken::tombstone_first::overwrite,
        );
    });
    recording::counterexample("step7-tombstone-first", &witness);
}

#[test]
fn a_replacement_later_on_may_be_seen_before_the_entry_that_it_replaces() {
    let witness = expect(Bug::Panic, "broken.rs", || {
        beside(
            &Places::without_key(),
            |places| {
                let (first, second) = (places.get(), places.get());
                assert!(first <= second, "the newer value, and then the older one");
            },
            broken::back_in_time::insert_and_overwrite,
        );
    });
    recording::counterexample("step7-back-in-time", &witness);
}

/// A reader beside one move, or two.
fn moves(again: bool) -> impl Fn() + Send + Sync + 'static {
    move || {
        beside(
            &Places::with_key_at(2),
            |places| assert!(broken::two_moves::get(places).is_some(), "the key was there all the time"),
            |places| broken::two_moves::overwrite(places, again),
        );
    }
}

#[test]
fn a_second_pass_is_enough_for_one_move_and_not_for_two() {
    witness::model(moves(false));
    let witness = expect(Bug::Panic, "broken.rs", moves(true));
    recording::counterexample("step7-two-moves", &witness);
}

#[test]
fn a_tombstone_that_is_reused_early_is_a_data_race() {
    let witness = expect(Bug::DataRace, "places.rs", || {
        beside(&Places::with_key_at(0), |places| _ = places.get(), broken::reused_early::remove_and_insert);
    });
    recording::counterexample("step7-reused-early", &witness);
}

#[test]
fn a_table_that_is_freed_at_once_is_read_afterwards() {
    let witness = expect(Bug::UseAfterFree, "places.rs", || {
        let map = broken::no_grace_period::Map { table: table() };
        beside(&map, |map| assert!(map.get().is_some()), |map| map.grow());
        free(&map.table);
    });
    recording::counterexample("step7-no-grace-period", &witness);
}

#[test]
fn a_wait_inside_the_lock_never_ends_for_a_reader_who_inserts() {
    let witness = expect(Bug::NoProgress, "wait_inside_the_lock.rs", || {
        let map =
            broken::wait_inside_the_lock::Map { table: table(), lock: Mutex::new(()), reading: AtomicBool::new(false) };
        beside(
            &map,
            |map| {
                map.section(|places| {
                    assert!(places.get().is_some());
                    map.insert();
                })
            },
            |map| map.grow(),
        );
        free(&map.table);
    });
    recording::counterexample("step7-wait-inside-the-lock", &witness);
    assert!(witness.to_string().contains("T1 waits in lock, held by T0"), "{witness}");
}

#[test]
fn a_biased_lock_with_one_word_for_all_lets_two_in() {
    let witness = expect(Bug::DataRace, "one_word_for_all.rs", || {
        let counter = broken::one_word_for_all::Counter::biased_to(1);
        scope(|scope| {
            scope.spawn(|| {
                name_current("second");
                counter.add(2);
                counter.add(2);
            });
            name_current("first");
            counter.add(1);
        });
    });
    recording::counterexample("step7-one-word-for-all", &witness);
}
