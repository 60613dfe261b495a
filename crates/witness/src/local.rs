//! The twin of `std::thread_local!`.
//!
//! loom has thread-locals, and drops them in the order of a hash map, which differs from run to run. So one of loom's
//! tells that a thread ends, and the values are kept here.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;

use crate::recorder::ThreadNumber;
use crate::session;

/// Declares a twin of [`std::thread::LocalKey`] as [`std::thread_local!`] does.
///
/// The values of a thread that have destructors are dropped when it ends, the last first. (std promises no order.)
///
/// ```
/// use std::cell::Cell;
///
/// witness::thread_local! {
///     static COUNT: Cell<u32> = const { Cell::new(1) };
/// }
///
/// witness::model(|| {
///     COUNT.set(2);
///     let other = witness::thread::spawn(|| COUNT.get());
///     assert_eq!((other.join().unwrap(), COUNT.get()), (1, 2));
/// });
/// ```
#[macro_export]
macro_rules! thread_local {
    () => {};
    (@ $(#[$attribute:meta])* $visibility:vis $name:ident, $T:ty, $init:expr) => {
        $(#[$attribute])*
        $visibility static $name: $crate::thread::LocalKey<$T> = $crate::thread::LocalKey::new(|| $init);
    };
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $T:ty = const $init:block $(; $($rest:tt)*)?) => {
        $crate::thread_local!(@ $(#[$attribute])* $visibility $name, $T, $init);
        $($crate::thread_local!($($rest)*);)?
    };
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $T:ty = $init:expr $(; $($rest:tt)*)?) => {
        $crate::thread_local!(@ $(#[$attribute])* $visibility $name, $T, $init);
        $($crate::thread_local!($($rest)*);)?
    };
}

/// A twin of [`std::thread::LocalKey`]; [`thread_local!`](crate::thread_local!) makes one.
pub struct LocalKey<T: 'static> {
    init: fn() -> T,
}

impl<T: 'static> LocalKey<T> {
    #[doc(hidden)]
    pub const fn new(init: fn() -> T) -> LocalKey<T> {
        LocalKey { init }
    }

    /// Calls `f` with the calling thread's value, which is made at the first use.
    ///
    /// # Panics
    ///
    /// If the value has been dropped: the thread ends.
    #[track_caller]
    pub fn with<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        self.try_with(f).expect("cannot access a Thread Local Storage value during or after destruction")
    }

    /// As [`with`](Self::with), if the value has not been dropped.
    ///
    /// # Errors
    ///
    /// If it has.
    #[track_caller]
    pub fn try_with<R>(&'static self, f: impl FnOnce(&T) -> R) -> Result<R, AccessError> {
        let session = session::current();
        session.stop_if_failed();
        let thread = session.current_thread();
        let key = std::ptr::from_ref(self).addr();
        let value = match session.locals.find(thread, key) {
            Some(value) => value,
            None => session.locals.add(thread, key, (self.init)()),
        };
        match value {
            // SAFETY: the value was put there as a `T`, in a box of its own, which is dropped when this thread ends and
            // at no other time; `f` has ended by then.
            Some(value) => Ok(f(unsafe { &*value.cast::<T>() })),
            None => Err(AccessError),
        }
    }
}

impl<T: 'static> LocalKey<Cell<T>> {
    /// Sets the value.
    #[track_caller]
    pub fn set(&'static self, value: T) {
        self.with(|cell| cell.set(value));
    }

    /// The value.
    #[track_caller]
    pub fn get(&'static self) -> T
    where
        T: Copy,
    {
        self.with(Cell::get)
    }

    /// Takes the value, and leaves the default in its place.
    #[track_caller]
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(Cell::take)
    }

    /// Sets the value, and returns the one before.
    #[track_caller]
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T: 'static> LocalKey<RefCell<T>> {
    /// Calls `f` with the borrowed value.
    #[track_caller]
    pub fn with_borrow<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        self.with(|cell| f(&cell.borrow()))
    }

    /// Calls `f` with the mutably borrowed value.
    #[track_caller]
    pub fn with_borrow_mut<R>(&'static self, f: impl FnOnce(&mut T) -> R) -> R {
        self.with(|cell| f(&mut cell.borrow_mut()))
    }

    /// Sets the value.
    #[track_caller]
    pub fn set(&'static self, value: T) {
        self.with(|cell| cell.replace(value));
    }

    /// Takes the value, and leaves the default in its place.
    #[track_caller]
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(RefCell::take)
    }

    /// Sets the value, and returns the one before.
    #[track_caller]
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T: 'static> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKey").finish_non_exhaustive()
    }
}

/// A twin of [`std::thread::AccessError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessError;

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("already destroyed")
    }
}

impl std::error::Error for AccessError {}

/// The values of an execution's threads.
#[derive(Default)]
pub(crate) struct Locals(RefCell<Vec<Local>>);

struct Local {
    thread: ThreadNumber,
    key: usize,
    /// Whether its end can be told: what has no destructor is there for good, as in std.
    needs_drop: bool,
    /// `None` once it has been dropped, or begun to be.
    value: Option<Box<dyn Any>>,
}

impl Locals {
    /// Forgets the last execution, whose threads have ended.
    pub(crate) fn begin_execution(&self) {
        self.0.borrow_mut().clear();
    }

    /// The thread's value for `key`, if it was made; `Some(None)` if it has been dropped since.
    fn find(&self, thread: ThreadNumber, key: usize) -> Option<Option<*const ()>> {
        let locals = self.0.borrow();
        let local = locals.iter().find(|local| (local.thread, local.key) == (thread, key))?;
        Some(local.value.as_deref().map(|value| std::ptr::from_ref(value).cast()))
    }

    fn add<T: 'static>(&self, thread: ThreadNumber, key: usize, value: T) -> Option<*const ()> {
        let value = Some(Box::new(value) as Box<dyn Any>);
        self.0.borrow_mut().push(Local { thread, key, needs_drop: std::mem::needs_drop::<T>(), value });
        // When the thread is ending already, whoever ends it finds this value as well.
        let _ = END_OF_THREAD.try_with(|_| ());
        self.find(thread, key)?
    }

    /// Drops the thread's values, the last first, and those that are made meanwhile.
    fn drop_all_of(&self, thread: ThreadNumber) {
        loop {
            let last = {
                let mut locals = self.0.borrow_mut();
                locals
                    .iter_mut()
                    .rev()
                    .filter(|local| local.thread == thread && local.needs_drop)
                    .find_map(|local| local.value.take())
            };
            let Some(last) = last else { return };
            drop(last);
        }
    }
}

loom::thread_local! {
    static END_OF_THREAD: EndOfThread = EndOfThread;
}

struct EndOfThread;

impl Drop for EndOfThread {
    fn drop(&mut self) {
        let Some(session) = session::try_current() else { return };
        session.stop_if_failed();
        session.locals.drop_all_of(session.current_thread());
    }
}
