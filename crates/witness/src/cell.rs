//! The twin of `std::cell::UnsafeCell`.

use std::fmt;
use std::panic::Location;

use crate::heap;
use crate::identity::Identity;
use crate::objects::{self, Handle, Model};
use crate::operation::{Access, Operation, UNKNOWN};
use crate::recorder::{Class, Source};
use crate::session::{self, Pending};

/// A cell whose accesses loom checks for data races.
///
/// [`with`](Self::with) and [`with_mut`](Self::with_mut) are loom's; [`get`](Self::get) is std's, and unchecked.
#[repr(C)]
pub struct UnsafeCell<T> {
    identity: Identity,
    value: std::cell::UnsafeCell<T>,
}

const TYPE_NAME: &str = "UnsafeCell";

impl<T> UnsafeCell<T> {
    /// A cell that holds `value`.
    #[track_caller]
    pub fn new(value: T) -> UnsafeCell<T> {
        let session = session::current();
        let handle = Handle::Cell(objects::new_cell());
        let bytes = size_of::<Self>();
        let (tag, _) = objects::construct(&session, Class::Cell, TYPE_NAME, bytes, Location::caller(), handle);
        UnsafeCell { identity: Identity::new(tag), value: std::cell::UnsafeCell::new(value) }
    }

    /// Calls `f` with a pointer that it may read through until it returns.
    #[track_caller]
    pub fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        let (pending, model) = begin(self.address(), Class::Cell, TYPE_NAME, Access::Read, Location::caller());
        loom_cell(&model).with(|_| {
            pending.done(|_, _| ());
            f(self.value.get())
        })
    }

    /// Calls `f` with a pointer that it may read and write through until it returns.
    #[track_caller]
    pub fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        let (pending, model) = begin(self.address(), Class::Cell, TYPE_NAME, Access::Write, Location::caller());
        loom_cell(&model).with_mut(|_| {
            pending.done(|_, _| ());
            f(self.value.get())
        })
    }

    /// The pointer that std's cell has. What is done through it is not checked.
    pub fn get(&self) -> *mut T {
        self.value.get()
    }

    /// The value, for whoever has the cell alone: a write, which every other access must happen before.
    #[track_caller]
    pub fn get_mut(&mut self) -> &mut T {
        self.with_mut(|_| ());
        self.value.get_mut()
    }

    /// Consumes the cell and returns its value: a write, which every other access must happen before.
    #[track_caller]
    pub fn into_inner(self) -> T {
        self.with_mut(|_| ());
        self.value.into_inner()
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(&self.identity) as usize
    }
}

/// Begins an access to the checked cell at `address`; the caller then asks loom.
pub(crate) fn begin(
    address: usize,
    class: Class,
    type_name: &'static str,
    access: Access,
    site: session::Site,
) -> (Pending, std::rc::Rc<Model>) {
    debug_assert!(matches!(class, Class::Cell | Class::Probe), "only these two are cells");
    let session = session::current();
    let operation = Operation::Cell { object: UNKNOWN, access, within: None };
    let pending = session::begin(&session, Source::Caller(site), operation);
    let within = session.recorder().block_at(address).map(|block| block.number);
    pending.within(within);
    heap::touch(&session, address);
    let model = objects::find(&session, address, type_name);
    pending.about(model.number);
    objects::aim(&session, address, model.number, access);
    (pending, model)
}

pub(crate) fn loom_cell(model: &Model) -> &loom::cell::UnsafeCell<()> {
    match &model.handle {
        Handle::Cell(cell) => cell,
        _ => unreachable!("a twin's type is checked when it is found"),
    }
}

impl<T> fmt::Debug for UnsafeCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnsafeCell").finish_non_exhaustive()
    }
}

impl<T: Default> Default for UnsafeCell<T> {
    #[track_caller]
    fn default() -> Self {
        UnsafeCell::new(T::default())
    }
}

impl<T> From<T> for UnsafeCell<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        UnsafeCell::new(value)
    }
}
