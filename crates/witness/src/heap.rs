//! The checked heap: memory that is never given back before its execution ends.
//!
//! A freed block is filled with a poison pattern, marked, and kept. So a touch of it can be told from a touch of a live
//! block, no address is handed out twice within an execution, and reading it is memory-safe. Each block has a cell of
//! loom's: its creation writes the cell, a touch reads it, its end writes it; so loom reports a block that another
//! thread reaches without a happens-before edge from its creation, or frees without one from its last touch.

use std::alloc::Layout;
use std::panic::Location;
use std::ptr::NonNull;
use std::rc::Rc;

use crate::objects;
use crate::operation::{Access, BlockNumber, Operation};
use crate::recorder::{Accesses, Finding, Recorder, Source, ThreadNumber};
use crate::session::{self, Session};

/// What freed memory is filled with.
pub(crate) const POISON: u8 = 0xdd;

/// Who did something to a block, and in which event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp {
    pub(crate) thread: ThreadNumber,
    pub(crate) event: Option<usize>,
}

/// One allocation of the execution under way.
pub(crate) struct Block {
    pub(crate) number: BlockNumber,
    pub(crate) address: usize,
    /// The layout that was allocated; at least one byte, so that every block has an address of its own.
    pub(crate) layout: Layout,
    /// Who hands such blocks out: `Arc`, `Box` or `alloc`.
    pub(crate) kind: &'static str,
    pub(crate) allocated: Stamp,
    pub(crate) freed: Option<Stamp>,
    pub(crate) accesses: Accesses,
}

impl Block {
    /// Gives the memory back to the process's allocator.
    pub(crate) fn release(self) {
        // SAFETY: `allocate` got this address from `std::alloc::alloc` with this layout, and a block is released once,
        // after its execution has ended: the recorder drains its list.
        unsafe { std::alloc::dealloc(self.address as *mut u8, self.layout) }
    }
}

/// Loom's objects for a block.
pub(crate) struct Handles {
    cell: loom::cell::UnsafeCell<()>,
    /// The strong count of an `Arc`.
    pub(crate) strong: Option<loom::sync::atomic::AtomicUsize>,
}

/// Allocates a block on behalf of the calling thread, which has begun the operation that does so.
pub(crate) fn allocate(session: &Session, kind: &'static str, layout: Layout, zeroed: bool) -> (*mut u8, BlockNumber) {
    let size = layout.size().max(1);
    let layout = Layout::from_size_align(size, layout.align()).expect("one byte more than none fits any alignment");
    // SAFETY: the layout's size is at least one.
    let memory = unsafe { if zeroed { std::alloc::alloc_zeroed(layout) } else { std::alloc::alloc(layout) } };
    if memory.is_null() {
        std::alloc::handle_alloc_error(layout);
    }
    let thread = session.current_thread();
    let mut recorder = session.recorder();
    let event = Some(recorder.events.len());
    let number = recorder.add_block(Block {
        number: 0,
        address: memory as usize,
        layout,
        kind,
        allocated: Stamp { thread, event },
        freed: None,
        accesses: Accesses::default(),
    });
    drop(recorder);
    let strong = (kind == "Arc").then(|| loom::sync::atomic::AtomicUsize::new(1));
    let handles = Rc::new(Handles { cell: objects::new_cell(), strong });
    session.objects.borrow_mut().blocks.push(handles);
    (memory, number)
}

/// Loom's objects for block `number`.
pub(crate) fn handles(session: &Session, number: BlockNumber) -> Rc<Handles> {
    session.objects.borrow().blocks[number - 1].clone()
}

/// The block in which `address` lies, if in any; fails the model if that block has been freed.
///
/// For atomic accesses, which loom checks against the end of the block by themselves; they ask before loom switches
/// threads and again after.
pub(crate) fn check_live(session: &Session, address: usize) -> Option<BlockNumber> {
    let mut recorder = session.recorder();
    let block = recorder.block_at(address)?;
    let (number, freed) = (block.number, block.freed.is_some());
    if freed {
        blame(&mut recorder, number);
        drop(recorder);
        session.fail(Finding::UseAfterFree { block: number });
    }
    Some(number)
}

/// The calling thread makes a plain access to `address`; says in which block that is, if in any.
///
/// Fails the model if that block has been freed, or if its creation does not happen before this access.
pub(crate) fn touch(session: &Session, address: usize) -> Option<BlockNumber> {
    let number = check_live(session, address)?;
    session.recorder().aim_at_block(number, Access::Read);
    handles(session, number).cell.with(|_| ());
    Some(number)
}

/// The block that starts at `address` and is of `kind`; anything else fails the model.
pub(crate) fn owned(session: &Session, address: usize, kind: &'static str, what: &'static str) -> BlockNumber {
    let recorder = session.recorder();
    let block = recorder.block_at(address);
    match block {
        Some(block) if block.address == address && block.kind == kind => block.number,
        _ => {
            let found = block.map(|block| block.number);
            drop(recorder);
            session.fail(Finding::InvalidPointer { what, expected: kind, found });
        }
    }
}

/// The calling thread is about to free `number`: fails the model if that has been done.
pub(crate) fn check_unfreed(session: &Session, number: BlockNumber) {
    let mut recorder = session.recorder();
    if recorder.block(number).freed.is_some() {
        blame(&mut recorder, number);
        drop(recorder);
        session.fail(Finding::DoubleFree { block: number });
    }
}

/// The calling thread frees block `number`: marks it and poisons it.
///
/// Fails the model if it has been freed before, or if a touch of it does not happen before this.
pub(crate) fn free(session: &Session, number: BlockNumber) {
    check_unfreed(session, number);
    session.recorder().aim_at_block(number, Access::Write);
    let handles = handles(session, number);
    handles.cell.with_mut(|_| ());
    if let Some(strong) = &handles.strong {
        objects::end_atomic(strong, loom::sync::atomic::AtomicUsize::with_mut);
    }
    let (address, bytes) = {
        let recorder = session.recorder();
        let block = recorder.block(number);
        (block.address, block.layout.size())
    };
    objects::end_all(session, address, bytes);
    let thread = session.current_thread();
    let mut recorder = session.recorder();
    let event = Some(recorder.events.len());
    let block = recorder.block_mut(number).expect("a block number comes from this execution");
    block.freed = Some(Stamp { thread, event });
    // SAFETY: the block's memory stays allocated until the execution ends, and this thread is its owner: whoever
    // touches it from now on is told so instead.
    unsafe { std::ptr::write_bytes(block.address as *mut u8, POISON, block.layout.size()) }
}

/// The operation that the calling thread is in is about block `number`.
pub(crate) fn blame(recorder: &mut Recorder, number: BlockNumber) {
    let marker = 0_u8;
    let thread = recorder.thread_of_stack(&raw const marker as usize);
    if let Some(entry) = recorder.pending_mut(thread) {
        entry.operation.set_block(number);
    }
}

/// Moves `value` into a new block.
#[track_caller]
pub(crate) fn place<T>(what: &'static str, kind: &'static str, value: T) -> NonNull<T> {
    let session = session::current();
    let operation = Operation::Allocate { what, block: None };
    let pending = session::begin(&session, Source::Caller(Location::caller()), operation);
    let (memory, number) = allocate(&session, kind, Layout::new::<T>(), false);
    let value_at = memory.cast::<T>();
    // SAFETY: the block is new and has `T`'s layout.
    unsafe { value_at.write(value) };
    pending.done(|_, operation| operation.set_block(number));
    // SAFETY: an allocation is not null.
    unsafe { NonNull::new_unchecked(value_at) }
}

/// Fails the model if `address` is in a freed block; makes a row only then.
#[track_caller]
pub(crate) fn check_alive(address: usize, what: &'static str, access: Access) {
    let session = session::current();
    let operation = Operation::Touch { what, block: None };
    let pending = session::begin(&session, Source::Caller(Location::caller()), operation);
    if let Some(number) = touch(&session, address) {
        let mut recorder = session.recorder();
        let event = recorder.events.len();
        recorder.aim_at_block(number, access);
        if let Some(block) = recorder.block_mut(number) {
            block.accesses.note(pending.thread(), access, event);
        }
    }
    pending.forget();
}
