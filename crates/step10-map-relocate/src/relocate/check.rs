//! The check for interior mutability that stable Rust has, for concrete types.

// ANCHOR: check
/// Fails to compile, with E0492, if a concrete type has interior mutability inside its own bytes.
///
/// A constant may not hold a reference to a temporary with an `UnsafeCell` in it. Whether the *type* has one is all that
/// the compiler goes by here, since the value comes out of a call. `MaybeUninit<T>` has one exactly if `T` has, and can
/// be made for every `T`.
///
/// It cannot be asked of a type parameter: with no bound that says otherwise, `T` counts as having one.
#[doc(hidden)]
#[macro_export]
macro_rules! __no_interior_mutability {
    ($($type:ty),+ $(,)?) => {
        $(const _: &'static ::core::mem::MaybeUninit<$type> = &::core::mem::MaybeUninit::uninit();)+
    };
}
// ANCHOR_END: check

/// Implements [`Relocate`](crate::Relocate) for concrete types, and checks each.
macro_rules! concrete {
    ($($type:ty),+ $(,)?) => {
        $(
            // SAFETY: the group's reason, above the call.
            unsafe impl crate::Relocate for $type {}
            $crate::__no_interior_mutability!($type);
        )+
    };
}

/// Implements [`Relocate`](crate::Relocate) for generic types, and checks each for the examples that are named.
macro_rules! generic {
    ($(impl [$($parameters:tt)*] for $type:ty, such as $($example:ty),+;)+) => {
        $(
            // SAFETY: the group's reason, above the call.
            unsafe impl<$($parameters)*> crate::Relocate for $type {}
            $crate::__no_interior_mutability!($($example),+);
        )+
    };
}

pub(super) use {concrete, generic};
