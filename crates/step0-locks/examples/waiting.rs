//! How long a lookup takes while the table is rebuilt now and then: under the write lock, and outside of it.
//!
//! `cargo run --release -p step0 --example waiting -- [ENTRIES] [REBUILDS]`. One reader looks keys up as fast as it can and
//! takes the time of each lookup; one updater clones the table, changes an entry, and rests for as long as that took.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use step0::{InPlace, MutexArc, RwLockArc, Shared};

pub type Table = HashMap<String, String>;

/// The reader stops after so many lookups, so that it need not allocate while it measures.
const MOST_LOOKUPS: usize = 1 << 24;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<usize>().expect("a number"));
    let entries = arguments.next().unwrap_or(500_000);
    let rebuilds = arguments.next().unwrap_or(10).max(1);
    let table: Table = (0..entries).map(|number| (format!("key {number}"), format!("value {number}"))).collect();

    println!("{entries} entries, {rebuilds} rebuilds, one reader\n\n{HEADING}");
    println!("{}", row("RwLock<T>", rebuilds, &InPlace::new(table.clone())));
    println!("{}", row("Mutex<Arc<T>>", rebuilds, &MutexArc::new(Arc::new(table.clone()))));
    println!("{}", row("RwLock<Arc<T>>", rebuilds, &RwLockArc::new(Arc::new(table))));
}

/// What is in a [`row`].
pub const HEADING: &str = concat!(
    "                a rebuild,   a lookup, µs                lookups within  longer than\n",
    "                ms, mean     median   99.9 %   longest   a rebuild       half of one",
);

/// Measures one design. (Exercise 0 includes this file for it.)
pub fn row(design: &str, rebuilds: usize, shared: &(impl Shared<Table> + Sync)) -> String {
    let working = AtomicBool::new(true);
    // Odd while the table is rebuilt. Relaxed: what is said of `InPlace` is exact all the same, because both additions are
    // made under the lock that a lookup needs between its two loads.
    let rebuilding = AtomicUsize::new(0);
    let keys: Vec<String> = shared.look(|table| table.keys().take(1_000).cloned().collect());

    let (mut nanoseconds, within, rebuilding_for) = thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let (mut nanoseconds, mut within) = (Vec::<u32>::with_capacity(MOST_LOOKUPS), 0);
            for key in keys.iter().cycle() {
                let (start, during) = (Instant::now(), rebuilding.load(Relaxed));
                black_box(shared.look(|table| table.get(key).map(String::len)));
                // The same rebuild is still going on: the lookup began and ended within it.
                within += usize::from(during % 2 == 1 && during == rebuilding.load(Relaxed));
                nanoseconds.push(start.elapsed().as_nanos().try_into().unwrap_or(u32::MAX));
                if !working.load(Relaxed) || nanoseconds.len() == MOST_LOOKUPS {
                    break;
                }
            }
            (nanoseconds, within)
        });
        let mut rebuilding_for = Duration::ZERO;
        for number in 0..rebuilds {
            let mut last = Duration::ZERO;
            shared.update(|old| {
                rebuilding.fetch_add(1, Relaxed);
                let start = Instant::now();
                let mut new = old.clone();
                new.insert("version".to_owned(), number.to_string());
                last = start.elapsed();
                rebuilding.fetch_add(1, Relaxed);
                new
            });
            rebuilding_for += last;
            thread::sleep(last);
        }
        working.store(false, Relaxed);
        let (nanoseconds, within) = reader.join().expect("it does not panic");
        (nanoseconds, within, rebuilding_for)
    });
    nanoseconds.sort_unstable();
    let at = |part: f64| f64::from(nanoseconds[((nanoseconds.len() - 1) as f64 * part) as usize]) / 1e3;
    let rebuild = rebuilding_for / rebuilds as u32;
    let long = nanoseconds.len() - nanoseconds.partition_point(|&time| u128::from(time) <= rebuild.as_nanos() / 2);
    format!(
        "{design:<16}{:>8.1} {:>10.2} {:>8.2} {:>9.0} {within:>11} {long:>16}",
        rebuild.as_secs_f64() * 1e3,
        at(0.5),
        at(0.999),
        at(1.0),
    )
}
