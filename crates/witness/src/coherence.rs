//! Reads that Rust forbids and loom lets happen.
//!
//! A read-modify-write stands right after the store that it has read, in the order in which all threads see the stores to
//! an atomic. So whatever store comes after that one comes after the read-modify-write, too, and a thread for which that
//! store has happened can read neither of the two any more. loom 0.7 orders plain stores by happens-before alone, and lets it
//! read them: <https://github.com/tokio-rs/loom/issues/254>.

use crate::operation::Operation;
use crate::recorder::{Recorder, ThreadNumber};

/// Three events of one atomic, as their numbers among those recorded: `read` returns what the read-modify-write `written` has
/// put there, though the store `newer` comes after that, and happened before the read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ImpossibleRead {
    pub(crate) written: usize,
    pub(crate) newer: usize,
    pub(crate) read: usize,
}

/// The first such read of this execution. Only what follows from single values is found: where several stores have written
/// what was read, nobody knows which of them it was.
pub(crate) fn impossible_read(recorder: &Recorder) -> Option<ImpossibleRead> {
    let operation = |event: usize| &recorder.events[event].operation;
    (0..recorder.events.len()).find_map(|read| {
        let written = operation(read).reads_from()?;
        let object = operation(read).object()?;
        (written + 1..read)
            .find(|&newer| {
                operation(newer).object() == Some(object)
                    && operation(newer).writes()
                    && has_happened(recorder, newer, read)
                    && comes_after(recorder, newer, written)
            })
            .map(|newer| ImpossibleRead { written, newer, read })
    })
}

/// Whether the store `newer` comes after the read-modify-write `written`, which was made before it: after what that has read.
fn comes_after(recorder: &Recorder, newer: usize, mut written: usize) -> bool {
    while recorder.events[written].operation.is_read_modify_write() {
        if recorder.initial_reads.contains(&written) {
            return true;
        }
        let Some(earlier) = recorder.events[written].operation.reads_from() else { return false };
        let thread = recorder.events[newer].thread;
        let seen = recorder.events[..newer]
            .iter()
            .any(|event| event.thread == thread && event.operation.reads_from() == Some(earlier));
        if seen || has_happened(recorder, earlier, newer) {
            return true;
        }
        written = earlier;
    }
    false
}

/// Whether `event` happened before `later` because one thread did both, or joined the other. (Other reasons are not looked for.)
fn has_happened(recorder: &Recorder, event: usize, later: usize) -> bool {
    let of = |number: usize| -> ThreadNumber { recorder.events[number].thread };
    of(event) == of(later)
        || recorder.events.get(event..later).unwrap_or_default().iter().any(|between| {
            between.thread == of(later)
                && matches!(between.operation, Operation::Join { thread } if thread == of(event))
        })
}
