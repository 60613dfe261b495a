//! What the cost ledgers foretell, next to what was measured.
//!
//! A step's ledger counts what one read does to memory; the run has measured what each of those operations costs here. A
//! look-up in a thread's own table, plus the count times the price, is what a look-up in the shared table should cost. That
//! it is a sum is the model's whole weakness: processors overlap what does not depend on each other.

use std::fmt::Write as _;

use witness::{Accesses, Cost, Ledger};

use crate::primitives::Primitive;
use crate::results::{Case, Results, Workload};

/// Whose read is foretold: the contender, the names of the design and of the operation in the ledgers, and whether its
/// readers fence for themselves. (What is counted is what the models check, the form with fences.)
const FORETOLD: &[(&str, &str, &str, bool)] = &[
    ("step0 RwLock<_>", "step0 RwLock<T>", "read", true),
    ("step0 Mutex<Arc<_>>", "step0 Mutex<Arc<T>>", "get", true),
    ("step0 RwLock<Arc<_>>", "step0 RwLock<Arc<T>>", "get", true),
    ("step4 ArcCell", "step4 ArcCell", "get", true),
    ("step5 ArcSwap load", "step5 ArcSwap", "load", false),
    ("step6 RcuCell, fence", "step6 RcuCell", "read", true),
    ("step6 RcuCell", "step6 RcuCell", "read", false),
];

/// An operation's row in the ledger of its design.
fn find<'l>(ledgers: &'l [Ledger], design: &str, operation: &str) -> Option<&'l Cost> {
    let ledger = ledgers.iter().find(|ledger| ledger.design == design)?;
    ledger.rows.iter().find(|row| row.operation == operation)
}

/// Nanoseconds that these operations cost when so many threads do them at a time. Loads, which the look-up hides, cost
/// nothing.
fn price(cost: &Cost, fences: bool, results: &Results, threads: usize) -> Option<f64> {
    let of = |primitive: Primitive, readers| {
        results.median(Case { readers, ..Case::alone(Workload::Primitive, 0) }, primitive.name())
    };
    let load = of(Primitive::Load, 1)?;
    let store = (of(Primitive::StoreLoad, 1)? - load).max(0.0);
    let fence = (of(Primitive::StoreFenceLoad, 1)? - of(Primitive::StoreLoad, 1)?).max(0.0);
    let own = of(Primitive::OwnReadModifyWrite, 1)?;
    // With one thread the line stays where it is.
    let shared = if threads == 1 { own } else { of(Primitive::SharedReadModifyWrite, threads)? };
    let Accesses { stores, read_modify_writes, .. } = cost.private;
    Some(
        cost.shared.writes() as f64 * shared
            + stores as f64 * store
            + read_modify_writes as f64 * own
            + if fences { cost.seq_cst_fences as f64 * fence } else { 0.0 },
    )
}

/// The table: for one thread and for two, what is foretold and what was measured, in ns for a look-up.
pub fn table(results: &Results, ledgers: &[Ledger]) -> String {
    let mut table = format!("{:<30} {:>19}   {:>19}\n", "ns for a look-up, u64, 1k", "1 reader", "2 readers");
    let _ = writeln!(table, "{:<30} {:>9} {:>9}   {:>9} {:>9}", "", "foretold", "measured", "foretold", "measured");
    for (contender, design, operation, fences) in FORETOLD {
        let _ = write!(table, "{contender:<30}");
        for readers in [1, 2] {
            let case = Case { readers, ..Case::read(1000) };
            let raw = results.median(case, "raw &HashMap");
            let cost = find(ledgers, design, operation);
            let foretold = cost.and_then(|cost| Some(raw? + price(cost, *fences, results, readers)?));
            let shown = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
            let _ = write!(table, " {:>9} {:>9}  ", shown(foretold), shown(results.median(case, contender)));
        }
        table.truncate(table.trim_end().len());
        table.push('\n');
    }
    table
}

/// The ledgers that the steps' tests have recorded.
///
/// # Errors
///
/// When they cannot be read.
pub fn recorded() -> std::io::Result<Vec<Ledger>> {
    Ok(recording::recorded_ledgers()?.into_iter().flat_map(|(_, ledgers)| ledgers).collect())
}

#[cfg(test)]
mod tests {
    use witness::{Accesses, Cost};

    use super::{FORETOLD, find, price, recorded, table};
    use crate::primitives::Primitive;
    use crate::results::{Case, Results, Row, Workload};
    use crate::table::{Origin, Writes};

    #[test]
    fn every_read_that_is_foretold_has_a_ledger_and_a_contender() {
        let ledgers = recorded().unwrap();
        for (_, design, operation, _) in FORETOLD {
            assert!(find(&ledgers, design, operation).is_some(), "{design}, {operation}: {ledgers:#?}");
        }
        for facts in crate::contenders::facts().iter().filter(|facts| facts.origin == Origin::Step) {
            let foretold = FORETOLD.iter().any(|(contender, ..)| *contender == facts.name);
            let map = facts.writes == Writes::InPlace;
            assert!(foretold || map || facts.name.starts_with("step5"), "{}", facts.name);
        }
    }

    #[test]
    fn what_is_foretold_is_the_sum_of_the_prices() {
        let cost = Cost {
            shared: Accesses { loads: 1, stores: 1, read_modify_writes: 2 },
            private: Accesses { loads: 9, stores: 3, read_modify_writes: 4 },
            seq_cst_fences: 5,
            ..Cost::default()
        };
        let of = |primitive: Primitive, readers, value| {
            Row::new(Case { readers, ..Case::alone(Workload::Primitive, 0) }, primitive.name(), vec![value], 0)
        };
        let rows = vec![
            of(Primitive::Load, 1, 1.0),
            of(Primitive::StoreLoad, 1, 2.0),
            of(Primitive::StoreFenceLoad, 1, 12.0),
            of(Primitive::OwnReadModifyWrite, 1, 5.0),
            of(Primitive::SharedReadModifyWrite, 2, 20.0),
        ];
        let results = Results { rows };
        assert_eq!(price(&cost, true, &results, 1), Some(3.0 * 5.0 + 3.0 * 1.0 + 4.0 * 5.0 + 5.0 * 10.0));
        assert_eq!(price(&cost, true, &results, 2), Some(3.0 * 20.0 + 3.0 * 1.0 + 4.0 * 5.0 + 5.0 * 10.0));
        assert_eq!(price(&cost, false, &results, 1), Some(3.0 * 5.0 + 3.0 * 1.0 + 4.0 * 5.0));
        assert_eq!(price(&cost, true, &results, 3), None);
        assert_eq!(table(&results, &[]).lines().count(), 2 + FORETOLD.len());
    }
}
