//! Who may be at two places at once: the bound of the map of step 10.

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
        // This one compiles for every type.
        const _: std::marker::PhantomData<$type> = std::marker::PhantomData;
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
        $(no_cell_inside!($example);)+
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

// TODO 2 ends.

// Of `types.rs`: `Session`, `Hits`, `SharedHits`, `Balance`, `Interned`, `Pair<A, B>`, `Index<T>`, `Tally`, `Guest`,
// `Counting`. Not all of them.
// TODO 3 begins: those that keep the contract, and the reason; for each of the others, the point that it breaks.

// TODO 3 ends.
