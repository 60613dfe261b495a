//! How long a load takes, plain and atomic, from a table that fits a core's first cache, and from one that fits none.
//!
//! `cargo run --release -p claims --example caches`. Each load says where the next one looks, so that none begins before the
//! last one has ended. In the same way: read-modify-writes.

use std::hint::black_box;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::{Acquire, Relaxed, SeqCst};
use std::time::Instant;

/// 4 KiB of words: a first-level cache has 32 KiB or more.
const SMALL: usize = 4 << 10;
/// 512 MiB of words: more than the last cache of today's processors.
const LARGE: usize = 512 << 20;
/// Loads that are timed together.
const LOADS: usize = 1_000_000;
const REPEATS: usize = 9;

fn main() {
    let [small, large] = [SMALL, LARGE].map(|bytes| cycle(bytes / size_of::<AtomicUsize>()));
    println!("ns, best mean of {LOADS} in {REPEATS} repeats\n");
    println!("                          4 KiB     512 MiB");
    row("plain load", &small, &large, |word| {
        // SAFETY: nobody writes to the table, so a plain read races with nothing.
        unsafe { *word.as_ptr() }
    });
    row("load(Relaxed)", &small, &large, |word| word.load(Relaxed));
    row("load(Acquire)", &small, &large, |word| word.load(Acquire));
    row("load(SeqCst)", &small, &large, |word| word.load(SeqCst));
    row("fetch_add(SeqCst)", &small, &large, |word| word.fetch_add(0, SeqCst));
}

/// A table whose words say which one comes next, in one cycle that goes through all of them in no order: Sattolo's shuffle.
fn cycle(words: usize) -> Vec<AtomicUsize> {
    let mut next: Vec<usize> = (0..words).collect();
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for last in (1..words).rev() {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        next.swap(last, (random % last as u64) as usize);
    }
    next.into_iter().map(AtomicUsize::new).collect()
}

fn row(name: &str, small: &[AtomicUsize], large: &[AtomicUsize], load: impl Fn(&AtomicUsize) -> usize + Copy) {
    let [small, large] = [small, large].map(|table| {
        let times = (0..REPEATS).map(|repeat| {
            let mut at = repeat * (table.len() / REPEATS);
            let start = Instant::now();
            for _ in 0..LOADS {
                at = load(&table[at]);
            }
            black_box(at);
            start.elapsed().as_nanos() as f64 / LOADS as f64
        });
        times.fold(f64::INFINITY, f64::min)
    });
    println!("{name:<20}{small:>11.1}{large:>12.1}");
}
