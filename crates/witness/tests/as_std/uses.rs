//! Every function of the twins that a program may call, and what comes back, as text. Compiled twice: with std's types
//! and with their twins.

use super::world::alloc::{Layout, alloc, alloc_zeroed, dealloc};
use super::world::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering::*, fence};
use super::world::{Arc, Box, Mutex, RwLock, catch_unwind, hint, ptr, thread, thread_local};

macro_rules! said {
    ($($value:expr),+ $(,)?) => { vec![$(format!("{:?}", $value)),+] };
}

macro_rules! integer {
    ($name:ident, $Atomic:ident, $T:ident) => {
        pub fn $name() -> Vec<String> {
            let mut atomic = $Atomic::new(200);
            let mut said = said![
                atomic.load(Relaxed),
                atomic.load(Acquire),
                atomic.load(SeqCst),
                atomic.swap(7, AcqRel),
                atomic.compare_exchange(7, 8, SeqCst, Acquire),
                atomic.compare_exchange(7, 9, Release, Relaxed),
                atomic.compare_exchange_weak(8, 10, AcqRel, SeqCst),
                atomic.compare_exchange_weak(8, 11, Acquire, Relaxed),
                atomic.fetch_add($T::MAX, Relaxed),
                atomic.fetch_sub(20, Release),
                atomic.fetch_and(0x7c, Acquire),
                atomic.fetch_nand(0x0f, AcqRel),
                atomic.fetch_or(0x11, SeqCst),
                atomic.fetch_xor(0xff, Relaxed),
                atomic.fetch_max(100, Relaxed),
                atomic.fetch_min(60, Relaxed),
                atomic.fetch_update(AcqRel, Acquire, |value| value.checked_add(1)),
                atomic.fetch_update(AcqRel, Acquire, |_| None),
                atomic.try_update(AcqRel, Acquire, |value| value.checked_sub(1)),
                atomic.update(AcqRel, Acquire, |value| value / 2),
            ];
            atomic.store(3, Relaxed);
            atomic.store(4, Release);
            atomic.store(5, SeqCst);
            *atomic.get_mut() += 1;
            said.extend(said![atomic.load(Relaxed), *atomic.get_mut(), atomic.into_inner()]);
            said.extend(said![$Atomic::default().into_inner(), $Atomic::from(9).into_inner()]);
            said
        }
    };
}

integer!(u8, AtomicU8, u8);
integer!(u32, AtomicU32, u32);
integer!(u64, AtomicU64, u64);
integer!(usize, AtomicUsize, usize);

pub fn bool() -> Vec<String> {
    let mut atomic = AtomicBool::new(false);
    let mut said = said![
        atomic.load(Relaxed),
        atomic.swap(true, AcqRel),
        atomic.compare_exchange(true, false, AcqRel, Acquire),
        atomic.compare_exchange_weak(true, false, AcqRel, Acquire),
        atomic.fetch_or(true, Relaxed),
        atomic.fetch_and(true, Relaxed),
        atomic.fetch_xor(true, Relaxed),
        atomic.fetch_nand(false, Relaxed),
        atomic.fetch_nand(true, Relaxed),
        atomic.fetch_not(Relaxed),
        atomic.fetch_update(Relaxed, Relaxed, |value| Some(!value)),
        atomic.update(Relaxed, Relaxed, |value| !value),
    ];
    atomic.store(true, Release);
    said.extend(said![*atomic.get_mut(), atomic.into_inner(), AtomicBool::default().into_inner()]);
    said
}

pub fn pointer() -> Vec<String> {
    static ARRAY: [u64; 3] = [10, 20, 30];
    let start = (&raw const ARRAY).cast::<u64>().cast_mut();
    let index = |pointer: *mut u64| (pointer.addr().wrapping_sub(start.addr())) as isize;
    let mut atomic = AtomicPtr::new(start);
    let mut said = said![
        index(atomic.load(Acquire)),
        index(atomic.swap(start.wrapping_add(1), AcqRel)),
        atomic.compare_exchange(start, start, AcqRel, Acquire).map_err(index).map(index),
        atomic.compare_exchange_weak(start.wrapping_add(1), start, AcqRel, Acquire).map_err(index).map(index),
        index(atomic.fetch_ptr_add(2, Relaxed)),
        index(atomic.fetch_ptr_sub(1, Relaxed)),
        index(atomic.fetch_byte_add(3, Relaxed)),
        index(atomic.fetch_byte_sub(3, Relaxed)),
        index(atomic.fetch_or(1, Relaxed)),
        index(atomic.fetch_xor(3, Relaxed)),
        index(atomic.fetch_and(!3, Relaxed)),
        index(atomic.update(Relaxed, Relaxed, |pointer| pointer.wrapping_add(1))),
    ];
    atomic.store(start, Release);
    // SAFETY: the pointer is the array's.
    said.push(format!("{}", unsafe { *atomic.load(Acquire) }));
    *atomic.get_mut() = std::ptr::null_mut();
    said.extend(said![atomic.load(Relaxed).is_null(), atomic.into_inner().is_null()]);
    said.extend(said![AtomicPtr::<u8>::default().into_inner().is_null(), AtomicPtr::from(start).into_inner() == start]);
    said
}

pub fn fences_and_hints() -> Vec<String> {
    for ordering in [Acquire, Release, AcqRel, SeqCst] {
        fence(ordering);
    }
    hint::spin_loop();
    thread::yield_now();
    Vec::new()
}

/// What std refuses, the twin refuses in the same words.
#[allow(invalid_atomic_ordering, reason = "what rustc says of it is not asked")]
pub fn orderings_that_there_are_not() -> Vec<String> {
    fn message<R>(f: impl FnOnce() -> R + std::panic::UnwindSafe) -> Option<String> {
        let payload = catch_unwind(f).err()?;
        payload.downcast_ref::<&str>().map(|&text| text.to_owned()).or(payload.downcast_ref::<String>().cloned())
    }
    said![
        message(|| AtomicU8::new(0).load(Release)),
        message(|| AtomicU8::new(0).load(AcqRel)),
        message(|| AtomicU8::new(0).store(1, Acquire)),
        message(|| AtomicU8::new(0).store(1, AcqRel)),
        message(|| AtomicU8::new(0).compare_exchange(0, 1, AcqRel, Release)),
        message(|| AtomicU8::new(0).compare_exchange(0, 1, AcqRel, AcqRel)),
        message(|| fence(Relaxed)),
    ]
}

pub fn arc() -> Vec<String> {
    let mut arc = Arc::new(1);
    *Arc::get_mut(&mut arc).expect("it is the only one") += 1;
    let other = arc.clone();
    let raw = Arc::into_raw(other);
    let mut said = said![
        size_of::<Arc<u8>>() == size_of::<*const u8>() && size_of::<Option<Arc<u8>>>() == size_of::<*const u8>(),
        raw == Arc::as_ptr(&arc),
        Arc::strong_count(&arc),
        Arc::get_mut(&mut arc),
    ];
    // SAFETY: `raw` owns a reference; each line gives or takes one.
    unsafe {
        Arc::increment_strong_count(raw);
        said.push(format!("{}", Arc::strong_count(&arc)));
        Arc::decrement_strong_count(raw);
        said.push(format!("{}", Arc::strong_count(&arc)));
        let again = Arc::from_raw(raw);
        said.extend(said![Arc::ptr_eq(&arc, &again), Arc::ptr_eq(&arc, &Arc::new(2)), again, *again == *arc]);
        said.extend(said![Arc::try_unwrap(again), Arc::into_inner(arc.clone()), Arc::strong_count(&arc)]);
    }
    said.extend(said![Arc::into_inner(arc.clone()), Arc::try_unwrap(arc)]);
    said.extend(said![
        Arc::into_inner(Arc::new("last")),
        Arc::<u8>::default(),
        Arc::from(3),
        Arc::new(4) == Arc::new(4)
    ]);
    said.push(format!("{}", Arc::new("shown")));
    said
}

pub fn box_() -> Vec<String> {
    let mut owned = Box::new(1);
    *owned += 1;
    let raw = Box::into_raw(owned.clone());
    // SAFETY: `raw` comes from `into_raw`.
    let again = unsafe { Box::from_raw(raw) };
    let leaked = Box::leak(Box::new(5));
    *leaked += 1;
    // SAFETY: `leaked` comes from `leak`, and is not used again.
    let unleaked = unsafe { Box::from_raw(leaked) };
    said![
        owned == again,
        again,
        unleaked,
        Box::<u8>::default(),
        Box::from(7),
        size_of::<Option<Box<u8>>>() == size_of::<usize>()
    ]
}

pub fn mutex() -> Vec<String> {
    let mut mutex = Mutex::new(1);
    *mutex.lock().unwrap() += 1;
    let mut said = said![*mutex.lock().unwrap(), mutex.is_poisoned()];
    {
        let guard = mutex.try_lock().unwrap();
        said.extend(said![
            guard,
            mutex.try_lock().is_err(),
            mutex.try_lock().is_err_and(|error| error.to_string() != "")
        ]);
    }
    let caught = catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut guard = mutex.lock().unwrap();
        *guard = 9;
        std::panic::resume_unwind(std::boxed::Box::new(()));
    }));
    said.extend(said![caught.is_err(), mutex.is_poisoned(), mutex.lock().is_err(), mutex.try_lock().is_err()]);
    said.push(format!("{}", mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())));
    said.push(format!("{}", mutex.get_mut().is_err()));
    mutex.clear_poison();
    *mutex.get_mut().unwrap() += 1;
    said.extend(said![mutex.is_poisoned(), mutex.into_inner().unwrap()]);
    said.extend(said![Mutex::<u8>::default().into_inner().unwrap(), Mutex::from(3).into_inner().unwrap()]);
    said
}

pub fn rwlock() -> Vec<String> {
    let mut lock = RwLock::new(1);
    *lock.write().unwrap() += 1;
    let mut said = Vec::new();
    {
        let (first, second) = (lock.read().unwrap(), lock.read().unwrap());
        said.extend(said![*first, *second, lock.try_write().is_err(), lock.try_read().is_ok()]);
    }
    {
        let mut writer = lock.try_write().unwrap();
        *writer += 1;
        said.extend(said![*writer, lock.try_read().is_err(), lock.try_write().is_err()]);
    }
    // A reader that panics poisons nothing; a writer does.
    for (writes, name) in [(false, "reader"), (true, "writer")] {
        let caught = catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _guards = if writes { (None, Some(lock.write().unwrap())) } else { (Some(lock.read().unwrap()), None) };
            std::panic::resume_unwind(std::boxed::Box::new(()));
        }));
        said.extend(said![name, caught.is_err(), lock.is_poisoned(), lock.read().is_err(), lock.write().is_err()]);
    }
    said.extend(said![lock.try_read().is_err(), lock.try_write().is_err()]);
    lock.clear_poison();
    *lock.get_mut().unwrap() += 1;
    said.extend(said![lock.is_poisoned(), lock.into_inner().unwrap()]);
    said.extend(said![RwLock::<u8>::default().into_inner().unwrap(), RwLock::from(3).into_inner().unwrap()]);
    said
}

/// Adds what it is to the list when it is dropped, and looks at the others.
struct LastWords(&'static str);

impl Drop for LastWords {
    fn drop(&mut self) {
        let cell = CELL.try_with(|cell| cell.get()).map_err(|error| error.to_string());
        let first = FIRST.try_with(|first| first.0).map_err(|error| error.to_string());
        let second = SECOND.try_with(|second| second.0).map_err(|error| error.to_string());
        LAST_WORDS.lock().unwrap().push(format!("{}: {cell:?}, {first:?}, {second:?}", self.0));
    }
}

/// std's in both worlds: it is no part of the program.
static LAST_WORDS: std::sync::Mutex<Vec<String>> = std::sync::Mutex::new(Vec::new());

thread_local! {
    /// With an attribute, and one more below.
    static CELL: std::cell::Cell<u32> = const { std::cell::Cell::new(1) };
    pub static REF_CELL: std::cell::RefCell<Vec<u32>> = std::cell::RefCell::new(vec![1]);
    static FIRST: LastWords = const { LastWords("first") };
    static SECOND: LastWords = const { LastWords("second") }
}

pub fn thread_locals() -> Vec<String> {
    CELL.set(2);
    REF_CELL.with_borrow_mut(|list| list.push(2));
    LAST_WORDS.lock().unwrap().clear();
    thread::spawn(|| {
        assert_eq!((FIRST.with(|first| first.0), SECOND.with(|second| second.0)), ("first", "second"));
    })
    .join()
    .unwrap();
    let other = thread::spawn(|| (CELL.replace(5), CELL.take(), REF_CELL.with_borrow(|list| list.clone())));
    said![
        other.join().unwrap(),
        CELL.get(),
        REF_CELL.with_borrow(|list| list.len()),
        REF_CELL.replace(vec![3]),
        REF_CELL.take(),
        REF_CELL.set(Vec::new()),
        LAST_WORDS.lock().unwrap(),
    ]
}

pub fn threads() -> Vec<String> {
    let joined = thread::spawn(|| 7).join();
    let named = thread::Builder::new().name("worker".to_owned()).spawn(thread::panicking).unwrap().join();
    let mut array = [1, 2, 3];
    let sum = thread::scope(|scope| {
        let (first, rest) = array.split_at_mut(1);
        let joined = scope.spawn(|| {
            first[0] = 10;
            first[0]
        });
        scope.spawn(|| rest[0] = 20);
        joined.join().unwrap()
    });
    said![joined.unwrap(), named.unwrap(), sum, array]
}

pub fn memory() -> Vec<String> {
    let layout = Layout::array::<u32>(4).unwrap();
    // SAFETY: the layout has a size; the numbers are written before they are read, inside the blocks, which are freed once.
    unsafe {
        let (zeroed, block) = (alloc_zeroed(layout).cast::<u32>(), alloc(layout).cast::<u32>());
        let mut said = said![*zeroed, *zeroed.add(3), block.is_aligned()];
        for index in 0..4 {
            ptr::write(block.add(index), index as u32 + 1);
        }
        ptr::copy_nonoverlapping(block, zeroed, 2);
        ptr::copy(block, block.add(1), 3);
        said.extend(said![*zeroed.add(1), *zeroed.add(2), ptr::read(block), ptr::read(block.add(1)), *block.add(3)]);
        dealloc(zeroed.cast(), layout);
        dealloc(block.cast(), layout);
        said
    }
}

fn is_send<T: Send>(_: Option<T>) -> bool {
    true
}

fn is_sync<T: Sync>(_: Option<T>) -> bool {
    true
}

/// Compiles, or not.
pub fn auto_traits() -> Vec<String> {
    said![
        is_send(None::<Arc<u8>>) && is_sync(None::<Arc<u8>>),
        is_send(None::<Box<std::cell::Cell<u8>>>) && is_sync(None::<Box<u8>>),
        is_send(None::<AtomicPtr<std::rc::Rc<u8>>>) && is_sync(None::<AtomicPtr<std::rc::Rc<u8>>>),
        is_send(None::<AtomicU64>) && is_sync(None::<AtomicU64>),
        is_send(None::<Mutex<std::cell::Cell<u8>>>) && is_sync(None::<Mutex<std::cell::Cell<u8>>>),
        is_send(None::<RwLock<u8>>) && is_sync(None::<RwLock<u8>>),
        is_sync(None::<super::world::MutexGuard<'_, u8>>),
        is_sync(None::<super::world::RwLockReadGuard<'_, u8>>),
        is_sync(None::<super::world::RwLockWriteGuard<'_, u8>>),
    ]
}
