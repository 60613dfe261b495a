//! The program itself.

use std::hint::black_box;
use std::io;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use crate::summary::{Summary, Work};
use crate::table::{Change, Entries, Table};

/// A worker looks at the clock once in so many lookups, so that the clock is not what is measured.
const BATCH: u64 = 64;

/// The entry by which a worker knows how old the table is that it sees: when the last update in it arrived.
const VERSION: &str = "version";

/// How often the caller hears of the progress.
const TICK: Duration = Duration::from_millis(50);

/// What the program does.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many threads look keys up, without a pause. At least 1.
    pub workers: usize,
    /// How many keys the table has, but for the one that tells its version. At least 1.
    pub keys: usize,
    /// How many of them an update changes.
    pub changes: usize,
    /// How long the updater rests between two updates.
    pub every: Duration,
    /// How long it all takes.
    pub length: Duration,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Since its start.
    pub elapsed: Duration,
    /// Lookups of all workers.
    pub lookups: u64,
}

/// What the updater tells the workers. Versions are times of arrival, in nanoseconds since the start; 0 is what the table
/// starts with.
struct Board {
    start: Instant,
    /// The update that has arrived last: the updater has its changes in hand, and goes to work.
    arrived: AtomicU64,
    /// The update that was finished last.
    published: AtomicU64,
    stop: AtomicBool,
}

impl Board {
    fn now(&self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }
}

/// Workers write to their own, as often as they look at the clock: so it has two cache lines to itself.
#[repr(align(128))]
#[derive(Default)]
struct Counter(AtomicU64);

/// Runs the program with tables of type `T`.
///
/// # Errors
///
/// If the operating system does not give it a thread.
pub fn run<T: Table>(settings: &Settings, progress: &mut dyn FnMut(Progress)) -> io::Result<Summary> {
    let keys: Vec<String> = (0..settings.keys).map(|number| format!("key {number}")).collect();
    let mut entries: Entries = keys.iter().map(|key| (key.clone(), "0".to_owned())).collect();
    entries.insert(VERSION.to_owned(), "0".to_owned());
    let table = T::with_entries(entries);

    let counters: Vec<Counter> = (0..settings.workers).map(|_| Counter::default()).collect();
    let board = Board {
        start: Instant::now(),
        arrived: AtomicU64::new(0),
        published: AtomicU64::new(0),
        stop: AtomicBool::new(false),
    };
    let (tell_updater, told) = mpsc::channel();

    let (work, update_times) = thread::scope(|scope| {
        let (table, keys, board) = (&table, &keys[..], &board);
        // If a thread cannot be started, those that have been see that they are to stop, and the scope waits for them.
        let stop = StopWhenDropped(board, tell_updater);
        let updater = start(scope, move || update(table, keys, board, settings, &told))?;
        let workers = (1..)
            .zip(&counters)
            .map(|(seed, counter)| start(scope, move || look_up(table, keys, board, seed, &counter.0)))
            .collect::<io::Result<Vec<_>>>()?;
        loop {
            let elapsed = board.start.elapsed();
            let lookups = counters.iter().map(|counter| counter.0.load(Relaxed)).sum();
            progress(Progress { elapsed, lookups });
            if elapsed >= settings.length {
                break;
            }
            thread::sleep(TICK.min(settings.length - elapsed));
        }
        drop(stop);
        let work: Vec<Work> = workers.into_iter().map(|worker| worker.join().expect("it does not panic")).collect();
        io::Result::Ok((work, updater.join().expect("it does not panic")))
    })?;
    Ok(Summary {
        work,
        updates: update_times.len() as u64,
        updating_for: update_times.iter().sum(),
        last_version: board.published.load(Relaxed),
        last_version_found: table.look_up(VERSION, version),
    })
}

fn start<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    f: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    thread::Builder::new().spawn_scoped(scope, f)
}

/// Tells the workers, and the updater, which hears of it also when it rests.
struct StopWhenDropped<'board>(&'board Board, #[expect(dead_code, reason = "its drop is what tells")] mpsc::Sender<()>);

impl Drop for StopWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.stop.store(true, Relaxed);
    }
}

fn version(value: Option<&str>) -> Option<u64> {
    value?.parse().ok()
}

// ANCHOR: worker
/// What a worker does until it is told to stop.
fn look_up(table: &impl Table, keys: &[String], board: &Board, seed: u64, counter: &AtomicU64) -> Work {
    let mut random = Random(seed);
    let mut work = Work::default();
    let start = Instant::now();
    loop {
        // Acquire: its partner is the Release in `update`. What was published before this lookup begins has to be found.
        let published = board.published.load(Acquire);
        // Relaxed: a number that says nothing of other memory.
        let arrived = board.arrived.load(Relaxed);
        let batch = board.now();
        work.saw(table.look_up(VERSION, version), published, arrived, batch);
        for _ in 1..BATCH {
            let key = &keys[random.below(keys.len())];
            work.found +=
                u64::from(black_box(table.look_up(key, |value| value.is_some_and(|value| !value.is_empty()))));
        }
        work.longest_batch = work.longest_batch.max(Duration::from_nanos(board.now() - batch));
        work.lookups += BATCH;
        counter.store(work.lookups, Relaxed);
        if board.stop.load(Relaxed) {
            work.length = start.elapsed();
            return work;
        }
    }
}
// ANCHOR_END: worker

// ANCHOR: updater
/// What the updater does until it is told to stop. Returns how long each update took.
fn update(
    table: &impl Table,
    keys: &[String],
    board: &Board,
    settings: &Settings,
    told: &mpsc::Receiver<()>,
) -> Vec<Duration> {
    let mut random = Random(u64::MAX);
    let mut times = Vec::new();
    loop {
        // No two updates arrive at one time, however coarse the clock is.
        let arrival = board.now().max(board.published.load(Relaxed) + 1);
        let change = |key: &str| -> Change { (key.to_owned(), arrival.to_string()) };
        let mut changes: Vec<Change> = (0..settings.changes).map(|_| change(&keys[random.below(keys.len())])).collect();
        changes.push(change(VERSION));

        board.arrived.store(arrival, Relaxed);
        let start = Instant::now();
        table.update(&changes);
        times.push(start.elapsed());
        // Release: its partner is the Acquire in `look_up`.
        board.published.store(arrival, Release);
        if told.recv_timeout(settings.every) != Err(RecvTimeoutError::Timeout) {
            return times;
        }
    }
}
// ANCHOR_END: updater

/// Marsaglia's xorshift: the same keys in every run, at the price of three shifts.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (((self.0 >> 32) * limit as u64) >> 32) as usize
    }
}
