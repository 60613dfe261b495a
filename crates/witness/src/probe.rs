//! The payload of a model.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::Location;

use crate::cell::{begin, loom_cell};
use crate::heap::{self, Stamp};
use crate::identity::Tag;
use crate::objects::{self, Handle};
use crate::operation::{Access, Operation, UNKNOWN};
use crate::recorder::{Class, Finding, Source};
use crate::session;

/// A payload whose every access is checked: whether its block is still there, whether it is ordered after the write,
/// and, when it is dropped, whether it has been dropped before. One that is never dropped is a leak.
///
/// A plain `&T` cannot be watched; so a model puts a `Probe<T>` where a program has a `T`.
///
/// ```
/// use witness::Probe;
///
/// witness::model(|| {
///     let payload = Probe::new(42);
///     assert_eq!(*payload, 42);
/// });
/// ```
#[repr(C)]
pub struct Probe<T> {
    tag: Tag,
    value: T,
}

const TYPE_NAME: &str = "Probe";

impl<T> Probe<T> {
    /// A payload that holds `value`.
    #[track_caller]
    pub fn new(value: T) -> Probe<T> {
        let session = session::current();
        let handle = Handle::Cell(objects::new_cell());
        let bytes = size_of::<Self>();
        let (tag, _) = objects::construct(&session, Class::Probe, TYPE_NAME, bytes, Location::caller(), handle);
        Probe { tag, value }
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(&self.tag) as usize
    }

    fn access(&self, access: Access, site: session::Site) {
        let (pending, model) = begin(self.address(), Class::Probe, TYPE_NAME, access, site);
        match access {
            Access::Read => loom_cell(&model).with(|_| ()),
            Access::Write => loom_cell(&model).with_mut(|_| ()),
        }
        pending.done(|_, _| ());
    }
}

impl<T> Deref for Probe<T> {
    type Target = T;

    /// A checked read.
    #[track_caller]
    fn deref(&self) -> &T {
        self.access(Access::Read, Location::caller());
        &self.value
    }
}

impl<T> DerefMut for Probe<T> {
    /// A checked write.
    #[track_caller]
    fn deref_mut(&mut self) -> &mut T {
        self.access(Access::Write, Location::caller());
        &mut self.value
    }
}

impl<T> Drop for Probe<T> {
    fn drop(&mut self) {
        let Some(session) = session::try_current() else { return };
        session.stop_if_failed();
        if !session.is_running() {
            return;
        }
        let operation = Operation::DropProbe { object: UNKNOWN, within: None };
        let pending = session::begin(&session, Source::of_drop(), operation);
        let within = session.recorder().block_at(self.address()).map(|block| block.number);
        pending.within(within);
        heap::touch(&session, self.address());
        let model = objects::find_dropped_or_not(&session, self.address(), TYPE_NAME);
        pending.about(model.number);
        let mut recorder = session.recorder();
        let again = recorder.dropped(model.number).is_some();
        let original = recorder.original(model.number);
        let event = Some(recorder.events.len());
        recorder.objects[original].dropped.get_or_insert(Stamp { thread: pending.thread(), event });
        recorder.aim(model.number, Access::Write, within);
        drop(recorder);
        if again {
            pending.fail(Finding::DoubleDrop { object: model.number });
        }
        // Outside the checked heap the owner may be a std `Arc`, whose count loom does not see: it orders the drop.
        if within.is_some() {
            loom_cell(&model).with_mut(|_| ());
        }
        session.objects.borrow_mut().forget(self.address(), 1);
        pending.done(|_, _| ());
    }
}

impl<T: Clone> Clone for Probe<T> {
    /// A payload of its own with a clone of the value.
    #[track_caller]
    fn clone(&self) -> Self {
        Probe::new((**self).clone())
    }
}

impl<T: PartialEq> PartialEq for Probe<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Probe<T> {}

impl<T: std::hash::Hash> std::hash::Hash for Probe<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl<T: Default> Default for Probe<T> {
    #[track_caller]
    fn default() -> Self {
        Probe::new(T::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for Probe<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
