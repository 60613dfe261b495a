//! What the cost ledgers foretell, next to what was measured.
//!
//! A step's ledger counts what one read does to memory; the run has measured what each of those operations costs here. A
//! look-up in a thread's own table, plus the count times the price, is what a look-up in the shared table should cost. That
//! it is a sum is the model's whole weakness: processors overlap what does not depend on each other.

use std::fmt::Write as _;

use crate::primitives::Primitive;
use crate::results::{Case, Results, Workload};

/// Whose read is foretold: the contender, the file of its ledger, the design's name and the operation's name there.
const FORETOLD: &[(&str, &str, &str, &str)] = &[
    ("step0 RwLock<_>", "step0-ledger.txt", "step0 RwLock<T>", "read"),
    ("step0 Mutex<Arc<_>>", "step0-ledger.txt", "step0 Mutex<Arc<T>>", "get"),
    ("step0 RwLock<Arc<_>>", "step0-ledger.txt", "step0 RwLock<Arc<T>>", "get"),
    ("step4 ArcCell", "step4-ledger.txt", "step4 ArcCell", "get"),
];

/// How many columns a ledger's row has after the operation's name.
const COLUMNS: usize = 9;

/// What one read does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counts {
    shared_writes: usize,
    private_stores: usize,
    private_read_modify_writes: usize,
    fences: usize,
}

impl Counts {
    /// From the row of an operation in a recorded ledger.
    fn find(ledger: &str, design: &str, operation: &str) -> Option<Counts> {
        let rows = ledger.lines().skip_while(|line| !line.trim_start().starts_with(design)).skip(1);
        let rows = rows.take_while(|line| !line.trim().is_empty());
        rows.filter_map(|row| {
            let words: Vec<&str> = row.split_whitespace().collect();
            let (name, columns) = words.split_at(words.len().checked_sub(COLUMNS)?);
            let columns: Vec<usize> = columns.iter().map_while(|column| column.parse().ok()).collect();
            let [_, shared_stores, shared_rmw, _, private_stores, private_read_modify_writes, fences, _, _] =
                columns[..]
            else {
                return None;
            };
            (name.join(" ") == operation).then_some(Counts {
                shared_writes: shared_stores + shared_rmw,
                private_stores,
                private_read_modify_writes,
                fences,
            })
        })
        .next()
    }

    /// Nanoseconds that these cost when so many threads do them at a time. Loads, which the look-up hides, cost nothing.
    fn price(self, results: &Results, threads: usize) -> Option<f64> {
        let of = |primitive: Primitive, readers| {
            results.median(Case { readers, ..Case::alone(Workload::Primitive, 0) }, primitive.name())
        };
        let load = of(Primitive::Load, 1)?;
        let store = (of(Primitive::StoreLoad, 1)? - load).max(0.0);
        let fence = (of(Primitive::StoreFenceLoad, 1)? - of(Primitive::StoreLoad, 1)?).max(0.0);
        let own = of(Primitive::OwnReadModifyWrite, 1)?;
        // With one thread the line stays where it is.
        let shared = if threads == 1 { own } else { of(Primitive::SharedReadModifyWrite, threads)? };
        Some(
            self.shared_writes as f64 * shared
                + self.private_stores as f64 * store
                + self.private_read_modify_writes as f64 * own
                + self.fences as f64 * fence,
        )
    }
}

/// The table: for one thread and for two, what is foretold and what was measured, in ns for a look-up. `ledger` returns the
/// recorded ledger of a name.
pub fn table(results: &Results, ledger: impl Fn(&str) -> Option<String>) -> String {
    let mut table = String::from("ns for a look-up, u64, 1k            1 reader             2 readers\n");
    let _ = writeln!(table, "{:<30} {:>9} {:>9}   {:>9} {:>9}", "", "foretold", "measured", "foretold", "measured");
    for (contender, file, design, operation) in FORETOLD {
        let counts = ledger(file).and_then(|ledger| Counts::find(&ledger, design, operation));
        let _ = write!(table, "{contender:<30}");
        for readers in [1, 2] {
            let case = Case { readers, ..Case::read(1000) };
            let raw = results.median(case, "raw &HashMap");
            let foretold = counts.and_then(|counts| Some(raw? + counts.price(results, readers)?));
            let shown = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
            let _ = write!(table, " {:>9} {:>9}  ", shown(foretold), shown(results.median(case, contender)));
        }
        table.truncate(table.trim_end().len());
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use super::{Counts, FORETOLD, table};
    use crate::primitives::Primitive;
    use crate::results::{Case, Results, Row, Workload};

    #[test]
    fn every_ledger_that_is_foretold_from_is_recorded() {
        for (_, file, design, operation) in FORETOLD {
            let ledger = recording::recorded(file).unwrap();
            assert!(Counts::find(&ledger, design, operation).is_some(), "{file}: {design}, {operation}:\n{ledger}");
        }
    }

    #[test]
    fn what_is_foretold_is_the_sum_of_the_prices() {
        let ledger = "a design                         shared          private   SeqCst\n\
                      \x20                        load  sto  rmw   load  sto  rmw   fences  alloc  free\n\
                      \x20 look at it                1    1    2      0    3    4        5      0     0\n";
        let counts = Counts::find(ledger, "a design", "look at it").unwrap();
        assert_eq!(counts, Counts { shared_writes: 3, private_stores: 3, private_read_modify_writes: 4, fences: 5 });
        assert_eq!(Counts::find(ledger, "a design", "look"), None);
        assert_eq!(Counts::find(ledger, "another", "look at it"), None);

        let price = |primitive: Primitive, readers, value| {
            Row::new(Case { readers, ..Case::alone(Workload::Primitive, 0) }, primitive.name(), vec![value], 0)
        };
        let rows = vec![
            price(Primitive::Load, 1, 1.0),
            price(Primitive::StoreLoad, 1, 2.0),
            price(Primitive::StoreFenceLoad, 1, 12.0),
            price(Primitive::OwnReadModifyWrite, 1, 5.0),
            price(Primitive::SharedReadModifyWrite, 2, 20.0),
        ];
        let results = Results { rows };
        assert_eq!(counts.price(&results, 1), Some(3.0 * 5.0 + 3.0 * 1.0 + 4.0 * 5.0 + 5.0 * 10.0));
        assert_eq!(counts.price(&results, 2), Some(3.0 * 20.0 + 3.0 * 1.0 + 4.0 * 5.0 + 5.0 * 10.0));
        assert_eq!(counts.price(&results, 3), None);
        assert_eq!(table(&results, |_| None).lines().count(), 2 + FORETOLD.len());
    }
}
