//! The cost ledger: what one operation of a design does to memory that others share.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::ops::{AddAssign, Range};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::model::Builder;
use crate::operation::{BlockNumber, ObjectNumber, Operation};
use crate::recorder::Recorder;
use crate::session;
use crate::thread;

/// What operations cost, counted.
///
/// Two threads do the operation by turns, and what is counted is one turn of the first thread, after each has had its
/// own: so registering a thread and filling a cache of its own are paid, and what is found is what the other thread has
/// left. A location that the other thread has touched too is *shared*: with many threads its cache line goes from core to
/// core, or at least has to be read from another's. One that only this thread touches is *private*. (Which locations lie
/// on one line the ledger cannot know; it takes each atomic, and each `Arc`'s count, for a line of its own.)
///
/// No clock is involved, so the ledger is the same on every machine. It is a count, not a time: it says nothing of
/// cache misses, of plain reads and writes, nor of how long anybody waits.
///
/// ```
/// use witness::Ledger;
/// use witness::sync::atomic::{AtomicUsize, Ordering::Relaxed};
///
/// let ledger = Ledger::new("a counter")
///     .operation("add", || AtomicUsize::new(0), |counter| drop(counter.fetch_add(1, Relaxed)))
///     .operation("get", || AtomicUsize::new(0), |counter| drop(counter.load(Relaxed)));
/// assert_eq!(ledger.rows[0].shared.read_modify_writes, 1);
/// assert_eq!(ledger.rows[1].shared.loads, 1);
/// println!("{ledger}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// The design's name.
    pub design: String,
    /// A row for each operation.
    pub rows: Vec<Cost>,
}

/// What one operation costs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// The operation's name.
    pub operation: String,
    /// Accesses to locations that another thread touches in the same operation.
    pub shared: Accesses,
    /// The same, for each of these locations, in the order in which they are first touched.
    pub shared_locations: Vec<Accesses>,
    /// Accesses to locations that only this thread touches.
    pub private: Accesses,
    /// `SeqCst` fences: on today's processors, the ones that wait for the store buffer.
    pub seq_cst_fences: usize,
    /// Other fences: no instruction on x86-64.
    pub other_fences: usize,
    /// Blocks of the checked heap allocated: by the twins of `Arc`, `Box` and `alloc`.
    pub allocations: usize,
    /// Blocks of the checked heap freed.
    pub frees: usize,
}

/// Atomic accesses, by kind, as std makes them.
///
/// A mutex is a compare-exchange to lock, a look whether it is poisoned, and a swap to unlock; a read-write lock looks
/// at its state before it compares and exchanges to read, and takes a subtraction to unlock (`sys/sync/{mutex,rwlock}/futex.rs`
/// and `sync/poison.rs` in std, as Linux, Windows and the BSDs have them). The last `drop` of an `Arc` subtracts from
/// the weak count, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accesses {
    /// Loads.
    pub loads: usize,
    /// Stores.
    pub stores: usize,
    /// Swaps, fetch-and-modifies, and compare-exchanges, whether they succeed or not.
    pub read_modify_writes: usize,
}

impl Accesses {
    const LOAD: Accesses = Accesses { loads: 1, stores: 0, read_modify_writes: 0 };
    const STORE: Accesses = Accesses { loads: 0, stores: 1, read_modify_writes: 0 };
    const READ_MODIFY_WRITE: Accesses = Accesses { loads: 0, stores: 0, read_modify_writes: 1 };

    /// Stores and read-modify-writes: what has to have the line alone.
    pub fn writes(&self) -> usize {
        self.stores + self.read_modify_writes
    }

    fn with_loads(self, loads: usize) -> Accesses {
        Accesses { loads: self.loads + loads, ..self }
    }
}

impl AddAssign for Accesses {
    fn add_assign(&mut self, more: Accesses) {
        self.loads += more.loads;
        self.stores += more.stores;
        self.read_modify_writes += more.read_modify_writes;
    }
}

/// A location that atomic accesses are counted for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Location {
    Object(ObjectNumber),
    /// The strong count of an `Arc`.
    Count(BlockNumber),
}

/// A part of an execution in which only one thread ran: what it did, and what it made.
struct Turn {
    events: Range<usize>,
    objects: Range<ObjectNumber>,
    blocks: Range<BlockNumber>,
}

impl Turn {
    fn of(operation: impl FnOnce()) -> Turn {
        let so_far = || {
            let session = session::current();
            let recorder = session.recorder();
            // Blocks are counted from 1.
            (recorder.events.len(), recorder.objects.len(), recorder.blocks.len() + 1)
        };
        let start = so_far();
        operation();
        let end = so_far();
        Turn { events: start.0..end.0, objects: start.1..end.1, blocks: start.2..end.2 }
    }

    fn made(&self, location: Location) -> bool {
        match location {
            Location::Object(object) => self.objects.contains(&object),
            Location::Count(block) => self.blocks.contains(&block),
        }
    }
}

/// Whose turn it is. Not a twin's lock, but loom's, so that the ledger does not count it: whose turn it is has seen all
/// that was done before, and reads no stale value.
struct Baton(loom::sync::Mutex<usize>);

impl Baton {
    /// Waits for turn number `turn`.
    fn wait(&self, turn: usize) {
        while *self.turn() != turn {
            loom::thread::yield_now();
        }
    }

    fn pass(&self) {
        *self.turn() += 1;
    }

    fn turn(&self) -> loom::sync::MutexGuard<'_, usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger {
    /// The ledger of the design `design`, without a row yet.
    pub fn new(design: &str) -> Ledger {
        Ledger { design: design.to_owned(), rows: Vec::new() }
    }

    /// Counts what `operation` does to what `setup` makes, and adds the row.
    ///
    /// # Panics
    ///
    /// If the operation fails as a model would, also by leaking, or waits for the other thread.
    #[track_caller]
    pub fn operation<S: Send + Sync + 'static>(
        mut self,
        name: &str,
        setup: impl Fn() -> S + Send + Sync + 'static,
        operation: impl Fn(&S) + Send + Sync + 'static,
    ) -> Ledger {
        let counted = Arc::new(Mutex::new(Cost::default()));
        let result = counted.clone();
        let operation = Arc::new(operation);
        // One execution tells: the threads run by turns.
        Builder::new().preemption_bound(0).max_executions(1).model(move || {
            let design = Arc::new(setup());
            let baton = Arc::new(Baton(loom::sync::Mutex::new(0)));
            let counting = {
                let (design, operation, baton) = (design.clone(), operation.clone(), baton.clone());
                thread::spawn(move || {
                    operation(&design);
                    baton.pass();
                    baton.wait(2);
                    let turn = Turn::of(|| operation(&design));
                    baton.pass();
                    turn
                })
            };
            let other = {
                let (design, operation, baton) = (design.clone(), operation.clone(), baton.clone());
                thread::spawn(move || {
                    baton.wait(1);
                    // The first time it may have to register, which touches what it does not touch again.
                    let first = Turn::of(|| operation(&design));
                    let before = Turn::of(|| operation(&design));
                    baton.pass();
                    baton.wait(3);
                    let after = Turn::of(|| operation(&design));
                    [first, before, after]
                })
            };
            let turn = counting.join().expect("a panic has failed the model");
            let [first, before, after] = other.join().expect("a panic has failed the model");
            let session = session::current();
            let recorder = session.recorder();
            let touched: HashSet<Location> =
                [&before, &after].into_iter().flat_map(|turn| touched_in(&recorder, turn)).map(|(at, _)| at).collect();
            let made = |location| [&first, &before, &after].iter().any(|turn| turn.made(location));
            let cost = Cost::of(&recorder, &turn, |location| touched.contains(&location) || made(location));
            *result.lock().unwrap_or_else(PoisonError::into_inner) = cost;
        });
        let mut cost = counted.lock().unwrap_or_else(PoisonError::into_inner).clone();
        cost.operation = name.to_owned();
        self.rows.push(cost);
        self
    }

    /// The ledger as JSON, indented, with a newline at its end.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("a ledger has string keys only");
        json.push('\n');
        json
    }
}

impl Cost {
    /// The writes to the shared location that gets most of them: how often a line has to be fetched to be written to.
    pub fn most_writes_to_one_location(&self) -> usize {
        self.shared_locations.iter().map(Accesses::writes).max().unwrap_or(0)
    }

    fn of(recorder: &Recorder, turn: &Turn, is_shared: impl Fn(Location) -> bool) -> Cost {
        let mut cost = Cost::default();
        for entry in &recorder.events[turn.events.clone()] {
            match &entry.operation {
                Operation::Fence { ordering } if *ordering == std::sync::atomic::Ordering::SeqCst => {
                    cost.seq_cst_fences += 1;
                }
                Operation::Fence { .. } => cost.other_fences += 1,
                Operation::Allocate { .. } => cost.allocations += 1,
                Operation::Free { .. } | Operation::Count { freed: true, .. } => cost.frees += 1,
                _ => {}
            }
        }
        let mut shared: BTreeMap<usize, (Location, Accesses)> = BTreeMap::new();
        for (index, (location, accesses)) in touched_in(recorder, turn).enumerate() {
            if !is_shared(location) {
                cost.private += accesses;
                continue;
            }
            cost.shared += accesses;
            match shared.values_mut().find(|(known, _)| *known == location) {
                Some((_, so_far)) => *so_far += accesses,
                None => {
                    shared.insert(index, (location, accesses));
                }
            }
        }
        cost.shared_locations = shared.into_values().map(|(_, accesses)| accesses).collect();
        cost
    }
}

/// The atomic accesses of a turn.
fn touched_in<'a>(recorder: &'a Recorder, turn: &Turn) -> impl Iterator<Item = (Location, Accesses)> + 'a {
    recorder.events[turn.events.clone()].iter().filter_map(|entry| accesses(&entry.operation))
}

/// The atomic accesses that an operation is, in std, if it is any.
fn accesses(operation: &Operation) -> Option<(Location, Accesses)> {
    let made = match operation {
        Operation::Load { .. } => Accesses::LOAD,
        Operation::Store { .. } => Accesses::STORE,
        Operation::Modify { .. } | Operation::CompareExchange { .. } | Operation::Unlock { .. } => {
            Accesses::READ_MODIFY_WRITE
        }
        // One load is of the poison flag, which is on the lock's line; a reader's other one is of the state.
        Operation::Lock { what, acquired: Some(true), .. } => match *what {
            "read" | "try_read" | "try_write" => Accesses::READ_MODIFY_WRITE.with_loads(2),
            _ => Accesses::READ_MODIFY_WRITE.with_loads(1),
        },
        Operation::Lock { what, .. } => match *what {
            "try_read" | "try_write" => Accesses::LOAD,
            _ => Accesses::READ_MODIFY_WRITE,
        },
        Operation::Count { what, change: Some(_), freed, .. } => match *what {
            "strong_count" => Accesses::LOAD,
            // The weak count is locked meanwhile, and is on the same line.
            "get_mut" => Accesses { loads: 1, stores: 1, read_modify_writes: 1 },
            _ => Accesses { read_modify_writes: 1 + usize::from(*freed), ..Accesses::default() },
        },
        _ => return None,
    };
    let location = match operation {
        Operation::Count { .. } => Location::Count(operation.block()?),
        _ => Location::Object(operation.object()?),
    };
    Some((location, made))
}

impl fmt::Display for Accesses {
    /// Loads, stores and read-modify-writes, each in a column of 5.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>5}{:>5}{:>5}", self.loads, self.stores, self.read_modify_writes)
    }
}

impl fmt::Display for Cost {
    /// A row of [`Ledger::table`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cost { operation, shared, private, seq_cst_fences, allocations, frees, .. } = self;
        let most = self.most_writes_to_one_location();
        write!(f, "  {operation:<20}{shared}{most:>9} {private}{seq_cst_fences:>7}{allocations:>6}{frees:>5}")
    }
}

impl Ledger {
    /// The ledgers as one table of at most 80 columns: a heading, and for each ledger the design's name and a row for
    /// each operation.
    pub fn table<'a>(ledgers: impl IntoIterator<Item = &'a Ledger>) -> String {
        let mut table = format!("{}\n", Ledger::HEADING);
        for ledger in ledgers {
            table += &format!("{}\n", ledger.design);
            table.extend(ledger.rows.iter().map(|row| format!("{row}\n")));
        }
        table
    }

    const HEADING: &str = concat!(
        "                         shared lines  most on   private lines SeqCst\n",
        "                       load  sto  rmw one line  load  sto  rmw  fence alloc free",
    );
}

impl fmt::Display for Ledger {
    /// A table of at most 80 columns: the heading, the design's name, and a row for each operation.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Ledger::table([self]).trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::{Accesses, Cost, Ledger};
    use crate::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::*, fence};
    use crate::sync::{Arc, Mutex, RwLock};

    fn accesses(loads: usize, stores: usize, read_modify_writes: usize) -> Accesses {
        Accesses { loads, stores, read_modify_writes }
    }

    /// The row of an operation.
    fn cost<S: Send + Sync + 'static>(
        setup: impl Fn() -> S + Send + Sync + 'static,
        operation: impl Fn(&S) + Send + Sync + 'static,
    ) -> Cost {
        Ledger::new("a design").operation("an operation", setup, operation).rows.remove(0)
    }

    #[test]
    fn a_clone_under_a_lock_is_four_read_modify_writes_on_two_shared_lines() {
        let ledger = Ledger::new("Mutex<Arc<_>>").operation(
            "read",
            || Mutex::new(Arc::new(1)),
            |cell| {
                let value = cell.lock().unwrap().clone();
                assert_eq!(*value, 1);
            },
        );
        let row = &ledger.rows[0];
        assert_eq!((row.shared, row.private), (accesses(1, 0, 4), accesses(0, 0, 0)));
        assert_eq!(row.shared_locations, [accesses(1, 0, 2), accesses(0, 0, 2)]);
        assert_eq!(row.most_writes_to_one_location(), 2);
        let text = ledger.to_string();
        let heading = Ledger::HEADING;
        let row = "  read                    1    0    4        2     0    0    0      0     0    0";
        assert_eq!(text, format!("{heading}\nMutex<Arc<_>>\n{row}"));
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }

    /// As std's sources have them, which are named at [`Accesses`].
    #[test]
    fn locks_cost_what_stds_futex_locks_do() {
        let mutex = || Mutex::new(0);
        assert_eq!(cost(mutex, |lock| drop(lock.lock().unwrap())).shared, accesses(1, 0, 2));
        assert_eq!(cost(mutex, |lock| drop(lock.try_lock().unwrap())).shared, accesses(1, 0, 2));
        let rwlock = || RwLock::new(0);
        assert_eq!(cost(rwlock, |lock| drop(lock.read().unwrap())).shared, accesses(2, 0, 2));
        assert_eq!(cost(rwlock, |lock| drop(lock.write().unwrap())).shared, accesses(1, 0, 2));
        assert_eq!(cost(rwlock, |lock| drop(lock.try_read().unwrap())).shared, accesses(2, 0, 2));
        assert_eq!(cost(rwlock, |lock| drop(lock.try_write().unwrap())).shared, accesses(2, 0, 2));
        let held = cost(mutex, |lock| {
            let guard = lock.lock().unwrap();
            assert!(lock.try_lock().is_err());
            drop(guard);
        });
        assert_eq!(held.shared, accesses(1, 0, 3), "a try that fails is a compare-exchange");
        let held = cost(rwlock, |lock| {
            let guard = lock.write().unwrap();
            assert!(lock.try_read().is_err());
            drop(guard);
        });
        assert_eq!(held.shared, accesses(2, 0, 2), "a try that fails is a load");
    }

    #[test]
    fn an_arc_costs_what_stds_does() {
        let arc = || Arc::new(1);
        assert_eq!(cost(arc, |arc| drop(arc.clone())).shared, accesses(0, 0, 2));
        assert_eq!(cost(arc, |arc| assert!(Arc::strong_count(arc) > 0)).shared, accesses(1, 0, 0));
        let own = cost(
            || (),
            |()| {
                let mut arc = Arc::new(1);
                assert!(Arc::get_mut(&mut arc).is_some());
                drop(arc);
            },
        );
        assert_eq!((own.shared, own.private), (accesses(0, 0, 0), accesses(1, 1, 3)), "the weak count, too");
        assert_eq!((own.allocations, own.frees), (1, 1));
    }

    #[test]
    fn what_only_one_thread_touches_is_private() {
        let row = cost(AtomicPtr::default, |shared| {
            let counter = crate::boxed::Box::new(AtomicUsize::new(0));
            counter.store(1, Relaxed);
            fence(SeqCst);
            let old: *mut AtomicUsize = shared.swap(crate::boxed::Box::into_raw(counter), AcqRel);
            let none = shared.swap(std::ptr::null_mut(), AcqRel);
            assert!(old.is_null() && !none.is_null());
            // SAFETY: it has just been taken back.
            drop(unsafe { crate::boxed::Box::from_raw(none) });
        });
        assert_eq!((row.shared, row.private), (accesses(0, 0, 2), accesses(0, 1, 0)));
        assert_eq!((row.seq_cst_fences, row.allocations, row.frees), (1, 1, 1));
    }

    #[test]
    fn what_the_other_thread_has_made_is_shared() {
        let cell = || Mutex::new(Arc::new(1));
        let row = cost(cell, |cell| {
            let old = std::mem::replace(&mut *cell.lock().unwrap(), Arc::new(2));
            drop(old); // which the other thread has put there
        });
        assert_eq!(row.shared_locations, [accesses(1, 0, 2), accesses(0, 0, 2)]);
        assert_eq!(row.private, accesses(0, 0, 0));
    }
}
