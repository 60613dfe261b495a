//! The twins have the signatures of std's types, and do what those do: one program, compiled twice, says the same.

mod std_types;
mod twins;

use std::sync::{Arc, Mutex};

/// Asserts that the twins say what std's types say, in every execution.
fn assert_same(with_std: fn() -> Vec<String>, with_twins: fn() -> Vec<String>) {
    let expected = with_std();
    let said = Arc::new(Mutex::new(Vec::new()));
    let results = said.clone();
    witness::model(move || results.lock().unwrap().push(with_twins()));
    for result in &*said.lock().unwrap() {
        assert_eq!(*result, expected);
    }
}

macro_rules! same {
    ($($test:ident: $function:ident;)*) => {
        $(#[test]
        fn $test() {
            assert_same(std_types::uses::$function, twins::uses::$function);
        })*
    };
}

same! {
    atomic_u8: u8;
    atomic_u32: u32;
    atomic_u64: u64;
    atomic_usize: usize;
    atomic_bool: bool;
    atomic_pointer: pointer;
    fences_and_hints: fences_and_hints;
    orderings_that_there_are_not: orderings_that_there_are_not;
    arc: arc;
    boxed: box_;
    mutex: mutex;
    read_write_lock: rwlock;
    threads_and_scopes: threads;
    thread_locals: thread_locals;
    memory_and_bits: memory;
    send_and_sync: auto_traits;
}
