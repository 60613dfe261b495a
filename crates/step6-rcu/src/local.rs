//! Which slot is the calling thread's.

use std::cell::{Cell, RefCell};
use std::ptr::{NonNull, null_mut};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::rcu::{Domain, Shared, Slot};

/// The slot of threads that have read nothing yet. It lets no section in: its state is no domain's address.
static NOBODYS: Nobodys = Nobodys(Slot {
    state: AtomicUsize::new(0),
    idle: 0,
    owner: AtomicUsize::new(0),
    next: null_mut(),
    shared: NonNull::dangling(),
});

struct Nobodys(Slot);

// SAFETY: its pointers lead nowhere and are not followed; the rest is atomics, and a number that nobody writes.
unsafe impl Sync for Nobodys {}

impl Nobodys {
    const SLOT: NonNull<Slot> = NonNull::from_ref(&NOBODYS.0);
}

thread_local! {
    // `LAST` and `TOKEN` have no destructor, so they are there until the thread is gone, and cost no check.
    /// This thread's slot in the domain that it read last, which its registration keeps; or [`NOBODYS`].
    static LAST: Cell<NonNull<Slot>> = const { Cell::new(Nobodys::SLOT) };
    static TOKEN: u8 = const { 0 };
    static REGISTRATIONS: Registrations = const { Registrations(RefCell::new(Vec::new())) };
}

/// The slots that this thread has, one for each domain that it has read.
struct Registrations(RefCell<Vec<(Arc<Shared>, NonNull<Slot>)>>);

impl Drop for Registrations {
    fn drop(&mut self) {
        // From now on this thread takes a slot for each section.
        LAST.set(Nobodys::SLOT);
        for (_shared, slot) in self.0.get_mut().drain(..) {
            // SAFETY: `_shared` keeps the slot's domain alive, and this thread owns the slot.
            unsafe { slot.as_ref() }.detach();
        }
    }
}

/// A number that no other live thread has, and never 0. It is an address of the thread's own memory. A thread that has the number
/// of one that is no more has its memory, and so comes after all that the other one did.
pub(crate) fn token() -> usize {
    TOKEN.with(|token| std::ptr::from_ref(token).addr())
}

/// What the state of a domain's slots is while no section is open, but for some low bits: an address that no other domain
/// has for as long as a registration or a handle keeps this one.
#[inline]
pub(crate) fn idle(shared: &Shared) -> usize {
    std::ptr::from_ref(shared).addr()
}

/// The slot that the calling thread has used last, if it may be one of this domain: here it may always be. It is this
/// thread's, and there, until the thread calls [`slot`] again or ends; or it lets no section in.
#[inline]
pub(crate) fn last(_shared: &Arc<Shared>) -> Option<NonNull<Slot>> {
    Some(LAST.get())
}

/// The slot of the calling thread in a domain. It stays its own while it has guards there.
pub(crate) fn slot(shared: &Arc<Shared>) -> NonNull<Slot> {
    // The search may free the domain of the slot that was the last, and then not come to its end.
    LAST.set(Nobodys::SLOT);
    // This thread's other destructors may read after the registrations are gone.
    let found = REGISTRATIONS.try_with(|registrations| registrations.find_or_register(shared));
    match found {
        Ok(slot) => {
            LAST.set(slot);
            slot
        }
        Err(_) => shared.claim_for_one_section(),
    }
}

impl Registrations {
    fn find_or_register(&self, shared: &Arc<Shared>) -> NonNull<Slot> {
        let mut all = self.0.borrow_mut();
        if let Some((_, slot)) = all.iter().find(|(registered, _)| Arc::ptr_eq(registered, shared)) {
            return *slot;
        }
        // Domains that only registrations keep alive are nobody's any more.
        all.retain(|(registered, _)| !registered.is_orphaned());
        let slot = shared.claim();
        all.push((shared.clone(), slot));
        slot
    }
}

impl Domain {
    /// The domain that is there for everybody, and never goes away.
    pub fn global() -> &'static Domain {
        static GLOBAL: OnceLock<Domain> = OnceLock::new();
        GLOBAL.get_or_init(Domain::new)
    }
}

/// What a thread that waits for readers does before it looks again: sections are short, unless their thread has lost its
/// processor.
pub(crate) fn wait(attempt: u32) {
    match attempt {
        0..32 => std::hint::spin_loop(),
        32..64 => std::thread::yield_now(),
        _ => std::thread::sleep(Duration::from_micros(u64::from(attempt.min(1064) - 63))),
    }
}

/// How often something is done.
#[derive(Default)]
pub(crate) struct Pace {
    last: Option<Instant>,
}

impl Pace {
    /// Whether a millisecond has passed since the last time that this said so. True the first time.
    pub(crate) fn is_slow(&mut self) -> bool {
        let now = Instant::now();
        let slow = self.last.is_none_or(|last| now.duration_since(last) >= Duration::from_millis(1));
        if slow {
            self.last = Some(now);
        }
        slow
    }
}
