//! What every twin atomic does, whatever its type: 64 bits in, 64 bits out, and a row for the timeline.

use std::rc::Rc;
use std::sync::atomic::Ordering;

use crate::copying;
use crate::heap;
use crate::identity::Identity;
use crate::objects::{self, Handle, Model};
use crate::operation::{Access, Operation, UNKNOWN, Value};
use crate::ordering::Slot;
use crate::recorder::{Class, Finding, Recorder, Source};
use crate::session::{self, Pending, Session, Site};

/// What the timeline has to know of an atomic's type.
pub(crate) struct Shape {
    pub(crate) type_name: &'static str,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int,
    Pointer,
}

/// A read-modify-write.
#[derive(Clone, Copy)]
pub(crate) enum Rmw {
    Swap,
    Add,
    Sub,
    And,
    Nand,
    Or,
    Xor,
    Max,
    Min,
}

impl Rmw {
    fn name(self) -> &'static str {
        match self {
            Rmw::Swap => "swap",
            Rmw::Add => "fetch_add",
            Rmw::Sub => "fetch_sub",
            Rmw::And => "fetch_and",
            Rmw::Nand => "fetch_nand",
            Rmw::Or => "fetch_or",
            Rmw::Xor => "fetch_xor",
            Rmw::Max => "fetch_max",
            Rmw::Min => "fetch_min",
        }
    }
}

/// Runs `$body` with `$atomic` bound to loom's atomic and `$T` to its integer.
macro_rules! with_atomic {
    ($handle:expr, |$atomic:ident, $T:ident| $body:expr) => {
        match $handle {
            Handle::U8($atomic) => {
                type $T = u8;
                $body
            }
            Handle::U32($atomic) => {
                type $T = u32;
                $body
            }
            Handle::U64($atomic) => {
                type $T = u64;
                $body
            }
            Handle::Usize($atomic) => {
                type $T = usize;
                $body
            }
            Handle::Cell(_) | Handle::Mutex(..) | Handle::RwLock(..) => unreachable!("an atomic's type is checked"),
        }
    };
}

/// Constructs an atomic that holds `bits`.
pub(crate) fn construct(
    shape: &Shape,
    bytes: usize,
    bits: u64,
    site: Site,
    handle: impl FnOnce() -> Handle,
) -> Identity {
    let session = session::current();
    let value = present(&mut session.recorder(), shape, bits);
    let operation = Operation::Construct { type_name: shape.type_name, value };
    let pending = session::begin(&session, Source::Caller(site), operation);
    check_stack_pointer(&session, shape, bits);
    let (tag, number) = objects::construct(&session, Class::Atomic, shape.type_name, bytes, site, handle());
    pending.done(|recorder, _| recorder.note_write(number, bits, true));
    Identity::new(tag)
}

/// An ordering, and what it is for.
pub(crate) type Named = (Slot, Ordering);

pub(crate) fn load(shape: &Shape, address: usize, (slot, ordering): Named, site: Site) -> u64 {
    let session = session::current();
    let ordering = session.access_ordering(site, slot, ordering);
    let operation =
        Operation::Load { object: UNKNOWN, value: Value::Unknown, ordering, reads_from: None, stale: false };
    let pending = session::begin(&session, Source::Caller(site), operation);
    let model = locate(&session, &pending, shape, address);
    let bits = with_atomic!(&model.handle, |atomic, T| {
        let value: T = atomic.load(ordering);
        value as u64
    });
    heap::check_live(&session, address);
    pending.done(|recorder, operation| {
        let from = recorder.note_read(model.number, bits);
        let shown = present(recorder, shape, bits);
        if let Operation::Load { value, reads_from, stale, .. } = operation {
            (*value, *reads_from, *stale) = (shown, from, recorder.is_stale(model.number, bits));
        }
    });
    bits
}

pub(crate) fn store(shape: &Shape, address: usize, bits: u64, ordering: Ordering, site: Site) {
    let session = session::current();
    let ordering = session.access_ordering(site, Slot::Store, ordering);
    let value = present(&mut session.recorder(), shape, bits);
    let operation = Operation::Store { object: UNKNOWN, value, ordering };
    let pending = session::begin(&session, Source::Caller(site), operation);
    check_stack_pointer(&session, shape, bits);
    let model = locate(&session, &pending, shape, address);
    with_atomic!(&model.handle, |atomic, T| atomic.store(bits as T, ordering));
    heap::check_live(&session, address);
    pending.done(|recorder, _| recorder.note_write(model.number, bits, false));
}

#[allow(clippy::unnecessary_cast, reason = "one of the widths is u64 itself")]
pub(crate) fn modify(shape: &Shape, address: usize, rmw: Rmw, operand: u64, ordering: Ordering, site: Site) -> u64 {
    let session = session::current();
    let ordering = session.access_ordering(site, Slot::Modify(rmw.name()), ordering);
    // What is added to a pointer, or masked out of it, is no pointer.
    let shown = match rmw {
        Rmw::Swap => present(&mut session.recorder(), shape, operand),
        _ if shape.kind == Kind::Pointer => Value::Int(operand),
        _ => present(&mut session.recorder(), shape, operand),
    };
    let operation = Operation::Modify {
        object: UNKNOWN,
        what: rmw.name(),
        operand: shown,
        previous: Value::Unknown,
        ordering,
        reads_from: None,
    };
    let pending = session::begin(&session, Source::Caller(site), operation);
    if matches!(rmw, Rmw::Swap) {
        check_stack_pointer(&session, shape, operand);
    }
    let model = locate(&session, &pending, shape, address);
    let (old, new) = with_atomic!(&model.handle, |atomic, T| {
        let operand = operand as T;
        let (old, new): (T, T) = match rmw {
            Rmw::Swap => (atomic.swap(operand, ordering), operand),
            Rmw::Add => pair(atomic.fetch_add(operand, ordering), |old| old.wrapping_add(operand)),
            Rmw::Sub => pair(atomic.fetch_sub(operand, ordering), |old| old.wrapping_sub(operand)),
            Rmw::And => pair(atomic.fetch_and(operand, ordering), |old| old & operand),
            Rmw::Nand => pair(atomic.fetch_nand(operand, ordering), |old| !(old & operand)),
            Rmw::Or => pair(atomic.fetch_or(operand, ordering), |old| old | operand),
            Rmw::Xor => pair(atomic.fetch_xor(operand, ordering), |old| old ^ operand),
            Rmw::Max => pair(atomic.fetch_max(operand, ordering), |old| old.max(operand)),
            Rmw::Min => pair(atomic.fetch_min(operand, ordering), |old| old.min(operand)),
        };
        (old as u64, new as u64)
    });
    heap::check_live(&session, address);
    pending.done(|recorder, operation| {
        let from = recorder.note_read(model.number, old);
        recorder.note_write(model.number, new, false);
        let shown = present(recorder, shape, old);
        if let Operation::Modify { previous, reads_from, .. } = operation {
            (*previous, *reads_from) = (shown, from);
        }
    });
    old
}

fn pair<T: Copy>(old: T, next: impl FnOnce(T) -> T) -> (T, T) {
    (old, next(old))
}

#[allow(clippy::unnecessary_cast, reason = "one of the widths is u64 itself")]
pub(crate) fn compare_exchange(
    shape: &Shape,
    address: usize,
    (expected, new): (u64, u64),
    (for_success, for_failure): (Named, Named),
    site: Site,
) -> Result<u64, u64> {
    let session = session::current();
    let success = session.access_ordering(site, for_success.0, for_success.1);
    let failure = session.access_ordering(site, for_failure.0, for_failure.1);
    let mut recorder = session.recorder();
    let operation = Operation::CompareExchange {
        object: UNKNOWN,
        expected: present(&mut recorder, shape, expected),
        new: present(&mut recorder, shape, new),
        found: Value::Unknown,
        succeeded: None,
        success,
        failure,
        reads_from: None,
    };
    drop(recorder);
    let pending = session::begin(&session, Source::Caller(site), operation);
    check_stack_pointer(&session, shape, new);
    let model = locate(&session, &pending, shape, address);
    let result = with_atomic!(&model.handle, |atomic, T| {
        let result = atomic.compare_exchange(expected as T, new as T, success, failure);
        result.map(|old| old as u64).map_err(|old| old as u64)
    });
    let (slot, used) = if result.is_ok() { for_success } else { for_failure };
    session.takes_effect(site, slot, used);
    heap::check_live(&session, address);
    pending.done(|recorder, operation| {
        let old = result.unwrap_or_else(|old| old);
        let from = recorder.note_read(model.number, old);
        if result.is_ok() {
            recorder.note_write(model.number, new, false);
        }
        let shown = present(recorder, shape, old);
        if let Operation::CompareExchange { found, succeeded, reads_from, .. } = operation {
            (*found, *succeeded, *reads_from) = (shown, Some(result.is_ok()), from);
        }
    });
    result
}

/// The value of an atomic that the caller has exclusive access to, as a plain read of it.
pub(crate) fn exclusive(shape: &Shape, address: usize, what: &'static str, lend: bool, site: Site) -> u64 {
    let session = session::current();
    let operation = Operation::Exclusive { object: UNKNOWN, what };
    let pending = session::begin(&session, Source::Caller(site), operation);
    let model = locate(&session, &pending, shape, address);
    // SAFETY: loom reads its own record here; a concurrent store is what it is asked to report.
    let bits = with_atomic!(&model.handle, |atomic, T| {
        // SAFETY: as above.
        let value: T = unsafe { atomic.unsync_load() };
        value as u64
    });
    if lend {
        copying::lend(&session, pending.thread(), address, &model, bits);
    }
    pending.done(|_, _| ());
    bits
}

/// A fence. loom does not switch threads at one, so that a store and the `SeqCst` fence after it would be one step: no
/// thread could see the store and not have the fence, which loom lets hand over everything before it. So each `SeqCst`
/// fence is preceded by a store to an atomic that they all share, at which loom does switch. It is a store, and no
/// read-modify-write, because what nobody reads hands nothing over.
#[track_caller]
pub(crate) fn fence(ordering: Ordering) {
    if ordering == Ordering::Relaxed {
        panic!("there is no such thing as a relaxed fence");
    }
    let session = session::current();
    let site = std::panic::Location::caller();
    let altered = session.ordering(site, Slot::Fence, ordering);
    let shown = altered.unwrap_or(ordering);
    let pending = session::begin(&session, Source::Caller(site), Operation::Fence { ordering: shown });
    if ordering == Ordering::SeqCst {
        let shared = session.objects.borrow().fence();
        shared.store(0, Ordering::Relaxed);
    }
    match altered {
        Some(ordering) => {
            loom::sync::atomic::fence(ordering);
            pending.done(|_, _| ());
        }
        None => pending.forget(),
    }
}

/// Finds the object of the atomic at `address`, on behalf of the operation that has begun.
fn locate(session: &Rc<Session>, pending: &Pending, shape: &Shape, address: usize) -> Rc<Model> {
    heap::check_live(session, address);
    let model = copying::current(session, address, shape.type_name);
    pending.about(model.number);
    objects::aim(session, address, model.number, Access::Write);
    model
}

/// Fails the model if `bits` is a pointer into the stack of one of its threads, unless that is allowed.
fn check_stack_pointer(session: &Session, shape: &Shape, bits: u64) {
    if shape.kind != Kind::Pointer || session.rules.allow_stack_pointers {
        return;
    }
    let owner = session.recorder().owner_of_stack(bits as usize);
    if let Some(owner) = owner {
        session.fail(Finding::StackPointer { owner });
    }
}

fn present(recorder: &mut Recorder, shape: &Shape, bits: u64) -> Value {
    match shape.kind {
        Kind::Bool => Value::Bool(bits != 0),
        Kind::Int => recorder.value(bits, false),
        Kind::Pointer => recorder.value(bits, true),
    }
}
