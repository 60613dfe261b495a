//! One thread at a time, by criterion: look-ups, overwrites, and visits of every entry.
//!
//! `threads.rs` lets the contenders take turns and drops what was preempted, so ratios are taken from there. Criterion says
//! how sure it is of one figure, and whether it has changed since the last time.

use std::hint::black_box;
use std::time::Duration;

use bench::contenders::{self, Raced};
use bench::entries::{BATCH, Entries};
use bench::results::{Content, Guard, count};
use bench::table::Guarding;
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, criterion_group, criterion_main, measurement};

type Group<'c> = BenchmarkGroup<'c, measurement::WallTime>;

fn group<'c>(criterion: &'c mut Criterion, name: &str) -> Group<'c> {
    let mut group = criterion.benchmark_group(name);
    group.sampling_mode(SamplingMode::Flat).sample_size(20);
    group.warm_up_time(Duration::from_millis(50)).measurement_time(Duration::from_millis(200));
    group
}

/// Look-ups of one content and size.
fn look_ups<T: Raced>(criterion: &mut Criterion, content: Content, size: usize) {
    let entries = Entries::<T, T>::new(size);
    for guard in [Guard::PerRead, Guard::Held] {
        let what = if guard == Guard::PerRead { "guard per read" } else { "guard held" };
        let mut group = group(criterion, &format!("read {content}, {}, {what}", count(size)));
        group.throughput(Throughput::Elements(BATCH as u64));
        for contender in contenders::all::<T>() {
            if guard == Guard::Held && contender.facts.guard == Guarding::None {
                continue;
            }
            let table = contender.with_entries(&entries.all);
            group.bench_function(contender.facts.name, |bencher| {
                bencher.iter_custom(|batches| table.time_batches(&entries.order, guard, batches));
            });
        }
    }
}

fn reads(criterion: &mut Criterion) {
    look_ups::<u64>(criterion, Content::Numbers, 1000);
    look_ups::<String>(criterion, Content::Strings, 1000);
    look_ups::<u64>(criterion, Content::Numbers, 1_000_000);
}

fn writes(criterion: &mut Criterion) {
    let entries = Entries::<u64, u64>::new(1000);
    let mut overwrites = group(criterion, "overwrite u64, 1k");
    for contender in contenders::all::<u64>() {
        let table = contender.with_entries(&entries.all);
        overwrites.bench_function(contender.facts.name, |bencher| {
            bencher.iter_custom(|writes| table.time_overwrites(&entries.all, writes));
        });
    }
    overwrites.finish();
    let mut visits = group(criterion, "visit u64, 1k");
    visits.throughput(Throughput::Elements(1000));
    for contender in contenders::all::<u64>() {
        let table = contender.with_entries(&entries.all);
        visits.bench_function(contender.facts.name, |bencher| {
            bencher.iter_custom(|visits| black_box(table.time_visits(visits)));
        });
    }
}

criterion_group!(benches, reads, writes);
criterion_main!(benches);
