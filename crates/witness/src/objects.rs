//! Loom's objects for the twin types, found by the bits of the twin.
//!
//! Loom's own types are handles: copy one bitwise, and both copies mean the same modelled cell, which hides every bug
//! of copied bits. A twin carries a [`Tag`] instead, and this table knows the object of each. So:
//!
//! - a twin that turns up at a new address has been moved, and its object goes with it;
//! - only the twins of `ptr::copy`, `ptr::copy_nonoverlapping` and `ptr::read` make a second object ([`copying`]);
//! - bits that a twin has left behind by moving, and that are used nonetheless, are two owners of the same bits: a verdict.
//!
//! The object is made by the thread that constructs the twin: made at the first access, it would carry the wrong
//! thread's history.
//!
//! [`copying`]: crate::copying

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};
use std::sync::atomic::Ordering::Relaxed;

use crate::heap::{self, Stamp};
use crate::identity::Tag;
use crate::operation::{Access, ObjectNumber, Operation, UNKNOWN};
use crate::recorder::{Class, Finding, Source, ThreadNumber};
use crate::session::{self, Session, Site};

/// Loom's object behind a twin.
pub(crate) enum Handle {
    U8(loom::sync::atomic::AtomicU8),
    U32(loom::sync::atomic::AtomicU32),
    U64(loom::sync::atomic::AtomicU64),
    Usize(loom::sync::atomic::AtomicUsize),
    Cell(loom::cell::UnsafeCell<()>),
    Mutex(LockWord, loom::sync::Mutex<()>),
    RwLock(LockWord, loom::sync::RwLock<()>, Shared),
}

/// Loom's object behind what the calling thread makes now. To make it is a write. (Loom alone would count it as done before the
/// thread's last `Release`.)
pub(crate) fn new_cell() -> loom::cell::UnsafeCell<()> {
    let cell = loom::cell::UnsafeCell::new(());
    cell.with_mut(|_| ());
    cell
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

    /// The calling thread has the lock to itself: every operation on it must happen before now.
    pub(crate) fn end(&self) {
        for cell in &self.0 {
            cell.with_mut(|_| ());
        }
    }

    pub(crate) fn copy(&self) {
        for cell in &self.0 {
            cell.with(|_| ());
        }
    }
}

/// What loom's lock lacks where threads share it.
pub(crate) struct Shared {
    /// loom's guards, by thread. loom counts threads and not guards: so a thread that reads once more, while it reads,
    /// shares the guard that it has.
    pub(crate) readers: RefCell<Vec<(ThreadNumber, Weak<loom::sync::RwLockReadGuard<'static, ()>>)>>,
    /// What a thread touches that stops to read, and one that is about to find out whether others read.
    gate: loom::sync::atomic::AtomicUsize,
}

impl Shared {
    pub(crate) fn new() -> Shared {
        Shared { readers: RefCell::default(), gate: loom::sync::atomic::AtomicUsize::new(0) }
    }

    /// A place for loom to switch threads, which it tells from those on other locks. It orders nothing.
    pub(crate) fn pass(&self) {
        self.gate.fetch_add(0, Relaxed);
    }
}

/// A twin's object, and the number by which the timeline knows it.
pub(crate) struct Model {
    pub(crate) number: ObjectNumber,
    pub(crate) handle: Handle,
    /// Whether a `&mut` to the twin's value has been handed out since: then the value in the twin's own bits counts. It
    /// holds the value that loom's object has.
    pub(crate) lent: Cell<Option<u64>>,
}

impl Model {
    pub(crate) fn new(number: ObjectNumber, handle: Handle) -> Rc<Model> {
        Rc::new(Model { number, handle, lent: Cell::new(None) })
    }
}

/// What the table knows of a twin.
pub(crate) struct Twin {
    pub(crate) class: Class,
    pub(crate) type_name: &'static str,
    pub(crate) bytes: usize,
    pub(crate) model: Rc<Model>,
    /// Where it was last seen.
    address: Option<usize>,
    moves: u8,
}

impl Twin {
    /// Whether bits with this tag are the ones that the twin has now.
    fn is_tagged(&self, tag: Tag) -> bool {
        // A probe is plain data, and nothing is written to it behind a shared reference: its moves are not counted. What
        // two owners of one do wrong is to drop it twice, or to read it after a drop.
        self.class == Class::Probe || self.moves == tag.moves()
    }
}

/// The table; one for each execution.
pub(crate) struct Objects {
    execution: u16,
    twins: Vec<Twin>,
    by_address: BTreeMap<usize, usize>,
    pub(crate) blocks: Vec<Rc<heap::Handles>>,
    /// What every `SeqCst` fence stores to first.
    fence: Option<Rc<loom::sync::atomic::AtomicUsize>>,
}

impl Objects {
    pub(crate) fn new() -> Objects {
        Objects { execution: 0, twins: Vec::new(), by_address: BTreeMap::new(), blocks: Vec::new(), fence: None }
    }

    pub(crate) fn begin_execution(&mut self) {
        self.execution = self.execution.wrapping_add(1);
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

    pub(crate) fn twin(&self, index: usize) -> &Twin {
        &self.twins[index]
    }

    /// Gives the twin number `index` another object.
    pub(crate) fn replace(&mut self, index: usize, model: Rc<Model>) {
        self.twins[index].model = model;
    }

    /// The twin that was last seen at `address`.
    pub(crate) fn last_seen_at(&self, address: usize) -> Option<usize> {
        self.by_address.get(&address).copied()
    }

    /// Adds a twin that has been seen nowhere yet.
    pub(crate) fn add(&mut self, class: Class, type_name: &'static str, bytes: usize, model: Rc<Model>) -> Tag {
        self.twins.push(Twin { class, type_name, bytes, model, address: None, moves: 0 });
        Tag::new(self.execution, self.twins.len() - 1)
    }

    /// The twin that has `tag`.
    fn index(&self, tag: Tag) -> Option<usize> {
        tag.index(self.execution).filter(|&index| index < self.twins.len())
    }

    /// The twin whose bits are at `address`, where the model has a twin or is about to find out that it has none.
    fn index_at(&self, address: usize) -> Option<(usize, Tag)> {
        if !address.is_multiple_of(align_of::<Tag>()) {
            return None;
        }
        // SAFETY: the callers pass the address of something to which the model holds a reference, and which is at least
        // as large as a tag, or one that lies beside it in the same object. The memory may be poison, but blocks stay
        // allocated until their execution ends.
        let tag = unsafe { Tag::read(address) };
        Some((self.index(tag)?, tag))
    }

    /// Every twin in the `bytes` bytes at `start` whose bits there are the ones that it has now, with its address.
    ///
    /// Padding may hold what is left of a tag, and with the value before it look like one. So a twin inside of another one
    /// is taken for one only if it fits in there: the value of a `Probe<u32>` and its padding do not hold a twin.
    pub(crate) fn scan(&self, start: usize, bytes: usize) -> Vec<(usize, usize)> {
        let first = start.next_multiple_of(align_of::<Tag>());
        let addresses =
            (first..).step_by(align_of::<Tag>()).take_while(|address| address + Tag::BYTES <= start + bytes);
        let mut found = Vec::new();
        let mut ends = vec![start + bytes];
        for address in addresses {
            ends.retain(|&end| end > address);
            // The caller copies these bytes, so they are readable.
            let Some((index, tag)) = self.index_at(address) else { continue };
            let end = address + self.twins[index].bytes;
            if self.twins[index].is_tagged(tag) && ends.iter().all(|&outer| end <= outer) {
                found.push((address, index));
                ends.push(end);
            }
        }
        found
    }

    fn find(&mut self, address: usize, type_name: &'static str) -> Result<Rc<Model>, Finding> {
        // An atomic of another type that covers this address, and whose bits are still there, is accessed at two widths.
        // Any other twin may hold one in its value.
        if let Some((&start, &other)) = self.by_address.range(..=address).next_back() {
            let twin = &self.twins[other];
            let covers = address == start || twin.class == Class::Atomic && address < start + twin.bytes;
            if covers
                && (start != address || twin.type_name != type_name)
                && self.index_at(start).is_some_and(|(index, _)| index == other)
            {
                return Err(Finding::MixedWidth { here: type_name, there: twin.type_name });
            }
        }
        let Some((index, tag)) = self.index_at(address) else {
            return Err(match self.atomic_around(address) {
                Some(there) => Finding::MixedWidth { here: type_name, there },
                None => Finding::Uninitialized { type_name },
            });
        };
        let twin = &self.twins[index];
        if twin.type_name != type_name {
            return Err(Finding::MixedWidth { here: type_name, there: twin.type_name });
        }
        if !twin.is_tagged(tag) {
            return Err(Finding::UsedAfterMove { object: twin.model.number });
        }
        self.place(index, address, tag);
        Ok(self.twins[index].model.clone())
    }

    /// Notes that the twin number `index` is at `address`, where its bits have `tag`.
    fn place(&mut self, index: usize, address: usize, tag: Tag) {
        let twin = &mut self.twins[index];
        let Some(old) = twin.address.replace(address) else {
            self.by_address.insert(address, index);
            return;
        };
        if old == address {
            return;
        }
        if twin.class != Class::Probe {
            twin.moves = twin.moves.wrapping_add(1);
            // SAFETY: the tag of a twin that is no probe is a `Cell`, at the twin's address, and all threads of a model
            // run on one OS thread.
            unsafe { std::ptr::write_volatile(address as *mut Tag, tag.with_moves(twin.moves)) };
        }
        if self.by_address.get(&old) == Some(&index) {
            self.by_address.remove(&old);
        }
        self.by_address.insert(address, index);
    }

    /// The type of an atomic in the middle of which `address` lies, when nobody has used that atomic yet.
    fn atomic_around(&self, address: usize) -> Option<&'static str> {
        const PAGE: usize = 4096;

        let word = address & !(align_of::<Tag>() - 1);
        // An atomic is its tag and its value: it starts in this word or in the one before, which is not looked at if it
        // is on another page and so may not be there at all.
        let before = (!word.is_multiple_of(PAGE)).then(|| word - align_of::<Tag>());
        [(word != address).then_some(word), before].into_iter().flatten().find_map(|start| {
            let twin = &self.twins[self.index_at(start)?.0];
            (twin.class == Class::Atomic && address < start + twin.bytes).then_some(twin.type_name)
        })
    }

    /// Forgets where the twins in the `bytes` bytes at `start` are: they have been dropped there, or overwritten.
    pub(crate) fn forget(&mut self, start: usize, bytes: usize) {
        let gone: Vec<(usize, usize)> =
            self.by_address.range(start..start + bytes).map(|(&at, &index)| (at, index)).collect();
        for (address, index) in gone {
            self.by_address.remove(&address);
            self.twins[index].address = None;
        }
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
) -> (Tag, ObjectNumber) {
    let number = session.recorder().add_object(class, type_name, site, None);
    let tag = session.objects.borrow_mut().add(class, type_name, bytes, Model::new(number, handle));
    (tag, number)
}

/// Finds the object of the twin at `address`, and notes that it is there now; fails the model if there is none, or if
/// it has been dropped.
///
/// The caller has begun an operation, and has touched the block that the twin is in.
pub(crate) fn find(session: &Session, address: usize, type_name: &'static str) -> Rc<Model> {
    let model = find_dropped_or_not(session, address, type_name);
    let dropped = session.recorder().dropped(model.number).is_some();
    if dropped {
        blame(session, model.number);
        session.fail(Finding::UsedAfterDrop { object: model.number });
    }
    model
}

/// As [`find`], but for the drop.
pub(crate) fn find_dropped_or_not(session: &Session, address: usize, type_name: &'static str) -> Rc<Model> {
    let result = session.objects.borrow_mut().find(address, type_name);
    result.unwrap_or_else(|finding| session.fail(finding))
}

/// The twin at `address`, whose bits have `tag`, is dropped, or forgotten in place of a drop.
///
/// Bits that are not the twin's own any more, or may be a copy that nobody told of, end nothing.
pub(crate) fn end(session: &Rc<Session>, address: usize, tag: Tag) {
    let number = {
        let objects = session.objects.borrow();
        let Some(twin) = objects.index(tag).map(|index| &objects.twins[index]) else { return };
        if !twin.is_tagged(tag) || twin.address.is_some_and(|there| there != address) {
            return;
        }
        twin.model.number
    };
    let pending = session::begin(session, Source::of_drop(), Operation::Exclusive { object: UNKNOWN, what: "drop" });
    pending.about(number);
    // A value that is not on the checked heap may be shared in ways that loom does not see (std's own Arc).
    if heap::check_live(session, address).is_some() {
        end_all(session, address, 1);
    }
    let thread = pending.thread();
    pending.done(|recorder, _| {
        let event = Some(recorder.events.len());
        recorder.objects[number].dropped.get_or_insert(Stamp { thread, event });
    });
    session.objects.borrow_mut().forget(address, 1);
}

/// The twins that start in the `bytes` bytes at `start` end here: what other threads did with them must happen before.
pub(crate) fn end_all(session: &Session, start: usize, bytes: usize) {
    let ending: Vec<(usize, Rc<Model>)> = {
        let objects = session.objects.borrow();
        let range = objects.by_address.range(start..start + bytes);
        range.map(|(&address, &index)| (address, objects.twins[index].model.clone())).collect()
    };
    for (address, model) in ending {
        aim(session, address, model.number, Access::Write);
        blame(session, model.number);
        match &model.handle {
            Handle::U8(atomic) => end_atomic(atomic, loom::sync::atomic::AtomicU8::with_mut),
            Handle::U32(atomic) => end_atomic(atomic, loom::sync::atomic::AtomicU32::with_mut),
            Handle::U64(atomic) => end_atomic(atomic, loom::sync::atomic::AtomicU64::with_mut),
            Handle::Usize(atomic) => end_atomic(atomic, loom::sync::atomic::AtomicUsize::with_mut),
            Handle::Cell(cell) => cell.with_mut(|_| ()),
            Handle::Mutex(word, _) | Handle::RwLock(word, ..) => word.end(),
        }
    }
}

/// loom is asked next about the object `number` at `address`.
pub(crate) fn aim(session: &Session, address: usize, number: ObjectNumber, access: Access) {
    let mut recorder = session.recorder();
    let block = recorder.block_at(address).map(|block| block.number);
    recorder.aim(number, access, block);
}

/// The operation that the calling thread is in is about the object `number`.
fn blame(session: &Session, number: ObjectNumber) {
    let thread = session.current_thread();
    if let Some(entry) = session.recorder().pending_mut(thread) {
        entry.operation.set_object(number);
    }
}

/// Asks loom whether every access to `atomic` happens before now.
pub(crate) fn end_atomic<A, T>(atomic: &A, with_mut: fn(&mut A, fn(&mut T))) {
    // SAFETY: loom's atomics are handles, an index into its own table, without a destructor; another thread of the
    // model may be suspended in an operation on `atomic`, so an exclusive reference to it cannot be had, and a copy of
    // the handle means the same modelled atomic. The copy is not dropped.
    let mut copy = std::mem::ManuallyDrop::new(unsafe { std::ptr::read(atomic) });
    with_mut(&mut copy, |_| ());
}
