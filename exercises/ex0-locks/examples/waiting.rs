//! How long a lookup takes while the table is rebuilt: with what is given, and with yours. The chapter's measurement.
//!
//! `cargo run --release -p ex0 --example waiting -- [ENTRIES] [REBUILDS]`

mod sync {
    pub use std::sync::RwLock;
}

#[path = "../given/shared_table.rs"]
mod given;
#[path = "../../../crates/step0-locks/examples/waiting.rs"]
#[allow(dead_code, reason = "a program too")]
mod measurement;

use ex0::SharedTable;
use measurement::{HEADING, Table, row};
use step0::Shared;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<usize>().expect("a number"));
    let entries = arguments.next().unwrap_or(500_000);
    let rebuilds = arguments.next().unwrap_or(10).max(1);
    println!("{entries} entries, {rebuilds} rebuilds, one reader\n\n{HEADING}");
    for row in rows(entries, rebuilds) {
        println!("{row}");
    }
}

/// Measures both.
pub fn rows(entries: usize, rebuilds: usize) -> [String; 2] {
    let table: Table = (0..entries).map(|number| (format!("key {number}"), format!("value {number}"))).collect();
    let given = Given(given::SharedTable::new(table.clone()));
    [row("as given", rebuilds, &given), row("yours", rebuilds, &Yours(SharedTable::new(table)))]
}

struct Given(given::SharedTable<Table>);

impl Shared<Table> for Given {
    fn look<R>(&self, look: impl FnOnce(&Table) -> R) -> R {
        self.0.look(look)
    }

    fn update(&self, rebuild: impl FnMut(&Table) -> Table) {
        self.0.update(rebuild);
    }
}

struct Yours(SharedTable<Table>);

impl Shared<Table> for Yours {
    fn look<R>(&self, look: impl FnOnce(&Table) -> R) -> R {
        self.0.look(look)
    }

    fn update(&self, rebuild: impl FnMut(&Table) -> Table) {
        self.0.update(rebuild);
    }
}
