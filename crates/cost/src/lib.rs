//! From a count of operations to a prediction for machines that are not at hand.
//!
//! A [`Ledger`] says what one read does to memory that other readers use, too. On a machine with many cores that is what
//! decides: a cache line that every reader writes to has to go from core to core for every read, and goes to one at a time.
//! [`Machine::reads_per_microsecond`] is that sentence as arithmetic. It is an estimate of an order of magnitude; the
//! book's page "What an operation costs" says what it leaves out.
#![warn(missing_docs)]

use std::fmt::Write as _;

use witness::{Cost, Ledger};

/// How long things take, in nanoseconds. Rounded on purpose: nothing here is meant to be true to more than a factor of two.
pub mod times {
    /// A load or a store whose line is in the core's own cache, with what else an instruction has about it.
    pub const ACCESS: f64 = 1.0;
    /// A read-modify-write or a `SeqCst` fence when nobody else has the line: about 20 cycles.
    pub const LOCKED: f64 = 5.0;
    /// Finding the key in the table once one has the table: the same for every design.
    pub const LOOK_UP: f64 = 20.0;
    /// A line from another core of the same socket.
    pub const LINE: f64 = 50.0;
    /// A line from a core of another socket.
    pub const LINE_ACROSS: f64 = 130.0;
}

/// Cores that all read all the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// How many cores there are in all.
    pub cores: u32,
    /// In how many sockets.
    pub sockets: u32,
}

/// The machines of the book's table.
pub const MACHINES: [Machine; 6] = [
    Machine { cores: 1, sockets: 1 },
    Machine { cores: 2, sockets: 1 },
    Machine { cores: 8, sockets: 1 },
    Machine { cores: 64, sockets: 1 },
    Machine { cores: 64, sockets: 2 },
    Machine { cores: 128, sockets: 2 },
];

impl Machine {
    /// How long a line takes from the core that had it last, if that may have been any.
    fn line_transfer(self) -> f64 {
        // The core that had it last is in one's own socket in one case of `sockets`.
        let own = 1.0 / f64::from(self.sockets);
        own * times::LINE + (1.0 - own) * times::LINE_ACROSS
    }

    /// How many times in a microsecond all cores together do what costs `cost`, if they do nothing else.
    ///
    /// One core alone has every line in its cache. With more, each write to a shared location waits for the line, and the
    /// location that gets the most writes can serve one at a time: whichever of the two limits is lower holds.
    pub fn reads_per_microsecond(self, cost: &Cost) -> f64 {
        let accesses = cost.shared.loads + cost.private.loads + cost.private.stores;
        let locked = cost.private.read_modify_writes + cost.seq_cst_fences;
        let own = times::LOOK_UP + accesses as f64 * times::ACCESS + locked as f64 * times::LOCKED;
        let writes = cost.shared.writes() as f64;
        if self.cores == 1 {
            let stores = cost.shared.stores as f64 * times::ACCESS;
            return 1_000.0 / (own + stores + cost.shared.read_modify_writes as f64 * times::LOCKED);
        }
        let each = 1_000.0 / (own + writes * self.line_transfer());
        let together = 1_000.0 / (cost.most_writes_to_one_location() as f64 * self.line_transfer());
        (f64::from(self.cores) * each).min(together)
    }
}

/// What the book calls a read, in whichever design.
fn is_read(cost: &Cost) -> bool {
    let verb = cost.operation.split_whitespace().next().unwrap_or_default();
    ["read", "get", "load", "load_full"].contains(&verb)
}

/// Every read in the ledgers, with its design.
pub fn reads(ledgers: &[Ledger]) -> impl Iterator<Item = (&Ledger, &Cost)> {
    ledgers.iter().flat_map(|ledger| ledger.rows.iter().filter(|row| is_read(row)).map(move |row| (ledger, row)))
}

/// A table of at most 80 columns: how many reads in a microsecond each design has on each machine, by the model.
pub fn prediction(ledgers: &[Ledger]) -> String {
    const NAMES: usize = 28;
    let mut table = "reads per microsecond, if every core reads and does nothing else\n".to_owned();
    let cores: fn(Machine) -> u32 = |machine| machine.cores;
    for (label, count) in [("cores", cores), ("sockets", |machine| machine.sockets)] {
        let _ = write!(table, "{label:<NAMES$}");
        for machine in MACHINES {
            let _ = write!(table, "{:>8}", count(machine));
        }
        table.push('\n');
    }
    for (ledger, read) in reads(ledgers) {
        let name = format!("{} {}", ledger.design, read.operation);
        if name.chars().count() >= NAMES {
            let _ = write!(table, "{name}\n{:<NAMES$}", "");
        } else {
            let _ = write!(table, "{name:<NAMES$}");
        }
        for machine in MACHINES {
            let _ = write!(table, "{:>8.0}", machine.reads_per_microsecond(read));
        }
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use witness::Accesses;

    use super::*;

    fn accesses(loads: usize, stores: usize, read_modify_writes: usize) -> Accesses {
        Accesses { loads, stores, read_modify_writes }
    }

    /// A read that does this to shared locations, and `private` to its own.
    fn read(shared_locations: &[Accesses], private: Accesses, seq_cst_fences: usize) -> Cost {
        let mut shared = Accesses::default();
        shared_locations.iter().for_each(|&accesses| shared += accesses);
        let shared_locations = shared_locations.to_vec();
        Cost { operation: "read".into(), shared, shared_locations, private, seq_cst_fences, ..Cost::default() }
    }

    const ONE: Machine = Machine { cores: 1, sockets: 1 };
    const MANY: Machine = Machine { cores: 64, sockets: 1 };
    const TWO_SOCKETS: Machine = Machine { cores: 64, sockets: 2 };

    /// Whether two estimates are the same, but for rounding.
    fn is(estimate: f64, expected: f64) -> bool {
        (estimate - expected).abs() < 1e-9 * expected
    }

    #[test]
    fn who_writes_nothing_shared_scales_with_the_cores() {
        let read = read(&[accesses(1, 0, 0)], accesses(2, 2, 0), 1);
        let alone = ONE.reads_per_microsecond(&read);
        assert!(is(alone, 1_000.0 / (20.0 + 5.0 * 1.0 + 5.0)), "{alone}");
        assert!(is(MANY.reads_per_microsecond(&read), 64.0 * alone));
        assert!(is(TWO_SOCKETS.reads_per_microsecond(&read), 64.0 * alone));
    }

    #[test]
    fn who_writes_one_line_twice_waits_for_it_twice() {
        let lock = read(&[accesses(2, 0, 2)], accesses(0, 0, 0), 0);
        assert!(is(ONE.reads_per_microsecond(&lock), 1_000.0 / (20.0 + 2.0 + 10.0)));
        // However many cores: 1 µs has room for 20 transfers of 50 ns, which is 10 reads.
        assert!(is(MANY.reads_per_microsecond(&lock), 10.0));
        // Half of them are from the other socket: 90 ns.
        assert!(is(TWO_SOCKETS.reads_per_microsecond(&lock), 1_000.0 / 180.0));
        // Two cores do not fill it: each of them is busy elsewhere for a while.
        let two = Machine { cores: 2, sockets: 1 }.reads_per_microsecond(&lock);
        assert!(is(two, 10.0) && 2.0 * 1_000.0 / (22.0 + 100.0) > 10.0, "{two}");
    }

    #[test]
    fn the_line_with_the_most_writes_decides() {
        let two_lines = read(&[accesses(0, 0, 2), accesses(0, 1, 1)], accesses(0, 0, 0), 0);
        assert!(is(MANY.reads_per_microsecond(&two_lines), 10.0));
        // On few cores it is the waiting for both.
        let two = Machine { cores: 2, sockets: 1 }.reads_per_microsecond(&two_lines);
        assert!(is(two, 2.0 * 1_000.0 / (20.0 + 200.0)), "{two}");
    }

    #[test]
    fn the_table_is_at_most_80_columns_wide() {
        let row = |operation: &str| Cost { operation: operation.into(), ..read(&[], accesses(1, 0, 0), 0) };
        let rows = vec![row("get"), row("set"), row("get with a guard for each of them")];
        let table = prediction(&[Ledger { design: "step10 RcuMap".into(), rows }]);
        assert_eq!(table.lines().count(), 3 + 1 + 2, "{table}");
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    }
}
