//! Slots for debts, the nodes that hold them, and the list of all nodes.
//!
//! A slot is in one of three states, which the word `debt` tells apart:
//!
//! | `debt` | the slot is | who changes it, to what |
//! |---|---|---|
//! | null | free | the thread that has the node, to owed |
//! | a pointer | owed | the debtor, to free; or a writer, to paid |
//! | a pointer with [`PAID`] | paid | the debtor, to free |
//!
//! Only *owed* has two ways out, so only they are compare-exchanges: exactly one of the two parties ends a debt.

use std::ptr::null_mut;

use crate::barrier::{self, Barrier};
use crate::sync::Box;
use crate::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use crate::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, fence};

/// The mark of a debt that has been paid: a bit that no pointer to the value of an `Arc` has, because two counters, which
/// are words, stand before the value.
pub(crate) const PAID: usize = 1;

// ANCHOR: slot
/// A place for one debt: a reference to the value at `debt` is owed to the cell `creditor`.
pub(crate) struct Slot {
    /// The number of the cell that the pointer was read from. A debt that is not confirmed yet may name memory that has
    /// been freed, and is another cell's value by now: a writer of that one must not take it for a debt to itself.
    pub(crate) creditor: AtomicUsize,
    pub(crate) debt: AtomicPtr<()>,
}
// ANCHOR_END: slot

impl Slot {
    fn new() -> Slot {
        let creditor = AtomicUsize::new(0);
        let debt = AtomicPtr::new(null_mut());
        Slot { creditor, debt }
    }

    /// Whether there is no debt here. Asked by the thread that has the node: nobody else changes a free slot.
    #[inline]
    pub(crate) fn is_free(&self) -> bool {
        // Acquire pairs with the Release of whoever ended the last debt, perhaps in another thread that the guard was
        // moved to: this thread's next store to the slot passes on that its reads are done.
        self.debt.load(Acquire).is_null()
    }

    // ANCHOR: owe
    /// Writes down that a reference to `pointer` is owed to the cell `creditor`. The slot is free.
    #[inline]
    pub(crate) fn owe(&self, creditor: usize, pointer: *mut ()) {
        // Both Release pair with the Acquire in `owes`. A writer that finds *this* debt need not look further back: what
        // was read under the debts that were in this slot before happens before what the writer does next.
        self.creditor.store(creditor, Release);
        self.debt.store(pointer, Release);
    }

    /// Ends the debt on `pointer`. The debtor calls this, once.
    ///
    /// # Errors
    ///
    /// The pointer, if a writer has paid: a strong reference is the caller's now.
    #[inline]
    pub(crate) fn end(&self, pointer: *mut ()) -> Result<(), *mut ()> {
        // Release pairs with the Acquire in `owes`: what was read happens before the value is dropped.
        // Acquire pairs with the Release in `pay`: the count was raised before this thread lowers it.
        match self.debt.compare_exchange(pointer, null_mut(), Release, Acquire) {
            Ok(_) => Ok(()),
            Err(paid) => Err(self.take_payment(paid)),
        }
    }

    #[cold]
    fn take_payment(&self, paid: *mut ()) -> *mut () {
        // Release as in `owe`: a writer that sees the slot free again sees that earlier debts have ended.
        self.debt.store(null_mut(), Release);
        paid.map_addr(|address| address & !PAID)
    }
    // ANCHOR_END: owe

    // ANCHOR: pay
    /// Whether a reference to `pointer` is owed to the cell `creditor`. A writer asks.
    pub(crate) fn owes(&self, creditor: usize, pointer: *mut ()) -> bool {
        // Acquire pairs with the Release in `end`, or a later one in `owe`: if the debt is not there any more, its debtor
        // has read what it wanted to read. So does the second: it may belong to a later debt than the first.
        self.debt.load(Acquire) == pointer && self.creditor.load(Acquire) == creditor
    }

    /// Pays the debt on `pointer`: a strong reference, which the caller has counted, is the debtor's from now on.
    ///
    /// # Errors
    ///
    /// If the debt has ended. The reference is still the caller's.
    pub(crate) fn pay(&self, pointer: *mut ()) -> Result<(), ()> {
        let paid = pointer.map_addr(|address| address | PAID);
        // Release pairs with the Acquire in `end`: the count has been raised. Acquire pairs with the Release in `end`.
        match self.debt.compare_exchange(pointer, paid, Release, Acquire) {
            Ok(_) => Ok(()),
            Err(_) => Err(()),
        }
    }
    // ANCHOR_END: pay
}

// ANCHOR: node
/// The slots of one thread. Two cache lines long, since processors fetch lines in pairs.
#[repr(align(128))]
pub(crate) struct Node {
    guards: [Slot; crate::GUARD_SLOTS],
    /// A debt in here is ended before `load` returns: so it is free whenever this thread needs it.
    transit: Slot,
    in_use: AtomicBool,
    barrier: Barrier,
    /// Fixed before the node is linked.
    next: *const Node,
}
// ANCHOR_END: node

// SAFETY: `next` is fixed before the node is published and is followed by shared reference only; the rest is atomics.
unsafe impl Sync for Node {}

impl Node {
    /// A slot that a guard may keep, if one is free.
    #[inline]
    pub(crate) fn guard_slot(&self) -> Option<&Slot> {
        self.guards.iter().find(|slot| slot.is_free())
    }

    /// The slot for a debt that ends before `load` returns.
    pub(crate) fn transit_slot(&self) -> &Slot {
        &self.transit
    }

    /// Orders the debt that this thread has just written down before the loads that follow.
    #[inline]
    pub(crate) fn debt_before_load(&self) {
        match self.barrier {
            // Pairs with the fence in `swap_before_slots`: either the writer sees the debt, or this thread the swap.
            Barrier::Fence => fence(SeqCst),
            // Pairs with `membarrier` there.
            Barrier::Membarrier => barrier::compiler_fence(),
        }
    }

    /// Gives the node to whichever thread claims it next. Guards that are left keep their slots.
    pub(crate) fn release(&self) {
        // Release pairs with the Acquire in `claim`: the next thread's stores pass on what this one has read.
        self.in_use.store(false, Release);
    }
}

/// All nodes that there are. They are freed with the registry, and the library's registry is never freed.
pub(crate) struct Registry {
    /// A list that only ever grows: as long as the most threads that were registered at a time.
    nodes: AtomicPtr<Node>,
    /// How many cells have been made.
    cells: AtomicUsize,
    barrier: Barrier,
}

impl Registry {
    /// A registry without a node.
    pub(crate) fn new(barrier: Barrier) -> Registry {
        let nodes = AtomicPtr::new(null_mut());
        let cells = AtomicUsize::new(0);
        Registry { nodes, cells, barrier }
    }

    /// A number for a new cell. It stays with the cell, wherever that is moved, and no other cell ever has it.
    pub(crate) fn number_cell(&self) -> usize {
        // Relaxed: only that the numbers differ matters.
        let before = self.cells.fetch_add(1, Relaxed);
        assert!(before < usize::MAX / 2, "there have been too many cells to number another one");
        before + 1
    }

    fn nodes(&self) -> impl Iterator<Item = &Node> {
        // Acquire pairs with the Release in `claim` that linked the node: its fields are there.
        let mut next = self.nodes.load(Acquire).cast_const();
        std::iter::from_fn(move || {
            // SAFETY: linked nodes are freed by `Drop for Registry` only.
            let node = unsafe { next.as_ref()? };
            next = node.next;
            Some(node)
        })
    }

    /// All slots, in which a writer looks for debts.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.nodes().flat_map(|node| node.guards.iter().chain([&node.transit]))
    }

    /// Orders the swap that this thread has just done before its look at the slots.
    pub(crate) fn swap_before_slots(&self) {
        match self.barrier {
            // Pairs with the fence in `debt_before_load`: a reader whose debt this thread does not see finds that the
            // pointer has changed, and does not use the old one.
            Barrier::Fence => fence(SeqCst),
            Barrier::Membarrier => barrier::membarrier(),
        }
    }

    /// A node for the calling thread: one that another thread has left, or a new one. Lock-free.
    ///
    /// One in which a guard is left, of a thread that has ended, is passed over: so that each thread has all its slots.
    #[cold]
    pub(crate) fn claim(&self) -> &Node {
        for node in self.nodes() {
            // Acquire pairs with `Node::release`. The first look saves a write.
            if !node.in_use.load(Relaxed) && node.in_use.compare_exchange(false, true, Acquire, Relaxed).is_ok() {
                if node.guards.iter().all(Slot::is_free) {
                    return node;
                }
                node.release();
            }
        }
        let mut head = self.nodes.load(Relaxed);
        let new = Box::into_raw(Box::new(Node {
            guards: std::array::from_fn(|_| Slot::new()),
            transit: Slot::new(),
            in_use: AtomicBool::new(true),
            barrier: self.barrier,
            next: head,
        }));
        // Release pairs with the Acquire in `nodes`.
        while let Err(now) = self.nodes.compare_exchange_weak(head, new, Release, Relaxed) {
            head = now;
            // SAFETY: not linked yet, so it is this thread's alone.
            unsafe { (*new).next = head };
        }
        // SAFETY: linked, and so kept until the registry goes.
        unsafe { &*new }
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // Relaxed, without a partner: `&mut self`.
        let mut next = self.nodes.load(Relaxed);
        while !next.is_null() {
            // SAFETY: each came from `Box::into_raw` and is freed here only. Whoever owns the registry keeps it until no
            // thread has a node and no guard a slot.
            let node = unsafe { Box::from_raw(next) };
            next = node.next.cast_mut();
        }
    }
}
