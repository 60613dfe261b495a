//! What the threads of a model do, and how a row of the timeline says it.

use std::sync::atomic::Ordering;

/// The number of a block of the checked heap, shown as `#1`.
pub(crate) type BlockNumber = usize;

/// The number of an atomic, a cell or a lock in the order of creation.
pub(crate) type ObjectNumber = usize;

/// The object is not known yet.
pub(crate) const UNKNOWN: ObjectNumber = usize::MAX;

/// A value as the timeline may show it: never a raw address, so that every machine prints the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Bool(bool),
    Int(u64),
    Null,
    /// An address inside a block, and how far.
    Block(BlockNumber, usize),
    /// An address in the stack of a thread.
    Stack(usize),
    /// Some other address: the n-th such address of this execution.
    Address(usize),
    /// The operation has not been completed.
    Unknown,
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Value::Bool(value) => write!(f, "{value}"),
            // Words of control bytes and the like read better in hexadecimal.
            Value::Int(value) if value > 0xffff_ffff => write!(f, "{value:#x}"),
            Value::Int(value) => write!(f, "{value}"),
            Value::Null => f.write_str("null"),
            Value::Block(block, 0) => write!(f, "#{block}"),
            Value::Block(block, offset) => write!(f, "#{block}+{offset}"),
            Value::Stack(thread) => write!(f, "stack of T{thread}"),
            Value::Address(number) => write!(f, "address {number}"),
            Value::Unknown => f.write_str("?"),
        }
    }
}

/// How an access touches plain memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// One operation of one thread. A field that only its completion knows starts as `None` or [`Value::Unknown`].
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    /// A block comes into being: `Arc::new → #1`.
    Allocate {
        what: &'static str,
        block: Option<BlockNumber>,
    },
    /// A block's owner frees it.
    Free {
        what: &'static str,
        block: Option<BlockNumber>,
    },
    /// A block is handed over as a raw pointer, or taken back: `Arc::into_raw #1`.
    Handle {
        what: &'static str,
        block: Option<BlockNumber>,
    },
    /// A plain access to a block's contents that no cell of its own watches.
    Touch {
        what: &'static str,
        block: Option<BlockNumber>,
    },
    /// A change of an `Arc`'s strong count.
    Count {
        what: &'static str,
        block: Option<BlockNumber>,
        change: Option<(u64, u64)>,
        freed: bool,
    },
    /// An atomic is constructed.
    Construct {
        type_name: &'static str,
        value: Value,
    },
    Load {
        object: ObjectNumber,
        value: Value,
        ordering: Ordering,
        reads_from: Option<usize>,
        /// The value is an old one: another thread has stored a newer one by now.
        stale: bool,
    },
    Store {
        object: ObjectNumber,
        value: Value,
        ordering: Ordering,
    },
    /// A swap or a fetch-and-modify.
    Modify {
        object: ObjectNumber,
        what: &'static str,
        operand: Value,
        previous: Value,
        ordering: Ordering,
        reads_from: Option<usize>,
    },
    CompareExchange {
        object: ObjectNumber,
        expected: Value,
        new: Value,
        found: Value,
        succeeded: Option<bool>,
        success: Ordering,
        failure: Ordering,
        reads_from: Option<usize>,
    },
    /// `get_mut` or `into_inner` of an atomic: a plain access through an exclusive reference.
    Exclusive {
        object: ObjectNumber,
        what: &'static str,
    },
    Fence {
        ordering: Ordering,
    },
    /// An access to a checked cell's or a probe's contents.
    Cell {
        object: ObjectNumber,
        access: Access,
        within: Option<BlockNumber>,
    },
    /// A probe is dropped.
    DropProbe {
        object: ObjectNumber,
        within: Option<BlockNumber>,
    },
    Lock {
        object: ObjectNumber,
        what: &'static str,
        acquired: Option<bool>,
    },
    Unlock {
        object: ObjectNumber,
        what: &'static str,
    },
    /// Bits are copied from one place to another.
    Copy {
        what: &'static str,
        from: Value,
        to: Value,
    },
    Spawn {
        thread: Option<usize>,
    },
    Join {
        thread: usize,
    },
    Yield,
}

impl Operation {
    /// Whether the row is left out of a timeline that the verdict does not mention it in: it changes nothing that
    /// another thread could see, or another row says it too (the end of a block says that its contents are dropped).
    pub(crate) fn is_quiet(&self) -> bool {
        use Operation::{Construct, DropProbe, Handle, Join, Spawn, Yield};
        matches!(
            self,
            Construct { .. } | Handle { .. } | DropProbe { within: Some(_), .. } | Spawn { .. } | Join { .. } | Yield
        ) || self.is_end_of_twin()
    }

    /// Whether an atomic, a cell or a lock is dropped: nothing happens then, but that it must not be used any more.
    pub(crate) fn is_end_of_twin(&self) -> bool {
        matches!(self, Operation::Exclusive { what: "drop", .. })
    }

    /// Whether a thread may wait in this operation for others.
    pub(crate) fn may_block(&self) -> bool {
        matches!(self, Operation::Lock { .. } | Operation::Join { .. } | Operation::Yield)
    }

    pub(crate) fn object(&self) -> Option<ObjectNumber> {
        let object = match *self {
            Operation::Load { object, .. }
            | Operation::Store { object, .. }
            | Operation::Modify { object, .. }
            | Operation::CompareExchange { object, .. }
            | Operation::Exclusive { object, .. }
            | Operation::Cell { object, .. }
            | Operation::DropProbe { object, .. }
            | Operation::Lock { object, .. }
            | Operation::Unlock { object, .. } => object,
            _ => UNKNOWN,
        };
        (object != UNKNOWN).then_some(object)
    }

    pub(crate) fn set_object(&mut self, number: ObjectNumber) {
        match self {
            Operation::Load { object, .. }
            | Operation::Store { object, .. }
            | Operation::Modify { object, .. }
            | Operation::CompareExchange { object, .. }
            | Operation::Exclusive { object, .. }
            | Operation::Cell { object, .. }
            | Operation::DropProbe { object, .. }
            | Operation::Lock { object, .. }
            | Operation::Unlock { object, .. } => *object = number,
            _ => {}
        }
    }

    pub(crate) fn block(&self) -> Option<BlockNumber> {
        match *self {
            Operation::Allocate { block, .. }
            | Operation::Free { block, .. }
            | Operation::Handle { block, .. }
            | Operation::Touch { block, .. }
            | Operation::Count { block, .. } => block,
            _ => None,
        }
    }

    pub(crate) fn set_block(&mut self, number: BlockNumber) {
        match self {
            Operation::Allocate { block, .. }
            | Operation::Free { block, .. }
            | Operation::Handle { block, .. }
            | Operation::Touch { block, .. }
            | Operation::Count { block, .. } => *block = Some(number),
            _ => {}
        }
    }

    pub(crate) fn reads_from(&self) -> Option<usize> {
        match *self {
            Operation::Load { reads_from, .. }
            | Operation::Modify { reads_from, .. }
            | Operation::CompareExchange { reads_from, .. } => reads_from,
            _ => None,
        }
    }

    /// Whether it has read an atomic and written to it in one step.
    pub(crate) fn is_read_modify_write(&self) -> bool {
        matches!(self, Operation::Modify { .. } | Operation::CompareExchange { succeeded: Some(true), .. })
    }

    /// Whether it has written to an atomic that others may read.
    pub(crate) fn writes(&self) -> bool {
        matches!(self, Operation::Store { .. }) || self.is_read_modify_write()
    }

    /// Whether it is an atomic access (not a fence) that asks for `SeqCst`, which loom treats as `AcqRel`.
    pub(crate) fn is_seq_cst_access(&self) -> bool {
        use Ordering::SeqCst;
        match *self {
            Operation::Load { ordering, .. }
            | Operation::Store { ordering, .. }
            | Operation::Modify { ordering, .. } => ordering == SeqCst,
            Operation::CompareExchange { success, failure, .. } => success == SeqCst || failure == SeqCst,
            _ => false,
        }
    }

    /// The row's text in its lane. `name` is the object's name, empty where the model has only one of its kind.
    pub(crate) fn text(&self, name: &str) -> String {
        let block = Number(self.block());
        let dot = if name.is_empty() { String::new() } else { format!("{name}.") };
        match self {
            Operation::Allocate { what, .. } => format!("{what} → {block}"),
            // Where there is no block, the pointer is the mistake.
            Operation::Free { what, block: None } | Operation::Handle { what, block: None } => (*what).to_owned(),
            Operation::Free { what, .. } => format!("{what} {block}, freed"),
            Operation::Handle { what, .. } | Operation::Touch { what, .. } => format!("{what} {block}"),
            Operation::Count { what, change: None, .. } => match *what {
                "clone" => format!("clone {block}: strong += 1"),
                "drop" => format!("drop {block}: strong -= 1"),
                _ if self.block().is_none() => (*what).to_owned(),
                _ => format!("{what} {block}"),
            },
            Operation::Count { what, change: Some((from, to)), freed, .. } => {
                let freed = if *freed { ", freed" } else { "" };
                if from == to {
                    format!("{what} {block}: {from}{freed}")
                } else {
                    format!("{what} {block}: strong {from} → {to}{freed}")
                }
            }
            Operation::Construct { type_name, value } => format!("{type_name}::new {value}"),
            Operation::Load { value, ordering, stale, .. } => match value {
                Value::Unknown => format!("{dot}load ({ordering:?})"),
                _ if *stale => format!("{dot}load → {value}, stale ({ordering:?})"),
                _ => format!("{dot}load → {value} ({ordering:?})"),
            },
            Operation::Store { value, ordering, .. } => format!("{dot}store {value} ({ordering:?})"),
            Operation::Modify { what, operand, previous, ordering, .. } => match previous {
                Value::Unknown => format!("{dot}{what} {operand} ({ordering:?})"),
                _ => format!("{dot}{what} {operand} → {previous} ({ordering:?})"),
            },
            Operation::CompareExchange { expected, new, found, succeeded, success, failure, .. } => match succeeded {
                Some(true) => format!("{dot}cas {expected} → {new} ({success:?})"),
                Some(false) => format!("{dot}cas {expected} → {new} fails: {found} ({failure:?})"),
                None => format!("{dot}cas {expected} → {new} ({success:?})"),
            },
            Operation::Exclusive { what, .. } => format!("{dot}{what}"),
            Operation::Fence { ordering } => format!("fence ({ordering:?})"),
            Operation::Cell { access, within, .. } => {
                let verb = if *access == Access::Read { "read" } else { "write" };
                format!("{verb} {}", place(name, *within))
            }
            Operation::DropProbe { within, .. } => format!("drop {}", place(name, *within)),
            Operation::Lock { what, acquired, .. } => match acquired {
                Some(false) => format!("{dot}{what}: not free"),
                _ => format!("{dot}{what}"),
            },
            Operation::Unlock { what, .. } => format!("{dot}{what}"),
            Operation::Copy { what, from, to } => match to {
                Value::Unknown => format!("{what} {from}"),
                _ => format!("{what} {from} → {to}"),
            },
            Operation::Spawn { thread } => match thread {
                Some(thread) => format!("spawn T{thread}"),
                None => "spawn".to_owned(),
            },
            Operation::Join { thread } => format!("join T{thread}"),
            Operation::Yield => "yield".to_owned(),
        }
    }

    /// The row as a sentence without its subject: `loads #1 from A (Acquire)`.
    pub(crate) fn sentence(&self, name: &str) -> String {
        let block = Number(self.block());
        let of = |verb: &str| if name.is_empty() { String::new() } else { format!(" {verb} {name}") };
        match self {
            Operation::Allocate { what, .. } => format!("allocates block {block} ({what})"),
            Operation::Free { what, .. } => format!("frees block {block} ({what})"),
            Operation::Handle { what, .. } => format!("calls {what} on block {block}"),
            Operation::Touch { what, .. } => format!("touches block {block} ({what})"),
            Operation::Count { what, change, freed, .. } => {
                let freed = if *freed { " and frees it" } else { "" };
                match change {
                    Some((from, to)) if from != to => {
                        format!("calls {what} on block {block}, whose strong count goes from {from} to {to}{freed}")
                    }
                    Some((from, _)) => format!("calls {what} on block {block}, whose strong count is {from}{freed}"),
                    None => format!("calls {what} on block {block}, which would change its strong count"),
                }
            }
            Operation::Construct { type_name, value } => format!("constructs an {type_name} that holds {value}"),
            Operation::Load { value, ordering, stale, .. } => match value {
                Value::Unknown => format!("loads{} ({ordering:?})", of("from")),
                _ if *stale => format!("loads {value}{}, no longer the latest value ({ordering:?})", of("from")),
                _ => format!("loads {value}{} ({ordering:?})", of("from")),
            },
            Operation::Store { value, ordering, .. } => format!("stores {value}{} ({ordering:?})", of("to")),
            Operation::Modify { what, operand, previous, ordering, .. } => match previous {
                Value::Unknown => format!("calls {what} {operand}{} ({ordering:?})", of("on")),
                _ => format!("calls {what} {operand}{} and gets {previous} ({ordering:?})", of("on")),
            },
            Operation::CompareExchange { expected, new, found, succeeded, success, failure, .. } => match succeeded {
                Some(true) => format!("replaces {expected} by {new}{} ({success:?})", of("in")),
                Some(false) => {
                    format!("fails to replace {expected} by {new}{}, which holds {found} ({failure:?})", of("in"))
                }
                None => format!("tries to replace {expected} by {new}{} ({success:?})", of("in")),
            },
            Operation::Exclusive { what, .. } => format!("calls {what}{}", of("on")),
            Operation::Fence { ordering } => format!("issues a fence ({ordering:?})"),
            Operation::Cell { access, within, .. } => {
                let verb = if *access == Access::Read { "reads" } else { "writes" };
                format!("{verb} {}", place(name, *within))
            }
            Operation::DropProbe { within, .. } => format!("drops {}", place(name, *within)),
            Operation::Lock { what, acquired, .. } => match acquired {
                Some(false) => format!("calls {what}{}, which is not free", of("on")),
                _ => format!("calls {what}{}", of("on")),
            },
            Operation::Unlock { what, .. } => format!("calls {what}{}", of("on")),
            Operation::Copy { what, from, to } => match to {
                Value::Unknown => format!("copies bits out of {from} ({what})"),
                _ => format!("copies bits from {from} to {to} ({what})"),
            },
            Operation::Spawn { thread } => match thread {
                Some(thread) => format!("spawns T{thread}"),
                None => "spawns a thread".to_owned(),
            },
            Operation::Join { thread } => format!("waits for T{thread} to end"),
            Operation::Yield => "yields".to_owned(),
        }
    }
}

fn place(name: &str, within: Option<BlockNumber>) -> String {
    match within {
        Some(block) if name.is_empty() => format!("#{block}"),
        Some(block) => format!("{name} of #{block}"),
        None if name.is_empty() => "a cell".to_owned(),
        None => name.to_owned(),
    }
}

struct Number(Option<BlockNumber>);

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(number) => write!(f, "#{number}"),
            None => f.write_str("?"),
        }
    }
}
