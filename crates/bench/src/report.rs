//! What the book shows of a run: tables of text, and a plot beside each. All of it follows from the measurements, so a
//! test makes it again from those that are recorded.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Result, bail};

use crate::contenders;
use crate::measure::{FITTING, LARGE, is_followed};
use crate::plot::{self, Ranked};
use crate::results::{Case, Content, Guard, Pace, Results, Row, Workload};
use crate::statistics::{Quartiles, rough};
use crate::table::Facts;
use crate::{goals, ledger};

/// The files, in the order of the chapter.
pub const FILES: [&str; 21] = [
    "bench-goals.txt",
    "bench-lock.txt",
    "bench-read.svg",
    "bench-read.txt",
    "bench-held.txt",
    "bench-fitting.txt",
    "bench-large.svg",
    "bench-large.txt",
    "bench-string.txt",
    "bench-beside.svg",
    "bench-beside.txt",
    "bench-write.svg",
    "bench-write.txt",
    "bench-growth.svg",
    "bench-growth.txt",
    "bench-fill.txt",
    "bench-sizes.svg",
    "bench-sizes.txt",
    "bench-threads.svg",
    "bench-threads.txt",
    "bench-foretold.txt",
];

const SMALL: Case = Case::read(1000);

/// The text of one of [`FILES`].
///
/// # Errors
///
/// When the run has not measured what it shows, or there is no such file.
pub fn file(name: &str, results: &Results) -> Result<String> {
    let two = Case { readers: 2, ..SMALL };
    let held = |case| Case { guard: Guard::Held, ..case };
    let large = Case::read(LARGE);
    let beside = |writer| Case { writer, ..SMALL };
    let strings = |case| Case { content: Content::Strings, ..case };
    let ratios = |title, columns: Vec<(&'static str, Case)>| Table { title, columns, unit: Unit::TimesRaw };
    let read = || ratios("look-ups, u64, 1k, a guard for each", vec![("1 reader", SMALL), ("2 readers", two)]);
    let large = || {
        ratios(
            "look-ups, u64, 1M, a guard for each",
            vec![("1 reader", large), ("2 readers", Case { readers: 2, ..large })],
        )
    };
    let beside = || {
        ratios(
            "look-ups beside a writer, u64, 1k, a guard for each",
            vec![
                ("no writer", SMALL),
                ("a write each ms", beside(Pace::OncePerMillisecond)),
                ("full speed", beside(Pace::FullSpeed)),
            ],
        )
    };
    let write = || Table {
        title: "one thread that writes, or visits every entry, u64",
        columns: vec![
            ("overwrite, 1k", Case::alone(Workload::Overwrite, 1000)),
            ("remove, 1k", Case::alone(Workload::Remove, 1000)),
            ("visit, 1k", Case::alone(Workload::Iterate, 1000)),
        ],
        unit: Unit::Own("ns"),
    };
    let growth = || Table {
        title: "growth from empty to 1M, u64",
        columns: vec![
            ("all inserts", Case::alone(Workload::Grow, LARGE)),
            ("longest insert", Case { readers: 1, ..Case::alone(Workload::LongestInsert, LARGE) }),
            ("longest pause", Case { readers: 1, ..Case::alone(Workload::LongestPause, LARGE) }),
        ],
        unit: Unit::Own("ms"),
    };
    match name {
        "bench-goals.txt" => Ok(goals::table(results)),
        "bench-lock.txt" => Ok(beside_the_lock(results)),
        "bench-read.svg" => read().plot(results),
        "bench-read.txt" => read().text(results),
        "bench-held.txt" => ratios(
            "look-ups, u64, a guard for a thousand",
            vec![
                ("1k, 1 reader", held(SMALL)),
                ("1k, 2 readers", held(two)),
                ("1M, 1 reader", held(Case::read(LARGE))),
            ],
        )
        .text(results),
        "bench-fitting.txt" => ratios(
            "look-ups, u64, 1 reader",
            vec![
                ("200, per read", Case::read(FITTING)),
                ("1k, held", held(SMALL)),
                ("200, held", held(Case::read(FITTING))),
            ],
        )
        .text_of(results, is_followed),
        "bench-large.svg" => large().plot(results),
        "bench-large.txt" => large().text(results),
        "bench-string.txt" => ratios(
            "look-ups, String, a guard for each",
            vec![
                ("1k, 1 reader", strings(SMALL)),
                ("1k, 2 readers", strings(two)),
                ("1M, 1 reader", strings(Case::read(LARGE))),
            ],
        )
        .text(results),
        "bench-beside.svg" => beside().plot(results),
        "bench-beside.txt" => beside().text(results),
        "bench-write.svg" => write().plot(results),
        "bench-write.txt" => write().text(results),
        "bench-growth.svg" => growth().plot(results),
        "bench-growth.txt" => growth().text(results),
        "bench-fill.txt" => ratios(
            "a million inserts, u64",
            vec![
                ("room in advance", Case::alone(Workload::Fill, LARGE)),
                ("growing", Case::alone(Workload::Grow, LARGE)),
            ],
        )
        .text(results),
        "bench-sizes.svg" => lines(
            "what a look-up costs as the table grows",
            ["entries", "ns for a look-up, 1 reader"],
            &along(results, is_size, |case| case.entries),
        ),
        "bench-sizes.txt" => along_text(results, "ns for a look-up, 1 reader", is_size, |case| case.entries),
        "bench-threads.svg" => lines(
            "what a look-up costs as threads are added",
            ["reading threads", "ns for a look-up of all together"],
            &along(results, is_throughput, |case| case.readers),
        ),
        "bench-threads.txt" => {
            along_text(results, "ns for a look-up of all together", is_throughput, |case| case.readers)
        }
        "bench-foretold.txt" => Ok(ledger::table(results, &ledger::recorded()?)),
        other => bail!("there is no report {other}"),
    }
}

/// Everything, one case after the other, for who looks at the run itself.
pub fn all(results: &Results) -> String {
    let mut text = String::new();
    for case in results.cases() {
        let _ = writeln!(text, "{case}");
        let mut rows: Vec<&Row> = results.of(case).collect();
        if case.workload != Workload::Primitive {
            rows.sort_by(|left, right| middle(left).total_cmp(&middle(right)));
        }
        for row in rows {
            let Some(Quartiles { lower, median, upper }) = row.quartiles() else {
                let _ = writeln!(text, "  {:<34} every window was preempted: {}", row.contender, row.dropped);
                continue;
            };
            let ratio = row.ratios().map_or(String::new(), |ratios| format!("{} ×", rough(ratios.median)));
            let spread = format!("{}–{}", rough(lower), rough(upper));
            let value = format!("{median:.2} {}", row.unit);
            let dropped = if row.dropped == 0 { String::new() } else { format!("{} dropped", row.dropped) };
            let line = format!("  {:<34} {value:>14} {spread:>14} {ratio:>8}  {dropped}", row.contender);
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text.push('\n');
    }
    text
}

fn middle(row: &Row) -> f64 {
    row.quartiles().map_or(f64::INFINITY, |quartiles| quartiles.median)
}

/// Where the simple lock is the faster one, and where it is not.
fn beside_the_lock(results: &Results) -> String {
    const LOCK: &str = "std RwLock<HashMap>";
    const MAPS: [&str; 2] = ["step10 RcuMap", "step10 RcuMap, fence"];
    let mut text =
        format!("{:<55} {:>6} {:>8}  {}\n", "a guard per read, unless it is held", "RwLock", "step10", "less is");
    for case in results.cases() {
        let quartiles = |name| results.row(case, name).and_then(Row::quartiles);
        let (Some(lock), Some(map)) = (quartiles(LOCK), MAPS.iter().find_map(|name| quartiles(name))) else { continue };
        // Where the middle halves of the windows overlap, nobody is.
        let less = match (lock, map) {
            _ if lock.upper < map.lower => "RwLock",
            _ if map.upper < lock.lower => "step10",
            _ => "neither",
        };
        let unit = Row::new(case, "", Vec::new(), 0).unit;
        let name =
            format!("{case}, {unit}").replace(", guard per read", "").replace("full-speed writer", "busy writer");
        let _ = writeln!(text, "{name:<55} {:>6} {:>8}  {less}", rough(lock.median), rough(map.median));
    }
    text
}

/// In what the values of a table are printed.
#[derive(Clone, Copy)]
enum Unit {
    /// Multiples of what the baseline took just before and after, without a writer where it cannot have one.
    TimesRaw,
    /// As measured.
    Own(&'static str),
}

/// A table, or the plot of the same: a row for each contender, a column for each case.
struct Table {
    title: &'static str,
    columns: Vec<(&'static str, Case)>,
    unit: Unit,
}

impl Table {
    fn axis(&self) -> &'static str {
        match self.unit {
            Unit::TimesRaw => "times raw &HashMap",
            Unit::Own(unit) => unit,
        }
    }

    /// The contenders that were measured, the least value of the last column first.
    fn rows(&self, results: &Results) -> Result<Vec<(Facts, Vec<Option<Quartiles>>)>> {
        let mut rows = Vec::new();
        for facts in contenders::facts() {
            let values = self.columns.iter().map(|(_, case)| match self.unit {
                Unit::TimesRaw => results.ratios(*case, facts.name),
                Unit::Own(_) => results.row(*case, facts.name)?.quartiles(),
            });
            let values: Vec<_> = values.collect();
            if values.iter().any(Option::is_some) {
                rows.push((facts, values));
            }
        }
        if rows.is_empty() {
            bail!("nothing was measured of: {}", self.title);
        }
        let key = |values: &[Option<Quartiles>]| {
            values.iter().flatten().next_back().map_or(f64::INFINITY, |value| value.median)
        };
        rows.sort_by(|left, right| key(&left.1).total_cmp(&key(&right.1)));
        Ok(rows)
    }

    fn text(&self, results: &Results) -> Result<String> {
        self.text_of(results, |_| true)
    }

    /// As [`text`](Self::text), of some contenders.
    fn text_of(&self, results: &Results, is_wanted: fn(&str) -> bool) -> Result<String> {
        let mut text = format!("{}, {}:\nmedian, and from quartile to quartile\n\n{:<28}", self.title, self.axis(), "");
        for (name, _) in &self.columns {
            let _ = write!(text, " {name:>16}");
        }
        text.push('\n');
        for (facts, values) in self.rows(results)?.into_iter().filter(|(facts, _)| is_wanted(facts.name)) {
            let _ = write!(text, "{:<28}", facts.name);
            for value in values {
                let value = value.map_or("-".to_owned(), |Quartiles { lower, median, upper }| {
                    format!("{} {:>9}", rough(median), format!("{}–{}", rough(lower), rough(upper)))
                });
                let _ = write!(text, " {value:>16}");
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        Ok(text)
    }

    fn plot(&self, results: &Results) -> Result<String> {
        let rows: Vec<Ranked> = self
            .rows(results)?
            .into_iter()
            .map(|(facts, values)| Ranked { name: facts.name.to_owned(), values, is_ours: facts.origin.is_ours() })
            .collect();
        let columns: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        plot::ranking(self.title, self.axis(), &columns, &rows)
    }
}

/// Powers of ten.
fn is_size(case: &Case) -> bool {
    *case == Case::read(case.entries) && case.entries != FITTING
}

fn is_throughput(case: &Case) -> bool {
    case.workload == Workload::Throughput
}

/// The medians of the followed contenders in the cases that are wanted, by what changes from case to case.
fn along(
    results: &Results,
    is_wanted: impl Fn(&Case) -> bool,
    position: impl Fn(&Case) -> usize,
) -> BTreeMap<usize, Vec<(&str, f64)>> {
    let mut medians: BTreeMap<usize, Vec<(&str, f64)>> = BTreeMap::new();
    for row in results.rows.iter().filter(|row| is_wanted(&row.case()) && is_followed(&row.contender)) {
        if let Some(quartiles) = row.quartiles() {
            medians.entry(position(&row.case())).or_default().push((&row.contender, quartiles.median));
        }
    }
    medians
}

fn names<'r>(medians: &BTreeMap<usize, Vec<(&'r str, f64)>>) -> Vec<&'r str> {
    let mut names = Vec::new();
    for (name, _) in medians.values().flatten() {
        if !names.contains(name) {
            names.push(*name);
        }
    }
    names
}

fn lines(title: &str, axes: [&str; 2], medians: &BTreeMap<usize, Vec<(&str, f64)>>) -> Result<String> {
    let series: Vec<plot::Series> = names(medians)
        .into_iter()
        .map(|name| plot::Series {
            name: name.to_owned(),
            points: medians
                .iter()
                .filter_map(|(position, medians)| {
                    let (_, median) = medians.iter().find(|(other, _)| *other == name)?;
                    Some((*position as f64, *median))
                })
                .collect(),
        })
        .collect();
    plot::lines(title, axes, &series)
}

fn along_text(
    results: &Results,
    title: &str,
    is_wanted: impl Fn(&Case) -> bool,
    position: impl Fn(&Case) -> usize,
) -> Result<String> {
    let medians = along(results, is_wanted, position);
    if medians.is_empty() {
        bail!("nothing was measured of: {title}");
    }
    let mut text = format!("{title}: median\n\n{:<24}", "");
    for position in medians.keys() {
        let _ = write!(text, " {:>9}", crate::results::count(*position));
    }
    text.push('\n');
    for name in names(&medians) {
        let _ = write!(text, "{name:<24}");
        for medians in medians.values() {
            let median = medians.iter().find(|(other, _)| *other == name);
            let _ = write!(text, " {:>9}", median.map_or("-".to_owned(), |(_, median)| format!("{median:.1}")));
        }
        text.push('\n');
    }
    Ok(text)
}
