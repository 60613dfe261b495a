//! What a failed model leaves behind: the bug, and the events that led to it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::timeline;

/// The kinds of bug that a model can fail with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Bug {
    /// A block was touched after it had been freed.
    UseAfterFree,
    /// A block was freed twice.
    DoubleFree,
    /// A pointer was freed, or made an owner again, that no allocation of that kind, or of that layout, had handed out.
    InvalidPointer,
    /// An execution ended and nobody had freed a block, or dropped a probe.
    Leak,
    /// Two accesses to the same memory, one of them a write, and no happens-before between them.
    DataRace,
    /// A pointer into a thread's stack was published through an atomic.
    StackPointer,
    /// The bits of a value are used at two addresses although the value was moved, not copied.
    UsedAfterMove,
    /// A value was used after it had been dropped, in memory that is still there.
    UsedAfterDrop,
    /// A value was dropped twice: two owners of the same bits.
    DoubleDrop,
    /// One location was accessed atomically at two widths.
    MixedWidth,
    /// An atomic, a cell or a lock was used whose memory no constructor ever initialised.
    Uninitialized,
    /// Every thread waits for another one.
    Deadlock,
    /// The threads run, and none gets anywhere: a spin that nobody ends.
    NoProgress,
    /// A thread stayed for seconds in code that does not use any checked operation.
    EndlessLoop,
    /// The model panicked: a failed assertion, most of the time.
    Panic,
    /// The model's code died of a signal (a segmentation fault, an abort), or called `process::exit`.
    Crash,
    /// The model started more threads than loom can explore.
    TooManyThreads,
}

impl Bug {
    /// The bug's name as the timeline's headline has it: `use after free`.
    pub fn name(self) -> &'static str {
        match self {
            Bug::UseAfterFree => "use after free",
            Bug::DoubleFree => "double free",
            Bug::InvalidPointer => "invalid pointer",
            Bug::Leak => "leak",
            Bug::DataRace => "data race",
            Bug::StackPointer => "pointer to a stack frame",
            Bug::UsedAfterMove => "use after move",
            Bug::UsedAfterDrop => "use after drop",
            Bug::DoubleDrop => "double drop",
            Bug::MixedWidth => "atomic accesses of two widths",
            Bug::Uninitialized => "use of uninitialized memory",
            Bug::Deadlock => "deadlock",
            Bug::NoProgress => "no progress",
            Bug::EndlessLoop => "endless loop",
            Bug::Panic => "panic",
            Bug::Crash => "crash",
            Bug::TooManyThreads => "too many threads",
        }
    }
}

impl fmt::Display for Bug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A line of source: the file's name without the folders above its crate, and the line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SourceLine {
    /// The file as its crate sees it, with `/` on every platform: `src/cell.rs`.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
}

impl fmt::Display for SourceLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.file.rsplit('/').next().unwrap_or(&self.file);
        write!(f, "{name}:{}", self.line)
    }
}

/// A thread of the model: a lane of the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// The thread's number, in the order in which threads are spawned; 0 runs the model's closure.
    pub id: usize,
    /// The name that the model gave to the thread, or `main` for thread 0, or nothing.
    pub name: Option<String>,
}

/// One operation of one thread: a row of the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The row's number, counted from 1 in the order of this execution.
    pub step: usize,
    /// The thread that did it.
    pub thread: usize,
    /// What it did, as the lanes show it: `swap #2 → #1 (SeqCst)`.
    pub text: String,
    /// The same as a sentence: `swaps in #2, gets #1 (SeqCst)`.
    pub sentence: String,
    /// Where the source says so.
    pub source: Option<SourceLine>,
    /// For an atomic read: the step whose write it read, if one can be told for certain.
    pub reads_from: Option<usize>,
    /// Whether it is this operation that the verdict is about.
    pub failing: bool,
}

/// Two steps that conflict and that no happens-before edge orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingEdge {
    /// The earlier step.
    pub from: usize,
    /// The later one, which should have happened after it.
    pub to: usize,
}

/// A counterexample: one execution of a model that ends in a bug.
///
/// [`Display`](fmt::Display) draws it as lanes, at most 80 columns wide where the texts allow it and at most 60
/// lines long; `serde` writes the whole of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// The version of this format: 1.
    pub schema: u32,
    /// The model's name, when it has one.
    pub model: Option<String>,
    /// What went wrong.
    pub bug: Bug,
    /// What went wrong in one sentence, without the bug's name: `T0 touches block #1, freed by T1`.
    pub summary: String,
    /// What else there is to say of it: where the block was allocated, where it was freed, what each thread waits for.
    pub details: Vec<String>,
    /// How many executions were explored, this one included.
    pub execution: usize,
    /// How many times this execution takes a processor from a thread that could have gone on.
    pub preemptions: usize,
    /// The model's threads.
    pub threads: Vec<Lane>,
    /// The events of this execution, oldest first.
    pub events: Vec<Event>,
    /// The happens-before edge that a data race lacks.
    pub missing_edge: Option<MissingEdge>,
}

impl Witness {
    /// The line of source of the failing operation, if it has one.
    pub fn source(&self) -> Option<&SourceLine> {
        self.failing_event()?.source.as_ref()
    }

    /// The event that the verdict is about.
    pub fn failing_event(&self) -> Option<&Event> {
        self.events.iter().find(|event| event.failing)
    }

    /// The witness that [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    ///
    /// If `json` is not a witness's.
    pub fn from_json(json: &str) -> Result<Witness, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// The witness as JSON, indented, with a newline at its end.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("a witness has string keys only");
        json.push('\n');
        json
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        timeline::draw(self, f)
    }
}
