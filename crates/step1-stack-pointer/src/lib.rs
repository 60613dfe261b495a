//! Broken on purpose: an atomic pointer to an `Arc` that lives on the stack of a function that has returned.
//!
//! The first design of the thread. Many workers look things up in a table, one thread replaces it now and then, and the
//! lock around it costs too much. So: keep the table in an `Arc`, keep the `Arc`'s address in an `AtomicPtr`, and swap the
//! address.
//!
//! The address is that of a local variable. When the function returns, the variable is dropped and its place on the stack
//! is used for something else; what the `AtomicPtr` holds then points at whatever that is. The borrow checker would have
//! refused `&Arc<T>` here; it has no say over `*mut Arc<T>`, and rustc has no lint that looks into an `AtomicPtr`.
//!
//! `cargo test -p step1` shows that the checker finds this; `cargo test -p step1 -- --ignored` shows it as a failure;
//! `cargo run -p step1 --example poster` runs it, with and without `--release`.
#![warn(missing_docs)]

pub mod atomic_value;

pub use atomic_value::AtomicValue;

/// Where the twin file gets its types from: std here, the checker in `tests/loom.rs`.
mod sync {
    pub use std::sync::{Arc, atomic};
}

#[cfg(test)]
mod types {
    use std::rc::Rc;

    use static_assertions::{assert_eq_size, assert_impl_all};

    use crate::AtomicValue;

    assert_eq_size!(AtomicValue<u8>, *mut ());
    // The second is one more mistake: an `AtomicPtr` is `Send` and `Sync` whatever it points to, so the compiler lets two
    // threads share an `Rc` through the cell. Step 3 mends it with a `PhantomData<Arc<T>>`.
    assert_impl_all!(AtomicValue<String>: Send, Sync);
    assert_impl_all!(AtomicValue<Rc<u8>>: Send, Sync);
}
