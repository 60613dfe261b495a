//! What a run was worth.

use std::fmt;
use std::time::Duration;

/// What one worker has done and seen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Work {
    /// For how long it worked.
    pub length: Duration,
    /// Its lookups.
    pub lookups: u64,
    /// Those that found their key.
    pub found: u64,
    /// Those that were watched: the first of each batch, which looks the table's version up.
    pub watched: u64,
    /// Watched lookups that were stale. An update *arrives* when the updater has its changes in hand and goes to work. A
    /// lookup is stale if an update had arrived before it began, and it finds a version from before that update.
    pub stale: u64,
    /// The oldest stale lookup: the time from the arrival of the update that it misses to its beginning.
    pub stalest: Duration,
    /// Watched lookups that found an older version than one that was finished before they began. No correct table has any.
    pub outdated: u64,
    /// The longest time for one batch of 64 lookups.
    pub longest_batch: Duration,
}

impl Work {
    /// A watched lookup that began at `now` found `version`, and these versions had been finished and had arrived before.
    pub(crate) fn saw(&mut self, version: Option<u64>, published: u64, arrived: u64, now: u64) {
        self.watched += 1;
        let Some(version) = version else { return };
        self.found += 1;
        self.outdated += u64::from(version < published);
        if version < arrived {
            self.stale += 1;
            self.stalest = self.stalest.max(Duration::from_nanos(now.saturating_sub(arrived)));
        }
    }

    /// Lookups in a second.
    pub fn pace(&self) -> f64 {
        self.lookups as f64 / self.length.as_secs_f64()
    }
}

/// What all workers have done and seen, and the updater.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Each worker's.
    pub work: Vec<Work>,
    /// Finished updates.
    pub updates: u64,
    /// How long they took together.
    pub updating_for: Duration,
    /// The version that the last update gave to the table.
    pub last_version: u64,
    /// The version that the table has in the end.
    pub last_version_found: Option<u64>,
}

impl Summary {
    /// Lookups in a second, of all workers.
    pub fn pace(&self) -> f64 {
        self.work.iter().map(Work::pace).sum()
    }

    /// Lookups of all workers.
    pub fn lookups(&self) -> u64 {
        self.work.iter().map(|work| work.lookups).sum()
    }

    /// What a correct table does not do, if this one did.
    ///
    /// # Errors
    ///
    /// A sentence that says what went wrong.
    pub fn check(&self) -> Result<(), String> {
        let sum = |what: fn(&Work) -> u64| self.work.iter().map(what).sum::<u64>();
        let missing = self.lookups() - sum(|work| work.found);
        if missing > 0 {
            return Err(format!("{missing} lookups did not find their key"));
        }
        let outdated = sum(|work| work.outdated);
        if outdated > 0 {
            return Err(format!("{outdated} lookups found a table older than the last that was finished before them"));
        }
        if self.last_version_found != Some(self.last_version) {
            return Err("the last update is not in the table".to_owned());
        }
        Ok(())
    }

    /// A row of the table whose head is [`head`]'s, compared with `first`, the first row.
    pub fn row(&self, design: &str, first: &Summary) -> String {
        let paces = || self.work.iter().map(|work| work.pace() / 1e6);
        let slowest = paces().fold(f64::INFINITY, f64::min);
        let fastest = paces().fold(0.0, f64::max);
        let watched: u64 = self.work.iter().map(|work| work.watched).sum();
        let stale: u64 = self.work.iter().map(|work| work.stale).sum();
        let longest = |what: fn(&Work) -> Duration| Milliseconds(self.work.iter().map(what).max().unwrap_or_default());
        format!(
            "{design:<16}{:>7.2} {:>6} {:>11} {:>7} {:>7} {:>6.2} {:>6} {:>7}",
            self.pace() / 1e6,
            format!("×{:.2}", self.pace() / first.pace()),
            format!("{slowest:.2}–{fastest:.2}"),
            self.updates,
            Milliseconds(self.updating_for.checked_div(self.updates as u32).unwrap_or_default()).to_string(),
            100.0 * stale as f64 / watched as f64,
            longest(|work| work.stalest).to_string(),
            longest(|work| work.longest_batch).to_string(),
        )
    }
}

/// The head of the table.
pub fn head() -> String {
    let groups = ["million lookups a second", "updates", "stale lookups", "longest"];
    let columns = ["all", "ratio", "per worker", "number", "ms each", "%", "max ms", "wait ms"];
    let [lookups, updates, stale, longest] = groups;
    let [all, ratio, worker, number, each, percent, max, wait] = columns;
    format!(
        "{:<16}{lookups:>26} {updates:>15} {stale:>13} {longest:>7}\n\
         {:<16}{all:>7} {ratio:>6} {worker:>11} {number:>7} {each:>7} {percent:>6} {max:>6} {wait:>7}",
        "", "design"
    )
}

/// What stands in the table's columns.
pub const LEGEND: &str = "\
stale    an update had arrived (the updater had it in hand) before the lookup
         began, and is not in the table that it found; max ms: the longest time
         since such an arrival
longest  the longest time for 64 lookups, whatever the reason: the table's lock,
         or the system, which let the worker stand";

/// With as many digits as tell something.
struct Milliseconds(Duration);

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = self.0.as_secs_f64() * 1e3;
        let digits = if milliseconds < 10.0 { 2 } else { 0 };
        write!(f, "{milliseconds:.digits$}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Summary, Work};
    use std::time::Duration;

    fn summary(work: Work) -> Summary {
        Summary {
            work: vec![work],
            updates: 1,
            updating_for: Duration::ZERO,
            last_version: 30,
            last_version_found: Some(30),
        }
    }

    #[test]
    fn a_lookup_that_misses_an_update_that_has_arrived_is_stale_and_one_that_misses_a_finished_one_is_wrong() {
        let mut work = Work { lookups: 4, ..Work::default() };
        work.saw(Some(10), 10, 10, 15); // nothing is on its way
        work.saw(Some(20), 10, 20, 25); // an update has arrived, and is there already
        work.saw(Some(20), 20, 30, 34); // an update has arrived, and is not there yet
        work.saw(Some(30), 20, 20, 35); // one has come in between
        assert_eq!((work.watched, work.found, work.stale, work.outdated), (4, 4, 1, 0));
        assert_eq!(work.stalest, Duration::from_nanos(4));
        assert_eq!(summary(work).check(), Ok(()));

        work.lookups += 1;
        work.saw(Some(20), 30, 30, 40);
        assert_eq!((work.stale, work.outdated), (2, 1));
        assert_eq!(
            summary(work).check(),
            Err("1 lookups found a table older than the last that was finished before them".to_owned())
        );
    }

    #[test]
    fn a_lookup_that_finds_nothing_and_an_update_that_is_lost_are_wrong() {
        let mut work = Work { lookups: 1, ..Work::default() };
        work.saw(None, 0, 0, 0);
        assert_eq!(summary(work).check(), Err("1 lookups did not find their key".to_owned()));
        let lost = Summary { last_version_found: Some(20), ..summary(Work::default()) };
        assert_eq!(lost.check(), Err("the last update is not in the table".to_owned()));
    }
}
