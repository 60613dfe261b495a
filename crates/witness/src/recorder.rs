//! The record of the execution under way: its threads, its events, its blocks, and in the end its verdict.
//!
//! Nothing here touches loom, so that the waiting OS thread can read it while the exploring one is stuck.

use std::alloc::Layout;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::coherence;
use crate::drop_site::{self, Frames};
use crate::heap::{Block, Stamp};
use crate::operation::{Access, BlockNumber, ObjectNumber, Operation, Value};
use crate::ordering::OrderingSite;
use crate::session::{self, Site};

/// The number of a thread of the model, in the order in which threads are spawned.
pub(crate) type ThreadNumber = usize;

/// The size of a coroutine's stack in loom: `generator`'s default of 0x1000 words.
const STACK_BYTES: usize = 0x1000 * size_of::<usize>();

/// How far above the first frame of the model's code there may be frames of loom's, in which thread-locals are dropped.
const FRAMES_ABOVE: usize = 2048;

/// More events than this in one execution is a model that will not end.
const MAX_EVENTS: usize = 20_000;

/// Where an event stands in the source.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// The line of the call.
    Caller(Site),
    /// A drop: `#[track_caller]` tells nothing there, so the frames of the stack have to.
    Drop(Option<Frames>),
}

impl Source {
    /// The source of a drop that is about to be recorded: its frames, if this is the execution to be shown.
    pub(crate) fn of_drop() -> Source {
        let wanted = session::try_current().is_some_and(|session| session.wants_frames());
        Source::Drop(wanted.then(drop_site::capture))
    }
}

/// One event of the execution under way.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) thread: ThreadNumber,
    pub(crate) source: Source,
    pub(crate) operation: Operation,
    pub(crate) failing: bool,
}

pub(crate) struct Thread {
    pub(crate) name: Option<String>,
    stack: Range<usize>,
    pub(crate) pending: Vec<Entry>,
    /// What it has asked loom about last. Of its own: loom may let others run before it answers.
    target: Option<Target>,
}

/// What an object is to a reader of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Atomic,
    Cell,
    Probe,
    Lock,
}

/// An atomic, a cell, a probe or a lock.
pub(crate) struct Object {
    pub(crate) class: Class,
    /// The type's name, as the source says it: `AtomicPtr`.
    pub(crate) type_name: &'static str,
    pub(crate) created: Site,
    /// Every write: the value and its event, for an arrow from a read to the write that it read.
    writes: Vec<(u64, Option<usize>)>,
    pub(crate) accesses: Accesses,
    /// For a lock: which threads hold it.
    pub(crate) holders: Vec<(ThreadNumber, Access)>,
    /// For bits copied from another object: which one.
    pub(crate) copy_of: Option<ObjectNumber>,
    /// Who has dropped it.
    pub(crate) dropped: Option<Stamp>,
}

/// The last plain accesses of each thread, by event.
#[derive(Clone, Debug, Default)]
pub(crate) struct Accesses(Vec<(ThreadNumber, Access, usize)>);

impl Accesses {
    pub(crate) fn note(&mut self, thread: ThreadNumber, access: Access, event: usize) {
        self.0.retain(|&(t, a, _)| (t, a) != (thread, access));
        self.0.push((thread, access, event));
    }

    /// The latest access of another thread that conflicts with this one.
    fn conflicting(&self, thread: ThreadNumber, access: Access) -> Option<usize> {
        let conflicts = |&&(t, a, _): &&(ThreadNumber, Access, usize)| {
            t != thread && (access == Access::Write || a == Access::Write)
        };
        self.0.iter().filter(conflicts).map(|&(_, _, event)| event).max()
    }
}

/// The memory that loom is asked about next: if it reports a race, this is where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) memory: Memory,
    pub(crate) access: Access,
    /// The block that the memory lies in.
    pub(crate) block: Option<BlockNumber>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Memory {
    Block(BlockNumber),
    Object(ObjectNumber),
}

/// What was found wrong.
#[derive(Clone, Debug)]
pub(crate) enum Finding {
    UseAfterFree {
        block: BlockNumber,
    },
    DoubleFree {
        block: BlockNumber,
    },
    InvalidPointer {
        what: &'static str,
        expected: &'static str,
        found: Option<BlockNumber>,
    },
    Leak {
        blocks: Vec<BlockNumber>,
        probes: Vec<ObjectNumber>,
    },
    Race,
    StackPointer {
        owner: ThreadNumber,
    },
    UsedAfterMove {
        object: ObjectNumber,
    },
    UsedAfterDrop {
        object: ObjectNumber,
    },
    DoubleDrop {
        object: ObjectNumber,
    },
    WrongLayout {
        block: BlockNumber,
        given: Layout,
    },
    MixedWidth {
        here: &'static str,
        there: &'static str,
    },
    Uninitialized {
        type_name: &'static str,
    },
    Deadlock,
    NoProgress,
    TooManyEvents,
    EndlessLoop {
        seconds: u64,
    },
    /// The place is not known of a panic that was thrown on, not begun, here.
    Panic {
        message: String,
        place: Option<(String, u32)>,
    },
    Crash {
        signal: &'static str,
    },
    Exit,
    TooManyThreads {
        limit: usize,
    },
}

/// The finding, and what else has to be said of it.
pub(crate) struct Verdict {
    pub(crate) finding: Finding,
    pub(crate) thread: Option<ThreadNumber>,
    /// For a race: the memory, and the event that it races with.
    pub(crate) race: Option<(Target, Option<usize>)>,
}

pub(crate) struct Recorder {
    /// How many executions have been started.
    pub(crate) executions: usize,
    /// The preemption bound of the exploration under way.
    pub(crate) bound: Option<usize>,
    pub(crate) events: Vec<Entry>,
    pub(crate) threads: Vec<Thread>,
    running: ThreadNumber,
    pub(crate) blocks: Vec<Block>,
    by_address: BTreeMap<usize, BlockNumber>,
    pub(crate) objects: Vec<Object>,
    /// Addresses that are in no block and no stack, in the order in which they turned up.
    strange_addresses: Vec<usize>,
    /// Whether an atomic read returned something else than the latest value: then this is no plain interleaving.
    pub(crate) stale_read: bool,
    /// The events that have read what their atomic was constructed with.
    pub(crate) initial_reads: Vec<usize>,
    pub(crate) verdict: Option<Verdict>,
    /// The orderings that operations have used, in all executions.
    pub(crate) sites: Vec<OrderingSite>,
    /// How many executions within the bound have used the ordering that an audit replaces, and the last that did.
    pub(crate) altered: usize,
    last_altered: usize,
}

impl Recorder {
    pub(crate) fn new() -> Recorder {
        Recorder {
            executions: 0,
            bound: None,
            events: Vec::new(),
            threads: Vec::new(),
            running: 0,
            blocks: Vec::new(),
            by_address: BTreeMap::new(),
            objects: Vec::new(),
            strange_addresses: Vec::new(),
            stale_read: false,
            initial_reads: Vec::new(),
            verdict: None,
            sites: Vec::new(),
            altered: 0,
            last_altered: 0,
        }
    }

    /// Starts to explore up to `bound` preemptions. Returns how many executions there have been.
    pub(crate) fn begin_bound(&mut self, bound: Option<usize>) -> usize {
        self.bound = bound;
        self.altered = 0;
        self.executions
    }

    /// This execution uses the ordering that an audit replaces.
    pub(crate) fn note_alteration(&mut self) {
        if self.last_altered != self.executions {
            self.last_altered = self.executions;
            self.altered += 1;
        }
    }

    pub(crate) fn begin_execution(&mut self, stack_top: usize) {
        self.executions += 1;
        self.events.clear();
        self.threads.clear();
        self.objects.clear();
        self.strange_addresses.clear();
        self.stale_read = false;
        self.initial_reads.clear();
        let main = self.add_thread(Some("main".to_owned()));
        self.enter_stack(main, stack_top);
    }

    // ---- threads

    pub(crate) fn add_thread(&mut self, name: Option<String>) -> ThreadNumber {
        self.threads.push(Thread { name, stack: 0..0, pending: Vec::new(), target: None });
        self.threads.len() - 1
    }

    /// Notes where the stack of `thread` lies: below `top`, or not far above, and one coroutine's stack long.
    pub(crate) fn enter_stack(&mut self, thread: ThreadNumber, top: usize) {
        self.threads[thread].stack = top.saturating_sub(STACK_BYTES)..top + FRAMES_ABOVE;
        self.running = thread;
    }

    /// The thread on whose stack `address` lies.
    pub(crate) fn owner_of_stack(&self, address: usize) -> Option<ThreadNumber> {
        self.threads.iter().position(|thread| thread.stack.contains(&address))
    }

    /// The calling thread, by the address of one of its locals.
    pub(crate) fn thread_of_stack(&self, address: usize) -> ThreadNumber {
        self.owner_of_stack(address).unwrap_or(0)
    }

    // ---- events

    /// Notes an operation that is about to be done. Returns whether this execution has grown past all measure.
    pub(crate) fn begin(&mut self, thread: ThreadNumber, source: Source, operation: Operation) -> bool {
        self.running = thread;
        self.threads[thread].pending.push(Entry { thread, source, operation, failing: false });
        self.events.len() > MAX_EVENTS
    }

    /// The innermost operation that `thread` has begun.
    pub(crate) fn pending_mut(&mut self, thread: ThreadNumber) -> Option<&mut Entry> {
        self.threads[thread].pending.last_mut()
    }

    pub(crate) fn done(
        &mut self,
        thread: ThreadNumber,
        complete: impl FnOnce(&mut Recorder, &mut Operation),
    ) -> Option<usize> {
        self.running = thread;
        let mut entry = self.threads[thread].pending.pop()?;
        complete(self, &mut entry.operation);
        let index = self.events.len();
        self.note_accesses(index, thread, &entry.operation);
        self.events.push(entry);
        Some(index)
    }

    fn note_accesses(&mut self, index: usize, thread: ThreadNumber, operation: &Operation) {
        let access = match operation {
            Operation::Cell { access, .. } => *access,
            Operation::Allocate { .. } | Operation::Free { .. } => Access::Write,
            Operation::Store { .. } | Operation::Modify { .. } | Operation::Exclusive { .. } => Access::Write,
            Operation::CompareExchange { succeeded: Some(true), .. } => Access::Write,
            Operation::DropProbe { .. } => Access::Write,
            _ => Access::Read,
        };
        if let Some(object) = operation.object() {
            self.objects[object].accesses.note(thread, access, index);
        }
        // Who makes a raw pointer, or a handle of one, does not touch the memory.
        let touched = if matches!(operation, Operation::Handle { .. }) { None } else { operation.block() };
        if let Some(block) = touched.and_then(|number| self.block_mut(number)) {
            block.accesses.note(thread, access, index);
        }
        if let Operation::Cell { within: Some(within), .. } = operation
            && let Some(block) = self.block_mut(*within)
        {
            block.accesses.note(thread, Access::Read, index);
        }
    }

    /// The event that comes next accesses `object`, besides what its operation says.
    pub(crate) fn note_access(&mut self, object: ObjectNumber, thread: ThreadNumber, access: Access) {
        let event = self.events.len();
        self.objects[object].accesses.note(thread, access, event);
    }

    pub(crate) fn forget(&mut self, thread: ThreadNumber) {
        self.threads[thread].pending.pop();
    }

    // ---- blocks

    pub(crate) fn add_block(&mut self, mut block: Block) -> BlockNumber {
        let number = self.blocks.len() + 1;
        block.number = number;
        self.by_address.insert(block.address, number);
        self.blocks.push(block);
        number
    }

    pub(crate) fn block(&self, number: BlockNumber) -> &Block {
        &self.blocks[number - 1]
    }

    pub(crate) fn block_mut(&mut self, number: BlockNumber) -> Option<&mut Block> {
        self.blocks.get_mut(number.checked_sub(1)?)
    }

    /// The block in which `address` lies, freed or not.
    pub(crate) fn block_at(&self, address: usize) -> Option<&Block> {
        let (_, &number) = self.by_address.range(..=address).next_back()?;
        let block = self.block(number);
        (address < block.address + block.layout.size()).then_some(block)
    }

    /// What nobody freed or dropped in the execution that has just ended. Of an execution that Rust rules out this says
    /// nothing: others follow it.
    pub(crate) fn leaked(&self) -> Option<Finding> {
        let blocks: Vec<_> =
            self.blocks.iter().filter(|block| block.freed.is_none()).map(|block| block.number).collect();
        let undropped =
            |object: &Object| object.class == Class::Probe && object.copy_of.is_none() && object.dropped.is_none();
        let probes: Vec<_> = (0..self.objects.len()).filter(|&number| undropped(&self.objects[number])).collect();
        let is_found = (!blocks.is_empty() || !probes.is_empty()) && coherence::impossible_read(self).is_none();
        is_found.then_some(Finding::Leak { blocks, probes })
    }

    /// Gives the memory of the last execution's blocks back to the allocator.
    pub(crate) fn free_quarantine(&mut self) {
        self.by_address.clear();
        for block in self.blocks.drain(..) {
            block.release();
        }
    }

    // ---- objects

    pub(crate) fn add_object(
        &mut self,
        class: Class,
        type_name: &'static str,
        created: Site,
        copy_of: Option<ObjectNumber>,
    ) -> ObjectNumber {
        // A copy starts with the value that the original has.
        let value = copy_of.and_then(|original| self.objects[original].writes.last());
        let writes = value.map(|&(bits, _)| (bits, None)).into_iter().collect();
        self.objects.push(Object {
            copy_of,
            class,
            type_name,
            created,
            writes,
            accesses: Accesses::default(),
            holders: Vec::new(),
            dropped: None,
        });
        self.objects.len() - 1
    }

    /// The object whose bits `object` is a copy of, or a copy of a copy.
    pub(crate) fn original(&self, mut object: ObjectNumber) -> ObjectNumber {
        while let Some(original) = self.objects[object].copy_of {
            object = original;
        }
        object
    }

    /// Who has dropped `object`, if anybody. The copies of a probe are one value, of which the first drop is the last use.
    pub(crate) fn dropped(&self, object: ObjectNumber) -> Option<Stamp> {
        let owner = if self.objects[object].class == Class::Probe { self.original(object) } else { object };
        self.objects[owner].dropped
    }

    /// Notes that `bits` is now the latest value of `object`, written by the event that will come next, or by none.
    pub(crate) fn note_write(&mut self, object: ObjectNumber, bits: u64, initial: bool) {
        let event = (!initial).then_some(self.events.len());
        self.objects[object].writes.push((bits, event));
    }

    /// Notes that `object` was read, by the event that will come next; returns the event that wrote what was read, if only
    /// one can have.
    pub(crate) fn note_read(&mut self, object: ObjectNumber, bits: u64) -> Option<usize> {
        let writes = &self.objects[object].writes;
        if self.is_stale(object, bits) {
            self.stale_read = true;
        }
        let mut candidates = writes.iter().filter(|&&(written, _)| written == bits);
        match (candidates.next(), candidates.next()) {
            (Some(&(_, event)), None) => {
                if event.is_none() {
                    self.initial_reads.push(self.events.len());
                }
                event
            }
            _ => None,
        }
    }

    /// Whether `object` holds another value than `bits` by now, in the order of this execution.
    pub(crate) fn is_stale(&self, object: ObjectNumber, bits: u64) -> bool {
        self.objects[object].writes.last().is_some_and(|&(latest, _)| latest != bits)
    }

    /// loom is asked next about `object`, which lies in `block`.
    pub(crate) fn aim(&mut self, object: ObjectNumber, access: Access, block: Option<BlockNumber>) {
        self.threads[self.running].target = Some(Target { memory: Memory::Object(object), access, block });
    }

    /// loom is asked next about block `number`.
    pub(crate) fn aim_at_block(&mut self, number: BlockNumber, access: Access) {
        self.threads[self.running].target = Some(Target { memory: Memory::Block(number), access, block: Some(number) });
    }

    /// `bits` as the timeline may show it. `pointer` says whether the atomic holds pointers.
    pub(crate) fn value(&mut self, bits: u64, pointer: bool) -> Value {
        let address = bits as usize;
        if bits == 0 {
            return if pointer { Value::Null } else { Value::Int(0) };
        }
        if let Some(block) = self.block_at(address) {
            return Value::Block(block.number, address - block.address);
        }
        if let Some(thread) = self.owner_of_stack(address) {
            return Value::Stack(thread);
        }
        if !pointer || address < 4096 {
            return Value::Int(bits);
        }
        let number = self.strange_addresses.iter().position(|&known| known == address).unwrap_or_else(|| {
            self.strange_addresses.push(address);
            self.strange_addresses.len() - 1
        });
        Value::Address(number + 1)
    }

    /// `text` with a label in the place of each address of the model: rustc's own checks name addresses when they fail.
    pub(crate) fn label_addresses(&mut self, text: &str) -> String {
        let mut pieces = text.split("0x");
        let mut labelled = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let end = piece.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(piece.len());
            let address = u64::from_str_radix(&piece[..end], 16).unwrap_or_default();
            match self.value(address, false) {
                label @ (Value::Block(..) | Value::Stack(_)) => {
                    labelled.push_str(&label.to_string());
                    labelled.push_str(&piece[end..]);
                }
                _ => labelled.extend(["0x", piece]),
            }
        }
        labelled
    }

    /// The thread that is running, as far as its operations tell.
    pub(crate) fn running(&self) -> ThreadNumber {
        self.running
    }

    // ---- the verdict

    /// Closes the record: what `thread` was about to do is what failed.
    pub(crate) fn conclude(&mut self, finding: Finding, thread: Option<ThreadNumber>) {
        let pending = thread.and_then(|thread| self.threads.get_mut(thread)?.pending.pop());
        // Loom calls it a race when an operation comes after the end of its block, too.
        let target = thread.and_then(|thread| self.threads.get(thread)?.target);
        let finding = match (finding, target.and_then(|target| target.block)) {
            (Finding::Race, Some(block)) if self.block(block).freed.is_some() => Finding::UseAfterFree { block },
            (finding, _) => finding,
        };
        let race = match (&finding, thread, target) {
            (Finding::Race, Some(thread), Some(target)) => {
                let accesses = match target.memory {
                    Memory::Block(block) => &self.block(block).accesses,
                    Memory::Object(object) => &self.objects[object].accesses,
                };
                Some((target, accesses.conflicting(thread, target.access)))
            }
            _ => None,
        };
        if let Some(mut entry) = pending {
            entry.failing = true;
            self.events.push(entry);
        }
        if let Finding::Leak { blocks, .. } = &finding
            && let Some(event) = blocks.first().and_then(|&block| self.block(block).allocated.event)
        {
            self.events[event].failing = true;
        }
        self.verdict = Some(Verdict { finding, thread, race });
    }
}
