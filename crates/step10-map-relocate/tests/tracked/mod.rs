//! Keys and values that are counted: each of them is dropped once, and their code may be told to panic.
#![allow(dead_code, reason = "each test uses its part")]

use std::borrow::Borrow;
use std::cell::{Cell, RefCell};
use std::hash::{Hash, Hasher};
use std::rc::Rc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, RwLock};

/// Who is there, and who has been dropped.
#[derive(Default)]
pub struct Register {
    /// One for each that was made.
    states: RwLock<Vec<[AtomicU8; CHUNK]>>,
    made: AtomicUsize,
    dropped: AtomicUsize,
}

const CHUNK: usize = 1024;
const ALIVE: u8 = 1;
const DROPPED: u8 = 2;

impl Register {
    pub fn new() -> Arc<Register> {
        Arc::default()
    }

    fn enter(&self) -> usize {
        let id = self.made.fetch_add(1, Relaxed);
        if id / CHUNK >= self.states.read().unwrap().len() {
            let mut states = self.states.write().unwrap();
            while id / CHUNK >= states.len() {
                states.push([const { AtomicU8::new(0) }; CHUNK]);
            }
        }
        self.set(id, ALIVE);
        id
    }

    fn set(&self, id: usize, state: u8) -> u8 {
        self.states.read().unwrap()[id / CHUNK][id % CHUNK].swap(state, Relaxed)
    }

    fn leave(&self, id: usize) {
        assert_eq!(self.set(id, DROPPED), ALIVE, "dropped twice, or made of thin air");
        self.dropped.fetch_add(1, Relaxed);
    }

    pub fn is_alive(&self, id: usize) -> bool {
        self.states.read().unwrap()[id / CHUNK][id % CHUNK].load(Relaxed) == ALIVE
    }

    /// How many are there.
    pub fn alive(&self) -> usize {
        self.made.load(Relaxed) - self.dropped.load(Relaxed)
    }
}

/// Something of the user's code that runs in an operation of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    Hash,
    Eq,
    Drop,
}

type Meddling = (Code, Rc<dyn Fn()>);

thread_local! {
    /// How many times each may run on this thread before it panics.
    static UNTIL_PANIC: Cell<[u32; 3]> = const { Cell::new([u32::MAX; 3]) };
    static PANICKED: Cell<Option<Code>> = const { Cell::new(None) };
    /// What a piece of code does besides.
    static MEDDLING: RefCell<Option<Meddling>> = const { RefCell::new(None) };
}

/// From now on, on this thread, `code` panics when it runs for the time after `times` more times.
pub fn panic_after(code: Code, times: u32) {
    let mut until = [u32::MAX; 3];
    until[code as usize] = times;
    UNTIL_PANIC.set(until);
    PANICKED.set(None);
}

/// Nothing panics any more. Says what did.
pub fn panic_no_more() -> Option<Code> {
    UNTIL_PANIC.set([u32::MAX; 3]);
    PANICKED.take()
}

/// Whenever `code` runs in `operation` on this thread, it calls `meddle`, too.
pub fn meddle<R>(code: Code, meddle: impl Fn() + 'static, operation: impl FnOnce() -> R) -> R {
    struct NoMore;
    impl Drop for NoMore {
        fn drop(&mut self) {
            MEDDLING.set(None);
        }
    }
    MEDDLING.set(Some((code, Rc::new(meddle))));
    let _no_more = NoMore;
    operation()
}

fn runs(code: Code) {
    let meddling = MEDDLING.with_borrow(|meddling| meddling.clone());
    if let Some((_, meddle)) = meddling.filter(|(when, _)| *when == code) {
        MEDDLING.set(None);
        let again = meddle.clone();
        meddle();
        MEDDLING.set(Some((code, again)));
    }
    let mut until = UNTIL_PANIC.get();
    let left = &mut until[code as usize];
    match *left {
        u32::MAX => {}
        0 => {
            *left = u32::MAX;
            UNTIL_PANIC.set(until);
            PANICKED.set(Some(code));
            panic!("{code:?} panics");
        }
        _ => {
            *left -= 1;
            UNTIL_PANIC.set(until);
        }
    }
}

/// A number that is in a register for as long as it is not dropped.
pub struct Tracked {
    number: u64,
    id: usize,
    register: Arc<Register>,
}

impl Tracked {
    pub fn new(number: u64, register: &Arc<Register>) -> Tracked {
        Tracked { number, id: register.enter(), register: register.clone() }
    }

    /// The number.
    pub fn get(&self) -> u64 {
        assert!(self.register.is_alive(self.id), "read after it was dropped");
        self.number
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        self.register.leave(self.id);
        if !std::thread::panicking() {
            runs(Code::Drop);
        }
    }
}

/// What a look-up uses in place of a key: so that its code is counted, too.
#[derive(Debug, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Number(pub u64);

impl Borrow<Number> for Tracked {
    fn borrow(&self) -> &Number {
        assert!(self.register.is_alive(self.id), "compared after it was dropped");
        // SAFETY: `Number` is a transparent `u64`.
        unsafe { &*(&raw const self.number).cast::<Number>() }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        runs(Code::Eq);
        self.0 == other.0
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        runs(Code::Hash);
        state.write_u64(self.0);
    }
}

impl PartialEq for Tracked {
    fn eq(&self, other: &Tracked) -> bool {
        runs(Code::Eq);
        self.get() == other.get()
    }
}

impl Eq for Tracked {}

impl Hash for Tracked {
    fn hash<H: Hasher>(&self, state: &mut H) {
        runs(Code::Hash);
        state.write_u64(self.get());
    }
}

step10::relocate! {
    // SAFETY: a number, another one, and a pointer.
    unsafe impl Relocate for struct Tracked { number, id, register }
}
