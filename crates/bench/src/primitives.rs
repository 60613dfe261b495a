//! What the processor's own operations cost: the prices that a ledger's counts are multiplied by.

use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicUsize, Ordering, compiler_fence, fence};
use std::thread;
use std::time::{Duration, Instant};

use crate::preemption::involuntary_switches;
use crate::run::Sample;

/// An operation that designs are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Primitive {
    /// A load of a line that nobody writes.
    Load,
    /// A store to a line of one's own, and a load.
    StoreLoad,
    /// A store to a line of one's own, a full fence, and a load.
    StoreFenceLoad,
    /// A read-modify-write of a line of one's own.
    OwnReadModifyWrite,
    /// A read-modify-write of one line by every thread.
    SharedReadModifyWrite,
}

impl Primitive {
    pub const ALL: [Primitive; 5] = [
        Primitive::Load,
        Primitive::StoreLoad,
        Primitive::StoreFenceLoad,
        Primitive::OwnReadModifyWrite,
        Primitive::SharedReadModifyWrite,
    ];

    /// Its name in the results.
    pub fn name(self) -> &'static str {
        match self {
            Primitive::Load => "load",
            Primitive::StoreLoad => "store, load",
            Primitive::StoreFenceLoad => "store, fence(SeqCst), load",
            Primitive::OwnReadModifyWrite => "read-modify-write, own line",
            Primitive::SharedReadModifyWrite => "read-modify-write, one line for all",
        }
    }

    /// Nanoseconds for each, of so many threads that do it at a time.
    pub fn measure(self, threads: usize, length: Duration) -> Sample {
        let shared = Line::default();
        let together = Barrier::new(threads);
        let lines: Vec<Line> = (0..threads).map(|_| Line::default()).collect();
        let samples: Vec<Sample> = thread::scope(|scope| {
            let all: Vec<_> = lines
                .iter()
                .map(|own| {
                    let (shared, together) = (&shared, &together);
                    scope.spawn(move || {
                        together.wait();
                        self.measure_here(own, shared, length)
                    })
                })
                .collect();
            all.into_iter().map(|thread| thread.join().expect("arithmetic does not panic")).collect()
        });
        Sample {
            value: samples.iter().map(|sample| sample.value).sum::<f64>() / threads as f64,
            preempted: samples.iter().any(|sample| sample.preempted),
        }
    }

    fn measure_here(self, own: &Line, shared: &Line, length: Duration) -> Sample {
        const AT_ONCE: usize = 4096;
        // Long enough for all to be there; and they stay as long after their measurement.
        let for_a_while = || {
            let start = Instant::now();
            while start.elapsed() < length / 4 {
                self.repeat(own, shared, AT_ONCE);
            }
        };
        for_a_while();
        let switches = involuntary_switches();
        let start = Instant::now();
        let mut done = 0;
        let elapsed = loop {
            self.repeat(own, shared, AT_ONCE);
            done += AT_ONCE;
            let elapsed = start.elapsed();
            if elapsed >= length {
                break elapsed;
            }
        };
        Sample { value: elapsed.as_secs_f64() * 1e9 / done as f64, preempted: involuntary_switches() != switches }
    }

    #[inline(never)]
    fn repeat(self, own: &Line, shared: &Line, times: usize) {
        let loaded = |line: &Line, ordering: Ordering| {
            black_box(line.second.load(ordering));
        };
        match self {
            Primitive::Load => (0..times).for_each(|_| loaded(shared, Acquire)),
            Primitive::StoreLoad => (0..times).for_each(|number| {
                own.first.store(number, Release);
                compiler_fence(SeqCst);
                loaded(shared, Acquire);
            }),
            Primitive::StoreFenceLoad => (0..times).for_each(|number| {
                own.first.store(number, Relaxed);
                fence(SeqCst);
                loaded(shared, Acquire);
            }),
            Primitive::OwnReadModifyWrite => (0..times).for_each(|_| {
                own.first.fetch_add(1, AcqRel);
            }),
            Primitive::SharedReadModifyWrite => (0..times).for_each(|_| {
                shared.first.fetch_add(1, AcqRel);
            }),
        }
    }
}

/// Two words on a line that nothing else is on.
#[derive(Default)]
#[repr(align(128))]
struct Line {
    first: AtomicUsize,
    second: AtomicUsize,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Primitive;

    #[test]
    fn every_primitive_takes_some_time() {
        for primitive in Primitive::ALL {
            for threads in [1, 2] {
                assert!(primitive.measure(threads, Duration::from_micros(100)).value > 0.0, "{primitive:?}");
            }
        }
    }
}
