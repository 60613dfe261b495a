//! Twins of the functions of `std::ptr` that copy bits.
//!
//! The bits of a checked type say which one it is, so these functions see what they copy. A copy that goes through
//! `std::ptr` instead is taken for a move, and the first use of the old place fails the model.

use std::panic::Location;

pub use std::ptr::{NonNull, addr_of, addr_of_mut, dangling, dangling_mut, eq, from_mut, from_ref, null, null_mut};

use crate::heap;
use crate::objects;
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
    copy_bits("copy_nonoverlapping", from as usize, Some(to as usize), count * size_of::<T>());
    // SAFETY: the caller keeps std's contract.
    unsafe { std::ptr::copy_nonoverlapping(from, to, count) }
}

/// A twin of [`std::ptr::copy`]; see [`copy_nonoverlapping`].
///
/// # Safety
///
/// As std's.
#[track_caller]
pub unsafe fn copy<T>(from: *const T, to: *mut T, count: usize) {
    copy_bits("copy", from as usize, Some(to as usize), count * size_of::<T>());
    // SAFETY: the caller keeps std's contract.
    unsafe { std::ptr::copy(from, to, count) }
}

/// A twin of [`std::ptr::read`]: a copy whose place is not known until it is used.
///
/// # Safety
///
/// As std's.
#[track_caller]
pub unsafe fn read<T>(from: *const T) -> T {
    copy_bits("read", from as usize, None, size_of::<T>());
    // SAFETY: the caller keeps std's contract.
    unsafe { std::ptr::read(from) }
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
    objects::moved_to(&session, to as usize, size_of::<T>());
    pending.done(|_, _| ());
}

#[track_caller]
fn copy_bits(what: &'static str, from: usize, to: Option<usize>, bytes: usize) {
    let session = session::current();
    let site = Location::caller();
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
    objects::copy(&session, from, to, bytes, site);
    pending.done(|_, _| ());
}
