//! The claims, in the order in which the chapter takes them.

use crate::Verdict::{HalfRight, Right, Wrong};
use crate::{Claim, Proof};

const fn claims(file: &'static str, name: &'static str) -> Proof {
    Proof::Test { folder: "claims", file, name }
}

const fn litmus(name: &'static str) -> Proof {
    Proof::Test { folder: "litmus", file: "tests/litmus.rs", name }
}

const fn step0(file: &'static str, name: &'static str) -> Proof {
    Proof::Test { folder: "step0-locks", file, name }
}

const fn step1(file: &'static str, name: &'static str) -> Proof {
    Proof::Test { folder: "step1-stack-pointer", file, name }
}

const fn step2(file: &'static str, name: &'static str) -> Proof {
    Proof::Test { folder: "step2-noop-drop", file, name }
}

const fn step3(file: &'static str, name: &'static str) -> Proof {
    Proof::Test { folder: "step3-transmuted-arc", file, name }
}

const fn step4(file: &'static str, name: &'static str) -> Proof {
    Proof::Test { folder: "step4-arc-cell", file, name }
}

const fn recorded(file: &'static str, chapter: &'static str) -> Proof {
    Proof::Recording { file, chapter }
}

const REORDERING: Proof = recorded("claims-reordering.txt", "claim-by-claim.md");
const LOCKS: Proof = recorded("claims-locks.txt", "claim-by-claim.md");
const CACHES: Proof = recorded("claims-caches.txt", "claim-by-claim.md");
const WAITING: Proof = recorded("step0-waiting.txt", "step0-locks.md");
const PAYLOAD: Proof = litmus("a_payload_behind_a_pointer_races_unless_both_sides_order_it");
const MESSAGE: Proof = litmus("the_flag_without_the_data_needs_only_one_relaxed_side");
const INSTRUCTIONS: Proof =
    claims("tests/instructions.rs", "orderings_and_locks_are_ordinary_instructions_and_none_is_about_caches");
const SEQ_CST: Proof = claims("tests/models.rs", "a_seq_cst_access_is_no_fence_for_the_accesses_around_it");
const FIVE: Proof = claims("tests/models.rs", "the_box_of_five_always_holds_five");
const MODELS_OF_THE_CELL: Proof = step4("tests/loom.rs", "every_model_passes_and_needs_every_ordering");
const MODELS_OF_THE_LOCKS: Proof = step0("tests/loom.rs", "every_model_holds");
const COST_OF_THE_LOCKS: Proof = step0("tests/loom.rs", "the_cost_of_a_read_and_of_a_write");

/// Every technical claim of the thread.
pub const CLAIMS: &[Claim] = &[
    // What the program does.
    Claim {
        claim: "A `RwLock` around the table has a significant impact on performance.",
        verdict: Right,
        proofs: &[LOCKS, COST_OF_THE_LOCKS],
    },
    Claim {
        claim: "An `Arc` ensures that a worker which still holds the old table can go on using it.",
        verdict: Right,
        proofs: &[
            step0("tests/loom.rs", "what_a_reader_has_got_outlives_the_cell_and_its_successor"),
            step3("tests/std.rs", "a_reader_that_has_its_arc_keeps_the_old_value_alive"),
        ],
    },
    Claim {
        claim: "The program does one thing in a debug build and another in a release build.",
        verdict: Right,
        proofs: &[recorded("step1-builds.txt", "step1-stack-pointer.md")],
    },
    Claim {
        claim: "`swap` always gives the pointer back that was passed in.",
        verdict: HalfRight,
        proofs: &[step1("tests/std.rs", "replace_gets_back_the_very_pointer_that_it_has_put_in")],
    },
    Claim {
        claim: "`drop` of an `Arc` drops the value, if it was the last reference.",
        verdict: Right,
        proofs: &[step2("tests/std.rs", "drop_of_a_reference_gives_nothing_up")],
    },
    Claim {
        claim: "The strong count of what `swap` returned is 1, so dropping it should have dropped the value.",
        verdict: HalfRight,
        proofs: &[step2("tests/std.rs", "the_strong_count_of_1_is_the_arc_that_nobody_drops")],
    },
    // What is wrong with it.
    Claim {
        claim: "`drop` of a reference does nothing; `drop` only consumes its argument.",
        verdict: Right,
        proofs: &[
            step2("tests/std.rs", "drop_of_a_reference_gives_nothing_up"),
            step2("tests/lint.rs", "rustc_warns_of_the_drop_that_does_nothing"),
        ],
    },
    Claim {
        claim: "A pointer to an `Arc` on the stack dangles as soon as the function returns, and its use is undefined \
                behaviour.",
        verdict: Right,
        proofs: &[
            step1("tests/loom.rs", "loom_finds_a_pointer_to_a_dead_stack_frame"),
            step1("tests/std.rs", "the_value_is_dropped_before_new_returns"),
        ],
    },
    Claim {
        claim: "The pointer gets to the other threads, but points to random memory, since `unsafe` and the lack of a lock \
                remove the safety.",
        verdict: HalfRight,
        proofs: &[step1("tests/std.rs", "the_value_is_dropped_before_new_returns")],
    },
    Claim {
        claim: "An `Arc` is itself a pointer.",
        verdict: Right,
        proofs: &[claims("tests/safe.rs", "an_arc_is_one_pointer_wide")],
    },
    Claim {
        claim: "One can make it atomic by transmuting the `Arc` to an `AtomicPtr` and back.",
        verdict: HalfRight,
        proofs: &[
            step3("tests/std.rs", "replace_drops_the_old_value_at_once_if_nobody_holds_it"),
            step3("tests/loom.rs", "loom_finds_a_use_after_free"),
        ],
    },
    Claim {
        claim: "That is hard to get right: the `Arc`'s block may be dropped before it is cloned.",
        verdict: Right,
        proofs: &[step3("tests/loom.rs", "loom_finds_a_use_after_free")],
    },
    Claim {
        claim: "There is no atomic swap of a structure such as `HashMap`.",
        verdict: HalfRight,
        proofs: &[claims("tests/safe.rs", "a_hash_map_is_wider_than_any_atomic"), MODELS_OF_THE_LOCKS],
    },
    // Locks.
    Claim {
        claim: "A `RwLock` is slow for one of two reasons: locking is slow in itself, or it is borrowed for writing for too \
                long.",
        verdict: Right,
        proofs: &[
            COST_OF_THE_LOCKS,
            WAITING,
            step0("tests/std.rs", "not_one_reader_gets_through_while_the_table_is_rebuilt_under_the_write_lock"),
        ],
    },
    Claim { claim: "An uncontended `Mutex` is faster than a `RwLock`.", verdict: HalfRight, proofs: &[LOCKS] },
    Claim {
        claim: "`Mutex<Arc<HashMap>>`, locked only to clone or to replace the `Arc`, may be faster.",
        verdict: HalfRight,
        proofs: &[
            step0("tests/std.rs", "readers_get_through_while_the_table_is_rebuilt_without_the_lock"),
            WAITING,
            LOCKS,
        ],
    },
    Claim {
        claim: "`RwLock<Arc<HashMap>>` may be faster, too.",
        verdict: HalfRight,
        proofs: &[
            step0("tests/std.rs", "readers_get_through_while_the_table_is_rebuilt_without_the_lock"),
            COST_OF_THE_LOCKS,
            LOCKS,
        ],
    },
    Claim {
        claim: "It then has to be an `Arc<RwLock<Arc<HashMap>>>`, since threads share it.",
        verdict: HalfRight,
        proofs: &[claims("tests/safe.rs", "the_outer_arc_is_one_way_of_several")],
    },
    Claim {
        claim: "To go on with an old copy is a general way around slow locks, if the old copy is good enough and making one \
                does not take too long.",
        verdict: Right,
        proofs: &[
            Proof::Test {
                folder: "lookup",
                file: "tests/program.rs",
                name: "with_every_design_each_lookup_finds_its_key_and_no_finished_update_is_missed",
            },
            recorded("lookup.txt", "lookup.md"),
        ],
    },
    Claim {
        claim: "The choice is then to clone the data out of the lock, or to send updates through a channel.",
        verdict: HalfRight,
        proofs: &[
            claims("tests/safe.rs", "updates_can_be_sent_to_workers_that_have_tables_of_their_own"),
            Proof::Test { folder: "step6-rcu", file: "tests/loom.rs", name: "every_model_holds" },
        ],
    },
    Claim {
        claim: "parking_lot's `RwLock` is almost always faster than std's, and up to 50 times in some cases.",
        verdict: HalfRight,
        proofs: &[LOCKS],
    },
    Claim {
        claim: "To replace std's locks by parking_lot's made some workloads up to 10 % faster.",
        verdict: Right,
        proofs: &[LOCKS],
    },
    // ArcCell.
    Claim {
        claim: "`ArcCell` is exactly what the program's own type tries to be.",
        verdict: HalfRight,
        proofs: &[MODELS_OF_THE_CELL, step4("tests/std.rs", "one_stalled_reader_stalls_every_other")],
    },
    Claim {
        claim: "Two atomic stores for each `get` are expensive.",
        verdict: HalfRight,
        proofs: &[step4("tests/loom.rs", "the_cost_of_get_and_set"), recorded("step4-ledger.txt", "step4-arc-cell.md")],
    },
    Claim {
        claim: "`ArcCell` is unsafe code.",
        verdict: HalfRight,
        proofs: &[claims("tests/safe.rs", "the_cell_is_used_without_unsafe")],
    },
    Claim {
        claim: "It relies on particular hardware and on the inside of the compiler.",
        verdict: Wrong,
        proofs: &[MODELS_OF_THE_CELL],
    },
    Claim {
        claim: "It does not give safe access to the `Arc`'s contents.",
        verdict: Wrong,
        proofs: &[
            claims("tests/safe.rs", "the_cell_is_used_without_unsafe"),
            step4("tests/std.rs", "set_returns_what_was_there_and_the_last_owner_drops_it"),
        ],
    },
    // The box of five.
    Claim {
        claim: "On the right computer, two threads that set an `Arc<Box<i32>>` of 5 could find something else in it.",
        verdict: Wrong,
        proofs: &[FIVE, claims("tests/models.rs", "what_the_failure_would_take_is_a_relaxed_put")],
    },
    Claim {
        claim: "The 5 may be in one core's cache while main memory, and so the other core, has something random.",
        verdict: Wrong,
        proofs: &[FIVE, REORDERING],
    },
    Claim {
        claim: "The other core may have that address in its own cache, from before the 5 was written.",
        verdict: Wrong,
        proofs: &[FIVE, litmus("one_atomic_never_goes_back"), PAYLOAD],
    },
    Claim {
        claim: "It is no different with an `Arc<Mutex<i32>>`: the atomics involved impose orderings that the processor has to \
                respect.",
        verdict: Right,
        proofs: &[
            claims("tests/models.rs", "an_arc_of_a_mutex_is_safe_to_share"),
            claims("tests/models.rs", "it_is_the_orderings_of_a_lock_that_hand_its_value_over"),
        ],
    },
    Claim {
        claim: "An `Arc<AtomicUsize>` is safe; whether an `Arc<Mutex<i32>>` is remains to be confirmed.",
        verdict: HalfRight,
        proofs: &[
            claims("tests/models.rs", "an_arc_of_an_atomic_is_safe_to_share"),
            claims("tests/models.rs", "an_arc_of_a_mutex_is_safe_to_share"),
        ],
    },
    // Caches, volatile.
    Claim {
        claim: "Orderings do not force a regular variable, used just before the atomic, out of the cache into main memory.",
        verdict: HalfRight,
        proofs: &[INSTRUCTIONS, PAYLOAD],
    },
    Claim {
        claim: "One does not know whether a cache and main memory have the same contents.",
        verdict: HalfRight,
        proofs: &[CACHES, litmus("one_atomic_never_goes_back")],
    },
    Claim {
        claim: "To synchronise, code flushes and invalidates the cache; `Mutex` and `RwLock` do so.",
        verdict: Wrong,
        proofs: &[INSTRUCTIONS, claims("tests/models.rs", "it_is_the_orderings_of_a_lock_that_hand_its_value_over")],
    },
    Claim {
        claim: "To start a thread synchronises as well, and so does a channel.",
        verdict: Right,
        proofs: &[
            claims("tests/models.rs", "to_start_a_thread_and_to_join_it_hands_memory_over"),
            claims("tests/safe.rs", "updates_can_be_sent_to_workers_that_have_tables_of_their_own"),
        ],
    },
    Claim { claim: "An atomic does not go through the core's cache.", verdict: Wrong, proofs: &[CACHES, INSTRUCTIONS] },
    Claim {
        claim: "Atomics keep the order of instructions, and do nothing to synchronise what is cached.",
        verdict: Wrong,
        proofs: &[PAYLOAD, REORDERING],
    },
    Claim {
        claim: "`read_volatile` and `write_volatile` can be a safe alternative to atomics.",
        verdict: Wrong,
        proofs: &[litmus("a_volatile_flag_is_a_data_race")],
    },
    Claim {
        claim: "Rust has no way to check that a program uses volatile accesses safely.",
        verdict: HalfRight,
        proofs: &[litmus("a_volatile_flag_is_a_data_race")],
    },
    // Orderings.
    Claim {
        claim: "Compiler and processor may reorder accesses, and keep values in registers, as long as the result is the same.",
        verdict: HalfRight,
        proofs: &[MESSAGE, REORDERING],
    },
    Claim {
        claim: "If a regular variable stands beside an atomic, the `Ordering` allows or prevents that they change places.",
        verdict: Right,
        proofs: &[PAYLOAD, MESSAGE],
    },
    Claim {
        claim: "An ordering is about the loads and stores before and after the atomic operation, and not only about the \
                atomic's own memory.",
        verdict: Right,
        proofs: &[MESSAGE, PAYLOAD],
    },
    Claim {
        claim: "`Relaxed` orders nothing but the memory behind the atomic, and `ArcCell` does not use it.",
        verdict: HalfRight,
        proofs: &[litmus("one_atomic_never_goes_back"), MESSAGE, MODELS_OF_THE_CELL],
    },
    Claim {
        claim: "A release store makes all earlier stores visible, if an acquire load is its partner.",
        verdict: Right,
        proofs: &[MESSAGE, PAYLOAD],
    },
    Claim {
        claim: "A `SeqCst` operation is a full fence in both directions.",
        verdict: HalfRight,
        proofs: &[SEQ_CST, INSTRUCTIONS, REORDERING],
    },
    Claim {
        claim: "Atomic operations are fences for the compiler and for the processor, by their `Ordering`; which instruction it \
                takes depends on the processor, and some orderings take none.",
        verdict: Right,
        proofs: &[INSTRUCTIONS],
    },
    Claim {
        claim: "x86 does not reorder loads with loads, nor stores with stores.",
        verdict: Right,
        proofs: &[REORDERING],
    },
    Claim {
        claim: "But a store and a later load can appear reordered there, because of the store buffer.",
        verdict: Right,
        proofs: &[REORDERING, litmus("store_buffering_needs_a_fence_on_both_sides")],
    },
    Claim {
        claim: "Orderings are a memory model for the code; the compiler respects it, and sees to it that the processor does.",
        verdict: Right,
        proofs: &[INSTRUCTIONS, REORDERING],
    },
];
