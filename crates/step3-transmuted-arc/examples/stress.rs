//! A stress test: two workers look the value up as fast as they can, one updater replaces it now and then.
//!
//! `cargo run -p step3 --example stress -- [LOOKUPS] [PAUSE]`: how many lookups the workers make between them, and how
//! many microseconds the updater waits between two updates. A run that hits the window is undefined behaviour: it may
//! count a wrong value, crash, or show nothing.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use step3::AtomicValue;

const WORKERS: u64 = 2;

/// The marks of a value, before and after its drop.
const LIVE: u64 = 0x11fe_11fe_11fe_11fe;
const DROPPED: u64 = 0xdead_dead_dead_dead;

// ANCHOR: value
struct Value {
    version: u64,
    mark: AtomicU64,
}

impl Drop for Value {
    fn drop(&mut self) {
        self.mark.store(DROPPED, Relaxed);
    }
}
// ANCHOR_END: value

/// What a worker has seen.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// Lookups whose version nobody has published: what an ordinary stress test looks for.
    impossible: u64,
    /// Lookups whose value had been dropped before the lookup returned.
    dropped: u64,
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>().expect("a number"));
    let lookups = arguments.next().unwrap_or(5_000_000);
    let pause = Duration::from_micros(arguments.next().unwrap_or(10_000));

    let shared = AtomicValue::new(Value { version: 0, mark: AtomicU64::new(LIVE) });
    let newest = AtomicU64::new(0);
    let working = AtomicBool::new(true);

    // ANCHOR: look_up
    let look_up = || {
        let mut seen = Seen::default();
        for _ in 0..lookups / WORKERS {
            let value = shared.get();
            seen.impossible += u64::from(value.version > newest.load(Relaxed));
            seen.dropped += u64::from(value.mark.load(Relaxed) != LIVE);
        }
        seen
    };
    // ANCHOR_END: look_up
    let update = || {
        while working.load(Relaxed) {
            // One updater: nobody else writes `newest`. It runs ahead of the cell, never behind.
            let version = newest.load(Relaxed) + 1;
            newest.store(version, Relaxed);
            shared.replace(Value { version, mark: AtomicU64::new(LIVE) });
            thread::sleep(pause);
        }
    };
    let seen = thread::scope(|scope| {
        let updater = scope.spawn(update);
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(look_up)).collect();
        let seen: Vec<Seen> = workers.into_iter().map(|worker| worker.join().expect("it does not panic")).collect();
        working.store(false, Relaxed);
        updater.join().expect("it does not panic");
        seen
    });
    println!(
        "lookups {lookups}, updates {}, impossible versions {}, dropped values {}",
        newest.load(Relaxed),
        seen.iter().map(|seen| seen.impossible).sum::<u64>(),
        seen.iter().map(|seen| seen.dropped).sum::<u64>(),
    );
}
