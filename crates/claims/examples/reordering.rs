//! What two cores make of two accesses each: store buffering and message passing on the machine at hand.
//!
//! `cargo run --release -p claims --example reordering -- [ROUNDS]`. A compiler fence stands between the two accesses of each
//! thread, so that it is the processor that does what is seen, and not the compiler.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicUsize, compiler_fence, fence};
use std::{hint, thread};

/// Rounds between two starts of the threads.
const BATCH: usize = 4096;

/// A location with two cache lines to itself.
#[repr(align(128))]
#[derive(Default)]
struct Location(AtomicUsize);

/// The two locations of one round, 0 at its start.
#[derive(Default)]
struct Round {
    x: Location,
    y: Location,
}

/// What one thread does in a round, and what it sees.
type Role = fn(&AtomicUsize, &AtomicUsize) -> usize;

fn main() {
    let rounds = std::env::args().nth(1).map_or(500_000, |rounds| rounds.parse::<usize>().expect("a number"));
    let batches = rounds.div_ceil(BATCH);

    println!("{} rounds in each row\n", batches * BATCH);
    println!("each thread stores 1 to its own location, then loads the other's");
    println!("between the two               (0, 0)      (0, 1)      (1, 0)      (1, 1)");
    both("nothing", batches, |own, other| {
        own.store(1, Relaxed);
        compiler_fence(SeqCst);
        other.load(Relaxed)
    });
    both("Release store, Acquire load", batches, |own, other| {
        own.store(1, Release);
        compiler_fence(SeqCst);
        other.load(Acquire)
    });
    both("a SeqCst swap elsewhere", batches, |own, other| {
        let elsewhere = AtomicUsize::new(0);
        own.store(1, Relaxed);
        hint::black_box(&elsewhere).swap(1, SeqCst);
        other.load(Relaxed)
    });
    both("SeqCst store, SeqCst load", batches, |own, other| {
        own.store(1, SeqCst);
        other.load(SeqCst)
    });
    both("fence(SeqCst)", batches, |own, other| {
        own.store(1, Relaxed);
        fence(SeqCst);
        other.load(Relaxed)
    });

    println!("\none thread stores the data, then the flag; the other loads the flag, then the data");
    println!("(flag, data)                  (0, 0)      (0, 1)      (1, 0)      (1, 1)");
    let write_relaxed: Role = |data, flag| {
        data.store(1, Relaxed);
        compiler_fence(SeqCst);
        flag.store(1, Relaxed);
        0
    };
    let read_relaxed: Role = |flag, data| {
        let flag = flag.load(Relaxed);
        compiler_fence(SeqCst);
        2 * flag + data.load(Relaxed)
    };
    pass("Relaxed", batches, write_relaxed, read_relaxed);
    let write_release: Role = |data, flag| {
        data.store(1, Relaxed);
        flag.store(1, Release);
        0
    };
    let read_acquire: Role = |flag, data| {
        let flag = flag.load(Acquire);
        2 * flag + data.load(Relaxed)
    };
    pass("Release, Acquire", batches, write_release, read_acquire);
}

/// Store buffering: both threads do the same.
fn both(name: &str, batches: usize, role: Role) {
    print(name, run(batches, role, role, |first, second| 2 * first + second));
}

/// Message passing: only the second thread sees something.
fn pass(name: &str, batches: usize, writer: Role, reader: Role) {
    print(name, run(batches, writer, reader, |_, seen| seen));
}

fn print(name: &str, outcomes: [usize; 4]) {
    let [neither, second, first, both] = outcomes;
    println!("{name:<28}{neither:>8}{second:>12}{first:>12}{both:>12}");
}

/// Counts the outcomes of all rounds.
fn run(batches: usize, one: Role, other: Role, outcome: fn(usize, usize) -> usize) -> [usize; 4] {
    let mut outcomes = [0; 4];
    for _ in 0..batches {
        let rounds: Vec<Round> = (0..BATCH).map(|_| Round::default()).collect();
        let at = [Location::default(), Location::default()];
        let (first, second) = thread::scope(|scope| {
            let other = scope.spawn(|| sweep(&rounds, &at[1].0, &at[0].0, |round| other(&round.y.0, &round.x.0)));
            let first = sweep(&rounds, &at[0].0, &at[1].0, |round| one(&round.x.0, &round.y.0));
            (first, other.join().expect("it does not panic"))
        });
        for (first, second) in first.into_iter().zip(second) {
            outcomes[outcome(first, second)] += 1;
        }
    }
    outcomes
}

/// Goes through the rounds, each together with the other thread.
fn sweep(rounds: &[Round], own: &AtomicUsize, other: &AtomicUsize, role: impl Fn(&Round) -> usize) -> Vec<usize> {
    let mut seen = vec![0; rounds.len()];
    for (number, round) in rounds.iter().enumerate() {
        own.store(number + 1, Release);
        let mut looks = 0;
        while other.load(Acquire) <= number {
            looks += 1;
            // The other thread may not be running at all.
            if looks % 1024 == 0 { thread::yield_now() } else { hint::spin_loop() }
        }
        seen[number] = role(round);
    }
    seen
}
