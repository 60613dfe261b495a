//! The cost ledger: what one operation of a design does to memory that others share.

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::model::Builder;
use crate::operation::{BlockNumber, ObjectNumber, Operation};
use crate::recorder::{Entry, Recorder};
use crate::session;
use crate::thread;

/// What operations cost, counted.
///
/// Two threads do the operation, one after the other, each twice; what is counted is the second time of the first thread,
/// so that registering a thread and filling a cache of its own are paid. A location that both threads touch is *shared*:
/// with many threads its cache line goes from core to core, or at least has to be read from another's. One that only this
/// thread touches is *private*.
///
/// No clock is involved, so the ledger is the same on every machine. It is a count, not a time: it says nothing of
/// cache misses, of what else is on a line, nor of how long anybody waits.
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
    /// Accesses to locations that other threads touch in the same operation.
    pub shared: Accesses,
    /// Accesses to locations that only this thread touches.
    pub private: Accesses,
    /// `SeqCst` fences: on today's processors, the ones that wait for the store buffer.
    pub seq_cst_fences: usize,
    /// Other fences: no instruction on x86-64.
    pub other_fences: usize,
    /// Blocks allocated.
    pub allocations: usize,
    /// Blocks freed.
    pub frees: usize,
}

/// Atomic accesses, by kind. A lock counts as std's futex locks do: a read-modify-write to lock, and one to unlock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accesses {
    /// Loads.
    pub loads: usize,
    /// Stores.
    pub stores: usize,
    /// Swaps, fetch-and-modifies, compare-exchanges, changes of a strong count, lock operations.
    pub read_modify_writes: usize,
}

/// A location that atomic accesses are counted for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Location {
    Object(ObjectNumber),
    /// The strong count of an `Arc`.
    Count(BlockNumber),
}

enum Kind {
    Load,
    Store,
    ReadModifyWrite,
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
    /// If the operation fails as a model would, also by leaking.
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
        // One execution tells: the threads run one after the other.
        Builder::new().preemption_bound(0).max_executions(1).model(move || {
            let design = Arc::new(setup());
            let measure = || {
                let (design, operation) = (design.clone(), operation.clone());
                let thread = thread::spawn(move || {
                    operation(&design);
                    let start = events_so_far();
                    operation(&design);
                    start..events_so_far()
                });
                thread.join().expect("a panic has failed the model")
            };
            let (first, second) = (measure(), measure());
            *result.lock().unwrap_or_else(PoisonError::into_inner) =
                Cost::of(&session::current().recorder(), first, second);
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

fn events_so_far() -> usize {
    session::current().recorder().events.len()
}

impl Cost {
    /// What the events `counted` cost, if those of another thread are `other`.
    fn of(recorder: &Recorder, counted: Range<usize>, other: Range<usize>) -> Cost {
        let touched: HashSet<Location> =
            recorder.events[other].iter().filter_map(access).map(|(location, _)| location).collect();
        let mut cost = Cost::default();
        for entry in &recorder.events[counted] {
            match &entry.operation {
                Operation::Fence { ordering } if *ordering == std::sync::atomic::Ordering::SeqCst => {
                    cost.seq_cst_fences += 1;
                }
                Operation::Fence { .. } => cost.other_fences += 1,
                Operation::Allocate { .. } => cost.allocations += 1,
                Operation::Free { .. } | Operation::Count { freed: true, .. } => cost.frees += 1,
                _ => {}
            }
            let Some((location, kind)) = access(entry) else { continue };
            let accesses = if touched.contains(&location) { &mut cost.shared } else { &mut cost.private };
            match kind {
                Kind::Load => accesses.loads += 1,
                Kind::Store => accesses.stores += 1,
                Kind::ReadModifyWrite => accesses.read_modify_writes += 1,
            }
        }
        cost
    }
}

/// The atomic access that an event is, if it is one.
fn access(entry: &Entry) -> Option<(Location, Kind)> {
    let object = || entry.operation.object().map(Location::Object);
    match &entry.operation {
        Operation::Load { .. } => Some((object()?, Kind::Load)),
        Operation::Store { .. } => Some((object()?, Kind::Store)),
        Operation::CompareExchange { succeeded: Some(false), .. } => Some((object()?, Kind::ReadModifyWrite)),
        Operation::Modify { .. }
        | Operation::CompareExchange { .. }
        | Operation::Lock { .. }
        | Operation::Unlock { .. } => Some((object()?, Kind::ReadModifyWrite)),
        Operation::Count { change: Some((from, to)), .. } => {
            let kind = if from == to { Kind::Load } else { Kind::ReadModifyWrite };
            Some((Location::Count(entry.operation.block()?), kind))
        }
        _ => None,
    }
}

impl fmt::Display for Accesses {
    /// Loads, stores and read-modify-writes, each in a column of 5.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>5}{:>5}{:>5}", self.loads, self.stores, self.read_modify_writes)
    }
}

impl fmt::Display for Ledger {
    /// A table of at most 80 columns.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<24}{:>15}{:>17}{:>9}", self.design, "shared", "private", "SeqCst")?;
        writeln!(f, "{:<24} load  sto  rmw   load  sto  rmw   fences  alloc  free", "")?;
        for (index, row) in self.rows.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(
                f,
                "  {:<22}{}  {}{:>9}{:>7}{:>6}",
                row.operation, row.shared, row.private, row.seq_cst_fences, row.allocations, row.frees
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Accesses, Ledger};
    use crate::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::*, fence};
    use crate::sync::{Arc, Mutex};

    fn accesses(loads: usize, stores: usize, read_modify_writes: usize) -> Accesses {
        Accesses { loads, stores, read_modify_writes }
    }

    #[test]
    fn a_clone_under_a_lock_is_four_read_modify_writes_on_shared_lines() {
        let ledger = Ledger::new("Mutex<Arc<_>>").operation(
            "read",
            || Mutex::new(Arc::new(1)),
            |cell| {
                let value = cell.lock().unwrap().clone();
                assert_eq!(*value, 1);
            },
        );
        assert_eq!((ledger.rows[0].shared, ledger.rows[0].private), (accesses(0, 0, 4), accesses(0, 0, 0)));
        assert_eq!(
            ledger.to_string(),
            "Mutex<Arc<_>>                    shared          private   SeqCst\n\
             \x20                        load  sto  rmw   load  sto  rmw   fences  alloc  free\n\
             \x20 read                      0    0    4      0    0    0        0      0     0"
        );
    }

    #[test]
    fn what_only_one_thread_touches_is_private() {
        let ledger = Ledger::new("publish").operation("box", AtomicPtr::default, |shared| {
            let counter = crate::boxed::Box::new(AtomicUsize::new(0));
            counter.store(1, Relaxed);
            fence(SeqCst);
            let old: *mut AtomicUsize = shared.swap(crate::boxed::Box::into_raw(counter), AcqRel);
            let none = shared.swap(std::ptr::null_mut(), AcqRel);
            assert!(old.is_null() && !none.is_null());
            // SAFETY: it has just been taken back.
            drop(unsafe { crate::boxed::Box::from_raw(none) });
        });
        let row = &ledger.rows[0];
        assert_eq!((row.shared, row.private), (accesses(0, 0, 2), accesses(0, 1, 0)));
        assert_eq!((row.seq_cst_fences, row.allocations, row.frees), (1, 1, 1));
    }
}
