//! Stands for `src/local.rs` in a model: which slot is the calling thread's, with the model's thread-locals. There is
//! no global domain: each model makes one.

use std::cell::{Cell, RefCell};
use std::ptr::NonNull;

use crate::rcu::{Domain, Shared, Slot};
use crate::sync::Arc;

struct Registration {
    shared: Arc<Shared>,
    slot: NonNull<Slot>,
}

impl Drop for Registration {
    fn drop(&mut self) {
        // SAFETY: `shared` keeps the slot's domain alive, and this thread owns the slot.
        unsafe { self.slot.as_ref() }.detach();
    }
}

std::thread_local! {
    /// All of a model's threads run on one OS thread, and so count on from here.
    static TOKENS: Cell<usize> = const { Cell::new(0) };
}

witness::thread_local! {
    static TOKEN: Cell<usize> = Cell::new(0);
    static REGISTRATION: RefCell<Option<Registration>> = RefCell::new(None);
}

/// Begins an execution: its tokens are the same whatever ran before.
pub fn begin() -> Domain {
    TOKENS.set(0);
    Domain::new()
}

pub fn token() -> usize {
    TOKEN.with(|token| {
        if token.get() == 0 {
            token.set(TOKENS.get() + 1);
            TOKENS.set(token.get());
        }
        token.get()
    })
}

/// Of no domain in particular, and easy to read in a timeline: a model has one domain, or `last` has looked whose slot it
/// is. That an address tells is for `tests/std.rs` to show.
pub fn idle(_shared: &Shared) -> usize {
    0
}

pub fn last(shared: &Arc<Shared>) -> Option<NonNull<Slot>> {
    REGISTRATION.with(|registration| {
        let registration = registration.borrow();
        registration.as_ref().filter(|registration| Arc::ptr_eq(&registration.shared, shared)).map(|ours| ours.slot)
    })
}

pub fn slot(shared: &Arc<Shared>) -> NonNull<Slot> {
    REGISTRATION.with(|registration| {
        let mut registration = registration.borrow_mut();
        match &*registration {
            Some(registration) if Arc::ptr_eq(&registration.shared, shared) => registration.slot,
            Some(_) => shared.claim_for_one_section(),
            None => {
                let slot = shared.claim();
                *registration = Some(Registration { shared: shared.clone(), slot });
                slot
            }
        }
    })
}

pub fn wait(_attempt: u32) {
    witness::thread::yield_now();
}

/// A model has no clock: only a full batch, a section that ends, or `synchronize` starts a scan.
#[derive(Default)]
pub struct Pace;

impl Pace {
    pub fn is_slow(&mut self) -> bool {
        false
    }
}

impl Domain {
    pub fn global() -> &'static Domain {
        unreachable!("a model has a domain of its own")
    }
}
