//! What is measured in one run, and how the contenders take turns.

use std::io::IsTerminal;
use std::thread::available_parallelism;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::allocator;
use crate::contenders::{self, Raced};
use crate::entries::Entries;
use crate::primitives::Primitive;
use crate::results::{Case, Content, Guard, Pace, Results, Row, Workload};
use crate::run::{Contender, Runs, Sample};
use crate::table::{Facts, Guarding, Origin};

/// How much time a run takes.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How many windows are to be kept of each contender in each case.
    pub windows: usize,
    /// How long a window is.
    pub window: Duration,
    /// How many growths are to be kept.
    pub growths: usize,
    /// The largest table of those that show how cost grows.
    pub largest: usize,
    /// Whether tables of 1M strings are measured.
    pub large_strings: bool,
    /// How often a window is tried again for each that is wanted, when threads are preempted all the time.
    pub patience: usize,
}

impl Effort {
    /// A few minutes, and as many gigabytes for the largest tables.
    pub const SHORT: Effort = Effort {
        windows: 15,
        window: Duration::from_millis(2),
        growths: 9,
        largest: 10_000_000,
        large_strings: false,
        patience: 2,
    };

    /// Half an hour or so. (Not longer windows: the longer one is, the more often a thread is preempted in it.)
    pub const FULL: Effort = Effort {
        windows: 31,
        window: Duration::from_millis(2),
        growths: 15,
        largest: 10_000_000,
        large_strings: true,
        patience: 4,
    };

    /// So little that it shows only whether everything runs.
    pub const SMOKE: Effort = Effort {
        windows: 1,
        window: Duration::from_micros(200),
        growths: 1,
        largest: 10_000,
        large_strings: false,
        patience: 2,
    };
}

/// The size of the large tables.
pub const LARGE: usize = 1_000_000;

/// So few entries that any table of them fits the first cache.
pub const FITTING: usize = 200;

/// The contenders that are followed where it would take too long to follow all: one of each kind, as many as
/// a plot has marks.
const FOLLOWED: [&str; 8] = [
    "raw &HashMap",
    "step5 ArcSwap load",
    "step6 RcuCell",
    "step10 RcuMap",
    "std RwLock<HashMap>",
    "papaya",
    "scc HashIndex",
    "dashmap",
];

/// Whether a contender is one of those.
pub fn is_followed(name: &str) -> bool {
    FOLLOWED.contains(&name)
}

/// How many readers are measured at a time: one, two, and more up to one for each processor.
pub fn readers() -> Vec<usize> {
    let processors = processors();
    let mut readers = vec![1, 2];
    readers.extend((2..).map(|power| 1 << power).take_while(|readers| *readers <= processors));
    if !readers.contains(&processors) && processors > 2 {
        readers.push(processors);
    }
    readers
}

/// The numbers of threads that show how cost grows: up to two for each processor.
pub fn threads() -> Vec<usize> {
    let most = 2 * processors();
    if most <= 8 {
        (1..=most).collect()
    } else {
        let mut threads: Vec<usize> = (0..).map(|power| 1 << power).take_while(|threads| *threads < most).collect();
        threads.push(most);
        threads
    }
}

fn processors() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// Measures everything whose name contains `only`, of the contenders whose name contains `contender`; empty means all.
pub fn measure(effort: &Effort, only: &str, contender: &str) -> Results {
    let mut run = Run {
        effort: *effort,
        only: only.to_owned(),
        contender: contender.to_owned(),
        results: Results::default(),
        progress: progress(),
    };
    run.primitives();
    run.tables::<u64>(Content::Numbers, 1000);
    run.size(FITTING, &[Guard::PerRead, Guard::Held]);
    run.tables::<String>(Content::Strings, 1000);
    if effort.largest >= LARGE {
        run.tables::<u64>(Content::Numbers, LARGE);
        if effort.large_strings {
            run.tables::<String>(Content::Strings, LARGE);
        }
        run.growth(LARGE);
    } else {
        run.growth(effort.largest);
    }
    let mut entries = 10_000;
    while entries <= effort.largest {
        if entries != LARGE {
            run.size(entries, &[Guard::PerRead]);
        }
        entries *= 10;
    }
    run.progress.finish_and_clear();
    run.results
}

fn progress() -> ProgressBar {
    let style = ProgressStyle::with_template("{elapsed_precise} {bar:20} {pos}/{len} windows  {wide_msg}");
    ProgressBar::new(0).with_style(style.expect("the template is a constant"))
}

/// Everything that may be measured of a table, given how it is read by one reader.
fn cases_of_a_table(reads: Case) -> impl Iterator<Item = Case> {
    let guards = [Guard::PerRead, Guard::Held];
    let more = readers().into_iter().flat_map(move |readers| guards.map(|guard| Case { guard, readers, ..reads }));
    let writers = [Pace::OncePerMillisecond, Pace::FullSpeed];
    let beside = writers.into_iter().flat_map(move |writer| guards.map(|guard| Case { guard, writer, ..reads }));
    let all = threads().into_iter().map(move |readers| Case { workload: Workload::Throughput, readers, ..reads });
    let alone = [Workload::Iterate, Workload::Overwrite, Workload::Remove];
    let alone = alone.map(|workload| Case { content: reads.content, ..Case::alone(workload, reads.entries) });
    more.chain(beside).chain(all).chain(alone)
}

/// The baseline among the tables.
fn baseline<T: Raced>(tables: &[Box<dyn Runs<T, T>>]) -> Option<&dyn Runs<T, T>> {
    tables.iter().find(|table| table.facts().origin == Origin::Baseline).map(|table| &**table)
}

struct Run {
    effort: Effort,
    only: String,
    contender: String,
    results: Results,
    progress: ProgressBar,
}

/// A contender that is measured, and what one of its windows does.
struct Entrant<'a> {
    name: &'static str,
    window: Box<dyn FnMut() -> Vec<(Case, Sample)> + 'a>,
}

/// A window of the baseline, which is measured between any two others: on a machine whose speed changes, ratios are to what
/// it took just then.
struct Yardstick<'a> {
    window: Box<dyn FnMut() -> Sample + 'a>,
    last: f64,
}

impl<'a> Yardstick<'a> {
    fn new(window: impl FnMut() -> Sample + 'a) -> Yardstick<'a> {
        let mut new = Yardstick { window: Box::new(window), last: f64::NAN };
        new.next();
        new
    }

    /// What the baseline takes at the time of the window that has just been measured: the mean of before and after it.
    fn next(&mut self) -> f64 {
        // More than once if need be. A thread that is preempted each time is so beside the others, too.
        let mut after = (self.window)();
        for _ in 0..3 {
            if after.preempted {
                after = (self.window)();
            }
        }
        let before = std::mem::replace(&mut self.last, after.value);
        (before + after.value) / 2.0
    }
}

impl Run {
    fn is_wanted(&self, case: Case) -> bool {
        self.only.is_empty() || case.to_string().contains(&self.only)
    }

    fn chosen<T: Raced>(&self) -> Vec<Contender<T, T>> {
        let mut all = contenders::all::<T>();
        // Ratios need the baseline.
        all.retain(|contender| {
            contender.facts.name.contains(&self.contender) || contender.facts.origin == Origin::Baseline
        });
        all
    }

    /// Lets the entrants take turns, one window each, until every one has as many windows as are wanted in which nobody
    /// was preempted. The rows are in the order of the entrants. With a yardstick, each window is followed by one of that.
    fn take_turns(
        &mut self,
        case: Case,
        wanted: usize,
        mut entrants: Vec<Entrant<'_>>,
        mut yardstick: Option<Yardstick<'_>>,
    ) {
        if !self.is_wanted(case) || entrants.is_empty() {
            return;
        }
        self.progress.inc_length((wanted * entrants.len()) as u64);
        self.progress.set_message(case.to_string());
        if self.progress.is_hidden() && !std::io::stderr().is_terminal() {
            eprintln!("{case}");
        }
        let mut rows: Vec<Vec<Row>> = entrants.iter().map(|_| Vec::new()).collect();
        let mut kept = vec![0; entrants.len()];
        for turn in 0..self.effort.patience * wanted {
            for place in 0..entrants.len() {
                // Each turn begins with another entrant, so that nobody always follows the same one.
                let number = (place + turn) % entrants.len();
                if kept[number] >= wanted {
                    continue;
                }
                let entrant = &mut entrants[number];
                let samples = (entrant.window)();
                let baseline = yardstick.as_mut().map(Yardstick::next);
                let was_preempted = samples.first().is_none_or(|(_, sample)| sample.preempted);
                for (case, sample) in samples {
                    let place = rows[number].iter().position(|row| row.case() == case).unwrap_or_else(|| {
                        rows[number].push(Row::new(case, entrant.name, Vec::new(), 0));
                        rows[number].len() - 1
                    });
                    let row = &mut rows[number][place];
                    if sample.preempted {
                        row.dropped += 1;
                    } else {
                        row.values.push(sample.value);
                        row.baseline.extend(baseline);
                    }
                }
                if !was_preempted {
                    kept[number] += 1;
                    self.progress.inc(1);
                }
            }
        }
        let missing: usize = kept.iter().map(|kept| wanted - kept).sum();
        self.progress.inc(missing as u64);
        // One case after the other, each in the order of the entrants.
        let mut rows: Vec<Row> = rows.into_iter().flatten().collect();
        let mut cases = Vec::new();
        for row in &rows {
            if !cases.contains(&row.case()) {
                cases.push(row.case());
            }
        }
        rows.sort_by_key(|row| cases.iter().position(|case| *case == row.case()));
        self.results.rows.extend(rows);
    }

    fn primitives(&mut self) {
        let window = self.effort.window;
        for threads in threads() {
            if threads > processors() {
                break;
            }
            let case = Case { readers: threads, ..Case::alone(Workload::Primitive, 0) };
            let entrants = Primitive::ALL.into_iter().map(|primitive| Entrant {
                name: primitive.name(),
                window: Box::new(move || vec![(case, primitive.measure(threads, window))]),
            });
            self.take_turns(case, self.effort.windows, entrants.collect(), None);
        }
    }

    /// Everything that is measured of a table of one size.
    fn tables<T: Raced>(&mut self, content: Content, entries: usize) {
        let reads = Case { content, ..Case::read(entries) };
        let is_large = entries >= LARGE;
        if !cases_of_a_table(reads).any(|case| self.is_wanted(case)) {
            return;
        }
        let all = Entries::<T, T>::new(entries);
        let mut tables = Vec::new();
        for contender in self.chosen() {
            self.progress.set_message(format!("filling {}", contender.facts.name));
            tables.push(contender.at_rest(&all.all));
        }
        for readers in readers() {
            for guard in [Guard::PerRead, Guard::Held] {
                self.read(&all, &tables, Case { guard, readers, ..reads });
            }
        }
        if content == Content::Strings {
            return;
        }
        if !is_large {
            for writer in [Pace::OncePerMillisecond, Pace::FullSpeed] {
                for guard in [Guard::PerRead, Guard::Held] {
                    self.read(&all, &tables, Case { guard, writer, ..reads });
                }
            }
            for readers in threads() {
                self.throughput(&all, &tables, Case { workload: Workload::Throughput, readers, ..reads });
            }
        }
        let window = self.effort.window;
        self.alone(
            &tables,
            Case::alone(Workload::Iterate, entries),
            |facts| !facts.origin.only_reads(),
            |table| table.iterate(entries, window),
        );
        let bearable = |facts: Facts| facts.writes.bearable_at(entries) && !facts.origin.only_reads();
        self.alone(&tables, Case::alone(Workload::Overwrite, entries), bearable, |table| table.overwrite(&all, window));
        self.alone(&tables, Case::alone(Workload::Remove, entries), bearable, |table| table.remove(&all, window));
    }

    fn read<T: Raced>(&mut self, entries: &Entries<T, T>, tables: &[Box<dyn Runs<T, T>>], case: Case) {
        // Long enough that some writes fall into it, or that a large table's caches are warm.
        let window = match case.writer {
            Pace::OncePerMillisecond => self.effort.window.max(Duration::from_millis(5)),
            _ if case.entries >= LARGE => 2 * self.effort.window,
            _ => self.effort.window,
        };
        // A large table must be back in the caches first.
        let short = if case.entries >= LARGE { window } else { window / 2 };
        let writes = Case { workload: Workload::WriteBeside, ..case };
        let entrants = tables.iter().filter(|table| {
            let facts = table.facts();
            (case.guard == Guard::PerRead || facts.guard != Guarding::None)
                && (case.writer == Pace::None || facts.writes.beside_readers())
        });
        let entrants = entrants.map(|table| Entrant {
            name: table.facts().name,
            window: Box::new(move || {
                let beside = table.read(entries, case.guard, case.readers, case.writer, window);
                let written = beside.writer.filter(|_| case.writer == Pace::FullSpeed);
                std::iter::once((case, beside.reader)).chain(written.map(|sample| (writes, sample))).collect()
            }),
        });
        // Beside a writer the baseline cannot run. What it takes alone is what the others are compared with.
        let yardstick = baseline(tables)
            .map(|raw| Yardstick::new(move || raw.read(entries, case.guard, case.readers, Pace::None, short).reader));
        self.take_turns(case, self.effort.windows, entrants.collect(), yardstick);
    }

    /// All reads of some threads together. With more threads than processors each of them is preempted, and no window is
    /// dropped for that: it is what is measured.
    fn throughput<T: Raced>(&mut self, entries: &Entries<T, T>, tables: &[Box<dyn Runs<T, T>>], case: Case) {
        let is_crowded = case.readers > processors();
        let window = if is_crowded { 10 * self.effort.window } else { self.effort.window };
        let throughput = |table: &dyn Runs<T, T>| {
            let sample = table.throughput(entries, case.readers, window);
            Sample { preempted: sample.preempted && !is_crowded, ..sample }
        };
        let throughput = &throughput;
        let entrants = tables.iter().filter(|table| is_followed(table.facts().name)).map(|table| Entrant {
            name: table.facts().name,
            window: Box::new(move || vec![(case, throughput(&**table))]),
        });
        let yardstick = baseline(tables).map(|raw| Yardstick::new(move || throughput(raw)));
        self.take_turns(case, self.effort.windows, entrants.collect(), yardstick);
    }

    fn alone<T: Raced>(
        &mut self,
        tables: &[Box<dyn Runs<T, T>>],
        case: Case,
        can: impl Fn(Facts) -> bool,
        window: impl Fn(&dyn Runs<T, T>) -> Sample,
    ) {
        let window = &window;
        let entrants = tables.iter().filter(|table| can(table.facts())).map(|table| Entrant {
            name: table.facts().name,
            window: Box::new(move || vec![(case, window(&**table))]),
        });
        let yardstick = baseline(tables).map(|raw| Yardstick::new(move || window(raw)));
        self.take_turns(case, self.effort.windows, entrants.collect(), yardstick);
    }

    /// Growth from empty, of the contenders that can.
    fn growth(&mut self, entries: usize) {
        use Workload::{Fill, Grow, LongestInsert, LongestPause, Memory};
        let cases = [Grow, Fill, LongestInsert, LongestPause, Memory].map(|workload| Case::alone(workload, entries));
        if !cases.iter().any(|case| self.is_wanted(*case)) {
            return;
        }
        let all = &Entries::<u64, u64>::new(entries);
        let contenders = self.chosen::<u64>();
        let growing = || {
            contenders
                .iter()
                .filter(|contender| contender.facts.writes.bearable_at(entries) && !contender.facts.origin.only_reads())
        };
        let case = Case::alone(Workload::Grow, entries);
        let entrants = growing().map(|contender| Entrant {
            name: contender.facts.name,
            window: Box::new(|| vec![(case, contender.empty().grow(&all.all))]),
        });
        let raw = contenders.iter().find(|contender| contender.facts.origin == Origin::Baseline);
        let yardstick = raw.map(|raw| Yardstick::new(|| raw.empty().grow(&all.all)));
        self.take_turns(case, self.effort.growths, entrants.collect(), yardstick);

        let case = Case::alone(Workload::Fill, entries);
        let with_room = |contender: &Contender<u64, u64>| (contender.with_room)(entries);
        let entrants = growing().filter(|contender| with_room(contender).is_some()).map(|contender| Entrant {
            name: contender.facts.name,
            window: Box::new(move || {
                with_room(contender).map(|table| (case, table.grow(&all.all))).into_iter().collect()
            }),
        });
        let yardstick = raw.and_then(|raw| {
            let fill = move || with_room(raw).map(|table| table.grow(&all.all));
            fill().is_some().then(|| Yardstick::new(move || fill().expect("it could be asked for before")))
        });
        self.take_turns(case, self.effort.growths, entrants.collect(), yardstick);

        let insert = Case { readers: 1, ..Case::alone(Workload::LongestInsert, entries) };
        let pause = Case { workload: Workload::LongestPause, ..insert };
        let entrants = growing().filter(|contender| contender.facts.writes.beside_readers()).map(|contender| Entrant {
            name: contender.facts.name,
            window: Box::new(|| {
                let growth = contender.empty().grow_beside_a_reader(&all.all);
                // What was preempted has been left out, one operation at a time.
                let kept = |value| Sample { value, preempted: false };
                let mut samples = vec![(insert, kept(growth.longest_insert)), (pause, kept(growth.longest_pause))];
                for (case, left_out) in [insert, pause].into_iter().zip(growth.left_out) {
                    samples.extend((0..left_out).map(|_| (case, Sample { value: f64::NAN, preempted: true })));
                }
                samples
            }),
        });
        self.take_turns(insert, self.effort.growths, entrants.collect(), None);

        let case = Case::alone(Workload::Memory, entries);
        let entrants = contenders.iter().filter(|contender| !contender.facts.origin.only_reads());
        let entrants = entrants.map(|contender| Entrant {
            name: contender.facts.name,
            window: Box::new(|| {
                let (bytes, table) = allocator::bytes_kept_by(|| contender.with_entries(&all.all));
                drop(table);
                let value = bytes.map_or(f64::NAN, |bytes| bytes as f64 / entries as f64);
                vec![(case, Sample { value, preempted: bytes.is_none() })]
            }),
        });
        self.take_turns(case, 1, entrants.collect(), None);
    }

    /// Reads of tables of one more size.
    fn size(&mut self, entries: usize, guards: &[Guard]) {
        let cases = guards.iter().map(|guard| Case { guard: *guard, ..Case::read(entries) });
        if !cases.clone().any(|case| self.is_wanted(case)) {
            return;
        }
        let all = Entries::<u64, u64>::new(entries);
        let mut tables = Vec::new();
        for contender in self.chosen::<u64>() {
            if is_followed(contender.facts.name) {
                self.progress.set_message(format!("filling {} with {entries} entries", contender.facts.name));
                tables.push(contender.at_rest(&all.all));
            }
        }
        for case in cases {
            self.read(&all, &tables, case);
        }
    }
}

#[cfg(test)]
mod tests {
    use step10::RcuMap;

    use super::{FITTING, Sample, Yardstick};
    use crate::table::HashMap;

    #[test]
    fn a_thousand_entries_have_a_table_eight_times_as_large_and_so_it_is_with_raw() {
        let capacities = |entries| {
            let (map, mut raw) = (RcuMap::<u64, u64>::new(), HashMap::<u64, u64>::default());
            for number in 0..entries as u64 {
                map.insert(number, number);
                raw.insert(number, number);
            }
            [map.capacity(), raw.capacity()]
        };
        assert_eq!(capacities(FITTING).map(|capacity| 8 * capacity), capacities(1000));
        let [map, raw] = capacities(1000);
        assert_eq!(map, raw, "and step 10's table is at most half full");
    }

    #[test]
    fn a_window_is_compared_with_the_baseline_before_and_after_it() {
        let windows = [(2.0, false), (9.0, true), (2.0, false), (3.0, false), (3.0, false)];
        let mut windows = windows.map(|(value, preempted)| Sample { value, preempted }).into_iter();
        let mut yardstick = Yardstick::new(|| windows.next().unwrap());
        assert_eq!([(); 3].map(|()| yardstick.next()), [2.0, 2.5, 3.0]);
    }
}
