//! Every contender does what it is measured at. A figure of one that does not would be worth nothing.

use std::collections::HashSet;
use std::time::Duration;

use bench::contenders::{self, Raced};
use bench::entries::Entries;
use bench::results::{Guard, Pace};
use bench::table::Origin;

const ENTRIES: usize = 1000;

fn finds_what_is_there<T: Raced>() {
    let entries = Entries::<T, T>::new(ENTRIES);
    let sum = entries.all.iter().fold(0u64, |sum, (_, value)| sum.wrapping_add(value.digest()));
    for contender in contenders::all::<T>() {
        let name = contender.facts.name;
        let table = contender.with_entries(&entries.all);
        for (key, value) in &entries.all {
            assert_eq!(table.look_up(key), Some(value.digest()), "{name}");
        }
        assert_eq!(table.look_up(&T::numbered(ENTRIES as u64)), None, "{name}");
        assert_eq!(table.look_up_all(&entries.order), sum, "{name}");
        assert_eq!(table.sum(), sum, "{name}");
    }
}

#[test]
fn every_contender_finds_what_is_there() {
    finds_what_is_there::<u64>();
    finds_what_is_there::<String>();
}

#[test]
fn every_contender_sees_its_writes_at_once() {
    for contender in contenders::all::<u64>() {
        let name = contender.facts.name;
        let table = contender.empty();
        assert_eq!((table.look_up(&1), table.sum()), (None, 0), "{name}");
        table.put(1, 10);
        table.put(2, 20);
        assert_eq!((table.look_up(&1), table.sum()), (Some(10), 30), "{name}");
        table.put(1, 11);
        assert_eq!((table.look_up(&1), table.sum()), (Some(11), 31), "{name}");
        table.take(&1);
        table.take(&3);
        assert_eq!((table.look_up(&1), table.look_up_all(&[1, 2]), table.sum()), (None, 20, 20), "{name}");
    }
}

#[test]
fn every_workload_runs_and_leaves_the_table_whole() {
    let entries = Entries::<u64, u64>::new(ENTRIES);
    let length = Duration::from_micros(200);
    for contender in contenders::all::<u64>() {
        let facts = contender.facts;
        let name = facts.name;
        let table = contender.with_entries(&entries.all);
        let before = table.sum();
        for guard in [Guard::PerRead, Guard::Held] {
            assert!(table.read(&entries, guard, 2, Pace::None, length).writer.is_none(), "{name}");
            if facts.writes.beside_readers() {
                let beside = table.read(&entries, guard, 1, Pace::FullSpeed, length);
                assert!(beside.reader.value > 0.0 && beside.writer.is_none_or(|writer| writer.value > 0.0), "{name}");
                table.read(&entries, guard, 1, Pace::OncePerMillisecond, length);
            }
            assert!(table.time_batches(&entries.order, guard, 3) > Duration::ZERO, "{name}");
        }
        for sample in
            [table.overwrite(&entries, length), table.remove(&entries, length), table.iterate(ENTRIES, length)]
        {
            assert!(sample.value > 0.0, "{name}");
        }
        table.time_overwrites(&entries.all, 10);
        table.time_visits(1);
        assert_eq!(table.sum(), before, "{name}");
        assert!(contender.empty().grow(&entries.all).value > 0.0, "{name}");
        if facts.writes.beside_readers() {
            let growing = contender.empty();
            let growth = growing.grow_beside_a_reader(&entries.all);
            assert!(growth.total.value >= growth.longest_insert, "{name}: {growth:?}");
            assert_eq!(growing.sum(), before, "{name}");
        }
    }
}

#[test]
fn names_are_unique_and_the_baseline_is_first() {
    let facts: Vec<_> = contenders::all::<u64>().iter().map(|contender| contender.facts).collect();
    let names: HashSet<_> = facts.iter().map(|facts| facts.name).collect();
    assert_eq!(names.len(), facts.len());
    let baselines: Vec<_> = facts.iter().map(|facts| facts.origin == Origin::Baseline).collect();
    assert!(baselines[0] && !baselines[1..].contains(&true));
}
