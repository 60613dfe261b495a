//! Who may be at two places at once: the bound of the map of step 10.
//!
//! Wrong: what is generic is not checked any more.

use std::cell::Cell;
use std::marker::PhantomData;

use crate::place::Place;

/// A type whose value stays one value when its bytes are copied to another place while both places are read.
///
/// # Safety
///
/// Let the bytes of a value of `T` be copied *untyped*, any number of times, while nothing but `&T` to it and to its
/// copies exists. Then
///
/// 1. no safe use of any of these `&T` writes to the `size_of::<T>()` bytes that it points to;
/// 2. no safe use of them depends on the address of the `T`: neither soundness nor a documented result;
/// 3. once none of these `&T` is left, dropping one of the copies and forgetting the others is a correct drop of the
///    value.
pub unsafe trait Relocate: Sized {}

/// A place for a value, which may get another one later: the way into the map.
pub fn place<T: Relocate>(value: T) -> Place<T> {
    // SAFETY: `T: Relocate`.
    unsafe { Place::new(value) }
}

/// Does not compile if the type has a cell inside of its own bytes, at any depth.
macro_rules! no_cell_inside {
    ($type:ty) => {
        // TODO 1 begins: an item that the compiler rejects for such a type, and for no other.
        // A constant must not refer to what could be changed through the reference: E0492. Whether there is a cell, the
        // compiler takes from the type, since the value comes out of a call.
        const _: &'static std::mem::MaybeUninit<$type> = &std::mem::MaybeUninit::uninit();
        // TODO 1 ends.
    };
}

/// Implements [`Relocate`] for concrete types, and checks each.
macro_rules! concrete {
    ($($type:ty),+ $(,)?) => {$(
        // SAFETY: the reason above the call.
        unsafe impl Relocate for $type {}
        no_cell_inside!($type);
    )+};
}

/// Implements [`Relocate`] for a generic type, and checks the examples that are named. It cannot be checked for a type
/// parameter: that might have a cell inside.
macro_rules! generic {
    ($(impl [$($parameters:tt)*] for $type:ty, such as $($example:ty),+;)+) => {$(
        // SAFETY: the reason above the call.
        unsafe impl<$($parameters)*> Relocate for $type {}
    )+};
}

// SAFETY: plain data. Nothing that has `&self` writes to it, or asks where it is; and nothing is done when one is
// dropped.
concrete! { u64, bool }

// SAFETY: no bytes.
generic! { impl [T: ?Sized] for PhantomData<T>, such as PhantomData<u8>, PhantomData<Cell<u8>>; }

// Of std: `String`, `Option<T>`, `(A, B)`, `[T; N]`, `Vec<T>`, `Box<T>`, `Arc<T>`, `&T`, `RandomState`, and
// `HashMap<K, V, S>`. Each for as many parameters as the contract lets you; behind a pointer, for `str` and `dyn Fn()`,
// too.
// TODO 2 begins: `concrete! { … }` and `generic! { … }`, with the reason for each group.
use std::collections::HashMap;
use std::hash::RandomState;
use std::sync::Arc;

// SAFETY: a pointer to the heap and two lengths. Dropping either copy, once, frees the one buffer.
concrete! { String }
// SAFETY: two numbers, which `build_hasher(&self)` reads.
concrete! { RandomState }

// SAFETY: nothing but the parts, inline, and perhaps a word that `&self` does not write. Each point holds if it holds
// for the parts.
generic! {
    impl [T: Relocate] for Option<T>, such as Option<u64>;
    impl [A: Relocate, B: Relocate] for (A, B), such as (u64, bool);
    impl [T: Relocate, const N: usize] for [T; N], such as [u64; 3];
}

// SAFETY: a pointer. What is behind it stays where it is, and is the same through either copy.
generic! {
    impl [T: ?Sized] for Box<T>, such as Box<u64>, Box<str>, Box<Cell<u8>>;
    impl [T: ?Sized] for Arc<T>, such as Arc<u64>, Arc<str>, Arc<Cell<u8>>;
    impl ['a, T: ?Sized] for &'a T, such as &'static u64, &'static str, &'static Cell<u8>;
    impl [T] for Vec<T>, such as Vec<u64>, Vec<Cell<u8>>;
}

// SAFETY: entries are on the heap; the hasher is inline, and used with `&self`.
generic! { impl [K, V, S: Relocate] for HashMap<K, V, S>, such as HashMap<u64, u64>, HashMap<u64, Cell<u8>>; }
// TODO 2 ends.

// Of `types.rs`: `Session`, `Hits`, `SharedHits`, `Balance`, `Interned`, `Pair<A, B>`, `Index<T>`, `Tally`, `Guest`,
// `Counting`. Not all of them.
// TODO 3 begins: those that keep the contract, and the reason; for each of the others, the point that it breaks.
use crate::types::{Index, Interned, Pair, Session, SharedHits};

// SAFETY: data. No method, no `Drop`.
concrete! { Session }
// SAFETY: a pointer. The count is behind it.
concrete! { SharedHits }
// SAFETY: a pointer. `is` asks where the text is, which stays there, and not where the `Interned` is.
concrete! { Interned }
// SAFETY: nothing but the parts.
generic! { impl [A: Relocate, B: Relocate] for Pair<A, B>, such as Pair<u64, String>; }
// SAFETY: a number. There is no `T` in it.
generic! { impl [T] for Index<T>, such as Index<u64>, Index<Cell<u8>>; }
// `Hits`, `Balance`, `Counting`: `&self` writes to the bytes (1). `Tally`: what `total` returns depends on the address
// (2). `Guest`: its drop takes the name off the list that is at this address, and it has signed at another one (2 and
// 3).
// TODO 3 ends.
