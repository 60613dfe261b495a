//! One value behind a pointer, on a domain.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use crate::rcu::{Domain, Guard, Reader};
use crate::sync::Box;
use crate::sync::atomic::AtomicPtr;
use crate::sync::atomic::Ordering::{AcqRel, Acquire};

/// A value that many threads read and some replace. Readers are wait-free; writers never wait for them.
pub struct RcuCell<T> {
    /// From `Box::into_raw`, never null. Whoever swaps a pointer out retires it.
    value: AtomicPtr<T>,
    domain: Domain,
    owns: PhantomData<T>,
}

// SAFETY: the cell owns a `T` and drops it, or what it replaced, in any thread.
unsafe impl<T: Send> Send for RcuCell<T> {}
// SAFETY: readers in several threads share `&T`; a writer's `T` is dropped by another thread.
unsafe impl<T: Send + Sync> Sync for RcuCell<T> {}

impl<T: Send + 'static> RcuCell<T> {
    // ANCHOR: replace
    /// Replaces the value. The old one is dropped after a grace period, in a thread that comes by then.
    ///
    /// Lock-free but for the allocator and the domain's retire list. Nothing waits for readers.
    ///
    /// # Panics
    ///
    /// If a drop panics that is due in the domain, when the rest have run. The value has been replaced.
    pub fn replace(&self, value: T) {
        let new = Box::into_raw(Box::new(value));
        // Release pairs with the Acquire in `read`: the value is complete. Acquire pairs with the Release of whoever
        // wrote the old one, which the deferred drop touches, in this thread or in the one that finds it in the retire list.
        let old = self.value.swap(new, AcqRel);
        self.retire(old);
    }
    // ANCHOR_END: replace

    /// Replaces the value by `f` of it, so that no other update is lost. `f` is called again when another write comes
    /// between, inside a read-side section: it may read the domain's cells and write the others, but not synchronise. If
    /// it writes this one each time, it is called for ever.
    ///
    /// # Panics
    ///
    /// If `f` does: then nothing has changed. If a drop panics that is due in the domain, when the rest have run.
    pub fn update(&self, mut f: impl FnMut(&T) -> T) {
        let current = {
            let _section = self.domain.read();
            // Acquire pairs with the Release of the write that put it there.
            let mut current = self.value.load(Acquire);
            loop {
                // SAFETY: the section was open before the load, so what was loaded is not freed before it ends.
                let value = f(unsafe { &*current });
                let new = Box::into_raw(Box::new(value));
                // As in `replace`. The section keeps `current` from being freed, so its address is not reused: an equal
                // pointer is the same value.
                match self.value.compare_exchange(current, new, AcqRel, Acquire) {
                    Ok(old) => break old,
                    Err(now) => {
                        current = now;
                        // SAFETY: `new` has not been published.
                        drop(unsafe { Box::from_raw(new) });
                    }
                }
            }
        };
        self.retire(current);
    }

    fn retire(&self, old: *mut T) {
        let old = Retired(old);
        self.domain.defer(move || drop(old));
    }
}

/// An unlinked value: dropping it frees the value.
struct Retired<T>(*mut T);

// SAFETY: it owns the value, and `RcuCell` retires `T: Send` only.
unsafe impl<T: Send> Send for Retired<T> {}

impl<T> Drop for Retired<T> {
    fn drop(&mut self) {
        // SAFETY: the pointer came from `Box::into_raw`, and the write that unlinked it retired it, once. The domain runs
        // this after a grace period, or when no guard can be left.
        drop(unsafe { Box::from_raw(self.0) });
    }
}

impl<T> RcuCell<T> {
    /// A cell on the global domain.
    pub fn new(value: T) -> RcuCell<T> {
        RcuCell::new_in(Domain::global(), value)
    }

    /// A cell on a domain of one's own.
    pub fn new_in(domain: &Domain, value: T) -> RcuCell<T> {
        let value = AtomicPtr::new(Box::into_raw(Box::new(value)));
        RcuCell { value, domain: domain.clone(), owns: PhantomData }
    }

    /// The domain that the cell's readers are in.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    // ANCHOR: read
    /// The value as it is now, for as long as the guard is there. Opens a section; see [`Domain::read`] for its cost and
    /// its panic.
    #[inline]
    pub fn read(&self) -> CellGuard<'_, T> {
        // SAFETY: it is the cell's domain.
        unsafe { self.load(self.domain.read()) }
    }

    /// The value as it is now, for as long as the section.
    ///
    /// # Safety
    ///
    /// The section is of the cell's domain.
    #[inline]
    unsafe fn load<'section>(&'section self, section: Guard<'section>) -> CellGuard<'section, T> {
        // Acquire pairs with the Release of the write that put the pointer there. The fence inside `Domain::read`, or
        // `Reader::read`, stands between the slot and this load.
        let value = self.value.load(Acquire);
        CellGuard { value, _section: section, cell: PhantomData }
    }
    // ANCHOR_END: read

    /// A slot in the cell's domain for the calling thread, and reads through it: see [`Domain::reader`].
    pub fn reader(&self) -> CellReader<'_, T> {
        CellReader { cell: self, section: self.domain.reader() }
    }

    /// The value, for whoever has the cell exclusively.
    pub fn get_mut(&mut self) -> &mut T {
        // SAFETY: no other reference to the cell is left, so nobody reads or replaces the value.
        unsafe { &mut **self.value.get_mut() }
    }
}

impl<T> Drop for RcuCell<T> {
    fn drop(&mut self) {
        // SAFETY: it came from `Box::into_raw`, and is not retired. Every `CellGuard` borrowed the cell.
        drop(unsafe { Box::from_raw(*self.value.get_mut()) });
    }
}

impl<T: Default> Default for RcuCell<T> {
    fn default() -> RcuCell<T> {
        RcuCell::new(T::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for RcuCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RcuCell").field(&*self.read()).finish()
    }
}

/// A thread's way to read an [`RcuCell`] again and again: see [`RcuCell::reader`]. It has one guard at a time:
///
/// ```compile_fail,E0499
/// # let cell = step6::RcuCell::new(1);
/// let mut reader = cell.reader();
/// let one = reader.read();
/// let other = reader.read();
/// assert_eq!(*one, *other);
/// ```
pub struct CellReader<'cell, T> {
    cell: &'cell RcuCell<T>,
    section: Reader<'cell>,
}

impl<T> CellReader<'_, T> {
    /// The value as it is now, for as long as the guard is there. Opens a section; see [`Reader::read`] for its cost.
    #[inline]
    pub fn read(&mut self) -> CellGuard<'_, T> {
        // SAFETY: `RcuCell::reader` has made it, of the cell's domain.
        unsafe { self.cell.load(self.section.read()) }
    }
}

impl<T> fmt::Debug for CellReader<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CellReader").finish_non_exhaustive()
    }
}

/// The value of an [`RcuCell`] at the moment of [`RcuCell::read`], inside a section that ends with it.
pub struct CellGuard<'cell, T> {
    value: *const T,
    _section: Guard<'cell>,
    cell: PhantomData<&'cell T>,
}

impl<T> Deref for CellGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the section was open before the pointer was loaded, so a write that unlinked the value since then waits
        // for the section to end; and the cell, which the guard borrows, frees it only when it is dropped.
        unsafe { &*self.value }
    }
}

impl<T: fmt::Debug> fmt::Debug for CellGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
