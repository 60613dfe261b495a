//! What has been unlinked and may still be read.

use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::local::Pace;
use crate::rcu::{Scan, Shared};

/// What to do when nobody can be reading any more.
pub(crate) type Deferred = Box<dyn FnOnce() + Send>;

/// How many are retired for one grace period, so that they share its cost. Fewer when they come so slowly that a look at
/// the slots for each costs nothing to speak of: what is retired may be large, and should not wait for 63 others.
const BATCH: usize = 64;

/// Two batches: one that waits for the sections of a scan, and one that fills.
#[derive(Default)]
pub(crate) struct RetireList {
    filling: Vec<Deferred>,
    waiting: Vec<Deferred>,
    /// Started after the last of `waiting` had been unlinked.
    scan: Scan,
    pace: Pace,
}

impl RetireList {
    /// Adds one. True if it is time to [`advance`](Self::advance).
    pub(crate) fn push(&mut self, deferred: Deferred) -> bool {
        self.filling.push(deferred);
        self.filling.len().is_multiple_of(BATCH) || self.pace.is_slow()
    }

    pub(crate) fn len(&self) -> usize {
        self.filling.len() + self.waiting.len()
    }

    /// Lets what has been retired begin to wait, unless an earlier batch still does, and returns what has waited long enough.
    /// Never waits itself.
    pub(crate) fn advance(&mut self, shared: &Shared) -> Vec<Deferred> {
        let mut ready = Vec::new();
        // SAFETY: the list lives in `shared`, the only domain that its scans are of.
        if unsafe { self.scan.has_ended() } {
            ready.append(&mut self.waiting);
            if !self.filling.is_empty() {
                std::mem::swap(&mut self.waiting, &mut self.filling);
                self.scan.start(shared);
                // SAFETY: as above. If no section is open, there is nothing to wait for.
                if unsafe { self.scan.has_ended() } {
                    ready.append(&mut self.waiting);
                }
            }
        }
        ready
    }

    /// All of it, for a caller who knows that nobody reads it, or waits until then.
    pub(crate) fn take_all(&mut self) -> Vec<Deferred> {
        let mut all = std::mem::take(&mut self.waiting);
        all.append(&mut self.filling);
        all
    }
}

/// Calls them all. The first panic goes on when every one has had its turn.
///
/// No lock may be held: they are the user's, and may defer, read or synchronise.
pub(crate) fn run(deferred: Vec<Deferred>) {
    let mut panic = None;
    for f in deferred {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(f)) {
            match panic {
                None => panic = Some(payload),
                // Its drop is the user's, too, and may panic.
                Some(_) => forget(payload),
            }
        }
    }
    if let Some(payload) = panic {
        // While another panic unwinds, a second one would abort the process.
        if std::thread::panicking() { forget(payload) } else { resume_unwind(payload) }
    }
}
