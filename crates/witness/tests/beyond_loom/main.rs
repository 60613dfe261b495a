//! What witness sees and plain loom does not.
//!
//! Every model stands in `models/` once and is compiled twice: in `plain` against loom's own types (and std's, where
//! loom has none), in `checked` against the twins. The models are broken on purpose.

mod checked;
mod plain;
mod verdicts;

use verdicts::{Loom::*, plain_loom, witness_finds};
use witness::Bug;

/// A test that explores a model in plain loom, in a process of its own, and asserts what loom says of it.
macro_rules! plain_loom {
    ($($test:ident: $($model:ident)::+ => $expected:expr;)*) => {
        $(#[test]
        fn $test() {
            plain_loom(stringify!($test), plain::$($model)::+, $expected);
        })*
    };
}

/// A test that asserts witness's verdict and its line: the one of the model that ends with the marker `// ✗ …`.
macro_rules! witness {
    ($($test:ident: $file:ident::$model:ident => $bug:ident at $marker:literal;)*) => {
        $(#[test]
        fn $test() {
            let source = include_str!(concat!("models/", stringify!($file), ".rs"));
            witness_finds(Bug::$bug, checked::$file::$model, concat!("tests/beyond_loom/models/", stringify!($file), ".rs"), source, $marker);
        })*
    };
}

plain_loom! {
    plain_loom_passes_a_leaked_box: leaks::leaked_box => Passes;
    plain_loom_passes_a_leaked_std_arc: leaks::leaked_arc => Passes;
    plain_loom_says_that_its_own_arc_leaked_but_not_which: leaked_loom_arc => Says("Arc leaked.");
    plain_loom_passes_a_use_after_free_through_a_raw_pointer: frees::through_a_raw_pointer => SaysNothing;
    plain_loom_passes_a_deref_after_the_last_drop: frees::deref_after_the_last_drop => SaysNothing;
    plain_loom_passes_an_increment_after_free: frees::increment_after_free => SaysNothing;
    plain_loom_passes_an_increment_after_free_and_reuse:
        frees::increment_after_free_at_a_reused_address => SaysNothing;
    plain_loom_leaves_a_double_free_to_the_allocator: frees::double_free => SaysNothing;
    plain_loom_passes_a_pointer_to_a_dead_stack_frame: publication::dead_stack_frame => Passes;
    plain_loom_passes_a_relaxed_publication: publication::relaxed_publication => Passes;
    plain_loom_passes_a_lost_update: bits::lost_update => Passes;
    plain_loom_passes_a_copy_beside_an_increment: bits::copy_races_with_an_increment => Passes;
    plain_loom_takes_a_copied_mutex_for_one_lock: bits::two_guards_at_once => Passes;
    plain_loom_passes_two_widths: bits::two_widths => Passes;
    plain_loom_never_finds_a_lock_taken_that_is_held_for_one_step: locks::contended_try_lock => Passes;
    plain_loom_runs_no_reader_beside_another: locks::write_under_a_read_lock => Passes;
    plain_loom_is_cryptic_about_a_deadlock: progress::deadlock => Says("deadlock; threads = [");
    plain_loom_takes_a_spin_for_a_long_model:
        progress::spin_without_progress => Says("Model exceeded maximum number of branches");
}

witness! {
    witness_finds_a_leaked_box: leaks::leaked_box => Leak at "leaked box";
    witness_finds_a_leaked_arc: leaks::leaked_arc => Leak at "leaked arc";
    witness_finds_a_use_after_free_through_a_raw_pointer:
        frees::through_a_raw_pointer => UseAfterFree at "read through a raw pointer";
    witness_finds_a_deref_after_the_last_drop:
        frees::deref_after_the_last_drop => UseAfterFree at "deref after the last drop";
    witness_finds_an_increment_after_free: frees::increment_after_free => UseAfterFree at "increment after free";
    witness_finds_an_increment_after_free_and_reuse:
        frees::increment_after_free_at_a_reused_address => UseAfterFree at "increment after free and reuse";
    witness_finds_a_double_free: frees::double_free => DoubleFree at "double free";
    witness_finds_a_pointer_to_a_stack_frame:
        publication::dead_stack_frame => StackPointer at "pointer to a stack frame";
    witness_finds_a_relaxed_publication: publication::relaxed_publication => DataRace at "unordered read";
    witness_finds_a_lost_update: bits::lost_update => Panic at "lost update";
    witness_finds_a_copy_beside_an_increment:
        bits::copy_races_with_an_increment => DataRace at "increment beside a copy";
    witness_finds_two_guards_of_a_copied_mutex: bits::two_guards_at_once => Panic at "two guards";
    witness_finds_two_widths: bits::two_widths => MixedWidth at "half a word";
    witness_finds_a_lock_taken: locks::contended_try_lock => Panic at "contended";
    witness_finds_a_write_under_a_read_lock:
        locks::write_under_a_read_lock => DataRace at "write under a read lock";
    witness_finds_a_deadlock: progress::deadlock => Deadlock at "deadlock";
    witness_finds_a_spin_without_progress: progress::spin_without_progress => NoProgress at "spin";
}
