//! Twins of the integer atomics.

use std::cell::UnsafeCell;
use std::fmt;
use std::panic::Location;
use std::sync::atomic::Ordering;

use super::access::{self, Kind, Rmw, Shape};
use super::{check_failure, check_load, check_store, modify_method, twin_methods};
use crate::identity::Identity;
use crate::objects::Handle;
use crate::ordering::Slot;

macro_rules! integer {
    ($name:ident, $T:ident, $variant:ident) => {
        #[doc = concat!("A twin of [`std::sync::atomic::", stringify!($name), "`].")]
        #[repr(C)]
        pub struct $name {
            identity: Identity,
            value: UnsafeCell<$T>,
        }

        // SAFETY: the value is touched through `&mut self` only; all shared access goes to loom's object, which checks
        // the order itself.
        unsafe impl Sync for $name {}

        impl $name {
            const SHAPE: Shape = Shape { type_name: stringify!($name), kind: Kind::Int };

            twin_methods!(
                Self::SHAPE,
                $T,
                |value| Handle::$variant(loom::sync::atomic::$name::new(value)),
                |value: $T| value as u64,
                |bits: u64| bits as $T
            );

            integer!(@modify $T,
                /// Adds, wrapping around, and returns what was there.
                fetch_add Add,
                /// Subtracts, wrapping around, and returns what was there.
                fetch_sub Sub,
                /// Ands, and returns what was there.
                fetch_and And,
                /// Nands, and returns what was there.
                fetch_nand Nand,
                /// Ors, and returns what was there.
                fetch_or Or,
                /// Xors, and returns what was there.
                fetch_xor Xor,
                /// Writes the larger of both, and returns what was there.
                fetch_max Max,
                /// Writes the smaller of both, and returns what was there.
                fetch_min Min,
            );
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // A read would be an event of the model.
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }

        impl Default for $name {
            #[track_caller]
            fn default() -> Self {
                Self::new(0)
            }
        }

        impl From<$T> for $name {
            #[track_caller]
            fn from(value: $T) -> Self {
                Self::new(value)
            }
        }
    };
    (@modify $T:ident, $($(#[$doc:meta])* $method:ident $rmw:ident,)*) => {
        $(modify_method!(
            $(#[$doc])* $method, Rmw::$rmw, Self::SHAPE, $T, |value: $T| value as u64, |bits: u64| bits as $T
        );)*
    };
}

integer!(AtomicU8, u8, U8);
integer!(AtomicU32, u32, U32);
integer!(AtomicU64, u64, U64);
integer!(AtomicUsize, usize, Usize);
