//! Runs a contender: the loops that are measured, compiled once for each.

use std::hint::black_box;
use std::marker::PhantomData;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::thread;
use std::time::{Duration, Instant};

use crate::entries::{BATCH, Entries};
use crate::preemption::{involuntary_switches, thread_seconds};
use crate::results::{Guard, Pace};
use crate::table::{Facts, Key, Read, Table, Value, Write, Writes};

/// Makes a contender's table of these entries.
pub type Build<K, V> = fn(&mut dyn Iterator<Item = (K, V)>) -> Box<dyn Runs<K, V>>;

/// Makes a contender's table with room for so many entries, if it can be asked for one.
pub type BuildRoom<K, V> = fn(usize) -> Option<Box<dyn Runs<K, V>>>;

/// A contender that has no table yet.
pub struct Contender<K, V> {
    pub facts: Facts,
    pub build: Build<K, V>,
    pub with_room: BuildRoom<K, V>,
}

impl<K: Key, V: Value> Contender<K, V> {
    /// One with these entries.
    pub fn with_entries(&self, entries: &[(K, V)]) -> Box<dyn Runs<K, V>> {
        (self.build)(&mut entries.iter().cloned())
    }

    /// One with these entries that has come to rest: maps that grow a bit with each write go on to do so until every
    /// entry has been written once more.
    pub fn at_rest(&self, entries: &[(K, V)]) -> Box<dyn Runs<K, V>> {
        let table = self.with_entries(entries);
        if self.facts.writes == Writes::InPlace {
            table.time_overwrites(entries, entries.len() as u64);
        }
        table
    }

    /// An empty one.
    pub fn empty(&self) -> Box<dyn Runs<K, V>> {
        (self.build)(&mut std::iter::empty())
    }
}

/// What one window measured.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// In the unit of the workload.
    pub value: f64,
    /// Whether a thread that took part lost its processor meanwhile.
    pub preempted: bool,
}

/// What one window measured of readers and of the writer beside them.
#[derive(Clone, Copy, Debug)]
pub struct Beside {
    /// Nanoseconds for a look-up of one thread.
    pub reader: Sample,
    /// Nanoseconds for a write, if there was a writer and it got one done.
    pub writer: Option<Sample>,
}

/// What one growth measured.
#[derive(Clone, Copy, Debug)]
pub struct Growth {
    /// Milliseconds for all inserts.
    pub total: Sample,
    /// Milliseconds for the longest insert.
    pub longest_insert: f64,
    /// Milliseconds for the longest look-up beside it.
    pub longest_pause: f64,
    /// How many inserts, and how many look-ups, were left out because their thread lost its processor in them.
    pub left_out: [usize; 2],
}

/// A contender with a table.
pub trait Runs<K, V>: Send + Sync {
    fn facts(&self) -> Facts;

    /// The digest of a key's value, once. Not measured.
    fn look_up(&self, key: &K) -> Option<u64>;

    /// One insert. Not measured.
    fn put(&self, key: K, value: V);

    /// One removal. Not measured.
    fn take(&self, key: &K);

    /// The keys' digests, all under one guard. Not measured.
    fn look_up_all(&self, keys: &[K]) -> u64;

    /// The sum of all digests. Not measured.
    fn sum(&self) -> u64;

    /// So many readers for a while, and a writer beside them if there is a pace for it.
    fn read(&self, entries: &Entries<K, V>, guard: Guard, readers: usize, writer: Pace, length: Duration) -> Beside;

    /// So many readers for a while, a guard for each look-up. Nanoseconds for a look-up of all together.
    fn throughput(&self, entries: &Entries<K, V>, readers: usize, length: Duration) -> Sample;

    /// One thread that overwrites. Nanoseconds for a write.
    fn overwrite(&self, entries: &Entries<K, V>, length: Duration) -> Sample;

    /// One thread that removes entries and puts them back. Nanoseconds for a removal.
    fn remove(&self, entries: &Entries<K, V>, length: Duration) -> Sample;

    /// One thread that visits every entry. Nanoseconds for an entry.
    fn iterate(&self, entries: usize, length: Duration) -> Sample;

    /// Inserts all entries into what was empty, alone. Milliseconds.
    fn grow(&self, entries: &[(K, V)]) -> Sample;

    /// The same with a reader beside it, and every insert and every look-up timed.
    fn grow_beside_a_reader(&self, entries: &[(K, V)]) -> Growth;

    /// Looks these keys up, a guard for each, after `before` and before `after`. By then the thread has looked up before.
    fn between(&self, keys: &[K], before: &mut dyn FnMut(), after: &mut dyn FnMut());

    /// So many batches of look-ups by this thread, for criterion.
    fn time_batches(&self, order: &[K], guard: Guard, batches: u64) -> Duration;

    /// So many overwrites by this thread, for criterion.
    fn time_overwrites(&self, entries: &[(K, V)], writes: u64) -> Duration;

    /// So many visits of every entry by this thread, for criterion.
    fn time_visits(&self, visits: u64) -> Duration;
}

/// A contender's table.
pub struct Running<K, V, T> {
    table: T,
    entries: PhantomData<fn() -> (K, V)>,
}

impl<K, V, T> Running<K, V, T> {
    pub(crate) fn new(table: T) -> Running<K, V, T> {
        Running { table, entries: PhantomData }
    }
}

/// Keeps the threads of one window together: nobody is measured before all are there, and nobody leaves before all have
/// been measured.
struct Together {
    threads: usize,
    ready: AtomicUsize,
    measured: AtomicUsize,
}

impl Together {
    fn new(threads: usize) -> Together {
        Together { threads, ready: AtomicUsize::new(0), measured: AtomicUsize::new(0) }
    }

    fn start(&self) {
        // Release and Acquire: what each did to get ready happens before what all measure.
        self.ready.fetch_add(1, Release);
        let mut looks = 0u32;
        while self.ready.load(Acquire) < self.threads {
            looks += 1;
            if looks > 1000 { thread::yield_now() } else { std::hint::spin_loop() }
        }
    }

    fn has_measured(&self) {
        self.measured.fetch_add(1, Relaxed);
    }

    /// Relaxed: it says only whether there is any use in going on.
    fn is_over(&self) -> bool {
        self.measured.load(Relaxed) >= self.threads
    }
}

/// A stretch of one thread's time, and whether the thread had its processor all along.
struct Stretch {
    switches: Option<u64>,
    start: Instant,
}

impl Stretch {
    fn start() -> Stretch {
        let switches = involuntary_switches();
        Stretch { switches, start: Instant::now() }
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Nanoseconds for each of so many operations.
    fn end(&self, operations: usize) -> Sample {
        let elapsed = self.elapsed();
        self.sample(elapsed, operations)
    }

    fn sample(&self, elapsed: Duration, operations: usize) -> Sample {
        let value = elapsed.as_secs_f64() * 1e9 / operations.max(1) as f64;
        Sample { value, preempted: involuntary_switches() != self.switches }
    }
}

/// Reads one batch, each key under a guard of its own. Not inlined: the loop is the same wherever it is called from.
#[inline(never)]
fn per_read<K: Key, V: Value, R: Read<K, V>>(reader: &mut R, keys: &[K]) -> u64 {
    let mut sum = 0u64;
    for key in keys {
        sum = sum.wrapping_add(reader.get(key).unwrap_or(0));
    }
    sum
}

#[inline(never)]
fn held<K: Key, V: Value, R: Read<K, V>>(reader: &mut R, keys: &[K]) -> u64 {
    reader.get_all(keys)
}

/// The next batch of the order, round and round.
fn next_batch<'k, K>(order: &'k [K], position: &mut usize) -> &'k [K] {
    if *position + BATCH > order.len() {
        *position = 0;
    }
    let batch = &order[*position..*position + BATCH];
    *position += BATCH;
    batch
}

/// How long a thread warms up before its window, at the least: its caches are another contender's.
const WARM_UP: Duration = Duration::from_micros(500);

impl<K: Key, V: Value, T: Table<K, V>> Running<K, V, T> {
    fn reader_window(&self, order: &[K], from: usize, guard: Guard, length: Duration, together: &Together) -> Sample {
        let mut reader = self.table.reader();
        let mut position = from / BATCH * BATCH;
        let mut batch = || match guard {
            Guard::PerRead => black_box(per_read(&mut reader, next_batch(order, &mut position))),
            Guard::Held => black_box(held(&mut reader, next_batch(order, &mut position))),
        };
        let warm = Instant::now();
        while warm.elapsed() < WARM_UP {
            batch();
        }
        together.start();
        let stretch = Stretch::start();
        let mut reads = 0;
        let elapsed = loop {
            // Some batches between two looks at the clock, which cost as much as a dozen look-ups.
            for _ in 0..8 {
                batch();
            }
            reads += 8 * BATCH;
            let elapsed = stretch.elapsed();
            if elapsed >= length {
                break elapsed;
            }
        };
        let sample = stretch.sample(elapsed, reads);
        together.has_measured();
        while !together.is_over() {
            batch();
        }
        sample
    }

    /// Writes until the readers have been measured.
    fn writer_window(&self, entries: &Entries<K, V>, pace: Pace, together: &Together) -> Option<Sample> {
        let mut writer = self.table.writer();
        let mut next = entries.all.iter().cycle();
        let mut write = || {
            if let Some((key, value)) = next.next() {
                writer.insert(key.clone(), value.clone());
            }
        };
        write();
        together.start();
        together.has_measured();
        let stretch = Stretch::start();
        let mut writes = 0;
        while !together.is_over() {
            match pace {
                Pace::None => return None,
                Pace::FullSpeed => {
                    write();
                    writes += 1;
                }
                Pace::OncePerMillisecond => {
                    if stretch.elapsed() >= Duration::from_millis(writes as u64) {
                        write();
                        writes += 1;
                    } else {
                        std::hint::spin_loop();
                    }
                }
            }
        }
        (writes > 0).then(|| stretch.end(writes))
    }
}

impl<K: Key, V: Value, T: Table<K, V>> Runs<K, V> for Running<K, V, T> {
    fn facts(&self) -> Facts {
        T::FACTS
    }

    fn look_up(&self, key: &K) -> Option<u64> {
        self.table.reader().get(key)
    }

    fn put(&self, key: K, value: V) {
        self.table.writer().insert(key, value);
    }

    fn take(&self, key: &K) {
        self.table.writer().remove(key);
    }

    fn look_up_all(&self, keys: &[K]) -> u64 {
        self.table.reader().get_all(keys)
    }

    fn sum(&self) -> u64 {
        self.table.reader().sum()
    }

    fn read(&self, entries: &Entries<K, V>, guard: Guard, readers: usize, writer: Pace, length: Duration) -> Beside {
        let writers = usize::from(writer != Pace::None);
        let together = Together::new(readers + writers);
        let (together, order) = (&together, &entries.order[..]);
        thread::scope(|scope| {
            let writer = (writers == 1).then(|| scope.spawn(move || self.writer_window(entries, writer, together)));
            let all: Vec<_> = (0..readers)
                .map(|number| {
                    let from = number * order.len() / readers;
                    scope.spawn(move || self.reader_window(order, from, guard, length, together))
                })
                .collect();
            let samples: Vec<Sample> =
                all.into_iter().map(|thread| thread.join().expect("readers only read")).collect();
            let writer = writer.and_then(|thread| thread.join().expect("the writer only writes"));
            let preempted = samples.iter().chain(&writer).any(|sample| sample.preempted);
            let value = samples.iter().map(|sample| sample.value).sum::<f64>() / samples.len() as f64;
            Beside { reader: Sample { value, preempted }, writer: writer.map(|sample| Sample { preempted, ..sample }) }
        })
    }

    fn throughput(&self, entries: &Entries<K, V>, readers: usize, length: Duration) -> Sample {
        let together = Together::new(readers);
        let (together, order) = (&together, &entries.order[..]);
        thread::scope(|scope| {
            let all: Vec<_> = (0..readers)
                .map(|number| {
                    scope.spawn(move || {
                        let mut reader = self.table.reader();
                        let mut position = number * order.len() / readers / BATCH * BATCH;
                        black_box(per_read(&mut reader, next_batch(order, &mut position)));
                        together.start();
                        let stretch = Stretch::start();
                        let mut reads = 0;
                        let elapsed = loop {
                            for _ in 0..8 {
                                black_box(per_read(&mut reader, next_batch(order, &mut position)));
                            }
                            reads += 8 * BATCH;
                            let elapsed = stretch.elapsed();
                            if elapsed >= length {
                                break elapsed;
                            }
                        };
                        (reads as f64 / elapsed.as_secs_f64(), stretch.sample(elapsed, reads).preempted)
                    })
                })
                .collect();
            let all: Vec<_> = all.into_iter().map(|thread| thread.join().expect("readers only read")).collect();
            let per_second: f64 = all.iter().map(|(per_second, _)| per_second).sum();
            Sample { value: 1e9 / per_second, preempted: all.iter().any(|(_, preempted)| *preempted) }
        })
    }

    fn overwrite(&self, entries: &Entries<K, V>, length: Duration) -> Sample {
        let mut writer = self.table.writer();
        let mut next = entries.all.iter().cycle();
        let mut some = |writes: usize| {
            for (key, value) in next.by_ref().take(writes) {
                writer.insert(key.clone(), value.clone());
            }
        };
        let warm = Instant::now();
        while warm.elapsed() < WARM_UP {
            some(1);
        }
        let stretch = Stretch::start();
        let (mut writes, mut at_once) = (0, 1);
        loop {
            some(at_once);
            writes += at_once;
            let elapsed = stretch.elapsed();
            if elapsed >= length {
                return stretch.sample(elapsed, writes);
            }
            // As many between two looks at the clock as take some microseconds.
            if elapsed < length / 64 {
                at_once = (at_once * 2).min(4096);
            }
        }
    }

    fn remove(&self, entries: &Entries<K, V>, length: Duration) -> Sample {
        let mut writer = self.table.writer();
        let part = entries.all.len().min(10 * BATCH);
        let whole = Stretch::start();
        let (mut removing, mut removed, mut position) = (Duration::ZERO, 0, 0);
        while removing < length {
            if position + part > entries.all.len() {
                position = 0;
            }
            let entries = &entries.all[position..position + part];
            let start = Instant::now();
            for (key, _) in entries {
                writer.remove(key);
            }
            removing += start.elapsed();
            removed += part;
            position += part;
            for (key, value) in entries {
                writer.insert(key.clone(), value.clone());
            }
        }
        whole.sample(removing, removed)
    }

    fn iterate(&self, entries: usize, length: Duration) -> Sample {
        let mut reader = self.table.reader();
        let sum = black_box(reader.sum());
        let stretch = Stretch::start();
        let mut rounds = 0;
        loop {
            assert_eq!(black_box(reader.sum()), sum, "nobody writes");
            rounds += 1;
            let elapsed = stretch.elapsed();
            if elapsed >= length {
                return stretch.sample(elapsed, rounds * entries);
            }
        }
    }

    fn grow(&self, entries: &[(K, V)]) -> Sample {
        let mut writer = self.table.writer();
        let processor = thread_seconds();
        let start = Instant::now();
        for (key, value) in entries {
            writer.insert(key.clone(), value.clone());
        }
        let elapsed = start.elapsed().as_secs_f64();
        // Too long for a window that is dropped for one short interruption: what counts is the time lost.
        let lost = match (processor, thread_seconds()) {
            (Some(before), Some(after)) => elapsed - (after - before),
            _ => 0.0,
        };
        Sample { value: elapsed * 1e3, preempted: lost > 0.05 * elapsed }
    }

    fn grow_beside_a_reader(&self, entries: &[(K, V)]) -> Growth {
        let together = Together::new(2);
        let published = AtomicUsize::new(0);
        thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut reader = self.table.reader();
                let mut longest = Longest::new();
                together.start();
                let mut number = 0;
                while !together.is_over() {
                    // Acquire pairs with the writer's Release: those entries are there.
                    let there = published.load(Acquire);
                    number = if number + 1 < there { number + 1 } else { 0 };
                    let key = &entries[number].0;
                    longest.time(|| {
                        let found = black_box(reader.get(key));
                        assert!(found.is_some() || there == 0, "an entry that was inserted is not there");
                    });
                }
                longest
            });
            let mut writer = self.table.writer();
            let mut longest = Longest::new();
            together.start();
            let stretch = Stretch::start();
            for (number, (key, value)) in entries.iter().enumerate() {
                longest.time(|| writer.insert(key.clone(), value.clone()));
                // Release pairs with the reader's Acquire: the entry is there for who reads the number.
                published.store(number + 1, Release);
            }
            let total = stretch.end(1);
            together.has_measured();
            together.has_measured();
            let pauses = reader.join().expect("a reader finds what has been inserted");
            Growth {
                total: Sample { value: total.value * 1e-6, preempted: total.preempted },
                longest_insert: longest.milliseconds(),
                longest_pause: pauses.milliseconds(),
                left_out: [longest.left_out, pauses.left_out],
            }
        })
    }

    fn between(&self, keys: &[K], before: &mut dyn FnMut(), after: &mut dyn FnMut()) {
        let mut reader = self.table.reader();
        black_box(per_read(&mut reader, keys));
        before();
        black_box(per_read(&mut reader, keys));
        after();
    }

    fn time_batches(&self, order: &[K], guard: Guard, batches: u64) -> Duration {
        let mut reader = self.table.reader();
        let mut position = 0;
        let start = Instant::now();
        for _ in 0..batches {
            let keys = next_batch(order, &mut position);
            black_box(match guard {
                Guard::PerRead => per_read(&mut reader, keys),
                Guard::Held => held(&mut reader, keys),
            });
        }
        start.elapsed()
    }

    fn time_overwrites(&self, entries: &[(K, V)], writes: u64) -> Duration {
        let mut writer = self.table.writer();
        let mut next = entries.iter().cycle();
        let start = Instant::now();
        for (key, value) in next.by_ref().take(writes as usize) {
            writer.insert(key.clone(), value.clone());
        }
        start.elapsed()
    }

    fn time_visits(&self, visits: u64) -> Duration {
        let mut reader = self.table.reader();
        let start = Instant::now();
        for _ in 0..visits {
            black_box(reader.sum());
        }
        start.elapsed()
    }
}

/// The longest of many operations, without those in which the thread lost its processor.
struct Longest {
    longest: Duration,
    switches: Option<u64>,
    left_out: usize,
}

impl Longest {
    /// Operations longer than this are looked at more closely.
    const SUSPICIOUS: Duration = Duration::from_micros(2);

    fn new() -> Longest {
        Longest { longest: Duration::ZERO, switches: involuntary_switches(), left_out: 0 }
    }

    #[inline]
    fn time(&mut self, operation: impl FnOnce()) {
        let start = Instant::now();
        operation();
        let elapsed = start.elapsed();
        if elapsed > Self::SUSPICIOUS {
            self.look_at(elapsed);
        }
    }

    #[cold]
    fn look_at(&mut self, elapsed: Duration) {
        let switches = involuntary_switches();
        // Also when the switch was between two operations that are not timed: one long one too few does no harm.
        if switches == self.switches {
            self.longest = self.longest.max(elapsed);
        } else {
            self.left_out += 1;
            self.switches = switches;
        }
    }

    fn milliseconds(&self) -> f64 {
        self.longest.as_secs_f64() * 1e3
    }
}
