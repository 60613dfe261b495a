//! The twin of `Arc`.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::panic::Location;
use std::ptr::NonNull;
use std::rc::Rc;
use std::sync::atomic::Ordering::{self, Acquire, Relaxed, Release};

use crate::heap;
use crate::operation::{Access, BlockNumber, Operation};
use crate::ordering::{Place, Slot};
use crate::recorder::Source;
use crate::session::{self, Session};

/// A twin of [`std::sync::Arc`]: one pointer wide, its strong count visible to loom, its block on the checked heap.
///
/// It does what std's does: `clone` is a `Relaxed` increment, the last drop is a `Release` decrement and an `Acquire`
/// fence. Every access through a handle whose block has been freed fails the model. There is no `Weak`, and `T` is
/// sized.
#[repr(transparent)]
pub struct Arc<T> {
    value: NonNull<T>,
    owns: PhantomData<T>,
}

// SAFETY: as std's: handles in several threads share `&T`, and the last one drops the `T`.
unsafe impl<T: Send + Sync> Send for Arc<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Arc<T> {}

const KIND: &str = "Arc";

fn count(what: &'static str) -> Operation {
    Operation::Count { what, block: None, change: None, freed: false }
}

/// The block of the `Arc` whose value is at `address`: live, and an `Arc`'s.
fn live(session: &Session, address: usize, what: &'static str) -> BlockNumber {
    let number = heap::owned(session, address, KIND, what);
    heap::check_live(session, address);
    let mut recorder = session.recorder();
    recorder.aim_at_block(number, Access::Read);
    heap::blame(&mut recorder, number);
    number
}

/// Adds one to the strong count.
#[track_caller]
fn increment(address: usize, what: &'static str) {
    change_count(address, what, |_, count| {
        let from = count.fetch_add(1, Relaxed);
        (from, from + 1)
    });
}

#[track_caller]
fn read_count(address: usize, what: &'static str, ordering: Ordering) -> usize {
    change_count(address, what, |session, count| {
        let now = count.load(session.access_ordering(Place::Twin(what), Slot::Load, ordering));
        (now, now)
    })
}

/// Does what `f` does to the strong count, records the change, and returns the count before it.
#[track_caller]
fn change_count(
    address: usize,
    what: &'static str,
    f: impl FnOnce(&Session, &loom::sync::atomic::AtomicUsize) -> (usize, usize),
) -> usize {
    let session = session::current();
    let pending = session::begin(&session, Source::Caller(Location::caller()), count(what));
    let number = live(&session, address, what);
    let (from, to) = f(&session, strong(&heap::handles(&session, number)));
    heap::check_live(&session, address);
    pending.done(|_, operation| complete(operation, number, from, to));
    from
}

/// Completes the row of a change of the strong count.
fn complete(operation: &mut Operation, number: BlockNumber, from: usize, to: usize) {
    operation.set_block(number);
    if let Operation::Count { change, .. } = operation {
        *change = Some((from as u64, to as u64));
    }
}

fn strong(handles: &heap::Handles) -> &loom::sync::atomic::AtomicUsize {
    handles.strong.as_ref().expect("the block of an Arc has a count")
}

/// Where the orderings of the drop are named, to an audit of this twin.
const DROP: &str = "drop";

/// The ordering of a decrement: `Release`, unless an audit of this twin tries a weaker one.
fn give_up(session: &Session, what: &'static str) -> Ordering {
    session.access_ordering(Place::Twin(what), Slot::Modify("fetch_sub"), Release)
}

/// Gives up one strong reference; if it was the last, drops the value and frees the block.
///
/// # Safety
///
/// `value` is the value of an `Arc` of which the caller owns a strong reference.
unsafe fn release<T>(value: NonNull<T>, source: Source, what: &'static str) {
    let Some(session) = session::try_current() else { return };
    session.stop_if_failed();
    if !session.is_running() {
        return;
    }
    let address = value.as_ptr() as usize;
    let pending = session::begin(&session, source.clone(), count(what));
    let number = live(&session, address, what);
    let handles = heap::handles(&session, number);
    // Release pairs with the Acquire fence of the thread that drops the last reference: what this thread did with the
    // value happens before its destruction.
    let from = strong(&handles).fetch_sub(1, give_up(&session, DROP));
    heap::check_live(&session, address);
    let last = from == 1;
    let event = pending.done(|_, operation| complete(operation, number, from, from.saturating_sub(1)));
    if last {
        // Pairs with the Release of every other handle's decrement.
        session.twin_fence(DROP, Acquire);
        // SAFETY: the count has reached zero, so no other handle is left; the caller owned the last one.
        unsafe { value.as_ptr().drop_in_place() };
        free_block(&session, number, source, event);
    }
}

/// Frees the block of an `Arc` whose value is gone; the row `event` says so.
fn free_block(session: &Rc<Session>, number: BlockNumber, source: Source, event: Option<usize>) {
    let pending = session::begin(session, source, Operation::Free { what: "free", block: Some(number) });
    heap::free(session, number);
    pending.forget();
    let mut recorder = session.recorder();
    if let Some(block) = recorder.block_mut(number)
        && let Some(freed) = &mut block.freed
    {
        freed.event = event;
    }
    if let Some(Operation::Count { freed, .. }) =
        event.and_then(|event| recorder.events.get_mut(event)).map(|entry| &mut entry.operation)
    {
        *freed = true;
    }
}

impl<T> Arc<T> {
    /// Moves `value` into a new block with a strong count of 1.
    #[track_caller]
    pub fn new(value: T) -> Arc<T> {
        let value = heap::place("Arc::new", KIND, value);
        Arc { value, owns: PhantomData }
    }

    /// The raw pointer, which now owns what the handle owned.
    #[track_caller]
    pub fn into_raw(this: Self) -> *const T {
        let this = ManuallyDrop::new(this);
        handle("Arc::into_raw", this.value.as_ptr() as usize);
        this.value.as_ptr()
    }

    /// The raw pointer; the handle keeps what it owns.
    pub fn as_ptr(this: &Self) -> *const T {
        this.value.as_ptr()
    }

    /// Makes the pointer a handle again.
    ///
    /// Fails the model if the block has been freed, or is not an `Arc`'s.
    ///
    /// # Safety
    ///
    /// As [`std::sync::Arc::from_raw`]: `pointer` comes from [`into_raw`](Self::into_raw), and the caller owns a strong
    /// reference.
    #[track_caller]
    pub unsafe fn from_raw(pointer: *const T) -> Arc<T> {
        handle("Arc::from_raw", pointer as usize);
        // SAFETY: `handle` has found a live block there, so it is not null.
        let value = unsafe { NonNull::new_unchecked(pointer.cast_mut()) };
        Arc { value, owns: PhantomData }
    }

    /// Adds one to the strong count.
    ///
    /// Fails the model if the block has been freed, or is not an `Arc`'s.
    ///
    /// # Safety
    ///
    /// As [`std::sync::Arc::increment_strong_count`]: the count is at least 1 throughout.
    #[track_caller]
    pub unsafe fn increment_strong_count(pointer: *const T) {
        increment(pointer as usize, "increment_strong_count");
    }

    /// Takes one from the strong count, and drops the value if it was the last.
    ///
    /// Fails the model if the block has been freed, or is not an `Arc`'s.
    ///
    /// # Safety
    ///
    /// As [`std::sync::Arc::decrement_strong_count`]: the caller gives up a strong reference that it owns.
    #[track_caller]
    pub unsafe fn decrement_strong_count(pointer: *const T) {
        let source = Source::Caller(Location::caller());
        let Some(value) = NonNull::new(pointer.cast_mut()) else {
            let session = session::current();
            let pending = session::begin(&session, source, count("decrement_strong_count"));
            heap::owned(&session, 0, KIND, "decrement_strong_count");
            return pending.forget();
        };
        // SAFETY: the caller gives up a strong reference that it owns.
        unsafe { release(value, source, "decrement_strong_count") };
    }

    /// Whether both are handles of the same block.
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        this.value == other.value
    }

    /// The strong count, read `Relaxed`.
    #[track_caller]
    pub fn strong_count(this: &Self) -> usize {
        read_count(this.value.as_ptr() as usize, "strong_count", Relaxed)
    }

    /// The value, if this is the only handle.
    #[track_caller]
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        // Acquire pairs with the Release decrement of whichever handle was dropped last before this one was alone.
        let now = read_count(this.value.as_ptr() as usize, "get_mut", Acquire);
        // SAFETY: a count of one is this handle's, which the caller has exclusively.
        if now == 1 { Some(unsafe { this.value.as_mut() }) } else { None }
    }

    /// The value, if this is the only handle.
    ///
    /// # Errors
    ///
    /// The handle, if there are others.
    #[track_caller]
    pub fn try_unwrap(this: Self) -> Result<T, Self> {
        take_last(ManuallyDrop::new(this), "try_unwrap", true).map_err(|this| this.expect("nothing was given up"))
    }

    /// The value, if this is the last handle; else the handle is dropped.
    #[track_caller]
    pub fn into_inner(this: Self) -> Option<T> {
        take_last(ManuallyDrop::new(this), "into_inner", false).ok()
    }
}

/// Takes the value out if the handle is the last. If it is not: gives the handle back (`keep`) or gives it up.
#[track_caller]
fn take_last<T>(this: ManuallyDrop<Arc<T>>, what: &'static str, keep: bool) -> Result<T, Option<Arc<T>>> {
    let session = session::current();
    let source = Source::Caller(Location::caller());
    let pending = session::begin(&session, source.clone(), count(what));
    let number = live(&session, this.value.as_ptr() as usize, what);
    let handles = heap::handles(&session, number);
    let (taken, from) = if keep {
        match strong(&handles).compare_exchange(1, 0, Relaxed, Relaxed) {
            Ok(from) => (true, from),
            Err(from) => (false, from),
        }
    } else {
        let from = strong(&handles).fetch_sub(1, give_up(&session, what));
        (from == 1, from)
    };
    heap::check_live(&session, this.value.as_ptr() as usize);
    let to = if taken || !keep { from.saturating_sub(1) } else { from };
    let event = pending.done(|_, operation| complete(operation, number, from, to));
    if !taken {
        return Err(keep.then(|| ManuallyDrop::into_inner(this)));
    }
    // Pairs with the Release of every other handle's decrement.
    session.twin_fence(what, Acquire);
    // SAFETY: the count has reached zero, so the value is this thread's alone, and is not dropped in place.
    let value = unsafe { this.value.as_ptr().read() };
    free_block(&session, number, source, event);
    Ok(value)
}

/// Records that a live `Arc` is made a raw pointer, or back.
#[track_caller]
fn handle(what: &'static str, address: usize) {
    let session = session::current();
    let operation = Operation::Handle { what, block: None };
    let pending = session::begin(&session, Source::Caller(Location::caller()), operation);
    let number = live(&session, address, what);
    pending.done(|_, operation| operation.set_block(number));
}

impl<T> Clone for Arc<T> {
    /// Adds one to the strong count; fails the model if the block has been freed.
    #[track_caller]
    fn clone(&self) -> Self {
        increment(self.value.as_ptr() as usize, "clone");
        Arc { value: self.value, owns: PhantomData }
    }
}

impl<T> Drop for Arc<T> {
    fn drop(&mut self) {
        // SAFETY: a handle owns a strong reference, and gives it up here.
        unsafe { release(self.value, Source::of_drop(), "drop") };
    }
}

impl<T> Deref for Arc<T> {
    type Target = T;

    /// The value; fails the model if the block has been freed.
    #[track_caller]
    fn deref(&self) -> &T {
        heap::check_alive(self.value.as_ptr() as usize, "deref", Access::Read);
        // SAFETY: the block is live, and stays so while this handle owns a strong reference. In a model that breaks
        // that rule the block is poisoned, not unmapped.
        unsafe { self.value.as_ref() }
    }
}

impl<T> AsRef<T> for Arc<T> {
    #[track_caller]
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T> Borrow<T> for Arc<T> {
    fn borrow(&self) -> &T {
        self
    }
}

impl<T> From<T> for Arc<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Arc::new(value)
    }
}

impl<T: Default> Default for Arc<T> {
    #[track_caller]
    fn default() -> Self {
        Arc::new(T::default())
    }
}

impl<T: PartialEq> PartialEq for Arc<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Arc<T> {}

impl<T: Hash> Hash for Arc<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl<T: fmt::Debug> fmt::Debug for Arc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for Arc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
