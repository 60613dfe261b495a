//! Slots, sections, grace periods.
//!
//! # Why it is correct
//!
//! A reader stores its slot, then loads the pointer; a writer swaps the pointer, then loads the slots. With a full
//! fence between the two on each side at least one of them sees the other: either the reader finds the new value, or
//! the writer finds the section and waits for it. A slot that is not in the list yet is one more thing that the writer
//! may fail to see, and the same fences cover it, because the reader links its slot before it enters.
//!
//! With `membarrier(2)` the writer has the readers' fences made for them, if there are any: it looks first whether another
//! thread has a slot. That it may fail to see as well; so a thread that gets a slot has one fence of its own.
//!
//! A section carries a number, the same for all that begin between two scans that have found somebody. So a writer waits
//! until the slot shows another number than the one it saw, and never for a section that began after it looked: a stream
//! of short sections cannot hold it up. Nothing else depends on the numbers.

use std::fmt;
use std::hint::cold_path;
use std::marker::PhantomData;
use std::ptr::NonNull;

use crate::barrier::{self, Barrier, Unsupported};
use crate::local;
use crate::retire::{Deferred, RetireList};
use crate::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use crate::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, fence};
use crate::sync::{Arc, Box, Mutex};

// The low bits of `Slot::state`. While no section is open, the rest of it is the address of the domain, whose own low bits
// are zeroes: one comparison tells a reader that the slot is of this domain and that there is no section to nest in. (In the
// slot of a `Reader`, which knows both, it is 0.)
/// A section is open.
const OPEN: usize = 1;
/// Nobody keeps this slot for a thread any more: it is free again when its last guard goes.
const DETACHED: usize = 1 << 1;
/// The retire list wants to be looked at when this section ends.
const COLLECT: usize = 1 << 2;
/// The reader fences for itself. Set in the number of sections, and in a slot while no section is open, so that a reader that
/// does not fence need not ask.
const FENCED: usize = 1 << 3;
/// The unit of how many guards are alive besides the one that opened the section.
const GUARD: usize = 1 << 4;
const NESTED: usize = 0xffff * GUARD;
/// The unit of the section's number, which takes the rest of the word. Numbers may wrap: a writer that meets the same
/// number again waits longer than it has to.
pub(crate) const NUMBER: usize = 1 << 20;

const _: () = assert!(align_of::<Shared>() >= GUARD, "the address leaves the bits below alone");

/// Where one thread announces its sections, or those of one [`Reader`] of its. Two cache lines long, since processors fetch
/// lines in pairs.
#[repr(align(128))]
pub(crate) struct Slot {
    /// Written by the owner alone, and always with `Release`: a scan that reads *any* later state must see what the
    /// owner did in the sections before it. (A `Relaxed` store would not pass on the `Release` of the one before.)
    pub(crate) state: AtomicUsize,
    /// What the state is while no section is open, but for [`DETACHED`], and for [`READER_IDLE`] while a [`Reader`] has the slot.
    pub(crate) idle: usize,
    /// The token of the thread that has the slot, or 0.
    pub(crate) owner: AtomicUsize,
    /// Fixed before the slot is linked.
    pub(crate) next: *mut Slot,
    /// The domain that the slot belongs to.
    pub(crate) shared: NonNull<Shared>,
}

impl Slot {
    // ANCHOR: enter
    /// Opens a section, unless that takes more than a store: if the slot is another domain's or has a section already,
    /// the result is `None`, and [`enter_otherwise`](Self::enter_otherwise) is for whoever has found the right slot. The
    /// owner calls this, and gives what is returned to [`exit`](Self::exit).
    #[inline]
    pub(crate) fn enter(&self, shared: &Shared) -> Option<Entered> {
        // Own store: Relaxed is enough.
        let state = self.state.load(Relaxed);
        if state != local::idle(shared) {
            // A fence costs more than a branch.
            cold_path();
            let opens = state == local::idle(shared) | FENCED;
            return opens.then(|| Entered { opened: self.open_and_fence(shared), idle: state });
        }
        debug_assert_eq!(shared.barrier, Barrier::Membarrier);
        let opened = self.open(shared.number(), Barrier::Membarrier);
        Some(Entered { opened, idle: state })
    }

    /// Not inlined: a compiler would have both ways to open a section share what they can, with branches from the one to
    /// the other.
    #[inline(never)]
    fn open_and_fence(&self, shared: &Shared) -> usize {
        self.open(shared.number(), Barrier::Fence)
    }

    /// Opens a section, and returns its state.
    #[inline(always)]
    fn open(&self, state: usize, barrier: Barrier) -> usize {
        self.set(state);
        match barrier {
            // Pairs with `membarrier` in `Shared::fence_all`. (Where that is left out, this thread's fence in `claim` stands in for
            // this one, and its partner is the fence there.)
            Barrier::Membarrier => barrier::compiler_fence(),
            // Pairs with the fence in `Scan::start`.
            Barrier::Fence => fence(SeqCst),
        }
        state
    }

    /// Ends what `enter` began. True if something has been left to do for when the section has ended. The owner calls
    /// this.
    #[inline]
    pub(crate) fn exit(&self, entered: Entered) -> bool {
        if self.state.load(Relaxed) != entered.opened {
            cold_path();
            return self.exit_otherwise();
        }
        self.set(entered.idle);
        false
    }

    /// Sets the state.
    #[inline(always)]
    fn set(&self, state: usize) {
        // Release pairs with the Acquire of `section`: see `state`. All that was read in a section that has ended happens
        // before the free.
        self.state.store(state, Release);
    }
    // ANCHOR_END: enter

    // ANCHOR: enter_alone
    /// Opens a section in the slot of a [`Reader`], which knows that it is of this domain and that no guard needs one that is
    /// open. The owner calls this, and gives what is returned to [`exit`](Self::exit).
    #[inline]
    fn enter_alone(&self, shared: &Shared) -> Entered {
        let opened = shared.number();
        // Before the branch: in a race with a store after it, this one won.
        self.set(opened);
        if opened & FENCED == 0 {
            // Pairs with `membarrier` in `Shared::fence_all`, as in `open`.
            barrier::compiler_fence();
        } else {
            cold_path();
            fence_out_of_line();
        }
        Entered { opened, idle: READER_IDLE }
    }
    // ANCHOR_END: enter_alone

    /// Opens a section, or nests one, in a slot of this domain. The owner calls this, and gives what
    /// [`entered`](Self::entered) makes of the result to [`exit`](Self::exit).
    ///
    /// # Panics
    ///
    /// If 65535 guards of this thread are alive.
    pub(crate) fn enter_otherwise(&self, shared: &Shared) -> usize {
        let state = self.state.load(Relaxed);
        if state & OPEN == 0 {
            // If the slot is nobody's for longer, there is more to do at the end.
            let opened = self.open(shared.number() | state & DETACHED, shared.barrier);
            return if opened & DETACHED == 0 { opened } else { MORE_TO_DO };
        }
        if state & NESTED == NESTED - GUARD {
            too_many_guards();
        }
        self.set(state + GUARD);
        MORE_TO_DO
    }

    #[inline]
    pub(crate) fn entered(&self, opened: usize) -> Entered {
        Entered { opened, idle: self.idle }
    }

    /// Ends an inner section, or one that has left something to do.
    #[cold]
    fn exit_otherwise(&self) -> bool {
        let state = self.state.load(Relaxed);
        if state & NESTED != 0 {
            self.set(state - GUARD);
            return false;
        }
        self.set(self.idle);
        if state & DETACHED != 0 {
            self.release();
        }
        // SAFETY: the guard that ends borrows a handle of the domain, so the domain is alive.
        state & COLLECT != 0 && unsafe { self.shared.as_ref() }.collect()
    }

    /// Has something done when the section ends. The owner calls this, inside of one.
    fn flag(&self) {
        self.set(self.state.load(Relaxed) | COLLECT);
    }

    /// Gives the slot to whoever claims it next.
    fn release(&self) {
        // Pairs with the Acquire in `Shared::claim_unfenced`: the next owner continues from what this one left. And with the one in
        // `Shared::fence_all`: the sections in this slot happen before what the writer does next.
        self.owner.store(0, Release);
    }

    /// The thread ends: gives the slot up, now or when its last guard goes. The owner calls this.
    pub(crate) fn detach(&self) {
        let state = self.state.load(Relaxed);
        if state & OPEN == 0 {
            self.release();
        } else {
            self.set(state | DETACHED);
        }
    }

    /// The number of the section that is open.
    fn section(&self) -> Option<usize> {
        // Acquire pairs with the Release of every store to `state`: of a section that has ended, all happens before.
        let state = self.state.load(Acquire);
        (state & OPEN != 0).then_some(state / NUMBER)
    }
}

/// Not inlined, for the same reason as [`Slot::open_and_fence`].
#[inline(never)]
fn fence_out_of_line() {
    // Pairs with the fence in `Scan::start`.
    fence(SeqCst);
}

/// What a guard keeps, so that few loads end its section.
#[derive(Clone, Copy)]
pub(crate) struct Entered {
    /// The state in which the section was opened. Another one when it ends means that there is more to do than to end it.
    opened: usize,
    /// The state before.
    idle: usize,
}

/// What a [`Reader`] stores when its section ends, instead of the slot's `idle`: it does not ask for the domain.
const READER_IDLE: usize = 0;

/// The state of no open section, for guards of which it is known that they are not all that there is to a section.
const MORE_TO_DO: usize = 0;

#[cold]
fn too_many_guards() -> ! {
    panic!("a thread has 65535 guards of one RCU domain alive")
}

/// What the handles of a domain, and the threads that have a slot in it, share. Readers load it, so it has its cache
/// lines to itself, apart from the count of its `Arc`.
#[repr(C, align(128))]
pub(crate) struct Shared {
    /// The state of sections that begin now: [`OPEN`], their number, and whether their readers are [`FENCED`].
    pub(crate) number: AtomicUsize,
    /// The slots, in a list that only ever grows. As long as the most threads and [`Reader`]s that there ever were at a time.
    slots: AtomicPtr<Slot>,
    barrier: Barrier,
    /// Whether the last handle is gone.
    orphaned: AtomicBool,
    retired: OfWriters,
}

/// What only writers touch.
#[repr(align(128))]
struct OfWriters(Mutex<RetireList>);

// SAFETY: `Slot` has a raw pointer to the next one, fixed before it is published, and one to its domain, which outlives
// it; both are followed by shared reference only. The rest is atomics and a mutex around `Send` closures.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    /// The state of a section that begins now.
    #[inline]
    fn number(&self) -> usize {
        // Relaxed: an old number makes a writer wait longer, and no writer wait less.
        self.number.load(Relaxed)
    }

    fn slots(&self) -> impl Iterator<Item = &Slot> {
        // Acquire pairs with the Release in `claim_unfenced` that linked the slot: its fields are there.
        let mut next = self.slots.load(Acquire);
        std::iter::from_fn(move || {
            // SAFETY: linked slots are freed by `Drop for Shared` only.
            let slot = unsafe { next.as_ref()? };
            next = slot.next;
            Some(slot)
        })
    }

    // ANCHOR: registered
    /// A slot for the calling thread: one that a thread left behind, or a new one.
    ///
    /// Lock-free. The slot is linked when this returns, which is before its first section.
    pub(crate) fn claim(&self) -> NonNull<Slot> {
        let slot = self.claim_unfenced();
        if self.barrier == Barrier::Membarrier {
            // Pairs with the fence in `fence_all`.
            fence(SeqCst);
        }
        slot
    }

    /// A full fence of the calling thread, and of all others that have a slot. If there are none, nobody is interrupted.
    fn fence_all(&self) {
        // Pairs with the fence in `claim`: the loop sees that another thread has a slot, or has had one, or all that this other
        // thread reads from then on comes after what this one has stored.
        fence(SeqCst);
        // (It may be that of a thread that is no more and has left a section open for ever. All that it did happened before
        // this: see `local::token`.)
        let own = local::token();
        // Acquire pairs with the Release in `release`: the sections of who has had the slot.
        if self.slots().any(|slot| ![0, own].contains(&slot.owner.load(Acquire))) {
            barrier::membarrier();
        }
    }
    // ANCHOR_END: registered

    fn claim_unfenced(&self) -> NonNull<Slot> {
        let token = local::token();
        for slot in self.slots() {
            // Acquire pairs with `release`: what the last owner left. The first look saves a write.
            if slot.owner.load(Relaxed) == 0 && slot.owner.compare_exchange(0, token, Acquire, Relaxed).is_ok() {
                return NonNull::from(slot);
            }
        }
        let mut head = self.slots.load(Relaxed);
        let idle = local::idle(self) | if self.barrier == Barrier::Fence { FENCED } else { 0 };
        let new = Box::into_raw(Box::new(Slot {
            state: AtomicUsize::new(idle),
            idle,
            owner: AtomicUsize::new(token),
            next: head,
            shared: NonNull::from(self),
        }));
        // Release pairs with the Acquire in `slots`.
        while let Err(now) = self.slots.compare_exchange_weak(head, new, Release, Relaxed) {
            head = now;
            // SAFETY: not linked yet, so it is this thread's alone.
            unsafe { (*new).next = head };
        }
        // SAFETY: `Box::into_raw` is not null.
        unsafe { NonNull::new_unchecked(new) }
    }

    /// A slot that is free again when its guards are gone.
    pub(crate) fn claim_for_one_section(&self) -> NonNull<Slot> {
        let slot = self.claim();
        // SAFETY: slots live as long as `self`, and this thread owns this one.
        let owned = unsafe { slot.as_ref() };
        owned.set(owned.idle | DETACHED);
        slot
    }

    /// Whether no handle is left, so that a registration is of no use.
    pub(crate) fn is_orphaned(&self) -> bool {
        self.orphaned.load(Relaxed)
    }

    /// A slot in which the calling thread has a section open.
    fn own_section(&self) -> Option<&Slot> {
        let token = local::token();
        // Relaxed: a thread sees its own stores, and no other thread stores its token.
        self.slots().find(|slot| slot.owner.load(Relaxed) == token && slot.state.load(Relaxed) & OPEN != 0)
    }

    fn retired<R>(&self, f: impl FnOnce(&mut RetireList) -> R) -> R {
        // A poisoned list is whole: nothing of the user's runs under this lock.
        f(&mut self.retired.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Runs what has waited long enough, and lets a full batch begin to wait. Inside a section of the calling thread it
    /// only sees to it that this is done when the section ends, and returns false: nothing of the user's runs inside of one.
    pub(crate) fn collect(&self) -> bool {
        if let Some(slot) = self.own_section() {
            slot.flag();
            return false;
        }
        let ready = self.retired(|list| list.advance(self));
        crate::retire::run(ready);
        true
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let mut next = *self.slots.get_mut();
        while !next.is_null() {
            // SAFETY: each came from `Box::into_raw` and is freed here only. No guard is left and no reader, since
            // these borrow a handle, and no thread's registration, since that is a handle.
            let slot = unsafe { Box::from_raw(next) };
            next = slot.next;
        }
    }
}

/// The sections that were open at one moment, less those that have ended since.
#[derive(Default)]
pub(crate) struct Scan {
    open: Vec<(NonNull<Slot>, usize)>,
}

// SAFETY: the slots are shared state, and a scan only loads their atomics.
unsafe impl Send for Scan {}

impl Scan {
    // ANCHOR: scan
    /// Looks which sections are open. Whoever has unlinked something before this call may free it once
    /// [`has_ended`](Self::has_ended) says so.
    pub(crate) fn start(&mut self, shared: &Shared) {
        match shared.barrier {
            // Pairs with the fence in `Slot::open`, or with that of a `Reader`: a reader whose section the loop below does not see
            // finds all that happened before this fence, and so nothing that was unlinked by then.
            Barrier::Fence => fence(SeqCst),
            // Pairs with the compiler fences there, or with the fence in `Shared::claim`, likewise.
            Barrier::Membarrier => shared.fence_all(),
        }
        self.open.clear();
        self.open.extend(shared.slots().filter_map(|slot| slot.section().map(|number| (NonNull::from(slot), number))));
        if !self.open.is_empty() {
            // Sections that begin from now on have another number. Relaxed: see `Shared::number`.
            shared.number.fetch_add(NUMBER, Relaxed);
        }
    }
    // ANCHOR_END: scan

    /// Whether the sections have all ended.
    ///
    /// # Safety
    ///
    /// The domain of the last `start` is alive.
    pub(crate) unsafe fn has_ended(&mut self) -> bool {
        // SAFETY: slots live as long as their domain.
        self.open.retain(|(slot, number)| unsafe { slot.as_ref() }.section() == Some(*number));
        self.open.is_empty()
    }
}

/// The wait for every section that was open at one moment, for structures that keep their own list of what they have
/// unlinked; others use [`Domain::defer`]. See [`Domain::grace_period`].
pub struct GracePeriod {
    scan: Scan,
    /// Keeps the slots that `scan` points to.
    _shared: Arc<Shared>,
}

impl GracePeriod {
    /// Whether the sections that were open when it was made have all ended: what was unlinked before that may be freed.
    ///
    /// Does not wait. One load for each section that had not ended at the last call.
    pub fn has_elapsed(&mut self) -> bool {
        // SAFETY: `_shared` is the domain of the scan.
        unsafe { self.scan.has_ended() }
    }
}

impl fmt::Debug for GracePeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GracePeriod").field("open", &self.scan.open.len()).finish()
    }
}

/// A set of readers, and of writers that wait for them. A handle: clones are the same domain.
///
/// When the last handle goes, what is still deferred runs in the thread that drops it. What is deferred and has a handle itself (a
/// value with a cell of this domain in it, say) keeps the domain: before you drop yours, call [`synchronize`](Self::synchronize),
/// once for each such level, or use the [global](Self::global) one.
pub struct Domain {
    /// What `owner` keeps. (An `Arc` has the address of its counts, so a reader would compute this one each time.)
    shared: NonNull<Shared>,
    owner: Arc<Owner>,
}

// SAFETY: `shared` stands for a `&Shared`, and `Shared` is `Sync`. The rest is an `Arc` of what is `Send` and `Sync`.
unsafe impl Send for Domain {}
// SAFETY: as above.
unsafe impl Sync for Domain {}

/// What the handles share that threads' registrations do not: when it goes, no guard is left.
struct Owner {
    shared: Arc<Shared>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        // Relaxed: a hint to threads, which keep memory alive for nothing if they miss it.
        self.shared.orphaned.store(true, Relaxed);
        let all = self.shared.retired(RetireList::take_all);
        // Every guard borrowed a handle, and the last handle is going: there are no readers to wait for.
        crate::retire::run(all);
    }
}

impl Domain {
    /// A domain of its own, with the barrier of this process: [`Barrier::best`] unless
    /// [`set_default_barrier`](crate::set_default_barrier) says otherwise.
    pub fn new() -> Domain {
        Domain::with(Barrier::default_of_process())
    }

    /// A domain of its own with this barrier.
    ///
    /// # Errors
    ///
    /// If this process cannot use it.
    pub fn with_barrier(barrier: Barrier) -> Result<Domain, Unsupported> {
        if barrier.is_supported() { Ok(Domain::with(barrier)) } else { Err(Unsupported(barrier)) }
    }

    pub(crate) fn with(barrier: Barrier) -> Domain {
        let fenced = if barrier == Barrier::Fence { FENCED } else { 0 };
        let shared = Arc::new(Shared {
            number: AtomicUsize::new(OPEN | fenced),
            slots: AtomicPtr::new(std::ptr::null_mut()),
            barrier,
            orphaned: AtomicBool::new(false),
            retired: OfWriters(Mutex::new(RetireList::default())),
        });
        Domain { shared: NonNull::from(&*shared), owner: Arc::new(Owner { shared }) }
    }

    #[inline]
    pub(crate) fn shared(&self) -> &Shared {
        // SAFETY: `owner` keeps it.
        unsafe { self.shared.as_ref() }
    }

    /// How this domain's readers are ordered.
    pub fn barrier(&self) -> Barrier {
        self.shared().barrier
    }

    /// Opens a read-side section of the calling thread, or nests one. What writers retire from now on stays until the
    /// guard is dropped.
    ///
    /// Wait-free after the thread's first call in this domain: one store here and one when the section ends, no
    /// read-modify-write, and of what other threads write, a load of the domain's number. With [`Barrier::Fence`] a
    /// `fence(SeqCst)` besides. The first call registers the thread, in time proportional to the
    /// number of slots. A thread that goes from one domain to another looks among those that it has read; and one that is
    /// at its end, whose thread-locals are being destroyed, may register for each section.
    ///
    /// # Panics
    ///
    /// If 65535 guards of this thread are alive already. The drop of the guard may run what was put off until the section's
    /// end, and panics if that does, when the rest has run.
    #[inline]
    pub fn read(&self) -> Guard<'_> {
        if let Some(slot) = local::last(&self.owner.shared) {
            // SAFETY: `last` sees to it that the slot is there for now, and that it is this thread's or lets nothing in. If
            // it does, it belongs to the domain of which `self` is a handle, and so is there for as long as the guard.
            if let Some(entered) = unsafe { slot.as_ref() }.enter(self.shared()) {
                return Guard { slot, entered, domain: PhantomData, thread: PhantomData };
            }
        }
        let (slot, opened) = self.read_otherwise();
        // SAFETY: as in `read_otherwise`, where the slot comes from.
        let entered = unsafe { slot.as_ref() }.entered(opened);
        Guard { slot, entered, domain: PhantomData, thread: PhantomData }
    }

    /// As `read`, if the thread has read another domain since, or has a section open. (Not the guard: what is returned
    /// fits registers, and so a guard need never be in memory.)
    #[cold]
    fn read_otherwise(&self) -> (NonNull<Slot>, usize) {
        let slot = local::slot(&self.owner.shared);
        // SAFETY: slots live as long as their domain, and `self` is a handle of it; this thread owns the slot.
        let opened = unsafe { slot.as_ref() }.enter_otherwise(self.shared());
        (slot, opened)
    }

    /// A slot for the calling thread's reads through it. For loops in which [`read`](Self::read), which has to find the
    /// thread's slot each time, is too slow.
    ///
    /// Lock-free; takes time proportional to the number of slots. A reader that is forgotten keeps its slot, and a section that
    /// is open in it stays so for ever.
    pub fn reader(&self) -> Reader<'_> {
        let slot = self.shared().claim();
        // SAFETY: slots live as long as `self`, and this thread owns this one.
        unsafe { slot.as_ref() }.set(READER_IDLE);
        Reader { slot, shared: self.shared(), thread: PhantomData }
    }

    /// Whether the calling thread is inside a section of this domain. Takes time proportional to the number of slots.
    pub fn in_read_section(&self) -> bool {
        self.shared().own_section().is_some()
    }

    /// If the calling thread is inside a section: has the guard that ends it say so ([`Guard::end`]), and returns true.
    /// For structures that keep their own list of what they have unlinked, and run nothing of their users' inside a
    /// section.
    ///
    /// Takes time proportional to the number of slots.
    pub fn flag_section(&self) -> bool {
        self.shared().own_section().map(Slot::flag).is_some()
    }

    /// Waits until every section that is open now has ended, then runs all that was deferred before the call: all but
    /// what another thread has taken out to run it, which may not be done yet.
    ///
    /// # Panics
    ///
    /// Inside a section of the calling thread, which would wait for itself. If a deferred function panics, the rest run
    /// first.
    #[track_caller]
    pub fn synchronize(&self) {
        if let Err(error) = self.try_synchronize() {
            panic!("{error}");
        }
    }

    /// As [`synchronize`](Self::synchronize), with an error instead of a panic.
    ///
    /// # Errors
    ///
    /// Inside a section of the calling thread.
    ///
    /// # Panics
    ///
    /// If a deferred function panics.
    pub fn try_synchronize(&self) -> Result<(), InReadSection> {
        if self.in_read_section() {
            return Err(InReadSection);
        }
        let retired = self.shared().retired(RetireList::take_all);
        let mut grace_period = self.grace_period();
        let mut attempt = 0;
        while !grace_period.has_elapsed() {
            local::wait(attempt);
            attempt = attempt.saturating_add(1);
        }
        crate::retire::run(retired);
        Ok(())
    }

    /// A grace period that begins now: it waits for the sections that are open at this moment and no others.
    pub fn grace_period(&self) -> GracePeriod {
        let mut scan = Scan::default();
        scan.start(self.shared());
        GracePeriod { scan, _shared: self.owner.shared.clone() }
    }

    /// Calls `f` after a grace period, in a thread that calls `defer`, ends a section or calls
    /// [`synchronize`](Self::synchronize). Never waits for readers.
    ///
    /// Functions that come thick and fast are run in batches: while no section stays open, fewer than 128 wait. One
    /// that comes a millisecond or more after the last look at the slots starts the next look, and if no section is
    /// open it runs at once. While a section stays open, all that are deferred after it began wait.
    ///
    /// # Panics
    ///
    /// If a function that is due panics. The rest of those that are due run first.
    pub fn defer(&self, f: impl FnOnce() + Send + 'static) {
        let f: Deferred = std::boxed::Box::new(f);
        if self.shared().retired(|list| list.push(f)) {
            self.shared().collect();
        }
    }

    /// How many functions wait for a grace period, or to be run after it.
    pub fn deferred(&self) -> usize {
        self.shared().retired(|list| list.len())
    }

    /// How many slots there are: the most threads that have been registered, readers that were there, and temporary sections
    /// open, at a time.
    pub fn slots(&self) -> usize {
        self.shared().slots().count()
    }
}

impl Clone for Domain {
    fn clone(&self) -> Domain {
        Domain { shared: self.shared, owner: self.owner.clone() }
    }
}

impl Default for Domain {
    fn default() -> Domain {
        Domain::new()
    }
}

impl PartialEq for Domain {
    /// Whether both are handles of one domain.
    fn eq(&self, other: &Domain) -> bool {
        self.shared == other.shared
    }
}

impl Eq for Domain {}

impl fmt::Debug for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Domain").field("barrier", &self.barrier()).finish_non_exhaustive()
    }
}

/// An open read-side section. It ends when its thread's last guard of the domain is dropped, in whichever order; that of a
/// [`Reader`] has one guard.
///
/// Neither `Send` nor `Sync`: a section belongs to its thread. (With `Sync`, a leaked `&'static Guard` could be used by
/// another thread after this one has ended.)
#[must_use = "the section ends when the guard is dropped"]
pub struct Guard<'domain> {
    slot: NonNull<Slot>,
    entered: Entered,
    domain: PhantomData<&'domain Domain>,
    thread: PhantomData<*mut ()>,
}

impl Guard<'_> {
    /// Drops the guard. True if that has ended the thread's last section in the domain, and [`Domain::flag_section`] or a
    /// deferred function has left something to do inside of it.
    #[inline]
    pub fn end(self) -> bool {
        let guard = std::mem::ManuallyDrop::new(self);
        // SAFETY: as in `drop`.
        unsafe { guard.slot.as_ref() }.exit(guard.entered)
    }
}

impl Drop for Guard<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the guard borrows a handle of the domain, so the slot is there; the guard is not `Send`, so this is
        // the thread that owns the slot, which keeps it while it has guards. (A `Reader` keeps its own.)
        unsafe { self.slot.as_ref() }.exit(self.entered);
    }
}

impl fmt::Debug for Guard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}

/// A thread's slot in a domain, for many sections one after the other: see [`Domain::reader`].
///
/// Its sections are the thread's, like those of [`Domain::read`], and the two may be open at the same time. Of its own, one
/// is open at a time:
///
/// ```compile_fail,E0499
/// # let domain = step6::Domain::new();
/// let mut reader = domain.reader();
/// let guard = reader.read();
/// let other = reader.read();
/// drop(guard);
/// ```
///
/// and none for longer than the reader is there:
///
/// ```compile_fail,E0505
/// # let domain = step6::Domain::new();
/// let mut reader = domain.reader();
/// let guard = reader.read();
/// drop(reader);
/// drop(guard);
/// ```
///
/// Neither `Send` nor `Sync`: the slot is the thread's, and so it stores there too, when something is to be done at a section's
/// end.
pub struct Reader<'domain> {
    slot: NonNull<Slot>,
    /// (Not the domain: that would be one more load for each section.)
    shared: &'domain Shared,
    thread: PhantomData<*mut ()>,
}

impl Reader<'_> {
    // ANCHOR: reader_read
    /// Opens a section. What writers retire from now on stays until the guard is dropped.
    ///
    /// Wait-free: one store here and one when the section ends, no read-modify-write, and of what other threads write, a load of
    /// the domain's number. With [`Barrier::Fence`] a `fence(SeqCst)` besides. A guard that is forgotten keeps its section open until the reader opens the next one, or is dropped. What was put off until the
    /// end of that section waits for the next write, or for the drop.
    #[inline]
    pub fn read(&mut self) -> Guard<'_> {
        // SAFETY: slots live as long as their domain, which `shared` is borrowed from. This thread has claimed the slot for
        // the reader alone; and the guard borrows that exclusively, so that a section that is still open is one whose guard
        // has been forgotten.
        let entered = unsafe { self.slot.as_ref() }.enter_alone(self.shared);
        Guard { slot: self.slot, entered, domain: PhantomData, thread: PhantomData }
    }
    // ANCHOR_END: reader_read
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        // SAFETY: as in `read`.
        let slot = unsafe { self.slot.as_ref() };
        // Relaxed: the owner's own store.
        let state = slot.state.load(Relaxed);
        // Before the slot is somebody else's.
        slot.set(slot.idle);
        slot.release();
        if state & COLLECT != 0 {
            self.shared.collect();
        }
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

/// The calling thread cannot wait for readers: it is one, and would wait for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InReadSection;

impl fmt::Display for InReadSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("synchronize inside a read-side section of the same thread would wait for itself")
    }
}

impl std::error::Error for InReadSection {}
