//! Broken on purpose: the `Arc` itself as the atomic pointer, and a reader that counts itself in too late.
//!
//! The third design of the thread. An `Arc` *is* a pointer to a counted block, so no second box is needed: the cell
//! keeps the `Arc`'s own bits in an `AtomicPtr`. The writer swaps new bits in, makes an `Arc` of the old ones again, and
//! drops it: an owned `Arc` this time, so the value goes when its last owner does. Nothing leaks.
//!
//! What is left is a window of two instructions in `get`. The reader loads the pointer, then adds one to the strong
//! count behind it. Between the two it is a pointer that nobody counts. A writer that runs just then swaps, drops the
//! last strong reference, and frees the block; the reader then counts up in freed memory.
//!
//! `cargo test -p step3` shows that the checker finds this; `cargo test -p step3 -- --ignored` shows it as a failure.
#![warn(missing_docs)]

pub mod atomic_value;

pub use atomic_value::AtomicValue;

/// Where the twin file gets its types from: std here, the checker in `tests/loom.rs`.
mod sync {
    pub use std::sync::{Arc, atomic};
}

#[cfg(test)]
mod types {
    use std::cell::Cell;
    use std::rc::Rc;
    use std::sync::Arc;

    use static_assertions::{assert_eq_size, assert_impl_all, assert_not_impl_any};

    use crate::AtomicValue;

    // What the transmutes rest on.
    assert_eq_size!(Arc<u8>, Arc<[u64; 8]>, *mut (), AtomicValue<u8>);
    // Whoever has `&AtomicValue<T>` can get an `Arc<T>` and drop the last one: so both bounds are needed, as for `Arc`.
    assert_impl_all!(AtomicValue<String>: Send, Sync);
    assert_not_impl_any!(AtomicValue<Rc<u8>>: Send, Sync);
    assert_not_impl_any!(AtomicValue<Cell<u8>>: Send, Sync);
}
