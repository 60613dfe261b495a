//! What locks cost: std's and parking_lot's, alone and against a second thread, and what it makes of a lookup.
//!
//! `cargo run --release -p claims --example locks`. The contenders take turns, many short turns each, so that what else the
//! machine does hits all of them alike. A turn in which the system took the processor from a thread does not count, where
//! the system says so (Linux). What is printed is the median of the others.

use std::collections::HashMap;
use std::hint::{self, black_box};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};
use std::{fs, thread};

/// Turns that count, of each contender; and how many are tried for them.
const TURNS: usize = 101;
const TRIES: usize = 40 * TURNS;
const TURN: Duration = Duration::from_millis(1);
/// Operations between two looks at the clock.
const BATCH: u64 = 64;

/// A contender: what it is called, and what one thread does again and again.
type Contender<'a> = (&'a str, &'a (dyn Fn(u64) + Sync));

fn main() {
    let (std_mutex, std_rwlock) = (Mutex::new(0_u64), RwLock::new(0_u64));
    let (lot_mutex, lot_rwlock) = (parking_lot::Mutex::new(0_u64), parking_lot::RwLock::new(0_u64));
    table(
        "lock, use a number, unlock",
        &[
            ("std Mutex", &|_| *std_mutex.lock().unwrap() += 1),
            ("std RwLock, read", &|_| _ = black_box(*std_rwlock.read().unwrap())),
            ("std RwLock, write", &|_| *std_rwlock.write().unwrap() += 1),
            ("parking_lot Mutex", &|_| *lot_mutex.lock() += 1),
            ("parking_lot RwLock, read", &|_| _ = black_box(*lot_rwlock.read())),
            ("parking_lot RwLock, write", &|_| *lot_rwlock.write() += 1),
        ],
    );

    let keys: Vec<String> = (0..1024).map(|number| format!("key {number}")).collect();
    let entries: HashMap<String, String> = keys.iter().map(|key| (key.clone(), key.clone())).collect();
    let look_up = |entries: &HashMap<String, String>, number: u64| {
        black_box(entries.get(&keys[(number.wrapping_mul(0x9e37_79b9) % 1024) as usize]).map(String::len));
    };
    let std_rwlock = RwLock::new(entries.clone());
    let lot_rwlock = parking_lot::RwLock::new(entries.clone());
    let std_mutex = Mutex::new(entries.clone());
    let lot_mutex = parking_lot::Mutex::new(entries.clone());
    let mutex_arc = Mutex::new(Arc::new(entries.clone()));
    let rwlock_arc = RwLock::new(Arc::new(entries.clone()));
    table(
        "a lookup in a HashMap<String, String> of 1024 entries",
        &[
            ("std RwLock", &|number| look_up(&std_rwlock.read().unwrap(), number)),
            ("std Mutex", &|number| look_up(&std_mutex.lock().unwrap(), number)),
            ("parking_lot RwLock", &|number| look_up(&lot_rwlock.read(), number)),
            ("parking_lot Mutex", &|number| look_up(&lot_mutex.lock(), number)),
            ("std Mutex<Arc>", &|number| {
                let table = Arc::clone(&mutex_arc.lock().unwrap());
                look_up(&table, number);
            }),
            ("std RwLock<Arc>", &|number| {
                let table = Arc::clone(&rwlock_arc.read().unwrap());
                look_up(&table, number);
            }),
            ("no lock at all", &|number| look_up(&entries, number)),
        ],
    );
}

/// The median times of an operation, for one thread, and for each of two that do it at the same time.
fn table(what: &str, contenders: &[Contender]) {
    println!("{what}\n");
    println!("                             one thread         two threads, each");
    println!("                              ns     ratio          ns     ratio");
    let [alone, together] = [1, 2].map(|threads| medians(contenders, threads));
    for (index, (name, _)) in contenders.iter().enumerate() {
        println!(
            "{name:<26}{:>7.1}{:>10.2}{:>12.1}{:>10.2}",
            alone[index],
            alone[index] / alone[0],
            together[index],
            together[index] / together[0]
        );
    }
    println!();
}

fn medians(contenders: &[Contender], threads: usize) -> Vec<f64> {
    let mut times = vec![Vec::new(); contenders.len()];
    for _ in 0..TRIES {
        for ((_, operation), times) in contenders.iter().zip(&mut times) {
            if times.len() < TURNS {
                times.extend(turn(operation, threads));
            }
        }
    }
    times.into_iter().map(median).collect()
}

fn median(mut times: Vec<f64>) -> f64 {
    assert!(times.len() > TURNS / 4, "the machine is too busy: only {} turns of {TRIES} count", times.len());
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// How many ns one operation of one thread takes when so many threads do it for a while; nothing, if one of them was
/// stopped meanwhile.
fn turn(operation: &(dyn Fn(u64) + Sync), threads: usize) -> Option<f64> {
    let (ready, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let work = || {
        let preemptions = preemptions();
        ready.fetch_add(1, Relaxed);
        while ready.load(Relaxed) < threads {
            hint::spin_loop();
        }
        let (start, mut done) = (Instant::now(), 0);
        while !stop.load(Relaxed) {
            (done..done + BATCH).for_each(operation);
            done += BATCH;
            // The first thread whose time is up ends the turn: so they have all worked beside each other.
            if start.elapsed() >= TURN {
                stop.store(true, Relaxed);
            }
        }
        let time = start.elapsed().as_nanos() as f64 / done as f64;
        (preemptions == self::preemptions()).then_some(time)
    };
    let times: Option<Vec<f64>> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        others.into_iter().map(|other| other.join().expect("it does not panic")).chain([own]).collect()
    });
    times.map(|times| times.iter().sum::<f64>() / threads as f64)
}

/// How often the system has taken the processor from this thread, if it says so.
fn preemptions() -> Option<u64> {
    let status = fs::read_to_string("/proc/thread-self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("nonvoluntary_ctxt_switches:")?.trim().parse().ok())
}
