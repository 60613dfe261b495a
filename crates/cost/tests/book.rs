//! The two tables of the book's page on cost, put together from what the steps have recorded.

use witness::Ledger;

fn ledgers() -> Vec<Ledger> {
    let recorded = recording::recorded_ledgers().expect("the steps have recorded their ledgers");
    recorded.into_iter().flat_map(|(_, ledgers)| ledgers).collect()
}

#[test]
fn every_design_has_a_read_and_a_write() {
    let ledgers = ledgers();
    assert!(!ledgers.is_empty());
    for ledger in &ledgers {
        let reads = cost::reads(std::slice::from_ref(ledger)).count();
        assert!(reads > 0, "{} has no operation that reads", ledger.design);
        assert!(reads < ledger.rows.len(), "{} has no operation that writes", ledger.design);
    }
}

#[test]
fn what_an_operation_costs() {
    recording::deterministic("cost.txt", &Ledger::table(&ledgers()));
}

#[test]
fn what_follows_for_more_cores() {
    recording::deterministic("cost-scaling.txt", &cost::prediction(&ledgers()));
}
