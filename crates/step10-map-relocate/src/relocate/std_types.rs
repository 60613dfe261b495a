//! Which of std's types are `Relocate`, in groups, with the reason for each group.
//!
//! std does not promise any of it in these words. What it promises is that its types can be moved, so that none of them
//! can be pointed to by what it points to. The rest was read in std's source and documentation, group by group; that no
//! concrete type has interior mutability is checked by the compiler, whatever std does next.
//!
//! A type that is missing here has not been argued for. These will not be added, since they break the first point of the
//! contract: `Cell`, `RefCell`, `UnsafeCell`, `OnceCell`, `LazyCell`, the atomics, `Mutex`, `RwLock`, `OnceLock`, `LazyLock`,
//! `Once`, `Condvar`, `Barrier`, and compounds that hold one inline. `PhantomPinned` satisfies the letter, having no bytes and
//! no methods. It is left out because a type that holds one says by it that its address matters: the field's check then
//! stops its author.

use std::any::TypeId;
use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::{self, Reverse};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::convert::Infallible;
use std::ffi::{CString, OsString};
use std::hash::{BuildHasherDefault, DefaultHasher, RandomState};
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, TcpListener, TcpStream, UdpSocket};
use std::num::{
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize, NonZeroU8, NonZeroU16, NonZeroU32,
    NonZeroU64, NonZeroU128, NonZeroUsize, ParseFloatError, ParseIntError, Saturating, Wrapping,
};
use std::ops::{Bound, ControlFlow, Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::pin::Pin;
use std::ptr::NonNull;
use std::rc::{self, Rc};
use std::sync::{Arc, mpsc};
use std::task::{Poll, Waker};
use std::thread::{JoinHandle, Thread, ThreadId};
use std::time::{Duration, Instant, SystemTime};
use std::{alloc, fs, io, str, string, sync, time};

use super::check::{concrete, generic};
use crate::Relocate;

// ANCHOR: plain
// SAFETY: plain data. Every method with `&self` only reads, the value is what its bytes say wherever they are, and nothing
// is done when one is dropped.
concrete! {
    (), bool, char, f32, f64, Infallible,
    i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize,
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize,
    NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64, NonZeroU128, NonZeroUsize,
    cmp::Ordering, sync::atomic::Ordering, RangeFull,
    Duration, Instant, SystemTime,
    IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6,
    TypeId, ThreadId, alloc::Layout,
    io::ErrorKind, ParseIntError, ParseFloatError, str::Utf8Error, time::SystemTimeError,
    RandomState, DefaultHasher,
}
// ANCHOR_END: plain

// SAFETY: seeds, chosen when the value is made; `build_hasher(&self)` reads them. (foldhash's `RandomState` is the default
// of the map, and so a likely parameter of a `HashMap` inside one.)
concrete! {
    foldhash::fast::FixedState, foldhash::fast::RandomState, foldhash::fast::SeedableRandomState,
    foldhash::quality::FixedState, foldhash::quality::RandomState, foldhash::quality::SeedableRandomState,
}

// ANCHOR: compounds
// SAFETY: compounds that own nothing but their parts, inline, and perhaps a word that says which of them are there. Nothing
// writes that word with `&self`. What else can be done with `&self` is done to the parts, and so is the drop: each point
// holds if it holds for the parts.
generic! {
    impl [T: Relocate] for Option<T>, such as Option<u8>, Option<Box<u8>>;
    impl [T: Relocate, E: Relocate] for Result<T, E>, such as Result<u8, String>;
    impl [T: Relocate] for Poll<T>, such as Poll<u8>;
    impl [B: Relocate, C: Relocate] for ControlFlow<B, C>, such as ControlFlow<u8, String>;
    impl [T: Relocate] for Bound<T>, such as Bound<u8>;
    impl [T: Relocate] for Range<T>, such as Range<u8>;
    impl [T: Relocate] for RangeFrom<T>, such as RangeFrom<u8>;
    impl [T: Relocate] for RangeInclusive<T>, such as RangeInclusive<u8>;
    impl [T: Relocate] for RangeTo<T>, such as RangeTo<u8>;
    impl [T: Relocate] for RangeToInclusive<T>, such as RangeToInclusive<u8>;
    impl [T: Relocate] for Wrapping<T>, such as Wrapping<u8>;
    impl [T: Relocate] for Saturating<T>, such as Saturating<u8>;
    impl [T: Relocate] for Reverse<T>, such as Reverse<u8>;
    impl [T: Relocate] for AssertUnwindSafe<T>, such as AssertUnwindSafe<u8>;
    impl [T: Relocate, const N: usize] for [T; N], such as [u8; 0], [String; 3];
}
// ANCHOR_END: compounds

macro_rules! tuples {
    ($($($name:ident)+,)+) => {
        // SAFETY: as above.
        generic! { $(impl [$($name: Relocate),+] for ($($name,)+), such as ($(replace!($name u8),)+);)+ }
    };
}
macro_rules! replace {
    ($from:ident $to:ty) => {
        $to
    };
}
tuples! {
    A, A B, A B C, A B C D, A B C D E, A B C D E F, A B C D E F G, A B C D E F G H, A B C D E F G H I,
    A B C D E F G H I J, A B C D E F G H I J K, A B C D E F G H I J K L,
}

// SAFETY: these drop nothing, and add nothing to what can be done with `&T`. Safe code gets no `&T` out of a
// `MaybeUninit<T>`, so the bound is more than the contract asks for; it keeps unsafe code honest that looks inside.
generic! {
    impl [T: Relocate] for ManuallyDrop<T>, such as ManuallyDrop<String>;
    impl [T: Relocate] for MaybeUninit<T>, such as MaybeUninit<String>;
}

// ANCHOR: pointers
// SAFETY: a pointer, and perhaps its metadata. What can be changed with a `&` to the pointer (a counter, a cell) is behind
// it, in a place that stays where it is, and is the same through either copy. Where dropping does something, it does it
// there. A copy of a `Box` or a `&mut` is a second *path* to what was unique: only shared references are made through
// either, and the copy has to be untyped, as the contract says, because a typed one would claim uniqueness anew.
generic! {
    impl ['a, T: ?Sized] for &'a T, such as &'static u8, &'static Cell<u8>, &'static str;
    impl ['a, T: ?Sized] for &'a mut T, such as &'static mut u8, &'static mut Cell<u8>, &'static mut [u8];
    impl [T: ?Sized] for *const T, such as *const u8, *const Cell<u8>;
    impl [T: ?Sized] for *mut T, such as *mut u8, *mut Cell<u8>;
    impl [T: ?Sized] for NonNull<T>, such as NonNull<u8>, NonNull<Cell<u8>>;
    impl [T: ?Sized] for Box<T>, such as Box<u8>, Box<Cell<u8>>, Box<str>, Box<[Cell<u8>]>, Box<dyn Fn()>;
    impl [T: ?Sized] for Rc<T>, such as Rc<u8>, Rc<Cell<u8>>, Rc<str>;
    impl [T: ?Sized] for rc::Weak<T>, such as rc::Weak<u8>, rc::Weak<Cell<u8>>;
    impl [T: ?Sized] for Arc<T>, such as Arc<u8>, Arc<sync::Mutex<u8>>, Arc<str>;
    impl [T: ?Sized] for sync::Weak<T>, such as sync::Weak<u8>, sync::Weak<sync::Mutex<u8>>;
}
// ANCHOR_END: pointers

// SAFETY: `Pin` is its pointer and nothing else, and what it promises not to move is behind it.
generic! { impl [P: Relocate] for Pin<P>, such as Pin<Box<Cell<u8>>>, Pin<&'static u8>; }

// SAFETY: no bytes.
generic! { impl [T: ?Sized] for PhantomData<T>, such as PhantomData<u8>, PhantomData<Cell<u8>>; }

// SAFETY: a `PhantomData`: the hasher is made when it is asked for.
generic! { impl [H] for BuildHasherDefault<H>, such as BuildHasherDefault<DefaultHasher>; }

// SAFETY: a data pointer and a table of functions, which are called with the data pointer, never with the waker's address.
concrete! { Waker }

// A function that takes references of any lifetime, `for<'a> fn(&'a str)`, is of another type, and of no `fn(A)`: box it.
macro_rules! functions {
    ($($($name:ident)*,)+) => {
        // SAFETY: the address of code, which is a value like any other.
        generic! { $(
            impl [R $(, $name)*] for fn($($name),*) -> R, such as fn($(replace!($name u8)),*) -> u8;
            impl [R $(, $name)*] for unsafe fn($($name),*) -> R, such as unsafe fn($(replace!($name u8)),*) -> u8;
            impl [R $(, $name)*] for extern "C" fn($($name),*) -> R, such as extern "C" fn($(replace!($name u8)),*) -> u8;
            impl [R $(, $name)*] for unsafe extern "C" fn($($name),*) -> R,
                such as unsafe extern "C" fn($(replace!($name u8)),*) -> u8;
        )+ }
    };
}
functions! { , A, A B, A B C, A B C D, A B C D E, A B C D E F, }

// ANCHOR: collections
// SAFETY: a pointer to the heap, and lengths. Nothing of it is written with `&self`: these have no interior mutability of
// their own, and what their elements have is on the heap, in one place. No node points back to the inline part, or the
// collection could not be moved. Either copy drops the one buffer. So nothing is asked of the elements.
generic! {
    impl [T] for Vec<T>, such as Vec<u8>, Vec<Cell<u8>>;
    impl [T] for VecDeque<T>, such as VecDeque<u8>, VecDeque<Cell<u8>>;
    impl [T] for LinkedList<T>, such as LinkedList<u8>, LinkedList<Cell<u8>>;
    impl [T] for BinaryHeap<T>, such as BinaryHeap<u8>, BinaryHeap<Cell<u8>>;
    impl [T] for BTreeSet<T>, such as BTreeSet<u8>, BTreeSet<Cell<u8>>;
    impl [K, V] for BTreeMap<K, V>, such as BTreeMap<u8, u8>, BTreeMap<Cell<u8>, Cell<u8>>;
}
// SAFETY: as above.
concrete! { String, CString, OsString, PathBuf, string::FromUtf8Error }
// SAFETY: as above; but the hasher is inline, and used with `&self`.
generic! {
    impl [K, V, S: Relocate] for HashMap<K, V, S>, such as HashMap<u8, u8>, HashMap<Cell<u8>, Cell<u8>>;
    impl [T, S: Relocate] for HashSet<T, S>, such as HashSet<u8>, HashSet<Cell<u8>>;
}
// ANCHOR_END: collections

// SAFETY: a compound of a reference and the owned form, of which one is there; which one, only `&mut self` changes.
generic! {
    impl ['a, B: ?Sized + ToOwned<Owned: Relocate>] for Cow<'a, B>, such as Cow<'static, str>, Cow<'static, [Cell<u8>]>;
}

// ANCHOR: handles
// SAFETY: handles: a number that the system gave out, or a pointer to what a library shares. What `&self` does, it does to
// the open file, the socket, the thread, the channel; and closing it by either copy, once, closes it.
concrete! {
    fs::File, TcpListener, TcpStream, UdpSocket,
    io::Stdin, io::Stdout, io::Stderr,
    Thread, io::Error,
}
// SAFETY: as above.
#[cfg(unix)]
concrete! {
    std::os::fd::OwnedFd, std::os::fd::BorrowedFd<'_>,
    std::os::unix::net::UnixDatagram, std::os::unix::net::UnixListener, std::os::unix::net::UnixStream,
}
// SAFETY: as above.
generic! {
    impl [T] for JoinHandle<T>, such as JoinHandle<u8>, JoinHandle<Cell<u8>>;
    impl [T] for mpsc::Sender<T>, such as mpsc::Sender<u8>, mpsc::Sender<Cell<u8>>;
    impl [T] for mpsc::SyncSender<T>, such as mpsc::SyncSender<u8>, mpsc::SyncSender<Cell<u8>>;
    impl [T] for mpsc::Receiver<T>, such as mpsc::Receiver<u8>, mpsc::Receiver<Cell<u8>>;
}
// ANCHOR_END: handles
