//! Twins of the functions of `std::ptr` that copy bits.
//!
//! The bits of a checked type say which one it is, so these functions see what they copy. A copy that goes through
//! `std::ptr` instead is taken for a move, and the first use of the old place fails the model.

use std::mem::MaybeUninit;
use std::panic::Location;

pub use std::ptr::{NonNull, addr_of, addr_of_mut, dangling, dangling_mut, eq, from_mut, from_ref, null, null_mut};

use crate::copying;
use crate::heap;
use crate::operation::{Operation, Value};
use crate::recorder::Source;
use crate::session;

/// A twin of [`std::ptr::copy_nonoverlapping`].
///
/// A plain read of every checked value in the source: it races with a concurrent write, atomic or not. Each checked
/// value in the destination is then one of its own, with the same bits.
///
/// # Safety
///
/// As std's.
#[track_caller]
pub unsafe fn copy_nonoverlapping<T>(from: *const T, to: *mut T, count: usize) {
    copy_bits("copy_nonoverlapping", from, Some(to), count, || {
        // SAFETY: the caller keeps std's contract.
        unsafe { std::ptr::copy_nonoverlapping(from, to, count) };
        to
    });
}

/// A twin of [`std::ptr::copy`]; see [`copy_nonoverlapping`].
///
/// # Safety
///
/// As std's.
#[track_caller]
pub unsafe fn copy<T>(from: *const T, to: *mut T, count: usize) {
    copy_bits("copy", from, Some(to), count, || {
        // SAFETY: the caller keeps std's contract.
        unsafe { std::ptr::copy(from, to, count) };
        to
    });
}

/// A twin of [`std::ptr::read`]: a copy whose place is not known until it is used.
///
/// # Safety
///
/// As std's.
#[track_caller]
pub unsafe fn read<T>(from: *const T) -> T {
    let mut value = MaybeUninit::<T>::uninit();
    copy_bits("read", from, None, 1, || {
        // SAFETY: the caller keeps std's contract for the source; the destination is a `T`'s worth of this frame.
        unsafe { std::ptr::copy_nonoverlapping(from, value.as_mut_ptr(), 1) };
        value.as_mut_ptr()
    });
    // SAFETY: the bits of a value have been copied into it, and some of the checker's own tags replaced by others.
    unsafe { value.assume_init() }
}

/// A twin of [`std::ptr::write`]: the value moves to its place by a plain write, so a thread that reaches it there
/// without a happens-before edge from this write is a data race.
///
/// # Safety
///
/// As std's.
#[track_caller]
pub unsafe fn write<T>(to: *mut T, value: T) {
    let session = session::current();
    let to_value = session.recorder().value(to as u64, true);
    let operation = Operation::Copy { what: "write", from: to_value, to: Value::Unknown };
    let pending = session::begin(&session, Source::Caller(Location::caller()), operation);
    heap::touch(&session, to as usize);
    // SAFETY: the caller keeps std's contract.
    unsafe { std::ptr::write(to, value) };
    copying::moved_to(&session, to as usize, size_of::<T>());
    pending.done(|_, _| ());
}

/// `copy` copies `count` values from `from` and says where it has put them: at `to`, if that is given.
#[track_caller]
fn copy_bits<T>(what: &'static str, from: *const T, to: Option<*mut T>, count: usize, copy: impl FnOnce() -> *mut T) {
    let session = session::current();
    let site = Location::caller();
    let (from, to, bytes) = (from as usize, to.map(|to| to as usize), count * size_of::<T>());
    let mut recorder = session.recorder();
    let operation = Operation::Copy {
        what,
        from: recorder.value(from as u64, true),
        to: to.map_or(Value::Unknown, |to| recorder.value(to as u64, true)),
    };
    drop(recorder);
    let pending = session::begin(&session, Source::Caller(site), operation);
    heap::touch(&session, from);
    if let Some(to) = to {
        heap::touch(&session, to);
    }
    let copies = copying::copy(&session, from, bytes, site);
    let copied_to = copy();
    if let Some(to) = to {
        // What was there is overwritten.
        session.objects.borrow_mut().forget(to, bytes);
    }
    // SAFETY: `copy` has put the bytes there.
    unsafe { copies.tag(copied_to.cast()) };
    pending.done(|_, _| ());
}
