//! The twin of `std::boxed`.

use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::ptr::NonNull;

use crate::heap;
use crate::operation::{Access, Operation};
use crate::recorder::Source;
use crate::session;

/// A twin of [`std::boxed::Box`] whose block is on the checked heap.
///
/// What the compiler does for std's box alone is missing: moving out with `*b` is [`Box::into_inner`] here, and `T` is
/// sized. A value of no size has a block like any other, so a dangling pointer is no box of it.
#[repr(transparent)]
pub struct Box<T> {
    value: NonNull<T>,
    owns: std::marker::PhantomData<T>,
}

// SAFETY: a box owns its value.
unsafe impl<T: Send> Send for Box<T> {}
// SAFETY: a shared box gives `&T` only.
unsafe impl<T: Sync> Sync for Box<T> {}

const KIND: &str = "Box";

impl<T> Box<T> {
    /// Moves `value` into a new block.
    #[track_caller]
    pub fn new(value: T) -> Box<T> {
        let value = heap::place("Box::new", KIND, value);
        Box { value, owns: std::marker::PhantomData }
    }

    /// The raw pointer, which now owns what the box owned.
    #[track_caller]
    pub fn into_raw(this: Self) -> *mut T {
        let this = ManuallyDrop::new(this);
        handle("Box::into_raw", this.value.as_ptr() as usize);
        this.value.as_ptr()
    }

    /// Makes the pointer a box again.
    ///
    /// Fails the model if no box starts there.
    ///
    /// # Safety
    ///
    /// As [`std::boxed::Box::from_raw`]: `pointer` comes from [`into_raw`](Self::into_raw), once.
    #[track_caller]
    pub unsafe fn from_raw(pointer: *mut T) -> Box<T> {
        handle("Box::from_raw", pointer as usize);
        // SAFETY: `handle` has found a block there, so it is not null.
        let value = unsafe { NonNull::new_unchecked(pointer) };
        Box { value, owns: std::marker::PhantomData }
    }

    /// Gives up ownership for good. The block is never freed, so the model fails with a leak unless it is made a box
    /// again before the execution ends.
    #[track_caller]
    pub fn leak<'a>(this: Self) -> &'a mut T
    where
        T: 'a,
    {
        let this = ManuallyDrop::new(this);
        handle("Box::leak", this.value.as_ptr() as usize);
        // SAFETY: nobody else has the value, and nothing frees it.
        unsafe { &mut *this.value.as_ptr() }
    }

    /// Moves the value out and frees the block: what `*b` does to std's box.
    #[track_caller]
    pub fn into_inner(this: Self) -> T {
        let this = ManuallyDrop::new(this);
        heap::check_alive(this.value.as_ptr() as usize, "into_inner", Access::Read);
        // SAFETY: the block is live and this box owned it; the value is not dropped in place.
        let value = unsafe { this.value.as_ptr().read() };
        release(this.value.as_ptr() as usize, "into_inner", Source::Caller(Location::caller()));
        value
    }
}

/// Records that a box is made a raw pointer, or back.
#[track_caller]
fn handle(what: &'static str, address: usize) {
    let session = session::current();
    let operation = Operation::Handle { what, block: None };
    let pending = session::begin(&session, Source::Caller(Location::caller()), operation);
    let number = heap::owned(&session, address, KIND, what);
    pending.done(|_, operation| operation.set_block(number));
}

fn release(address: usize, what: &'static str, source: Source) {
    let session = session::current();
    let pending = session::begin(&session, source, Operation::Free { what, block: None });
    let number = heap::owned(&session, address, KIND, what);
    heap::free(&session, number);
    pending.done(|_, operation| operation.set_block(number));
}

impl<T> Drop for Box<T> {
    fn drop(&mut self) {
        let Some(session) = session::try_current() else { return };
        session.stop_if_failed();
        if !session.is_running() {
            return;
        }
        let source = Source::of_drop();
        let address = self.value.as_ptr() as usize;
        let pending = session::begin(&session, source.clone(), Operation::Free { what: "drop", block: None });
        let number = heap::owned(&session, address, KIND, "drop");
        heap::check_unfreed(&session, number);
        pending.forget();
        // SAFETY: the block is live, and this box owns it.
        unsafe { self.value.as_ptr().drop_in_place() };
        release(address, "drop", source);
    }
}

impl<T> Deref for Box<T> {
    type Target = T;

    /// The value; fails the model if the block has been freed.
    #[track_caller]
    fn deref(&self) -> &T {
        heap::check_alive(self.value.as_ptr() as usize, "deref", Access::Read);
        // SAFETY: the block is live, and this box owns it.
        unsafe { self.value.as_ref() }
    }
}

impl<T> DerefMut for Box<T> {
    /// The value; fails the model if the block has been freed.
    #[track_caller]
    fn deref_mut(&mut self) -> &mut T {
        heap::check_alive(self.value.as_ptr() as usize, "deref_mut", Access::Read);
        // SAFETY: the block is live, and this box, which the caller has exclusively, owns it.
        unsafe { self.value.as_mut() }
    }
}

impl<T: Clone> Clone for Box<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        Box::new((**self).clone())
    }
}

impl<T: Default> Default for Box<T> {
    #[track_caller]
    fn default() -> Self {
        Box::new(T::default())
    }
}

impl<T> From<T> for Box<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Box::new(value)
    }
}

impl<T: PartialEq> PartialEq for Box<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Box<T> {}

impl<T: fmt::Debug> fmt::Debug for Box<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
