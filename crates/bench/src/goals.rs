//! What is to be reached, what is reached here, and what the best of the others reaches in the same run.

use std::fmt::Write as _;

use crate::contenders;
use crate::results::{Case, Guard, Pace, Results, Workload};
use crate::statistics::rough;
use crate::table::{Facts, Guarding, Origin, Writes};

/// The map that one would ship, and the cells.
const MAP: &[&str] = &["step10 RcuMap", "step10 RcuMap, fence"];
const DEBT_CELL: &[&str] = &["step5 ArcSwap load"];
const RCU_CELL: &[&str] = &["step6 RcuCell", "step6 RcuCell, fence"];
/// The same, with a slot that a thread has for its reads.
const MAP_BY_READER: &[&str] = &["step10 RcuMap, reader"];
const RCU_CELL_BY_READER: &[&str] = &["step6 RcuCell, reader"];

const BASELINE: &str = "raw &HashMap";

/// A row of the table.
struct Goal {
    what: &'static str,
    case: Case,
    /// Who is to reach it: the first of them that raced.
    ours: &'static [&'static str],
    reach: Reach,
    /// Whom it is compared with.
    peers: fn(Facts) -> bool,
}

/// What is to be reached.
enum Reach {
    /// So many times another contender's value at the most.
    Times(f64, &'static str, &'static str),
    /// No more than another contender's value.
    NoMoreThan(&'static str, &'static str),
    /// Less than any peer's.
    LessThanAll,
}

/// Whatever changes a table where it is, locks included.
fn in_place(facts: Facts) -> bool {
    facts.origin == Origin::Peer && facts.writes == Writes::InPlace
}

/// Maps that are made to be shared. (Where a lock around a plain one is better, another table says so.)
fn maps(facts: Facts) -> bool {
    in_place(facts) && !facts.name.ends_with("<HashMap>")
}

fn maps_with_guards(facts: Facts) -> bool {
    maps(facts) && facts.guard == Guarding::LetsWritersOn
}

fn cells(facts: Facts) -> bool {
    facts.origin == Origin::Peer && facts.writes == Writes::Copies
}

fn goals() -> Vec<Goal> {
    const SMALL: Case = Case::read(1000);
    let large = crate::measure::LARGE;
    let map = |what, case, reach| Goal { what, case, ours: MAP, reach, peers: maps };
    vec![
        map("map: read, 1k, 1 reader", SMALL, Reach::Times(1.3, BASELINE, "raw")),
        map("map: read, 1k, 2 readers", Case { readers: 2, ..SMALL }, Reach::Times(1.4, BASELINE, "raw")),
        Goal { ours: MAP_BY_READER, ..map("map: Reader, 1k, 1 reader", SMALL, Reach::Times(1.3, BASELINE, "raw")) },
        Goal {
            ours: MAP_BY_READER,
            ..map("map: Reader, 1k, 2 readers", Case { readers: 2, ..SMALL }, Reach::Times(1.4, BASELINE, "raw"))
        },
        map("map: read, 1M", Case::read(large), Reach::Times(1.15, BASELINE, "raw")),
        Goal {
            peers: maps_with_guards,
            ..map("map: read, 1k, guard held", Case { guard: Guard::Held, ..SMALL }, Reach::Times(1.1, BASELINE, "raw"))
        },
        Goal {
            peers: in_place,
            ..map("map: read beside a writer", Case { writer: Pace::FullSpeed, ..SMALL }, Reach::LessThanAll)
        },
        map(
            "map: overwrite, 1k",
            Case::alone(Workload::Overwrite, 1000),
            Reach::Times(2.0, "std Mutex<HashMap>", "Mutex"),
        ),
        map("map: grow to 1M", Case::alone(Workload::Grow, large), Reach::Times(1.5, BASELINE, "plain")),
        map(
            "map: longest pause in growth",
            Case { readers: 1, ..Case::alone(Workload::LongestPause, large) },
            Reach::NoMoreThan("papaya", "papaya"),
        ),
        map("map: memory of an entry", Case::alone(Workload::Memory, large), Reach::Times(1.15, BASELINE, "plain")),
        Goal {
            what: "step5 load, 1k",
            case: SMALL,
            ours: DEBT_CELL,
            reach: Reach::NoMoreThan("arc-swap load", "arc-swap"),
            peers: cells,
        },
        Goal {
            what: "step6 section per read, 1k",
            case: SMALL,
            ours: RCU_CELL,
            reach: Reach::Times(1.3, BASELINE, "raw"),
            peers: cells,
        },
        Goal {
            what: "step6 Reader's section, 1k",
            case: SMALL,
            ours: RCU_CELL_BY_READER,
            reach: Reach::Times(1.3, BASELINE, "raw"),
            peers: cells,
        },
    ]
}

/// The table, 80 columns wide: what to reach, what is reached here, the best peer; `✓` or `✗`, and `-` where it was not
/// measured.
///
/// Values are ratios to what the goal is a multiple of, elsewhere to the baseline; pauses are times.
pub fn table(results: &Results) -> String {
    let facts = contenders::facts();
    let mut table = format!("  {:<28} {:<14} {:>7}  {}\n", "", "reach", "here", "best peer");
    for goal in goals() {
        let is_time = goal.case.workload == Workload::LongestPause;
        // Nothing but time depends on when it is measured.
        let is_ratio = !is_time && goal.case.workload != Workload::Memory;
        let measured = |name: &str| match is_ratio {
            true => results.ratios(goal.case, name).map(|ratios| ratios.median),
            false => results.median(goal.case, name),
        };
        let unit = match goal.reach {
            // That is what the ratios are to.
            Reach::Times(_, BASELINE, _) if is_ratio => Some(1.0),
            Reach::Times(_, other, _) => measured(other),
            Reach::NoMoreThan(..) | Reach::LessThanAll => Some(1.0),
        };
        let ratio = |name: &str| Some(measured(name)? / unit?);
        let here = goal.ours.iter().find_map(|name| ratio(name));
        let peer = facts
            .iter()
            .filter(|facts| (goal.peers)(**facts))
            .filter_map(|facts| Some((ratio(facts.name)?, facts.name)))
            .min_by(|left, right| left.0.total_cmp(&right.0));
        let (reach, most) = match goal.reach {
            Reach::Times(times, _, other) => (format!("≤ {times} × {other}"), Some(times)),
            Reach::NoMoreThan(other, name) => (format!("≤ {name}'s"), ratio(other)),
            Reach::LessThanAll => ("< every peer".to_owned(), peer.map(|(ratio, _)| ratio)),
        };
        let mark = match (here, most) {
            (Some(here), Some(most)) if here <= most => "✓",
            (Some(_), Some(_)) => "✗",
            _ => "-",
        };
        let shown = |value| if is_time { format!("{} ms", rough(value)) } else { shown(value) };
        let here = here.map_or("-".to_owned(), shown);
        // What is in the lock is clear from the row.
        let peer = peer
            .map_or("-".to_owned(), |(ratio, name)| format!("{} {}", shown(ratio), name.trim_end_matches("<HashMap>")));
        let _ = writeln!(table, "{mark} {:<28} {reach:<14} {here:>7}  {peer}", goal.what);
    }
    table
}

/// A ratio with two decimals as long as they say something.
fn shown(value: f64) -> String {
    if (0.1..9.995).contains(&value) { format!("{value:.2}") } else { rough(value) }
}

#[cfg(test)]
mod tests {
    use super::{BASELINE, goals, table};
    use crate::results::{Case, Results, Row};

    #[test]
    fn no_line_is_wider_than_80_columns_and_every_goal_is_there() {
        let names: Vec<&str> = crate::contenders::facts().iter().map(|facts| facts.name).collect();
        let rows = goals().into_iter().flat_map(|goal| {
            names.iter().chain(goal.ours).map(|name| Row::new(goal.case, name, vec![1234.5678], 0)).collect::<Vec<_>>()
        });
        let results = Results { rows: rows.collect() };
        let table = table(&results);
        assert_eq!(table.lines().count(), 1 + goals().len());
        assert!(goals().iter().all(|goal| goal.what.chars().count() <= 28), "the columns stay in line");
        for line in table.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }

    #[test]
    fn a_goal_is_reached_or_missed_or_not_measured() {
        let case = Case::read(1000);
        let with = |ours| Results {
            rows: [(BASELINE, 2.1), ("step6 RcuCell", ours), ("crossbeam-epoch pin", 4.4), ("seize enter", 5.0)]
                .map(|(name, value)| Row { baseline: vec![2.0], ..Row::new(case, name, vec![value], 0) })
                .to_vec(),
        };
        let line = |ours| table(&with(ours)).lines().find(|line| line.contains("step6")).map(str::to_owned).unwrap();
        assert!(line(2.6).starts_with('✓') && line(2.6).contains("1.30  2.20 crossbeam-epoch pin"), "{}", line(2.6));
        assert!(line(2.7).starts_with('✗'), "{}", line(2.7));
        let nothing = table(&Results::default());
        assert!(nothing.lines().skip(1).all(|line| line.starts_with("- ")), "{nothing}");
    }
}
