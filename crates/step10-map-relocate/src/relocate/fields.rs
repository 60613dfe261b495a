//! How a type of one's own opts in.

use super::Relocate;

// ANCHOR: relocate
/// Implements [`Relocate`](crate::Relocate) for a type of one's own, and checks what can be checked.
///
/// It asks for the word `unsafe`, because what it cannot check is for you to argue: that nothing the type does with
/// `&self` depends on its own address, and that dropping a copy instead of the original is right. The checks are
///
/// - every field is named, and its type is `Relocate`;
/// - the type has no interior mutability of its own (`E0492`: for a generic type, those instantiations that you name).
///
/// ```
/// use std::time::Instant;
///
/// use step10::Relocate;
///
/// struct Session {
///     user: String,
///     since: Instant,
/// }
///
/// enum Shape {
///     Circle(f64),
///     Rectangle { width: f64, height: f64 },
///     Nothing,
/// }
///
/// struct Metres(f64);
///
/// struct Pair<A, B> {
///     left: A,
///     right: B,
/// }
///
/// step10::relocate! {
///     // SAFETY: data without a method that cares for its address.
///     unsafe impl Relocate for struct Session { user, since }
/// }
/// step10::relocate! {
///     // SAFETY: as above.
///     unsafe impl Relocate for enum Shape { Circle(radius), Rectangle { width, height }, Nothing }
/// }
/// step10::relocate! {
///     // SAFETY: as above.
///     unsafe impl Relocate for struct Metres { 0 }
/// }
/// step10::relocate! {
///     // SAFETY: as above.
///     unsafe impl[A: Relocate, B: Relocate] Relocate for struct Pair<A, B> { left, right } such as Pair<u8, String>
/// }
///
/// fn bound<T: Relocate>() {}
/// bound::<Option<Pair<Shape, [Session; 3]>>>();
/// bound::<Metres>();
/// ```
///
/// The parameters of a generic type stand in square brackets, with their bounds. A lifetime is a parameter, too; the
/// examples then say `'static`. The check of the fields holds for every instantiation, the check for interior mutability
/// for the examples alone: but with every field `Relocate` there is nothing left that could have any.
///
/// A type with a field of a foreign type that is not `Relocate` can be taken at your word, without a look at its fields:
///
/// ```
/// # mod foreign { pub struct Opaque(#[allow(dead_code)] pub u8); }
/// struct Wrapper(foreign::Opaque);
///
/// step10::relocate! {
///     // SAFETY: `Opaque` is plain data as of version 1.2, and its documentation promises that it stays so.
///     unsafe impl Relocate for Wrapper
/// }
/// ```
///
/// Limits: a `union`, and an enum with packed fields inside, go without the fields' check.
#[macro_export]
macro_rules! relocate {
    ($(#[$attribute:meta])* unsafe impl Relocate for struct $type:ty { $($field:tt),* $(,)? }) => {
        $crate::relocate!(@struct [] $type { $($field),* } $type);
    };
    ($(#[$attribute:meta])* unsafe impl[$($parameters:tt)*] Relocate for struct $type:ty { $($field:tt),* $(,)? }
        such as $($example:ty),+ $(,)?) => {
        $crate::relocate!(@struct [$($parameters)*] $type { $($field),* } $($example),+);
    };
    ($(#[$attribute:meta])* unsafe impl Relocate for enum $type:ty { $($variants:tt)* }) => {
        $crate::relocate!(@enum [] $type { $($variants)* } $type);
    };
    ($(#[$attribute:meta])* unsafe impl[$($parameters:tt)*] Relocate for enum $type:ty { $($variants:tt)* }
        such as $($example:ty),+ $(,)?) => {
        $crate::relocate!(@enum [$($parameters)*] $type { $($variants)* } $($example),+);
    };
    ($(#[$attribute:meta])* unsafe impl Relocate for $type:ty) => {
        $crate::relocate!(@impl [] $type, $type);
    };
    ($(#[$attribute:meta])* unsafe impl[$($parameters:tt)*] Relocate for $type:ty, such as $($example:ty),+ $(,)?) => {
        $crate::relocate!(@impl [$($parameters)*] $type, $($example),+);
    };

    (@struct [$($parameters:tt)*] $type:ty { $($field:tt),* } $($example:ty),+) => {
        $crate::relocate!(@impl [$($parameters)*] $type, $($example),+);
        const _: () = {
            trait Fields: Sized {
                #[allow(dead_code, reason = "it is compiled, which is all")]
                fn are_relocate() -> Self;
            }
            impl<$($parameters)*> Fields for $type {
                fn are_relocate() -> Self {
                    Self { $($field: $crate::relocate::field()),* }
                }
            }
        };
    };
    (@enum [$($parameters:tt)*] $type:ty {
        $($variant:ident $(($($binding:ident),* $(,)?))? $({ $($field:ident),* $(,)? })?),* $(,)?
    } $($example:ty),+) => {
        $crate::relocate!(@impl [$($parameters)*] $type, $($example),+);
        const _: () = {
            trait Fields {
                #[allow(dead_code, reason = "it is compiled, which is all")]
                fn are_relocate(&self);
            }
            impl<$($parameters)*> Fields for $type {
                fn are_relocate(&self) {
                    match self {
                        $(Self::$variant $(($($binding),*))? $({ $($field),* })? => {
                            $($($crate::relocate::part($binding);)*)?
                            $($($crate::relocate::part($field);)*)?
                        })*
                    }
                }
            }
        };
    };
    (@impl [$($parameters:tt)*] $type:ty, $($example:ty),+) => {
        // SAFETY: the caller of the macro has written `unsafe`, and argues the contract of `Relocate`.
        unsafe impl<$($parameters)*> $crate::Relocate for $type {}
        $crate::__no_interior_mutability!($($example),+);
    };

    ($(#[$attribute:meta])* impl $($rest:tt)*) => {
        compile_error!("write `unsafe impl`, and a SAFETY comment that argues the contract of `Relocate`");
    };
    ($(#[$attribute:meta])* unsafe impl[$($parameters:tt)*] $($rest:tt)*) => {
        compile_error!("a generic type is checked by example: end with `such as Name<u8>, Name<String>`");
    };
    ($($other:tt)*) => {
        compile_error!(
            "expected `unsafe impl Relocate for struct Name { field, field }`, `… for enum Name { Variant(x), Variant { y } }` \
             or `… for Name`, and `impl[T: Relocate] … such as Name<u8>` if it is generic"
        );
    };
}
// ANCHOR_END: relocate

/// A field of a struct, for the eyes of the compiler only.
#[doc(hidden)]
pub fn field<T: Relocate>() -> T {
    unreachable!("the constructor that calls this is never called")
}

/// A field of an enum's variant.
#[doc(hidden)]
pub fn part<T: Relocate>(_: &T) {}
