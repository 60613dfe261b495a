//! The cell of step 5 in one page: two readers, each with one slot for a debt, and writers who pay.
//!
//! Right, too: a reader whose debt came too late drops what it was paid, and looks again.

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr;

use crate::sync::Arc;
#[allow(unused_imports, reason = "fences are still to be written")]
use crate::sync::atomic::fence;
use crate::sync::atomic::{AtomicPtr, Ordering};

/// How many readers there are.
pub const READERS: usize = 2;

/// The mark of a debt that has been paid: a bit that no pointer to the value of an `Arc` has.
const PAID: usize = 1;

/// Where one reader says what it owes.
///
/// | `debt` | the slot is | who changes it, to what |
/// |---|---|---|
/// | null | free | the reader, to owed |
/// | a pointer | owed | the reader, to free; or a writer, to paid |
/// | a pointer with [`PAID`] | paid | the reader, to free |
struct Slot<T> {
    debt: AtomicPtr<T>,
}

impl<T> Slot<T> {
    /// Ends the debt on `pointer`, which the reader that calls this has written down. If a writer has paid, returns the
    /// reference that it has counted for this reader.
    fn end(&self, pointer: *mut T) -> Option<Arc<T>> {
        // TODO 1 begins: make the slot free, and do not lose what a writer may have paid.
        // Release pairs with the Acquire in `swap`: what was read happens before the value is dropped.
        // Acquire pairs with the Release of the payment: the count was raised before this thread lowers it.
        match self.debt.compare_exchange(pointer, ptr::null_mut(), Ordering::Release, Ordering::Acquire) {
            Ok(_) => None,
            Err(paid) => {
                // Relaxed: what was read under earlier debts in this slot, the fence in `load` has passed on.
                self.debt.store(ptr::null_mut(), Ordering::Relaxed);
                // SAFETY: a writer has counted a strong reference for this debt, which ends here.
                Some(unsafe { Arc::from_raw(paid.map_addr(|address| address & !PAID)) })
            }
        }
        // TODO 1 ends.
    }
}

/// An `Arc<T>` that readers borrow without counting, and any thread can replace.
pub struct ArcSwap<T> {
    /// A pointer from `Arc::into_raw`, whose strong reference the cell owns.
    pointer: AtomicPtr<T>,
    slots: [Slot<T>; READERS],
    /// Makes the cell `Send` and `Sync` exactly when an `Arc<T>` is.
    owns: PhantomData<Arc<T>>,
}

impl<T> ArcSwap<T> {
    /// A cell that holds `arc`.
    pub fn new(arc: Arc<T>) -> Self {
        let free = || Slot { debt: AtomicPtr::new(ptr::null_mut()) };
        ArcSwap { pointer: AtomicPtr::new(into_pointer(arc)), slots: [free(), free()], owns: PhantomData }
    }

    /// The value as it is now, borrowed by `reader`, which is one thread at a time and has no other guard.
    pub fn load(&self, reader: usize) -> Guard<'_, T> {
        // TODO 2 begins: write down what you owe, and look again whether you did so in time.
        let slot = &self.slots[reader];
        loop {
            // Relaxed: a guess, which is not used before the second look has confirmed it.
            let guess = self.pointer.load(Ordering::Relaxed);
            // Release pairs with the Acquire in `swap`: a writer that finds this debt, and is after an earlier one that
            // was in this slot, sees that the earlier one has ended.
            slot.debt.store(guess, Ordering::Release);
            // Pairs with the fence in `swap`: between "I owe it" and "is it still there?".
            fence(Ordering::SeqCst);
            // Acquire pairs with the Release of the swap that put it there.
            let pointer = self.pointer.load(Ordering::Acquire);
            if pointer == guess {
                // SAFETY: it was in the cell with the debt written down. Whoever takes it out after that pays first.
                return unsafe { Guard::owing(pointer, slot) };
            }
            // Too late. What a writer may have paid is given back, and the next round begins.
            drop(slot.end(guess));
        }
        // TODO 2 ends.
    }

    /// Puts `arc` in the cell and returns what was there. Waits for nobody.
    pub fn swap(&self, arc: Arc<T>) -> Arc<T> {
        let new = into_pointer(arc);
        // TODO 3 begins: take out what is there, look who owes it, and pay for each before you let it go.
        // Release pairs with the Acquire in `load`. (The old value is acquired by the fence.)
        let old = self.pointer.swap(new, Ordering::Release);
        // Pairs with the fence in `load`: between "it is gone" and "who owes it?".
        fence(Ordering::SeqCst);
        // SAFETY: the swap has handed the cell's strong reference to this thread alone.
        let arc = unsafe { Arc::from_raw(old) };
        for slot in &self.slots {
            // Acquire pairs with the Release in `end`, or a later one in `load`: if the debt is not there any more, its
            // reader has read what it wanted to read.
            if slot.debt.load(Ordering::Acquire) == old {
                // Counted before it is given away.
                let reference = Arc::clone(&arc);
                let paid = old.map_addr(|address| address | PAID);
                // Release pairs with the Acquire in `end`: the count has been raised. Acquire pairs with the Release
                // there, if the debt has ended meanwhile.
                if slot.debt.compare_exchange(old, paid, Ordering::Release, Ordering::Acquire).is_ok() {
                    // The debtor owns it.
                    std::mem::forget(reference);
                }
            }
        }
        arc
        // TODO 3 ends.
    }
}

/// The pointer for a cell, with the strong reference.
fn into_pointer<T>(arc: Arc<T>) -> *mut T {
    let pointer = Arc::into_raw(arc).cast_mut();
    assert!(pointer.addr() & PAID == 0, "an Arc has its counters, which are words, before its value");
    pointer
}

impl<T> Drop for ArcSwap<T> {
    fn drop(&mut self) {
        // Relaxed, without a partner: `&mut self` says that every other access to the cell happened before.
        let pointer = self.pointer.load(Ordering::Relaxed);
        // SAFETY: the cell owns a strong reference to its value. Guards borrow the cell, so none is left.
        drop(unsafe { Arc::from_raw(pointer) });
    }
}

/// An `Arc` that may not have been counted.
pub struct Guard<'cell, T> {
    arc: ManuallyDrop<Arc<T>>,
    /// Where the reference is owed. None if the guard owns it.
    slot: Option<&'cell Slot<T>>,
}

#[allow(dead_code, reason = "`load` is still to be written")]
impl<'cell, T> Guard<'cell, T> {
    /// # Safety
    ///
    /// `pointer` is owed in `slot`, and was in the cell when it had been written down there.
    unsafe fn owing(pointer: *mut T, slot: &'cell Slot<T>) -> Self {
        // SAFETY: the value is there until the debt ends, and this handle of it is never dropped.
        Guard { arc: ManuallyDrop::new(unsafe { Arc::from_raw(pointer) }), slot: Some(slot) }
    }

    /// A guard of a reference that has been counted.
    fn owned(arc: Arc<T>) -> Self {
        Guard { arc: ManuallyDrop::new(arc), slot: None }
    }

    /// Ends the guard. A reference that has been counted for it is the caller's then.
    pub fn give_back(self) -> Option<Arc<T>> {
        let mut this = ManuallyDrop::new(self);
        match this.slot {
            Some(slot) => slot.end(Arc::as_ptr(&this.arc).cast_mut()),
            // SAFETY: the reference is the guard's own, and the guard is not used again, nor dropped.
            None => Some(unsafe { ManuallyDrop::take(&mut this.arc) }),
        }
    }

    /// A counted reference.
    pub fn into_arc(self) -> Arc<T> {
        if self.slot.is_some() {
            // Counted before the debt ends.
            return Arc::clone(&self.arc);
        }
        let mut this = ManuallyDrop::new(self);
        // SAFETY: the reference is the guard's own, and the guard is not used again, nor dropped.
        unsafe { ManuallyDrop::take(&mut this.arc) }
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.arc
    }
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        match self.slot {
            Some(slot) => drop(slot.end(Arc::as_ptr(&self.arc).cast_mut())),
            // SAFETY: the reference is the guard's own, and not used again.
            None => unsafe { ManuallyDrop::drop(&mut self.arc) },
        }
    }
}
