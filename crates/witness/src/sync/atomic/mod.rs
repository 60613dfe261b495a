//! Twins of `std::sync::atomic`.
//!
//! A twin is 16 bytes (its bits, and what tells it from other twins), so `new` is not `const` and a static is not
//! possible: a model makes what it needs. `compare_exchange_weak` never fails spuriously, because loom does not explore
//! that. There is no `as_ptr`: the value is in loom's hands, and no plain memory follows it.

pub(crate) mod access;
mod boolean;
mod integer;
mod pointer;

pub use boolean::AtomicBool;
pub use integer::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize};
pub use pointer::AtomicPtr;
pub use std::sync::atomic::Ordering;

/// A twin of [`std::sync::atomic::fence`].
///
/// # Panics
///
/// If `ordering` is `Relaxed`, as std's.
#[track_caller]
pub fn fence(ordering: Ordering) {
    access::fence(ordering);
}

/// Panics as std does on an ordering that a load cannot have.
#[track_caller]
fn check_load(ordering: Ordering) {
    match ordering {
        Ordering::Release => panic!("there is no such thing as a release load"),
        Ordering::AcqRel => panic!("there is no such thing as an acquire-release load"),
        _ => {}
    }
}

/// Panics as std does on an ordering that a store cannot have.
#[track_caller]
fn check_store(ordering: Ordering) {
    match ordering {
        Ordering::Acquire => panic!("there is no such thing as an acquire store"),
        Ordering::AcqRel => panic!("there is no such thing as an acquire-release store"),
        _ => {}
    }
}

/// Panics as std does on an ordering that a failed compare-exchange cannot have.
#[track_caller]
fn check_failure(ordering: Ordering) {
    match ordering {
        Ordering::Release => panic!("there is no such thing as a release failure ordering"),
        Ordering::AcqRel => panic!("there is no such thing as an acquire-release failure ordering"),
        _ => {}
    }
}

/// The methods that every twin atomic has, whatever it holds. `$encode` and `$decode` go to 64 bits and back.
macro_rules! twin_methods {
    ($shape:expr, $T:ty, $handle:expr, $encode:expr, $decode:expr) => {
        /// A new atomic that holds `value`.
        #[track_caller]
        pub fn new(value: $T) -> Self {
            let site = Location::caller();
            let bytes = size_of::<Self>();
            let identity = access::construct(&$shape, bytes, $encode(value), site, || $handle(value));
            Self { identity, value: UnsafeCell::new(value) }
        }

        /// Reads the value.
        ///
        /// # Panics
        ///
        /// If `ordering` is `Release` or `AcqRel`.
        #[track_caller]
        pub fn load(&self, ordering: Ordering) -> $T {
            check_load(ordering);
            $decode(access::load(&$shape, self.address(), (Slot::Load, ordering), Location::caller()))
        }

        /// Writes the value.
        ///
        /// # Panics
        ///
        /// If `ordering` is `Acquire` or `AcqRel`.
        #[track_caller]
        pub fn store(&self, value: $T, ordering: Ordering) {
            check_store(ordering);
            access::store(&$shape, self.address(), $encode(value), ordering, Location::caller());
        }

        /// Writes the value and returns what was there.
        #[track_caller]
        pub fn swap(&self, value: $T, ordering: Ordering) -> $T {
            let site = Location::caller();
            $decode(access::modify(&$shape, self.address(), Rmw::Swap, $encode(value), ordering, site))
        }

        /// Writes `new` if the value is `current`; returns what was there, as `Ok` if it wrote.
        ///
        /// # Errors
        ///
        /// The value that was there, if it is not `current`.
        ///
        /// # Panics
        ///
        /// If `failure` is `Release` or `AcqRel`.
        #[track_caller]
        pub fn compare_exchange(&self, current: $T, new: $T, success: Ordering, failure: Ordering) -> Result<$T, $T> {
            check_failure(failure);
            let values = ($encode(current), $encode(new));
            let orderings = ((Slot::CasSuccess, success), (Slot::CasFailure, failure));
            access::compare_exchange(&$shape, self.address(), values, orderings, Location::caller())
                .map($decode)
                .map_err($decode)
        }

        /// As [`compare_exchange`](Self::compare_exchange): a spurious failure is not explored.
        ///
        /// # Errors
        ///
        /// The value that was there, if it is not `current`.
        ///
        /// # Panics
        ///
        /// If `failure` is `Release` or `AcqRel`.
        #[track_caller]
        pub fn compare_exchange_weak(
            &self,
            current: $T,
            new: $T,
            success: Ordering,
            failure: Ordering,
        ) -> Result<$T, $T> {
            self.compare_exchange(current, new, success, failure)
        }

        /// Replaces the value by `update` of it until no other thread comes between, or `update` returns `None`.
        ///
        /// # Errors
        ///
        /// The value for which `update` returned `None`.
        ///
        /// # Panics
        ///
        /// If `fetch_order` is `Release` or `AcqRel`.
        #[track_caller]
        pub fn fetch_update(
            &self,
            set_order: Ordering,
            fetch_order: Ordering,
            update: impl FnMut($T) -> Option<$T>,
        ) -> Result<$T, $T> {
            self.try_update(set_order, fetch_order, update)
        }

        /// As [`fetch_update`](Self::fetch_update), by its newer name.
        ///
        /// # Errors
        ///
        /// The value for which `update` returned `None`.
        ///
        /// # Panics
        ///
        /// If `fetch_order` is `Release` or `AcqRel`.
        #[track_caller]
        pub fn try_update(
            &self,
            set_order: Ordering,
            fetch_order: Ordering,
            mut update: impl FnMut($T) -> Option<$T>,
        ) -> Result<$T, $T> {
            check_load(fetch_order);
            let site = Location::caller();
            let orderings = ((Slot::UpdateSet, set_order), (Slot::UpdateFetch, fetch_order));
            let mut previous = access::load(&$shape, self.address(), orderings.1, site);
            while let Some(next) = update($decode(previous)) {
                let values = (previous, $encode(next));
                match access::compare_exchange(&$shape, self.address(), values, orderings, site) {
                    Ok(replaced) => return Ok($decode(replaced)),
                    Err(actual) => previous = actual,
                }
            }
            Err($decode(previous))
        }

        /// Replaces the value by `update` of it until no other thread comes between, and returns what was there.
        ///
        /// # Panics
        ///
        /// If `fetch_order` is `Release` or `AcqRel`.
        #[track_caller]
        pub fn update(&self, set_order: Ordering, fetch_order: Ordering, mut update: impl FnMut($T) -> $T) -> $T {
            let mut previous = self.load(fetch_order);
            loop {
                match self.compare_exchange_weak(previous, update(previous), set_order, fetch_order) {
                    Ok(replaced) => return replaced,
                    Err(actual) => previous = actual,
                }
            }
        }

        /// The value, for whoever has the atomic alone.
        #[track_caller]
        pub fn get_mut(&mut self) -> &mut $T {
            let site = Location::caller();
            let value = $decode(access::exclusive(&$shape, self.address(), "get_mut", true, site));
            *self.value.get_mut() = value;
            self.value.get_mut()
        }

        /// Consumes the atomic and returns its value.
        #[track_caller]
        pub fn into_inner(self) -> $T {
            let site = Location::caller();
            $decode(access::exclusive(&$shape, self.address(), "into_inner", false, site))
        }

        fn address(&self) -> usize {
            std::ptr::from_ref(self) as usize
        }
    };
}
use twin_methods;

/// A read-modify-write method of one operand.
macro_rules! modify_method {
    ($(#[$doc:meta])* $name:ident, $rmw:expr, $shape:expr, $T:ty, $encode:expr, $decode:expr) => {
        $(#[$doc])*
        #[track_caller]
        pub fn $name(&self, value: $T, ordering: Ordering) -> $T {
            let site = Location::caller();
            $decode(access::modify(&$shape, self.address(), $rmw, $encode(value), ordering, site))
        }
    };
}
use modify_method;
