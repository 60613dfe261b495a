//! The twin of `AtomicBool`.

use std::cell::UnsafeCell;
use std::fmt;
use std::panic::Location;
use std::sync::atomic::Ordering;

use super::access::{self, Kind, Rmw, Shape};
use super::{check_failure, check_load, check_store, modify_method, twin_methods};
use crate::identity::Identity;
use crate::objects::Handle;
use crate::ordering::Slot;

/// A twin of [`std::sync::atomic::AtomicBool`].
#[repr(C)]
pub struct AtomicBool {
    identity: Identity,
    value: UnsafeCell<bool>,
}

// SAFETY: the value is touched through `&mut self` only; all shared access goes to loom's object, which checks the
// order itself.
unsafe impl Sync for AtomicBool {}

const SHAPE: Shape = Shape { type_name: "AtomicBool", kind: Kind::Bool };

fn encode(value: bool) -> u64 {
    u64::from(value)
}

fn decode(bits: u64) -> bool {
    bits != 0
}

impl AtomicBool {
    twin_methods!(SHAPE, bool, |value| Handle::U8(loom::sync::atomic::AtomicU8::new(u8::from(value))), encode, decode);

    modify_method!(
        /// Ands, and returns what was there.
        fetch_and, Rmw::And, SHAPE, bool, encode, decode
    );
    modify_method!(
        /// Ors, and returns what was there.
        fetch_or, Rmw::Or, SHAPE, bool, encode, decode
    );
    modify_method!(
        /// Xors, and returns what was there.
        fetch_xor, Rmw::Xor, SHAPE, bool, encode, decode
    );

    /// Nands, and returns what was there.
    #[track_caller]
    pub fn fetch_nand(&self, value: bool, ordering: Ordering) -> bool {
        // On the one bit of a bool: not(b and true) flips it, not(b and false) sets it.
        if value { self.fetch_xor(true, ordering) } else { self.swap(true, ordering) }
    }

    /// Negates, and returns what was there.
    #[track_caller]
    pub fn fetch_not(&self, ordering: Ordering) -> bool {
        self.fetch_xor(true, ordering)
    }
}

impl fmt::Debug for AtomicBool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A read would be an event of the model.
        f.debug_struct("AtomicBool").finish_non_exhaustive()
    }
}

impl Default for AtomicBool {
    #[track_caller]
    fn default() -> Self {
        Self::new(false)
    }
}

impl From<bool> for AtomicBool {
    #[track_caller]
    fn from(value: bool) -> Self {
        Self::new(value)
    }
}
