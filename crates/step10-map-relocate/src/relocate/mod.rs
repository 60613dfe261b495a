//! Which values may be copied bitwise while others read them.

mod check;
mod fields;
mod std_types;

pub use fields::{field, part};

// ANCHOR: contract
/// A type whose value stays one value when its bytes are copied to another place while both places are read.
///
/// A map that keeps its entries inline and grows beside its readers copies each entry to the new table, publishes that,
/// and forgets the bytes in the old one after a grace period. In between both copies are there: old readers have `&T` to
/// the one, new readers to the other. `Relocate` says that nobody can tell.
///
/// The bound concerns the bytes of `T` itself. What is behind a pointer is not copied: `Vec<AtomicU8>`,
/// `Arc<Mutex<_>>` and `Box<dyn Any>` are `Relocate` whatever is inside of them.
///
/// # Safety
///
/// Let the bytes of a value of `T` be copied *untyped* (`ptr::copy_nonoverlapping` of `MaybeUninit<T>`), any number of
/// times, while nothing but `&T` to it and to its copies exists. Then
///
/// 1. no safe use of any of these `&T` writes to the `size_of::<T>()` bytes that it points to;
/// 2. no safe use of them depends on the address of the `T`: neither soundness nor a documented result;
/// 3. once none of these `&T` is left, dropping one of the copies and forgetting the others is a correct drop of the value.
///
/// *Safe use* means whatever safe code can do with a `&T`, through the methods and traits of `T`, in any thread to which
/// the types let it be sent. Who has a `&T` can of course print its address; that is the caller's affair, not a promise
/// of `T`.
///
/// The first point is what the compiler calls `Freeze`. There is no stable bound for it, but a check for a concrete
/// type, which [`relocate!`](crate::relocate) and every implementation here makes. The check knows nothing of the second
/// and the third point: they have to be argued, which is why the trait is `unsafe`.
// ANCHOR_END: contract
// ANCHOR: message
#[diagnostic::on_unimplemented(
    message = "`{Self}` may not be copied bitwise while it is read",
    label = "this is not `Relocate`",
    note = "box it: a `Box<{Self}>` or an `Arc<{Self}>` is `Relocate` whatever is inside, since only the pointer is copied",
    note = "if `{Self}` is a type of yours, without a cell, an atomic or a lock inline: `step10::relocate!` says how it opts in"
)]
// ANCHOR_END: message
pub unsafe trait Relocate: Sized {}
