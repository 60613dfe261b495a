//! The twin of `AtomicPtr`.

use std::cell::UnsafeCell;
use std::fmt;
use std::panic::Location;
use std::sync::atomic::Ordering;

use super::access::{self, Kind, Rmw, Shape};
use super::{check_failure, check_load, check_store, twin_methods};
use crate::identity::Identity;
use crate::objects::Handle;
use crate::ordering::Slot;

/// A twin of [`std::sync::atomic::AtomicPtr`].
///
/// Writing a pointer into the stack of one of the model's threads fails the model, unless
/// [`Builder::allow_stack_pointers`](crate::Builder::allow_stack_pointers) says otherwise.
#[repr(C)]
pub struct AtomicPtr<T> {
    identity: Identity,
    value: UnsafeCell<*mut T>,
}

// SAFETY: as std's: the pointer itself is a word, and what it points to is the user's business. The value is touched
// through `&mut self` only; all shared access goes to loom's object.
unsafe impl<T> Sync for AtomicPtr<T> {}
// SAFETY: as above.
unsafe impl<T> Send for AtomicPtr<T> {}

const SHAPE: Shape = Shape { type_name: "AtomicPtr", kind: Kind::Pointer };

impl<T> AtomicPtr<T> {
    twin_methods!(
        SHAPE,
        *mut T,
        |value: *mut T| Handle::Usize(loom::sync::atomic::AtomicUsize::new(value.expose_provenance())),
        |value: *mut T| value.expose_provenance() as u64,
        |bits: u64| std::ptr::with_exposed_provenance_mut::<T>(bits as usize)
    );
}

/// A read-modify-write of the address, by bytes or by bits. The result keeps the provenance of what was there, as std's.
macro_rules! modify_address {
    ($($(#[$doc:meta])* $name:ident $rmw:ident,)*) => {
        impl<T> AtomicPtr<T> {
            $($(#[$doc])*
            #[track_caller]
            pub fn $name(&self, value: usize, ordering: Ordering) -> *mut T {
                let bits = access::modify(&SHAPE, self.address(), Rmw::$rmw, value as u64, ordering, Location::caller());
                std::ptr::with_exposed_provenance_mut::<T>(bits as usize)
            })*
        }
    };
}

modify_address! {
    /// Adds bytes, wrapping around, and returns what was there.
    fetch_byte_add Add,
    /// Subtracts bytes, wrapping around, and returns what was there.
    fetch_byte_sub Sub,
    /// Ands the address, and returns what was there.
    fetch_and And,
    /// Ors the address, and returns what was there.
    fetch_or Or,
    /// Xors the address, and returns what was there.
    fetch_xor Xor,
}

impl<T> AtomicPtr<T> {
    /// Adds `count` times the size of `T`, wrapping around, and returns what was there.
    #[track_caller]
    pub fn fetch_ptr_add(&self, count: usize, ordering: Ordering) -> *mut T {
        self.fetch_byte_add(count.wrapping_mul(size_of::<T>()), ordering)
    }

    /// Subtracts `count` times the size of `T`, wrapping around, and returns what was there.
    #[track_caller]
    pub fn fetch_ptr_sub(&self, count: usize, ordering: Ordering) -> *mut T {
        self.fetch_byte_sub(count.wrapping_mul(size_of::<T>()), ordering)
    }
}

impl<T> fmt::Debug for AtomicPtr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A read would be an event of the model, and an address would differ from run to run.
        f.debug_struct("AtomicPtr").finish_non_exhaustive()
    }
}

impl<T> Default for AtomicPtr<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(std::ptr::null_mut())
    }
}

impl<T> From<*mut T> for AtomicPtr<T> {
    #[track_caller]
    fn from(value: *mut T) -> Self {
        Self::new(value)
    }
}
