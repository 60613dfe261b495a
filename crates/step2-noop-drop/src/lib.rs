//! Broken on purpose: every replaced value leaks, because `drop` is given a reference.
//!
//! The second design of the thread. The `Arc` has moved from the stack to the heap: a `Box<Arc<T>>` made raw, whose
//! address the cell holds. The pointer stays valid, readers get what was published, and the program runs.
//!
//! It grows, though. `replace` gets the old pointer back, turns it into `&Arc<T>`, looks at the strong count, finds 1,
//! and calls `drop`. The argument of that `drop` is the reference. A reference owns nothing, so nothing is given up: the
//! `Arc` in the old box is still there, it *is* the count of 1, and there is nobody left who knows its address.
//!
//! `cargo test -p step2` shows that the checker finds this; `cargo test -p step2 -- --ignored` shows it as a failure.
#![warn(missing_docs)]

pub mod atomic_value;

pub use atomic_value::AtomicValue;

/// Where the twin file gets its types from: std here, the checker in `tests/loom.rs`.
mod sync {
    pub use std::sync::{Arc, atomic};
}

mod boxed {
    pub use std::boxed::Box;
}

#[cfg(test)]
mod types {
    use std::rc::Rc;

    use static_assertions::{assert_eq_size, assert_impl_all};

    use crate::AtomicValue;

    assert_eq_size!(AtomicValue<u8>, *mut ());
    // The second is a mistake that no test of ours would find: an `AtomicPtr` is `Send` and `Sync` whatever it points to,
    // so the compiler lets two threads share an `Rc` through the cell. Step 3 mends it with a `PhantomData<Arc<T>>`.
    assert_impl_all!(AtomicValue<String>: Send, Sync);
    assert_impl_all!(AtomicValue<Rc<u8>>: Send, Sync);
}
