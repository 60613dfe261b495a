//! The cell, and what a reader gets from it.
//!
//! # Why it is correct
//!
//! A reader stores its debt, then loads the pointer again; a writer swaps the pointer, then loads the slots. With a full
//! fence between the two on each side at least one of them sees the other: either the reader finds that the pointer has
//! changed, and does not use it, or the writer finds the debt, and pays it before it gives up the cell's reference. So
//! whoever uses a value is covered: by the cell's own reference while the cell has the pointer, by that of the writer
//! that has taken it out while this one looks at the slots, and then by a reference of one's own.

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;

use crate::local;
use crate::registry::{Node, PAID, Slot};
use crate::sync::Arc;
use crate::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, SeqCst};
use crate::sync::atomic::{AtomicPtr, fence};

/// An `Arc<T>` that any thread can borrow or get a clone of, and any thread can replace.
///
/// Readers are lock-free, and none writes to memory that another reader writes to, but for
/// [`load_full`](Self::load_full), which counts. Writers never wait for readers.
pub struct ArcSwap<T> {
    /// A pointer from `Arc::into_raw`, whose strong reference the cell owns.
    pub(crate) pointer: AtomicPtr<T>,
    /// What debts call this cell. Not its address: a cell may be moved while a guard is there.
    pub(crate) number: usize,
    /// Makes the cell `Send` and `Sync` exactly when an `Arc<T>` is.
    owns: PhantomData<Arc<T>>,
}

impl<T> ArcSwap<T> {
    /// A cell that holds `arc`.
    pub fn new(arc: Arc<T>) -> Self {
        let pointer = AtomicPtr::new(into_pointer(arc));
        ArcSwap { pointer, number: local::registry().number_cell(), owns: PhantomData }
    }

    /// A cell that holds `value`, in a new `Arc`.
    pub fn from_pointee(value: T) -> Self {
        ArcSwap::new(Arc::new(value))
    }

    // ANCHOR: load
    /// The value as it is now, borrowed: nothing is counted unless a writer replaces the value while the guard is there.
    ///
    /// Each thread has six slots for its guards, of all cells. With all of them taken, the guard is a counted reference, as from
    /// [`load_full`](Self::load_full).
    #[inline]
    pub fn load(&self) -> Guard<T> {
        if let Some(node) = local::node()
            && let Some(slot) = node.guard_slot()
        {
            self.load_in(slot, node)
        } else {
            self.load_slowly()
        }
    }

    /// A thread's first load, or one for which it has no slot.
    #[cold]
    fn load_slowly(&self) -> Guard<T> {
        local::with_node(|node| match node.guard_slot() {
            Some(slot) => self.load_in(slot, node),
            None => Guard::owned(Arc::from(self.load_in(node.transit_slot(), node))),
        })
    }

    /// `slot` is one of `node`'s, and free.
    #[inline]
    pub(crate) fn load_in(&self, slot: &'static Slot, node: &Node) -> Guard<T> {
        loop {
            // Relaxed: a guess, which is not used before the second load has confirmed it.
            let guess = self.pointer.load(Relaxed);
            slot.owe(self.number, guess.cast());
            node.debt_before_load();
            // Acquire pairs with the Release of the write that put the pointer there: the value is complete.
            let pointer = self.pointer.load(Acquire);
            if pointer == guess {
                // SAFETY: the cell owned a strong reference to this value when it was loaded, with the debt written
                // down. A writer that takes the pointer out after that sees the debt, and pays it before it gives that
                // reference up. (Not made of `guess`: that may have been the address of another value, freed since.)
                return unsafe { Guard::owing(pointer, slot) };
            }
            if let Some(guard) = self.withdraw(guess, slot) {
                return guard;
            }
        }
    }

    /// Takes back a debt that came too late: the cell holds another value by now. Unless a writer of this cell has paid
    /// for it: then it was in time.
    #[cold]
    pub(crate) fn withdraw(&self, guess: *mut T, slot: &'static Slot) -> Option<Guard<T>> {
        match slot.end(guess.cast()) {
            Ok(()) => {
                // Pairs with the fence in `swap_before_slots`. A writer that has seen this debt, and looks at the slot
                // again to pay it, must not find a later debt on the same address to *another* cell, unless the same
                // `Arc` is in both. So what this thread loads from now on is no older than what that writer has seen.
                fence(SeqCst);
                None
            }
            // SAFETY: a writer that took this pointer out of this cell has counted a reference for the debtor.
            Err(paid) => Some(Guard::owned(unsafe { Arc::from_raw(paid.cast_const().cast()) })),
        }
    }
    // ANCHOR_END: load

    /// A reference to the value as it is now, counted: for whoever keeps it.
    pub fn load_full(&self) -> Arc<T> {
        Arc::from(self.load())
    }

    // ANCHOR: swap
    /// Puts `arc` in the cell, and drops what was there if nobody else has it.
    pub fn store(&self, arc: Arc<T>) {
        drop(self.swap(arc));
    }

    /// Puts `arc` in the cell and returns what was there.
    ///
    /// Wait-free: one look at each slot of each thread that ever loaded at the same time as others.
    pub fn swap(&self, arc: Arc<T>) -> Arc<T> {
        // Release pairs with the Acquire in `load_in`. Acquire pairs with the Release of the write that put the old
        // pointer there: this thread may drop that value.
        let old = self.pointer.swap(into_pointer(arc), AcqRel);
        local::registry().swap_before_slots();
        // SAFETY: the swap has handed the cell's strong reference to this thread alone.
        unsafe { self.pay_debts(old) }
    }

    /// Pays every debt on `old` to this cell.
    ///
    /// # Safety
    ///
    /// The cell has given its strong reference to `old` to the caller, who gives it to this function.
    pub(crate) unsafe fn pay_debts(&self, old: *mut T) -> Arc<T> {
        // SAFETY: as above.
        let arc = unsafe { Arc::from_raw(old) };
        for slot in local::registry().slots() {
            if slot.owes(self.number, old.cast()) {
                // Counted before it is given away.
                let reference = Arc::clone(&arc);
                if slot.pay(old.cast()).is_ok() {
                    // The debtor owns it.
                    std::mem::forget(reference);
                }
            }
        }
        arc
    }
    // ANCHOR_END: swap

    // ANCHOR: compare_and_swap
    /// Puts `new` in the cell if `current` is there, and returns what was there: it was `current`, and has been replaced, if
    /// [`Arc::ptr_eq`] says so. What counts is the identity of the `Arc`, not the value; `current` being borrowed, its address
    /// is not another one's.
    ///
    /// Lock-free: it tries again only if other writers have taken `current` out and put it back.
    pub fn compare_and_swap(&self, current: &Arc<T>, new: Arc<T>) -> Guard<T> {
        let current = Arc::as_ptr(current).cast_mut();
        let new = into_pointer(new);
        loop {
            // AcqRel as in `swap`. Relaxed: nothing is done with what the cell holds instead; `load` looks again.
            if let Ok(old) = self.pointer.compare_exchange(current, new, AcqRel, Relaxed) {
                local::registry().swap_before_slots();
                // SAFETY: the exchange has handed the cell's strong reference to this thread alone.
                return Guard::owned(unsafe { self.pay_debts(old) });
            }
            let found = self.load();
            if Arc::as_ptr(&found) != current.cast_const() {
                // SAFETY: it came from `into_pointer`, and the cell has not got it.
                drop(unsafe { Arc::from_raw(new) });
                return found;
            }
        }
    }

    /// Replaces the value by what `update` makes of it, so that no other write is lost, and returns what it replaced.
    ///
    /// `update` is called again when another write comes between. If it panics, the cell stays as it is.
    pub fn rcu<U: Into<Arc<T>>>(&self, mut update: impl FnMut(&Arc<T>) -> U) -> Arc<T> {
        let mut current = self.load();
        loop {
            let found = self.compare_and_swap(&current, update(&current).into());
            if Arc::ptr_eq(&found, &current) {
                return Arc::from(found);
            }
            current = found;
        }
    }
    // ANCHOR_END: compare_and_swap

    /// What was in the cell.
    pub fn into_inner(self) -> Arc<T> {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: the cell is not used again, nor dropped.
        unsafe { this.take() }
    }

    /// Takes the value out for good.
    ///
    /// # Safety
    ///
    /// The cell is not used again.
    unsafe fn take(&mut self) -> Arc<T> {
        // Relaxed, without a partner, and no fence: `&mut self` says that every other access to the cell happened before. So
        // each `load` has returned, and the debts that are left can be seen.
        let pointer = self.pointer.load(Relaxed);
        // SAFETY: the caller does not use the cell again, so its strong reference is free to be given.
        unsafe { self.pay_debts(pointer) }
    }
}

/// The pointer for a cell, with the strong reference.
fn into_pointer<T>(arc: Arc<T>) -> *mut T {
    let pointer = Arc::into_raw(arc).cast_mut();
    assert!(pointer.addr() & PAID == 0, "an Arc has its counters, which are words, before its value");
    pointer
}

impl<T> Drop for ArcSwap<T> {
    /// Pays for the guards that are left, which may outlive the cell.
    fn drop(&mut self) {
        // SAFETY: the cell is not used again.
        drop(unsafe { self.take() });
    }
}

impl<T> From<Arc<T>> for ArcSwap<T> {
    fn from(arc: Arc<T>) -> Self {
        ArcSwap::new(arc)
    }
}

impl<T: Default> Default for ArcSwap<T> {
    fn default() -> Self {
        ArcSwap::from_pointee(T::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for ArcSwap<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ArcSwap").field(&**self.load()).finish()
    }
}

// ANCHOR: guard
/// An `Arc` that may not have been counted: what [`ArcSwap::load`] returns.
///
/// It may outlive the cell, and end in another thread. Meant to be short-lived: while it is there, it may take one of
/// its first thread's six slots. [`Arc::from`] makes a counted reference of it. One that is forgotten takes its
/// slot for good, and keeps the value for good once that is replaced.
pub struct Guard<T> {
    pub(crate) arc: ManuallyDrop<Arc<T>>,
    /// Where the reference is owed. None if the guard owns it.
    pub(crate) slot: Option<&'static Slot>,
}

impl<T> Drop for Guard<T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(slot) = self.slot
            && slot.end(Arc::as_ptr(&self.arc).cast_mut().cast()).is_ok()
        {
            return;
        }
        // SAFETY: the reference is the guard's own, from the beginning or because a writer has paid; it is not used again.
        unsafe { ManuallyDrop::drop(&mut self.arc) };
    }
}
// ANCHOR_END: guard

impl<T> Guard<T> {
    /// # Safety
    ///
    /// `pointer` is owed in `slot`, and confirmed.
    #[inline]
    pub(crate) unsafe fn owing(pointer: *mut T, slot: &'static Slot) -> Guard<T> {
        // SAFETY: the value is there until the debt ends, and the handle is not dropped unless the debt has been paid.
        Guard { arc: ManuallyDrop::new(unsafe { Arc::from_raw(pointer) }), slot: Some(slot) }
    }

    pub(crate) fn owned(arc: Arc<T>) -> Guard<T> {
        Guard { arc: ManuallyDrop::new(arc), slot: None }
    }
}

impl<T> Deref for Guard<T> {
    type Target = Arc<T>;

    #[inline]
    fn deref(&self) -> &Arc<T> {
        &self.arc
    }
}

impl<T> From<Guard<T>> for Arc<T> {
    /// A counted reference.
    fn from(guard: Guard<T>) -> Arc<T> {
        if guard.slot.is_some() {
            // Counted before the debt ends.
            return Arc::clone(&guard);
        }
        let mut guard = ManuallyDrop::new(guard);
        // SAFETY: the reference is the guard's own, and the guard is not used again, nor dropped.
        unsafe { ManuallyDrop::take(&mut guard.arc) }
    }
}

impl<T: fmt::Debug> fmt::Debug for Guard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (***self).fmt(f)
    }
}
