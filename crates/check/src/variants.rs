//! Many versions of one exercise in one test binary.

/// Tests that each of these wrong solutions fails the checks, each for its reason.
///
/// Every variant becomes a module that has, under the names that the checks use, the sources of that variant, and
/// beside them the checks:
///
/// ```text
/// check::variants! {
///     "../../../exercises/ex1-stack-pointer/checks.rs";
///
///     forgotten { atomic_value: crate::wrong::forgotten = "wrong/forgotten.rs" }
///         => (Reason::Bug(Bug::StackPointer), "A new cell");
/// }
/// ```
///
/// says that `wrong/forgotten.rs`, which is the module `crate::wrong::forgotten` of this test, is to be checked as
/// `atomic_value`, and that the claim which begins with `A new cell` does not hold for it. (The modules are declared in the
/// test, by hand: rustfmt does not look into macros.) Paths are relative to the test.
#[macro_export]
macro_rules! variants {
    ($checks:literal; $($name:ident { $($module:ident: $source:path = $file:literal),+ $(,)? } => ($reason:expr, $claim:literal);)+) => {$(
        #[path = "."]
        mod $name {
            use super::*;

            $(use $source as $module;)+

            #[path = $checks]
            mod checks;

            #[test]
            fn fails_for_its_reason() {
                checks::checks(&[$($crate::source!($file)),+]).expect_failure($reason, $claim);
            }
        }
    )+};
}

/// Tests that the checks pass each of these: other right solutions, given as to [`variants!`](crate::variants).
///
/// ```text
/// check::alternatives! {
///     "../../../exercises/ex0-locks/checks.rs";
///
///     rwlock_arc { shared_table: crate::right::rwlock_arc = "right/rwlock_arc.rs" };
/// }
/// ```
#[macro_export]
macro_rules! alternatives {
    ($checks:literal; $($name:ident { $($module:ident: $source:path = $file:literal),+ $(,)? };)+) => {$(
        #[path = "."]
        mod $name {
            use super::*;

            $(use $source as $module;)+

            #[path = $checks]
            mod checks;

            #[test]
            fn every_claim_holds() {
                checks::checks(&[$($crate::source!($file)),+]).assert();
            }
        }
    )+};
}
