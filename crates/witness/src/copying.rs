//! What happens to loom's objects when the bits of twins are copied, moved or lent.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::identity::Tag;
use crate::objects::{self, Handle, LockWord, Model, Shared};
use crate::operation::Access;
use crate::recorder::ThreadNumber;
use crate::session::{Session, Site};

/// Copies of twins whose bits are about to be copied: their tags, by how far from the start of the bytes each lies.
#[must_use = "the copies have the tags of the originals until they get their own"]
pub(crate) struct Copies(Vec<(usize, Tag)>);

/// The `bytes` bytes at `from` are about to be copied: makes an object for the copy of every twin in them.
///
/// The copy is a plain read of each twin, which races with a concurrent write of it, atomic or not; the copy's object is
/// made by the copying thread. Twins that have been dropped there, or have moved away, are bits like any other.
pub(crate) fn copy(session: &Session, from: usize, bytes: usize, site: Site) -> Copies {
    let twins = session.objects.borrow().scan(from, bytes);
    let mut copies = Vec::new();
    for (address, index) in twins {
        let (class, type_name, size, number) = {
            let objects = session.objects.borrow();
            let twin = objects.twin(index);
            (twin.class, twin.type_name, twin.bytes, twin.model.number)
        };
        if session.recorder().dropped(number).is_some() {
            continue;
        }
        let original = current(session, address, type_name);
        objects::aim(session, address, original.number, Access::Read);
        let handle = duplicate(session, &original);
        let thread = session.current_thread();
        let mut recorder = session.recorder();
        recorder.note_access(original.number, thread, Access::Read);
        let number = recorder.add_object(class, type_name, site, Some(original.number));
        drop(recorder);
        let tag = session.objects.borrow_mut().add(class, type_name, size, Model::new(number, handle));
        copies.push((address - from, tag));
    }
    Copies(copies)
}

impl Copies {
    /// Tags the copies, whose bits are at `to` by now.
    ///
    /// # Safety
    ///
    /// The bytes that were copied are at `to`, and may be written.
    pub(crate) unsafe fn tag(self, to: *mut u8) {
        for (offset, tag) in self.0 {
            // SAFETY: the caller says that these bytes may be written. They may be packed in ways that do not align them.
            unsafe { to.add(offset).cast::<Tag>().write_unaligned(tag) };
        }
    }
}

/// A value has been written to the `bytes` bytes at `at` by the calling thread: a move, which is a plain write of the
/// place. So its twins' objects are made anew by this thread: who reaches them there must have synchronised with it.
pub(crate) fn moved_to(session: &Session, at: usize, bytes: usize) {
    let twins = session.objects.borrow().scan(at, bytes);
    for (address, index) in twins {
        let (type_name, number) = {
            let objects = session.objects.borrow();
            let twin = objects.twin(index);
            (twin.type_name, twin.model.number)
        };
        if session.recorder().dropped(number).is_some() {
            continue;
        }
        let old = current(session, address, type_name);
        objects::aim(session, address, old.number, Access::Write);
        let model = Model::new(old.number, duplicate(session, &old));
        session.objects.borrow_mut().replace(index, model);
    }
}

/// The values of atomics that threads have lent out as `&mut`, and may have written to since.
#[derive(Default)]
pub(crate) struct Lent {
    /// Who has lent it, and where the twin was then.
    twins: RefCell<Vec<(ThreadNumber, usize, Tag)>>,
    any: Cell<bool>,
}

impl Lent {
    /// Forgets the last execution.
    pub(crate) fn begin_execution(&self) {
        self.twins.take();
        self.any.set(false);
    }

    /// Whether `thread` has lent a value out in its last operation.
    pub(crate) fn by(&self, thread: ThreadNumber) -> bool {
        self.any.get() && self.twins.borrow().iter().any(|&(lender, ..)| lender == thread)
    }
}

/// `thread` lends out the value of the atomic at `address`, which is `bits`.
pub(crate) fn lend(session: &Session, thread: ThreadNumber, address: usize, model: &Model, bits: u64) {
    model.lent.set(Some(bits));
    // SAFETY: the caller has an exclusive reference to the atomic.
    let tag = unsafe { Tag::read(address) };
    session.lent.twins.borrow_mut().push((thread, address, tag));
    session.lent.any.set(true);
}

/// `thread` goes on, with its next operation. What it has written to values that it had lent itself is their value now,
/// and it is this thread that has written it: whoever gets the atomic from here on finds it so. (The thread may still be
/// writing; then the atomic's next user sets the value right.)
pub(crate) fn take_back_of(session: &Session, thread: ThreadNumber) {
    let mut twins = session.lent.twins.take();
    for &(_, address, tag) in twins.iter().filter(|&&(lender, ..)| lender == thread) {
        let is_kept = {
            let recorder = session.recorder();
            recorder.owner_of_stack(address) == Some(thread) || recorder.block_at(address).is_some()
        };
        // SAFETY: the stacks and the blocks of an execution stay where they are until it ends. If the atomic has moved
        // on, it has left its bits here; if they have been overwritten, the tag has been, too.
        if is_kept && unsafe { Tag::read(address) } == tag {
            let index = session.objects.borrow().last_seen_at(address);
            if let Some(index) = index {
                let model = session.objects.borrow().twin(index).model.clone();
                take_back(session, address, index, &model);
            }
        }
    }
    twins.retain(|&(lender, ..)| lender != thread);
    session.lent.any.set(!twins.is_empty());
    session.lent.twins.replace(twins);
}

/// The object of the twin at `address`, with the value that is in the twin's bits if that was lent out.
pub(crate) fn current(session: &Session, address: usize, type_name: &'static str) -> Rc<Model> {
    let model = objects::find(session, address, type_name);
    if model.lent.get().is_none() {
        return model;
    }
    let index = session.objects.borrow().last_seen_at(address).expect("find has seen it there");
    let fresh = take_back(session, address, index, &model);
    fresh.lent.set(None);
    fresh
}

/// The value of the atomic number `index` was lent out as `&mut`. What is in its bits, at `address`, is its value; if
/// loom's object has another one, the calling thread is taken to have written it.
fn take_back(session: &Session, address: usize, index: usize, model: &Rc<Model>) -> Rc<Model> {
    use loom::sync::atomic;

    let value = address + Tag::BYTES;
    // SAFETY (of each read): the twin is `repr(C)`, its value follows its tag, and the caller says that it is there.
    let bits = match &model.handle {
        // SAFETY: see above.
        Handle::U8(_) => u64::from(unsafe { std::ptr::read_volatile(value as *const u8) }),
        // SAFETY: see above.
        Handle::U32(_) => u64::from(unsafe { std::ptr::read_volatile(value as *const u32) }),
        // SAFETY: see above.
        Handle::U64(_) => unsafe { std::ptr::read_volatile(value as *const u64) },
        // SAFETY: see above.
        Handle::Usize(_) => unsafe { std::ptr::read_volatile(value as *const usize) as u64 },
        Handle::Cell(_) | Handle::Mutex(..) | Handle::RwLock(..) => unreachable!("only an atomic lends its value"),
    };
    if model.lent.get() == Some(bits) {
        return model.clone();
    }
    let handle = match &model.handle {
        Handle::U8(_) => Handle::U8(atomic::AtomicU8::new(bits as u8)),
        Handle::U32(_) => Handle::U32(atomic::AtomicU32::new(bits as u32)),
        Handle::U64(_) => Handle::U64(atomic::AtomicU64::new(bits)),
        _ => Handle::Usize(atomic::AtomicUsize::new(bits as usize)),
    };
    session.recorder().note_write(model.number, bits, true);
    let fresh = Model::new(model.number, handle);
    fresh.lent.set(Some(bits));
    session.objects.borrow_mut().replace(index, fresh.clone());
    fresh
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
            Handle::Cell(objects::new_cell())
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
        Handle::RwLock(word, ..) => {
            word.copy();
            let copy = loom::sync::RwLock::new(());
            let holders = session.recorder().objects[original.number].holders.clone();
            for (_, access) in holders {
                match access {
                    Access::Read => std::mem::forget(copy.read()),
                    Access::Write => std::mem::forget(copy.write()),
                }
            }
            Handle::RwLock(LockWord::new(), copy, Shared::new())
        }
    }
}
