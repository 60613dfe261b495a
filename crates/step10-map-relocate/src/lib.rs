#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod by_bits;
pub mod relocate;

pub use by_bits::{ByBits, RcuMap};
pub use relocate::Relocate;
pub use table;

mod ptr {
    pub use std::ptr::copy_nonoverlapping;
}

#[cfg(test)]
mod types {
    use std::borrow::Cow;
    use std::cell::{Cell, LazyCell, OnceCell, RefCell, UnsafeCell};
    use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
    use std::marker::{PhantomData, PhantomPinned};
    use std::mem::{ManuallyDrop, MaybeUninit};
    use std::ops::{Bound, ControlFlow, RangeInclusive};
    use std::pin::Pin;
    use std::rc::Rc;
    use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicUsize};
    use std::sync::{Arc, Barrier, Condvar, LazyLock, Mutex, Once, OnceLock, RwLock};
    use std::task::Poll;

    use static_assertions::{assert_impl_all, assert_not_impl_any};

    use crate::{RcuMap, Relocate};
    use std::sync::mpsc::Receiver;
    use table::{Guard, Reader};

    // Whoever has `&RcuMap` gets `&K` and `&V`, and has keys and values dropped that another thread has inserted.
    assert_impl_all!(RcuMap<String, Arc<str>>: Send, Sync);
    assert_impl_all!(RcuMap<String, Box<AtomicU8>>: Send, Sync);
    assert_not_impl_any!(RcuMap<Rc<u8>, u8>: Send, Sync);
    assert_not_impl_any!(RcuMap<u8, Rc<u8>>: Send, Sync);
    assert_impl_all!(RcuMap<u8, Receiver<u8>>: Send); // Send, not Sync
    assert_not_impl_any!(RcuMap<u8, Receiver<u8>>: Sync);
    assert_not_impl_any!(RcuMap<u8, u8, Rc<u8>>: Send, Sync);
    assert_not_impl_any!(Guard<'static, u8, u8, u8, crate::ByBits>: Send, Sync);
    assert_not_impl_any!(Reader<'static, u8, u8, u8, crate::ByBits>: Send, Sync);

    // What is behind a pointer does not count,
    assert_impl_all!(Vec<AtomicU8>: Relocate);
    assert_impl_all!(VecDeque<Cell<u8>>: Relocate);
    assert_impl_all!(String: Relocate);
    assert_impl_all!(Box<AtomicUsize>: Relocate);
    assert_impl_all!(Box<str>: Relocate);
    assert_impl_all!(Box<dyn Fn(u8) -> u8 + Send>: Relocate);
    assert_impl_all!(Arc<Mutex<u8>>: Relocate);
    assert_impl_all!(Arc<str>: Relocate);
    assert_impl_all!(Rc<Cell<u8>>: Relocate);
    assert_impl_all!(Pin<Box<PhantomPinned>>: Relocate);
    assert_impl_all!(&'static RwLock<u8>: Relocate);
    assert_impl_all!(&'static mut Cell<u8>: Relocate);
    assert_impl_all!(BTreeMap<Cell<u8>, Mutex<u8>>: Relocate);
    assert_impl_all!(BTreeSet<Cell<u8>>: Relocate);
    assert_impl_all!(BinaryHeap<Cell<u8>>: Relocate);
    assert_impl_all!(LinkedList<Mutex<u8>>: Relocate);
    assert_impl_all!(HashMap<Cell<u8>, Mutex<u8>>: Relocate);
    assert_impl_all!(HashSet<Cell<u8>>: Relocate);
    assert_impl_all!(PhantomData<Cell<u8>>: Relocate);
    assert_impl_all!(fn(Cell<u8>) -> Mutex<u8>: Relocate);
    // and what is inline does, at any depth.
    assert_impl_all!((u8, [Option<Arc<str>>; 4], Result<String, Bound<char>>): Relocate);
    assert_impl_all!(Poll<ControlFlow<RangeInclusive<u8>, ManuallyDrop<String>>>: Relocate);
    assert_impl_all!(Cow<'static, [Cell<u8>]>: Relocate);
    assert_not_impl_any!(UnsafeCell<u8>: Relocate);
    assert_not_impl_any!(Cell<u8>: Relocate);
    assert_not_impl_any!(RefCell<u8>: Relocate);
    assert_not_impl_any!(OnceCell<u8>: Relocate);
    assert_not_impl_any!(LazyCell<u8>: Relocate);
    assert_not_impl_any!(AtomicBool: Relocate);
    assert_not_impl_any!(AtomicUsize: Relocate);
    assert_not_impl_any!(AtomicPtr<u8>: Relocate);
    assert_not_impl_any!(Mutex<Vec<u8>>: Relocate);
    assert_not_impl_any!(RwLock<u8>: Relocate);
    assert_not_impl_any!(OnceLock<u8>: Relocate);
    assert_not_impl_any!(LazyLock<u8>: Relocate);
    assert_not_impl_any!(Once: Relocate);
    assert_not_impl_any!(Condvar: Relocate);
    assert_not_impl_any!(Barrier: Relocate);
    assert_not_impl_any!((u64, AtomicUsize): Relocate);
    assert_not_impl_any!(Option<Cell<u8>>: Relocate);
    assert_not_impl_any!([Mutex<u8>; 1]: Relocate);
    assert_not_impl_any!(Result<u8, OnceLock<u8>>: Relocate);
    assert_not_impl_any!(MaybeUninit<Cell<u8>>: Relocate);
    assert_not_impl_any!(HashMap<u8, u8, Cell<u8>>: Relocate);
    // Left out by choice: see `std_types.rs`.
    assert_not_impl_any!(PhantomPinned: Relocate);
}
