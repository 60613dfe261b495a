//! What was measured: one row for each contender in each case, as it stands in the CSV file.

use std::fmt;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::statistics::{Quartiles, quartiles};

/// What is done to the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Workload {
    /// Look-ups, in ns for each of one thread.
    Read,
    /// Overwrites beside those look-ups, in ns each.
    WriteBeside,
    /// Look-ups of all threads together, in ns for each.
    Throughput,
    /// Overwrites alone, in ns each.
    Overwrite,
    /// Removals alone, in ns each.
    Remove,
    /// A visit of every entry, in ns for each entry.
    Iterate,
    /// All inserts of a growth from empty, alone, in ms.
    Grow,
    /// The same into a table that was made for so many, in ms.
    Fill,
    /// The longest insert of a growth beside a reader, in ms.
    LongestInsert,
    /// The longest look-up beside a growth, in ms.
    LongestPause,
    /// Bytes allocated for each entry after a growth from empty.
    Memory,
    /// What the processor's own operations cost, in ns each.
    Primitive,
}

/// What the keys and the values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    #[serde(rename = "u64")]
    Numbers,
    #[serde(rename = "String")]
    Strings,
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Content::Numbers => "u64",
            Content::Strings => "String",
        })
    }
}

/// How long a guard is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guard {
    /// For one look-up.
    PerRead,
    /// For a thousand.
    Held,
}

/// What a writer does beside the readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pace {
    /// There is none.
    None,
    /// It overwrites an entry each millisecond.
    OncePerMillisecond,
    /// It overwrites one entry after the other.
    FullSpeed,
}

/// What is measured, of every contender that can do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    pub workload: Workload,
    pub content: Content,
    pub entries: usize,
    pub guard: Guard,
    pub readers: usize,
    pub writer: Pace,
}

impl Case {
    /// Look-ups of `u64` by one thread, a guard for each.
    pub const fn read(entries: usize) -> Case {
        Case {
            workload: Workload::Read,
            content: Content::Numbers,
            entries,
            guard: Guard::PerRead,
            readers: 1,
            writer: Pace::None,
        }
    }

    /// Something else that is measured of a table of `u64`, with no reader beside it.
    pub const fn alone(workload: Workload, entries: usize) -> Case {
        Case { workload, readers: 0, ..Case::read(entries) }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = self.content;
        let entries = count(self.entries);
        let guard = match self.guard {
            Guard::PerRead => "guard per read",
            Guard::Held => "guard held",
        };
        let beside = match self.writer {
            Pace::None => "",
            Pace::OncePerMillisecond => ", a write each ms",
            Pace::FullSpeed => ", full-speed writer",
        };
        let plural = if self.readers == 1 { "" } else { "s" };
        match self.workload {
            Workload::Read => {
                write!(f, "read {content}, {entries}, {guard}, {} reader{plural}{beside}", self.readers)
            }
            Workload::WriteBeside => {
                write!(f, "overwrite {content}, {entries}, beside {} reader{plural}, {guard}", self.readers)
            }
            Workload::Throughput => write!(f, "all reads of {} thread{plural}, {content}, {entries}", self.readers),
            Workload::Overwrite => write!(f, "overwrite {content}, {entries}"),
            Workload::Remove => write!(f, "remove {content}, {entries}"),
            Workload::Iterate => write!(f, "iterate {content}, {entries}"),
            Workload::Grow => write!(f, "grow to {entries} {content}"),
            Workload::Fill => write!(f, "fill with {entries} {content}"),
            Workload::LongestInsert => write!(f, "grow to {entries} {content}, longest insert"),
            Workload::LongestPause => write!(f, "grow to {entries} {content}, longest pause of a reader"),
            Workload::Memory => write!(f, "memory after growing to {entries} {content}"),
            Workload::Primitive => write!(f, "operations of the processor, {} thread{plural}", self.readers),
        }
    }
}

/// A number of entries as one says it: `1k`, `1M`.
pub fn count(entries: usize) -> String {
    match entries {
        0..1_000 => entries.to_string(),
        1_000..1_000_000 => format!("{}k", entries / 1_000),
        _ => format!("{}M", entries / 1_000_000),
    }
}

/// So many windows are enough, where some were dropped.
const ENOUGH: usize = 3;

/// What was measured of one contender in one case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub workload: Workload,
    pub content: Content,
    pub entries: usize,
    pub guard: Guard,
    pub readers: usize,
    pub writer: Pace,
    pub contender: String,
    pub unit: String,
    /// How many windows were dropped because a thread was preempted in them.
    pub dropped: usize,
    /// The value of each window that was kept, in the order in which they were measured.
    #[serde(with = "values")]
    pub values: Vec<f64>,
    /// What the baseline took at the time of each of these windows, if it was measured between them.
    #[serde(with = "values")]
    pub baseline: Vec<f64>,
}

impl Row {
    pub fn new(case: Case, contender: &str, values: Vec<f64>, dropped: usize) -> Row {
        let unit = match case.workload {
            Workload::Grow | Workload::Fill | Workload::LongestInsert | Workload::LongestPause => "ms",
            Workload::Memory => "bytes",
            _ => "ns",
        };
        Row {
            workload: case.workload,
            content: case.content,
            entries: case.entries,
            guard: case.guard,
            readers: case.readers,
            writer: case.writer,
            contender: contender.to_owned(),
            unit: unit.to_owned(),
            dropped,
            values,
            baseline: Vec::new(),
        }
    }

    pub fn case(&self) -> Case {
        Case {
            workload: self.workload,
            content: self.content,
            entries: self.entries,
            guard: self.guard,
            readers: self.readers,
            writer: self.writer,
        }
    }

    /// Whether what was kept says anything: some windows at least, if others were dropped. (A lock under which the threads
    /// sleep most of the time has a window now and then in which they do not.)
    fn says_something(&self) -> bool {
        self.dropped == 0 || self.values.len() >= ENOUGH
    }

    /// The median and the quartiles, if enough windows were kept.
    pub fn quartiles(&self) -> Option<Quartiles> {
        quartiles(&self.values).filter(|_| self.says_something())
    }

    /// The same of the windows' ratios to what the baseline took at their time, if it was measured between them.
    pub fn ratios(&self) -> Option<Quartiles> {
        if self.baseline.len() != self.values.len() || !self.says_something() {
            return None;
        }
        let ratios: Vec<f64> = self.values.iter().zip(&self.baseline).map(|(value, unit)| value / unit).collect();
        quartiles(&ratios)
    }
}

/// Values in one field: four significant digits, with spaces between them.
mod values {
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(values: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
        let all: Vec<String> = values.iter().map(|value| crate::statistics::significant(*value)).collect();
        serializer.serialize_str(&all.join(" "))
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.split_whitespace().map(|value| value.parse().map_err(de::Error::custom)).collect()
    }
}

/// Everything that one run measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Results {
    pub rows: Vec<Row>,
}

impl Results {
    /// The rows of a case, in the order of the contenders.
    pub fn of(&self, case: Case) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.case() == case)
    }

    /// One contender's row.
    pub fn row(&self, case: Case, contender: &str) -> Option<&Row> {
        self.of(case).find(|row| row.contender == contender)
    }

    /// One contender's median.
    pub fn median(&self, case: Case, contender: &str) -> Option<f64> {
        Some(self.row(case, contender)?.quartiles()?.median)
    }

    /// The quartiles of one contender's ratios to the baseline: see [`Row::ratios`].
    pub fn ratios(&self, case: Case, contender: &str) -> Option<Quartiles> {
        self.row(case, contender)?.ratios()
    }

    /// How many windows were kept, and how many dropped.
    pub fn windows(&self) -> (usize, usize) {
        self.rows.iter().fold((0, 0), |(kept, dropped), row| (kept + row.values.len(), dropped + row.dropped))
    }

    /// The cases in the order in which they were measured.
    pub fn cases(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for row in &self.rows {
            if !cases.contains(&row.case()) {
                cases.push(row.case());
            }
        }
        cases
    }

    /// The CSV.
    pub fn to_csv(&self) -> Result<String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in &self.rows {
            writer.serialize(row)?;
        }
        Ok(String::from_utf8(writer.into_inner()?)?)
    }

    /// Reads what [`to_csv`](Self::to_csv) has written.
    ///
    /// # Errors
    ///
    /// When it is something else.
    pub fn from_csv(text: &str) -> Result<Results> {
        let rows = csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<Result<Vec<Row>, _>>();
        let rows = rows.context("this is not a table of measurements")?;
        ensure!(!rows.is_empty(), "there is no measurement in it");
        Ok(Results { rows })
    }
}

#[cfg(test)]
mod tests {
    use super::{Case, Results, Row, Workload};

    #[test]
    fn what_is_written_is_read() {
        let measured = Row::new(Case::read(1000), "a, \"b\"", vec![1.25, 1234.0, 0.0051], 3);
        let rows = vec![
            Row { baseline: vec![1.0, 617.0, 0.0017], ..measured },
            Row::new(Case::alone(Workload::Grow, 1_000_000), "c", vec![], 0),
        ];
        let results = Results { rows };
        assert_eq!(Results::from_csv(&results.to_csv().unwrap()).unwrap(), results);
        assert_eq!(results.windows(), (3, 3));
        assert_eq!(results.median(Case::read(1000), "a, \"b\""), Some(1.25));
        assert_eq!(results.ratios(Case::read(1000), "a, \"b\"").map(|ratios| ratios.median), Some(2.0));
        assert_eq!(results.ratios(Case::alone(Workload::Grow, 1_000_000), "c"), None);
        assert_eq!(results.median(Case::alone(Workload::Grow, 1_000_000), "c"), None);
    }

    #[test]
    fn two_windows_say_nothing_if_others_were_dropped() {
        let row = |values: &[f64], dropped| Row {
            baseline: vec![2.0; values.len()],
            ..Row::new(Case::read(1000), "papaya", values.to_vec(), dropped)
        };
        let medians = |row: Row| [row.quartiles(), row.ratios()].map(|quartiles| quartiles.map(|of| of.median));
        assert_eq!(medians(row(&[3.0, 74.0], 28)), [None, None]);
        assert_eq!(medians(row(&[6.0, 5.0, 74.0], 28)), [Some(6.0), Some(3.0)]);
        assert_eq!(medians(row(&[6.0], 0)), [Some(6.0), Some(3.0)]);
    }

    #[test]
    fn something_else_is_an_error() {
        for text in ["", "a,b\n1,2\n"] {
            assert!(Results::from_csv(text).is_err(), "{text:?}");
        }
    }
}
