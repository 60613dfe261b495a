//! Loom's objects for the twin types, found by the bits of the twin.
//!
//! Loom's own types are handles: copy one bitwise, and both copies mean the same modelled cell, which hides every bug
//! of copied bits. A twin carries an [`Id`] instead, and this table maps (id, address) to loom's object. So:
//!
//! - a twin that turns up at a new address has been moved, and its object goes with it;
//! - only the twins of `ptr::copy`, `ptr::copy_nonoverlapping` and `ptr::read` make a second object;
//! - a twin that is used at an address that it has moved away from is two owners of the same bits: a verdict.
//!
//! The object is made by the thread that constructs the twin: made at the first access, it would carry the wrong
//! thread's history.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use crate::heap;
use crate::operation::{Access, ObjectNumber, Operation, UNKNOWN};
use crate::recorder::{Class, Finding, Source};
use crate::session::{self, Session, Site};

/// What tells one twin from all others of an execution; part of the twin's bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub(crate) struct Id(u64);

/// The first field of every twin (which is `repr(C)`, so that it is also at the twin's address).
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct Identity(Id);

impl Drop for Identity {
    fn drop(&mut self) {
        let Some(session) = session::try_current() else { return };
        session.stop_if_failed();
        if !session.is_running() {
            return;
        }
        let address = &raw const *self as usize;
        // A value that is not on the checked heap may be shared in ways that loom does not see (std's own Arc).
        if session.recorder().block_at(address).is_some() {
            let operation = Operation::Exclusive { object: UNKNOWN, what: "drop" };
            let pending = session::begin(&session, Source::of_drop(), operation);
            heap::check_live(&session, address);
            end_all(&session, address, 1);
            pending.forget();
        }
        session.objects.borrow_mut().remove(address);
    }
}

/// The twins that start in the `bytes` bytes at `start` end here: what other threads did with them must happen before.
pub(crate) fn end_all(session: &Session, start: usize, bytes: usize) {
    let ending: Vec<(usize, Rc<Model>)> = {
        let objects = session.objects.borrow();
        (objects.by_address.range(start..start + bytes))
            .filter_map(|(address, id)| objects.twins.get(id)?.places.iter().find(|place| place.address == *address))
            .map(|place| (place.address, place.model.clone()))
            .collect()
    };
    for (address, model) in ending {
        aim(session, address, model.number, Access::Write);
        let mut recorder = session.recorder();
        let marker = 0_u8;
        let thread = recorder.thread_of_stack(&raw const marker as usize);
        if let Some(entry) = recorder.pending_mut(thread) {
            entry.operation.set_object(model.number);
        }
        drop(recorder);
        match &model.handle {
            Handle::U8(atomic) => end_atomic(atomic, loom::sync::atomic::AtomicU8::with_mut),
            Handle::U32(atomic) => end_atomic(atomic, loom::sync::atomic::AtomicU32::with_mut),
            Handle::U64(atomic) => end_atomic(atomic, loom::sync::atomic::AtomicU64::with_mut),
            Handle::Usize(atomic) => end_atomic(atomic, loom::sync::atomic::AtomicUsize::with_mut),
            Handle::Cell(cell) => cell.with_mut(|_| ()),
            Handle::Mutex(word, _) | Handle::RwLock(word, _) => word.end(),
        }
    }
}

/// loom is asked next about the object `number` at `address`.
pub(crate) fn aim(session: &Session, address: usize, number: ObjectNumber, access: Access) {
    let mut recorder = session.recorder();
    let block = recorder.block_at(address).map(|block| block.number);
    recorder.aim(number, access, block);
}

/// Asks loom whether every access to `atomic` happens before now.
pub(crate) fn end_atomic<A, T>(atomic: &A, with_mut: fn(&mut A, fn(&mut T))) {
    // SAFETY: loom's atomics are handles, an index into its own table, without a destructor; another thread of the
    // model may be suspended in an operation on `atomic`, so an exclusive reference to it cannot be had, and a copy of
    // the handle means the same modelled atomic. The copy is not dropped.
    let mut copy = std::mem::ManuallyDrop::new(unsafe { std::ptr::read(atomic) });
    with_mut(&mut copy, |_| ());
}

/// What the upper half of every id is, so that the scan of copied bytes takes nothing else for one.
const MARK: u64 = 0x57_49_54_4e << 32;

/// Bytes from a twin's start to its id: every twin is `repr(C)` and starts with it.
const ID_BYTES: usize = size_of::<Id>();

/// Loom's object behind a twin.
pub(crate) enum Handle {
    U8(loom::sync::atomic::AtomicU8),
    U32(loom::sync::atomic::AtomicU32),
    U64(loom::sync::atomic::AtomicU64),
    Usize(loom::sync::atomic::AtomicUsize),
    Cell(loom::cell::UnsafeCell<()>),
    Mutex(LockWord, loom::sync::Mutex<()>),
    RwLock(LockWord, loom::sync::RwLock<()>),
}

/// The word of a lock, as far as copying its bits is concerned: one cell for each thread, which that thread's lock
/// operations write and a copy reads. So two threads' lock operations never race with each other, and a copy races with
/// each of them that it is not ordered with.
pub(crate) struct LockWord([loom::cell::UnsafeCell<()>; loom::MAX_THREADS]);

impl LockWord {
    pub(crate) fn new() -> LockWord {
        LockWord(std::array::from_fn(|_| loom::cell::UnsafeCell::new(())))
    }

    /// The calling thread has changed the word.
    pub(crate) fn change(&self, session: &Session) {
        self.0[session.current_thread()].with_mut(|_| ());
    }

    /// The lock is dropped: every operation on it must happen before now.
    fn end(&self) {
        for cell in &self.0 {
            cell.with_mut(|_| ());
        }
    }

    fn copy(&self) {
        for cell in &self.0 {
            cell.with(|_| ());
        }
    }
}

/// A twin's object, and the number by which the timeline knows it.
pub(crate) struct Model {
    pub(crate) number: ObjectNumber,
    pub(crate) handle: Handle,
    /// Whether a `&mut` to the twin's value has been handed out since: then the value in the twin's own bits counts.
    pub(crate) lent: Cell<bool>,
}

impl Model {
    fn new(number: ObjectNumber, handle: Handle) -> Rc<Model> {
        Rc::new(Model { number, handle, lent: Cell::new(false) })
    }
}

struct Place {
    address: usize,
    model: Rc<Model>,
}

struct Twin {
    class: Class,
    type_name: &'static str,
    bytes: usize,
    /// The object as constructed, or as read out by `ptr::read`: not used at any address yet.
    unplaced: Vec<Rc<Model>>,
    places: Vec<Place>,
    /// Addresses that it was used at and has moved away from.
    left: Vec<usize>,
}

/// The table; one for each execution.
pub(crate) struct Objects {
    executions: u64,
    twins: HashMap<Id, Twin>,
    by_address: BTreeMap<usize, Id>,
    pub(crate) blocks: Vec<Rc<heap::Handles>>,
    /// What every `SeqCst` fence stores to first.
    fence: Option<Rc<loom::sync::atomic::AtomicUsize>>,
}

impl Objects {
    pub(crate) fn new() -> Objects {
        Objects { executions: 0, twins: HashMap::new(), by_address: BTreeMap::new(), blocks: Vec::new(), fence: None }
    }

    pub(crate) fn begin_execution(&mut self) {
        self.executions += 1;
        self.fence = Some(Rc::new(loom::sync::atomic::AtomicUsize::new(0)));
    }

    pub(crate) fn clear(&mut self) {
        self.twins.clear();
        self.by_address.clear();
        self.blocks.clear();
        self.fence = None;
    }

    pub(crate) fn fence(&self) -> Rc<loom::sync::atomic::AtomicUsize> {
        self.fence.clone().expect("an execution is under way")
    }

    /// Every id in the `bytes` bytes at `start`, with the address at which its twin would start.
    fn scan(&self, start: usize, bytes: usize) -> Vec<(usize, Id)> {
        let align = align_of::<u64>();
        let first = start.next_multiple_of(align);
        let mut found = Vec::new();
        let mut address = first;
        while address + ID_BYTES <= start + bytes {
            // SAFETY: the caller copies these bytes, so they are readable; they are read as possibly uninitialised
            // memory that is volatile to the optimiser, and only compared.
            let word = unsafe { std::ptr::read_volatile(address as *const std::mem::MaybeUninit<u64>) };
            // SAFETY: this is the checker's one look at bytes that may be padding: the word is compared with known ids
            // and not used otherwise. Every id that matches was written by `Id`'s constructor.
            let id = Id(unsafe { word.assume_init() });
            if id.0 & !0xffff_ffff == MARK && self.twins.contains_key(&id) {
                found.push((address, id));
            }
            address += align;
        }
        found
    }
}

/// Makes the object of a twin that the calling thread constructs.
pub(crate) fn construct(
    session: &Session,
    class: Class,
    type_name: &'static str,
    bytes: usize,
    site: Site,
    handle: Handle,
) -> (Identity, ObjectNumber) {
    let number = session.recorder().add_object(class, type_name, site, None);
    let mut objects = session.objects.borrow_mut();
    let id = Id(MARK | (objects.executions & 0xffff) << 16 | (objects.twins.len() as u64 & 0xffff));
    let model = Model::new(number, handle);
    let twin = Twin { class, type_name, bytes, unplaced: vec![model], places: Vec::new(), left: Vec::new() };
    objects.twins.insert(id, twin);
    (Identity(id), number)
}

/// Finds the object of the twin at `address`, and notes that it is there now.
///
/// The caller has begun an operation, and has touched the block that the twin is in. The twin's id is read only once it
/// is known that no twin of another width is there.
pub(crate) fn find(session: &Session, address: usize, type_name: &'static str) -> Rc<Model> {
    let result = session.objects.borrow_mut().find(address, type_name);
    result.unwrap_or_else(|finding| session.fail(finding))
}

impl Objects {
    fn find(&mut self, address: usize, type_name: &'static str) -> Result<Rc<Model>, Finding> {
        // An atomic of another type that covers this address, and whose bits are still there, is accessed at two widths.
        // Any other twin may hold one in its value.
        if let Some((&start, &other)) = self.by_address.range(..=address).next_back() {
            let twin = &self.twins[&other];
            let covers = address == start || twin.class == Class::Atomic && address < start + twin.bytes;
            if covers && (start != address || twin.type_name != type_name) && read_id(start) == other {
                return Err(Finding::MixedWidth { here: type_name, there: twin.type_name });
            }
        }
        if !address.is_multiple_of(align_of::<Id>()) {
            return Err(Finding::Uninitialized { type_name });
        }
        let id = read_id(address);
        let Some(twin) = self.twins.get_mut(&id) else { return Err(Finding::Uninitialized { type_name }) };
        if twin.type_name != type_name {
            return Err(Finding::MixedWidth { here: type_name, there: twin.type_name });
        }
        if let Some(place) = twin.places.iter().find(|place| place.address == address) {
            return Ok(place.model.clone());
        }
        if let Some(model) = twin.unplaced.pop() {
            twin.places.push(Place { address, model: model.clone() });
            self.by_address.insert(address, id);
            return Ok(model);
        }
        let Some(place) = twin.places.last_mut() else { return Err(Finding::Uninitialized { type_name }) };
        if twin.left.contains(&address) {
            return Err(Finding::UsedAfterMove { object: place.model.number });
        }
        let old = std::mem::replace(&mut place.address, address);
        twin.left.push(old);
        let found = place.model.clone();
        if self.by_address.get(&old) == Some(&id) {
            self.by_address.remove(&old);
        }
        self.by_address.insert(address, id);
        Ok(found)
    }

    /// Forgets the twin at `address`: it has been dropped there, or overwritten.
    fn remove(&mut self, address: usize) {
        let Some(id) = self.by_address.remove(&address) else { return };
        if let Some(twin) = self.twins.get_mut(&id) {
            twin.places.retain(|place| place.address != address);
        }
    }
}

/// The id at the start of the twin at `address`.
fn read_id(address: usize) -> Id {
    // SAFETY: the callers pass the address of a twin to which the model holds a reference, or one that covers it and
    // starts at most a twin's size before it, in the same object. The memory may be poison, but blocks stay allocated
    // until their execution ends.
    unsafe { std::ptr::read_volatile(address as *const Id) }
}

/// The bits of every twin in the `bytes` bytes at `from` are copied to `to`, or to a place that is not known yet.
///
/// The copy is a plain read of each twin, which races with a concurrent write of it, atomic or not; the copy's object
/// is made by the copying thread.
pub(crate) fn copy(session: &Session, from: usize, to: Option<usize>, bytes: usize, site: Site) {
    let twins = session.objects.borrow().scan(from, bytes);
    for (address, id) in twins {
        let (original, class) = place_of(session, address, id);
        aim(session, address, original.number, Access::Read);
        let handle = duplicate(session, &original);
        let thread = session.current_thread();
        session.recorder().note_access(original.number, thread, Access::Read);
        let type_name = session.objects.borrow().twins[&id].type_name;
        let number = session.recorder().add_object(class, type_name, site, Some(original.number));
        let model = Model::new(number, handle);
        let mut objects = session.objects.borrow_mut();
        let destination = to.map(|to| to + (address - from));
        if let Some(destination) = destination {
            objects.remove(destination);
        }
        let twin = objects.twins.get_mut(&id).expect("place_of has found it");
        match destination {
            Some(address) => {
                twin.left.retain(|&left| left != address);
                twin.places.push(Place { address, model });
                objects.by_address.insert(address, id);
            }
            None => twin.unplaced.push(model),
        }
    }
}

/// A value has been written to the `bytes` bytes at `at` by the calling thread: a move, which is a plain write of the
/// place. So its twins' objects are made anew by this thread: who reaches them there must have synchronised with it.
pub(crate) fn moved_to(session: &Session, at: usize, bytes: usize) {
    let twins = session.objects.borrow().scan(at, bytes);
    for (address, id) in twins {
        {
            let mut objects = session.objects.borrow_mut();
            if objects.by_address.get(&address).is_some_and(|&there| there != id) {
                objects.remove(address);
            }
            if let Some(twin) = objects.twins.get_mut(&id) {
                twin.left.retain(|&left| left != address);
            }
        }
        let (old, _) = place_of(session, address, id);
        aim(session, address, old.number, Access::Write);
        let model = Model::new(old.number, duplicate(session, &old));
        let mut objects = session.objects.borrow_mut();
        let twin = objects.twins.get_mut(&id).expect("place_of has found it");
        if let Some(place) = twin.places.iter_mut().find(|place| place.address == address) {
            place.model = model;
        }
    }
}

/// The value of the atomic at `address` was lent out as `&mut`; the calling thread is the next to use the atomic. What
/// is in the twin's bits now is its value, and the calling thread is taken to have written it.
pub(crate) fn take_back(session: &Session, address: usize, model: &Model) -> Rc<Model> {
    use loom::sync::atomic;

    let value = address + ID_BYTES;
    // SAFETY (of each read): the twin is `repr(C)`, its value follows its id, and the caller holds a reference to it.
    let (handle, bits) = match &model.handle {
        // SAFETY: see above.
        Handle::U8(_) => both(unsafe { *(value as *const u8) }, |v| Handle::U8(atomic::AtomicU8::new(v))),
        // SAFETY: see above.
        Handle::U32(_) => both(unsafe { *(value as *const u32) }, |v| Handle::U32(atomic::AtomicU32::new(v))),
        // SAFETY: see above.
        Handle::U64(_) => both(unsafe { *(value as *const u64) }, |v| Handle::U64(atomic::AtomicU64::new(v))),
        // SAFETY: see above.
        Handle::Usize(_) => both(unsafe { *(value as *const usize) }, |v| Handle::Usize(atomic::AtomicUsize::new(v))),
        Handle::Cell(_) | Handle::Mutex(..) | Handle::RwLock(..) => unreachable!("only an atomic lends its value"),
    };
    session.recorder().note_write(model.number, bits, true);
    let fresh = Model::new(model.number, handle);
    let mut objects = session.objects.borrow_mut();
    if let Some(twin) = objects.twins.get_mut(&read_id(address))
        && let Some(place) = twin.places.iter_mut().find(|place| place.address == address)
    {
        place.model = fresh.clone();
    }
    fresh
}

fn both<T: Copy + TryInto<u64>>(value: T, handle: impl FnOnce(T) -> Handle) -> (Handle, u64) {
    (handle(value), value.try_into().unwrap_or_default())
}

fn place_of(session: &Session, address: usize, id: Id) -> (Rc<Model>, Class) {
    let (class, type_name) = {
        let objects = session.objects.borrow();
        let twin = &objects.twins[&id];
        (twin.class, twin.type_name)
    };
    (find(session, address, type_name), class)
}

/// A second object with the state that the bits of the first one show.
fn duplicate(session: &Session, original: &Model) -> Handle {
    use loom::sync::atomic;

    match &original.handle {
        // SAFETY: loom reads its own record here; a concurrent store is what it is asked to report.
        Handle::U8(atomic) => Handle::U8(atomic::AtomicU8::new(unsafe { atomic.unsync_load() })),
        // SAFETY: as above.
        Handle::U32(atomic) => Handle::U32(atomic::AtomicU32::new(unsafe { atomic.unsync_load() })),
        // SAFETY: as above.
        Handle::U64(atomic) => Handle::U64(atomic::AtomicU64::new(unsafe { atomic.unsync_load() })),
        // SAFETY: as above.
        Handle::Usize(atomic) => Handle::Usize(atomic::AtomicUsize::new(unsafe { atomic.unsync_load() })),
        Handle::Cell(cell) => {
            cell.with(|_| ());
            Handle::Cell(loom::cell::UnsafeCell::new(()))
        }
        // A copy of a held lock says "locked", and nobody has a guard that would ever unlock it.
        Handle::Mutex(word, _) => {
            word.copy();
            let copy = loom::sync::Mutex::new(());
            if !session.recorder().objects[original.number].holders.is_empty() {
                std::mem::forget(copy.lock());
            }
            Handle::Mutex(LockWord::new(), copy)
        }
        Handle::RwLock(word, _) => {
            word.copy();
            let copy = loom::sync::RwLock::new(());
            let holders = session.recorder().objects[original.number].holders.clone();
            for (_, access) in holders {
                match access {
                    Access::Read => std::mem::forget(copy.read()),
                    Access::Write => std::mem::forget(copy.write()),
                }
            }
            Handle::RwLock(LockWord::new(), copy)
        }
    }
}
