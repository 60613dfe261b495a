//! Says in words what the recorder has: the witness of a failed execution.

use std::alloc::Layout;
use std::collections::HashMap;

use crate::coherence::{self, ImpossibleRead};
use crate::counterexample::{Bug, Event, Lane, MissingEdge, SourceLine, Witness};
use crate::heap::Stamp;
use crate::operation::{Access, BlockNumber, ObjectNumber, Operation};
use crate::recorder::{Class, Entry, Finding, Memory, Recorder, Source, ThreadNumber, Verdict};
use crate::session::Site;
use crate::timeline::clip;

/// The witness of the verdict in `recorder`. `limit` is the preemption bound that the model asked for.
pub(crate) fn witness(recorder: &Recorder, model: Option<String>, limit: Option<usize>) -> Witness {
    let verdict = recorder.verdict.as_ref().expect("a witness is asked for after a verdict");
    let account = Account::of(recorder, verdict);
    let mut details = account.details();
    if recorder.stale_read && recorder.events.iter().any(|event| event.operation.is_seq_cst_access()) {
        details.push(
            "may be a false alarm: this execution has SeqCst accesses, which loom treats as AcqRel, and a read in it \
             returned an old value"
                .to_owned(),
        );
    }
    details.extend(account.impossible_read());
    let bound = recorder.bound.filter(|&bound| Some(bound) != limit || bound < 3);
    Witness {
        schema: 1,
        model,
        bug: bug(&verdict.finding),
        summary: account.summary(),
        details,
        execution: recorder.executions,
        // Every smaller bound was explored first, and showed no bug.
        preemptions: bound.unwrap_or_else(|| account.count_preemptions()),
        threads: (recorder.threads.iter().enumerate())
            .map(|(id, thread)| Lane { id, name: thread.name.clone() })
            .collect(),
        missing_edge: account.missing_edge(),
        events: account.rows,
    }
}

pub(crate) fn bug(finding: &Finding) -> Bug {
    match finding {
        Finding::UseAfterFree { .. } => Bug::UseAfterFree,
        Finding::DoubleFree { .. } => Bug::DoubleFree,
        Finding::InvalidPointer { .. } | Finding::WrongLayout { .. } => Bug::InvalidPointer,
        Finding::Leak { .. } => Bug::Leak,
        Finding::Race => Bug::DataRace,
        Finding::StackPointer { .. } => Bug::StackPointer,
        Finding::UsedAfterMove { .. } => Bug::UsedAfterMove,
        Finding::UsedAfterDrop { .. } => Bug::UsedAfterDrop,
        Finding::DoubleDrop { .. } => Bug::DoubleDrop,
        Finding::MixedWidth { .. } => Bug::MixedWidth,
        Finding::Uninitialized { .. } => Bug::Uninitialized,
        Finding::Deadlock => Bug::Deadlock,
        Finding::NoProgress | Finding::TooManyEvents => Bug::NoProgress,
        Finding::EndlessLoop { .. } => Bug::EndlessLoop,
        Finding::Panic { .. } => Bug::Panic,
        Finding::Crash { .. } | Finding::Exit => Bug::Crash,
        Finding::TooManyThreads { .. } => Bug::TooManyThreads,
    }
}

/// The rows that are shown, and how their steps and names relate to what was recorded.
struct Account<'a> {
    recorder: &'a Recorder,
    verdict: &'a Verdict,
    rows: Vec<Event>,
    /// From an index among the recorded events to the step of the row that shows it.
    steps: HashMap<usize, usize>,
    names: HashMap<ObjectNumber, String>,
    /// How often each row's event happened in a row.
    times: Vec<usize>,
}

impl<'a> Account<'a> {
    fn of(recorder: &'a Recorder, verdict: &'a Verdict) -> Account<'a> {
        let mut account = Account {
            recorder,
            verdict,
            rows: Vec::new(),
            steps: HashMap::new(),
            names: names(recorder),
            times: Vec::new(),
        };
        for (index, entry) in recorder.events.iter().enumerate() {
            account.add(index, entry);
        }
        for (row, &times) in account.rows.iter_mut().zip(&account.times) {
            if times > 1 {
                row.text.push_str(&format!(" ×{times}"));
                row.sentence.push_str(&format!(", {times} times"));
            }
        }
        account.add_end();
        account
    }

    fn add(&mut self, index: usize, entry: &Entry) {
        if entry.operation.is_quiet() && !entry.failing && !self.is_mentioned(index) {
            return;
        }
        let name = self.name_in(&entry.operation);
        let (text, sentence) = match entry.operation.object().filter(|_| entry.operation.is_end_of_twin()) {
            Some(object) => (format!("drop {}", self.noun(object)), format!("drops {}", self.noun(object))),
            None => (entry.operation.text(&name), entry.operation.sentence(&name)),
        };
        let source = line_of(&entry.source);
        if let Some(last) = self.rows.last() {
            // A loop that does the same again and again is one row.
            if !entry.failing && last.thread == entry.thread && last.text == text && last.source == source {
                self.steps.insert(index, last.step);
                *self.times.last_mut().expect("there is one for each row") += 1;
                return;
            }
        }
        let step = self.rows.len() + 1;
        self.steps.insert(index, step);
        let reads_from = entry.operation.reads_from().and_then(|write| self.steps.get(&write).copied());
        self.times.push(1);
        self.rows.push(Event {
            step,
            thread: entry.thread,
            text,
            sentence,
            source,
            reads_from,
            failing: entry.failing,
        });
    }

    /// What there is to say of an execution that loom should not have explored.
    fn impossible_read(&self) -> Option<String> {
        let ImpossibleRead { written, newer, read } = coherence::impossible_read(self.recorder)?;
        let [written, newer, read] = [written, newer, read].map(|event| self.steps.get(&event).copied());
        Some(format!(
            "may be a false alarm: loom lets step {} read what step {} has written, and Rust does not, since step {} comes \
             after that (tokio-rs/loom#254)",
            read?, written?, newer?
        ))
    }

    /// Whether the verdict speaks of the event: as the one that the failing operation races with, or as the drop before.
    fn is_mentioned(&self, event: usize) -> bool {
        let raced_with = self.verdict.race.as_ref().and_then(|&(_, other)| other);
        let dropped = self.dropped().and_then(|stamp| stamp.event);
        raced_with == Some(event) || dropped == Some(event)
    }

    /// Who has dropped the value that the verdict says was used, or dropped again, after that.
    fn dropped(&self) -> Option<Stamp> {
        match self.verdict.finding {
            Finding::UsedAfterDrop { object } | Finding::DoubleDrop { object } => self.recorder.dropped(object),
            _ => None,
        }
    }

    /// The row of an end that is no checked operation.
    fn add_end(&mut self) {
        let Some(thread) = self.verdict.thread else { return };
        let (text, sentence, source) = match &self.verdict.finding {
            Finding::Panic { message, place } => {
                let first = message.lines().next().unwrap_or_default();
                let source = place.as_ref().map(|(file, line)| SourceLine { file: clean(file), line: *line });
                (format!("panic: {}", clip(first, 60)), format!("panics: {first}"), source)
            }
            Finding::Exit => ("process::exit".to_owned(), "calls process::exit".to_owned(), None),
            Finding::Crash { signal } => {
                let name = signal.split(',').next().unwrap_or(signal);
                (format!("dies of {name}"), format!("dies of {signal}"), None)
            }
            Finding::EndlessLoop { .. } => ("goes on for ever".to_owned(), "goes on for ever".to_owned(), None),
            _ => return,
        };
        for row in &mut self.rows {
            row.failing = false;
        }
        let step = self.rows.len() + 1;
        self.rows.push(Event { step, thread, text, sentence, source, reads_from: None, failing: true });
    }

    fn name_in(&self, operation: &Operation) -> String {
        operation.object().map(|object| self.name(object)).unwrap_or_default()
    }

    fn name(&self, object: ObjectNumber) -> String {
        self.names.get(&object).cloned().unwrap_or_default()
    }

    /// The name, or what the object is where it is the only one of its kind.
    fn noun(&self, object: ObjectNumber) -> String {
        let name = self.name(object);
        if name.is_empty() { format!("the {}", self.recorder.objects[object].type_name) } else { name }
    }

    fn who(&self) -> String {
        self.verdict.thread.map_or_else(|| "a thread".to_owned(), |thread| format!("T{thread}"))
    }

    // ---- the headline

    fn summary(&self) -> String {
        let who = self.who();
        match &self.verdict.finding {
            Finding::UseAfterFree { block } => format!("{who} touches block #{block}, {}", self.freed_by(*block)),
            Finding::DoubleFree { block } => format!("{who} frees block #{block}, {}", self.freed_by(*block)),
            Finding::InvalidPointer { what, expected, found } => match found {
                Some(block) if self.recorder.block(*block).kind == *expected => {
                    format!("{who} calls {what} on a pointer into block #{block}, and not to its start")
                }
                Some(block) => {
                    let kind = self.recorder.block(*block).kind;
                    format!(
                        "{who} calls {what} on a pointer into block #{block}, which is of {kind}, not of {expected}"
                    )
                }
                None => format!("{who} calls {what} on a pointer that no {expected} has handed out"),
            },
            Finding::WrongLayout { block, given } => {
                let allocated = self.recorder.block(*block).layout;
                let of = |layout: &Layout| format!("{} bytes aligned to {}", layout.size(), layout.align());
                format!("{who} deallocates block #{block} as {}; it was allocated as {}", of(given), of(&allocated))
            }
            Finding::Leak { blocks, probes } => self.leak(blocks, probes),
            Finding::Race => self.race(),
            Finding::StackPointer { owner } if Some(*owner) == self.verdict.thread => {
                format!("{who} publishes a pointer into its own stack")
            }
            Finding::StackPointer { owner } => format!("{who} publishes a pointer into the stack of T{owner}"),
            Finding::UsedAfterMove { object } => {
                format!("{who} uses {} where it was before it moved: two owners of the same bits", self.noun(*object))
            }
            Finding::UsedAfterDrop { object } => {
                format!("{who} uses {}, {}", self.noun(*object), self.by(self.dropped(), "dropped"))
            }
            Finding::DoubleDrop { object } => {
                format!(
                    "{who} drops {}, {}: two owners of the same bits",
                    self.noun(*object),
                    self.by(self.dropped(), "dropped")
                )
            }
            Finding::MixedWidth { here, there } => {
                format!("{who} accesses as {here} memory that is in use as {there}")
            }
            Finding::Uninitialized { type_name } => {
                format!("{who} uses memory as {type_name} in which {type_name}::new has put none in this execution")
            }
            Finding::Deadlock => self.waits().join("; "),
            Finding::NoProgress => "the threads go on, and none gets anywhere".to_owned(),
            Finding::TooManyEvents => {
                format!("{who} goes on and on, and never comes to an end")
            }
            Finding::EndlessLoop { seconds } => {
                format!("{who} has used no checked operation for {seconds} s")
            }
            Finding::Panic { message, .. } => {
                let first = message.lines().next().unwrap_or_default();
                format!("{who}: {first}")
            }
            Finding::Crash { signal } => format!("{who} died of {signal}"),
            Finding::Exit => format!("{who} calls process::exit, which ends the whole test binary"),
            Finding::TooManyThreads { limit } => format!(
                "the model starts thread number {}; loom explores at most {limit}, with the one that runs the model",
                limit + 1
            ),
        }
    }

    fn freed_by(&self, block: BlockNumber) -> String {
        self.by(self.recorder.block(block).freed, "freed")
    }

    /// Who has freed it, or dropped it.
    fn by(&self, stamp: Option<Stamp>, what: &str) -> String {
        match stamp {
            Some(stamp) if Some(stamp.thread) == self.verdict.thread => format!("which it has {what}"),
            Some(stamp) => format!("{what} by T{}", stamp.thread),
            None => "which is live".to_owned(),
        }
    }

    fn leak(&self, blocks: &[BlockNumber], probes: &[ObjectNumber]) -> String {
        match (blocks.first(), probes.first()) {
            (Some(&first), _) => {
                let by = self.event(self.recorder.block(first).allocated.event);
                let made = by.map_or_else(String::new, |entry| {
                    let at = line_of(&entry.source).map(|line| format!(" at {line}")).unwrap_or_default();
                    format!(", allocated by T{}{at}", entry.thread)
                });
                let others = match blocks.len() - 1 {
                    0 => String::new(),
                    1 => ", and one other".to_owned(),
                    n => format!(", and {n} others"),
                };
                format!("nobody frees block #{first}{made}{others}")
            }
            (None, Some(&first)) => {
                let line = line(self.recorder.objects[first].created);
                format!("nobody drops {}, made at {line}", self.noun(first))
            }
            (None, None) => "nothing".to_owned(),
        }
    }

    fn race(&self) -> String {
        let Some((target, other)) = &self.verdict.race else { return "two unordered accesses".to_owned() };
        let who = self.who();
        let what = match target.memory {
            Memory::Block(block) => format!("block #{block}"),
            Memory::Object(object) => self.noun(object),
        };
        let failing = self.recorder.events.iter().rfind(|entry| entry.failing).map(|entry| &entry.operation);
        let verb = match (failing, target.access) {
            (Some(Operation::DropProbe { .. }), _) => "drops",
            (Some(Operation::Free { .. }), _) => "frees",
            (Some(Operation::Count { .. }), _) => "counts references in",
            (Some(Operation::Copy { .. }), Access::Read) => "copies",
            (_, Access::Read) => "reads",
            (_, Access::Write) => "writes",
        };
        match self.event(*other) {
            Some(entry) => {
                let text = entry.operation.text(&self.name_in(&entry.operation));
                format!("{who} {verb} {what}, not ordered after `{text}` of T{}", entry.thread)
            }
            None => format!("{who} {verb} {what}, not ordered after another thread's access"),
        }
    }

    /// What each thread that cannot go on waits for.
    fn waits(&self) -> Vec<String> {
        let mut waits = Vec::new();
        for (number, thread) in self.recorder.threads.iter().enumerate() {
            let failing = self.recorder.events.last().filter(|entry| entry.failing && entry.thread == number);
            let Some(entry) = failing.or(thread.pending.last()) else { continue };
            let line = line_of(&entry.source).map(|line| format!(" at {line}")).unwrap_or_default();
            waits.push(match &entry.operation {
                Operation::Join { thread } => format!("T{number} waits for T{thread} to end{line}"),
                Operation::Lock { object, what, .. } => self.wait_in(number, *object, what, &line),
                operation => format!("T{number} waits in `{}`{line}", operation.text(&self.name_in(operation))),
            });
        }
        if waits.is_empty() { vec!["every thread waits".to_owned()] } else { waits }
    }

    /// A thread that is in a lock operation, and whom it waits for.
    fn wait_in(&self, thread: ThreadNumber, lock: ObjectNumber, what: &str, line: &str) -> String {
        let held = match self.recorder.objects.get(lock).map(|object| &object.holders[..]) {
            Some([]) | None => ", locked by nobody who could unlock it".to_owned(),
            Some([(holder, _), ..]) if *holder == thread => ", which it holds itself".to_owned(),
            Some([(holder, _), ..]) => format!(", held by T{holder}"),
        };
        format!("T{thread} waits in {what}{held}{line}")
    }

    // ---- what is said below the lanes

    fn details(&self) -> Vec<String> {
        let mut details = Vec::new();
        match &self.verdict.finding {
            Finding::UseAfterFree { block } | Finding::DoubleFree { block } => details.push(self.life_of(*block)),
            Finding::InvalidPointer { found: Some(block), .. } | Finding::WrongLayout { block, .. } => {
                details.push(self.life_of(*block));
            }
            Finding::Leak { blocks, .. } => {
                details.extend(blocks.iter().take(4).map(|&block| self.life_of(block)));
                if blocks.len() > 4 {
                    details.push(format!("and {} more blocks", blocks.len() - 4));
                }
            }
            Finding::Race => {
                if let Some((target, _)) = &self.verdict.race
                    && let Memory::Block(block) = target.memory
                {
                    details.push(self.life_of(block));
                }
            }
            Finding::StackPointer { .. } => details.push(
                "the frame ends when its function returns, and the pointer dangles; a design in which the frame outlives \
                 every reader says so with Builder::allow_stack_pointers"
                    .to_owned(),
            ),
            Finding::UsedAfterMove { .. } => details.push(
                "bits that are meant to be copied go through witness::ptr::copy, copy_nonoverlapping or read".to_owned(),
            ),
            Finding::Uninitialized { type_name } => details.push(format!(
                "zeroed or foreign memory is no {type_name} here: construct it in the model, and put it into raw memory \
                 with witness::ptr::write"
            )),
            Finding::NoProgress => {
                details.extend(self.last_words());
                details.push(self.why_no_progress());
            }
            Finding::TooManyEvents => details.extend(self.last_words()),
            Finding::EndlessLoop { .. } => details.push(
                "the loop goes on in the background until this process ends; loom can only switch threads at a checked \
                 operation"
                    .to_owned(),
            ),
            Finding::Panic { message, .. } => details.extend(message.lines().skip(1).map(|line| line.trim().to_owned()).take(6)),
            Finding::UsedAfterDrop { .. } | Finding::DoubleDrop { .. } => {
                let line = self.dropped().and_then(|stamp| line_of(&self.event(stamp.event)?.source));
                details.extend(line.map(|line| format!("dropped at {line}")));
            }
            Finding::Crash { signal } if signal.starts_with("SIGSEGV") || signal.starts_with("SIGBUS") => details.push(
                "an address that is not there; or more than the 32 KiB of stack that each thread of a model has: large \
                 values go to the heap piece by piece"
                    .to_owned(),
            ),
            Finding::TooManyThreads { .. } => {
                details.push("make the model smaller: two or three threads show nearly every bug".to_owned());
            }
            _ => {}
        }
        let shown = |class| self.legend(class);
        details.extend(shown(Class::Atomic));
        details.extend(shown(Class::Lock));
        details
    }

    fn life_of(&self, number: BlockNumber) -> String {
        let block = self.recorder.block(number);
        let stamped = |stamp: Option<Stamp>, nothing: &str| {
            let Some(stamp) = stamp else { return nothing.to_owned() };
            let line = self.event(stamp.event).and_then(|entry| line_of(&entry.source));
            let at = line.map(|line| format!(" at {line}")).unwrap_or_default();
            format!("by T{}{at}", stamp.thread)
        };
        let allocated = stamped(Some(block.allocated), "");
        let freed = stamped(block.freed, "never");
        format!("#{number} ({}): allocated {allocated}, freed {freed}", block.kind)
    }

    /// Where the named objects were made.
    fn legend(&self, class: Class) -> Vec<String> {
        let mut named: Vec<_> = (self.names.iter())
            .filter(|&(&object, name)| self.recorder.objects[object].class == class && !name.is_empty())
            .collect();
        named.sort();
        (named.into_iter().take(8))
            .map(|(&object, name)| {
                let object = &self.recorder.objects[object];
                let made = if object.copy_of.is_some() { "copied" } else { "made" };
                format!("{name}: {}, {made} at {}", object.type_name, line(object.created))
            })
            .collect()
    }

    /// What each thread did last, for a model that gets nowhere.
    fn last_words(&self) -> Vec<String> {
        (0..self.recorder.threads.len())
            .filter_map(|thread| {
                // A lock that somebody holds may be what nobody gets past.
                let pending = self.recorder.threads[thread].pending.last();
                if let Some(Entry { operation: Operation::Lock { object, what, .. }, source, .. }) = pending
                    && self.recorder.objects.get(*object).is_some_and(|lock| !lock.holders.is_empty())
                {
                    let at = line_of(source).map(|line| format!(" at {line}")).unwrap_or_default();
                    return Some(self.wait_in(thread, *object, what, &at));
                }
                let row = self.rows.iter().rfind(|row| row.thread == thread)?;
                let at = row.source.as_ref().map(|line| format!(" at {line}")).unwrap_or_default();
                Some(format!("T{thread} last: {}{at}", row.text))
            })
            .collect()
    }

    /// What to look at if a model gets nowhere.
    fn why_no_progress(&self) -> String {
        const LAST: usize = 8;
        let yields = |thread: &ThreadNumber| {
            let own = self.recorder.events.iter().rev().filter(|event| event.thread == *thread);
            own.take(LAST).any(|event| matches!(event.operation, Operation::Yield))
        };
        let waiting: Vec<_> =
            (0..self.recorder.threads.len()).filter(yields).map(|thread| format!("T{thread}")).collect();
        let what = match waiting.as_slice() {
            [] => "a thread that waits for another has to say so with yield_now or spin_loop, and".to_owned(),
            [thread] => format!("{thread} yields, and what it waits for does not happen; a thread that waits"),
            [threads @ .., last] => {
                let threads = threads.join(", ");
                format!("{threads} and {last} yield, and what they wait for does not happen; a thread that waits")
            }
        };
        format!("{what} should test before it writes; a long model may need Builder::max_branches")
    }

    fn missing_edge(&self) -> Option<MissingEdge> {
        let (_, other) = self.verdict.race.as_ref()?;
        let from = *self.steps.get(&(*other)?)?;
        let to = self.rows.iter().find(|row| row.failing)?.step;
        Some(MissingEdge { from, to })
    }

    fn event(&self, index: Option<usize>) -> Option<&'a Entry> {
        self.recorder.events.get(index?)
    }

    /// Switches away from a thread that did not wait and had not ended.
    fn count_preemptions(&self) -> usize {
        let events = &self.recorder.events;
        let goes_on = |thread: ThreadNumber, from: usize| {
            events[from..].iter().any(|event| event.thread == thread)
                || self.recorder.threads[thread].pending.last().is_some_and(|entry| !entry.operation.may_block())
        };
        (events.windows(2).enumerate())
            .filter(|(index, pair)| {
                pair[0].thread != pair[1].thread
                    && !matches!(pair[0].operation, Operation::Yield)
                    && goes_on(pair[0].thread, index + 1)
            })
            .count()
    }
}

/// A name for each object that has events, where its kind has more than one.
fn names(recorder: &Recorder) -> HashMap<ObjectNumber, String> {
    let mut names = HashMap::new();
    for class in [Class::Atomic, Class::Cell, Class::Probe, Class::Lock] {
        let mut shown: Vec<ObjectNumber> = (recorder.events.iter())
            .filter(|entry| entry.failing || !entry.operation.is_end_of_twin())
            .filter_map(|entry| entry.operation.object())
            .filter(|&object| recorder.objects[object].class == class)
            .collect();
        shown.sort_unstable();
        shown.dedup();
        let alone = shown.len() == 1;
        let mut originals: Vec<ObjectNumber> = shown.iter().map(|&object| recorder.original(object)).collect();
        originals.sort_unstable();
        originals.dedup();
        for object in shown {
            let original = recorder.original(object);
            let index = originals.iter().position(|&known| known == original).unwrap_or_default();
            let mut name = match class {
                Class::Atomic if alone => String::new(),
                Class::Atomic => letter(index),
                Class::Lock if alone => String::new(),
                Class::Lock => format!("L{}", index + 1),
                Class::Cell if originals.len() == 1 => "the cell".to_owned(),
                Class::Cell => format!("cell {}", index + 1),
                Class::Probe if originals.len() == 1 => "the payload".to_owned(),
                Class::Probe => format!("payload {}", index + 1),
            };
            let mut copy = object;
            while let Some(original) = recorder.objects[copy].copy_of {
                name.push('′');
                copy = original;
            }
            names.insert(object, name);
        }
    }
    names
}

/// A, B, … Z, A1, B1, …
fn letter(index: usize) -> String {
    let letter = char::from(b'A' + (index % 26) as u8);
    if index < 26 { letter.to_string() } else { format!("{letter}{}", index / 26) }
}

fn line_of(source: &Source) -> Option<SourceLine> {
    match source {
        Source::Caller(site) => Some(line(site)),
        Source::Drop(frames) => {
            let found = frames.as_ref()?.resolve()?;
            Some(SourceLine { file: clean(&found.file), line: found.line })
        }
    }
}

fn line(site: Site) -> SourceLine {
    SourceLine { file: clean(site.file()), line: site.line() }
}

/// A source path as its crate sees it: without the folders above `src`, `tests` and the like, and without detours.
pub(crate) fn clean(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." if parts.last().is_some_and(|&last| last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let roots = ["src", "tests", "examples", "benches"];
    let start = parts.iter().rposition(|part| roots.contains(part)).unwrap_or(0);
    parts[start..].join("/")
}

#[cfg(test)]
mod tests {
    use super::{clean, letter};

    #[test]
    fn a_path_is_shown_as_its_crate_sees_it() {
        assert_eq!(clean("crates/step3-x/tests/../src/cell.rs"), "src/cell.rs");
        assert_eq!(clean("C:\\home\\crates\\step3\\tests\\loom.rs"), "tests/loom.rs");
        assert_eq!(clean("/home/me/src/project/src/a/b.rs"), "src/a/b.rs");
        assert_eq!(clean("main.rs"), "main.rs");
    }

    #[test]
    fn names_go_on_after_z() {
        assert_eq!((letter(0), letter(25), letter(26)), ("A".to_owned(), "Z".to_owned(), "A1".to_owned()));
    }
}
