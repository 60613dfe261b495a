//! The program that the cell was written for: one worker looks a word up, one updater replaces the table.
//!
//! The cell is broken, so what this does is undefined: it may differ between builds, machines and runs.

// ANCHOR: main
use std::collections::HashMap;
use std::sync::Arc;
use std::thread;

use step1::AtomicValue;

fn table(version: u32) -> HashMap<String, String> {
    HashMap::from([("version".to_owned(), version.to_string())])
}

fn main() {
    let shared = Arc::new(AtomicValue::new(table(0)));
    let for_worker = shared.clone();
    let worker = thread::spawn(move || {
        for _ in 0..3 {
            let table = for_worker.get();
            println!("worker: the table says {:?}", table.get("version"));
        }
    });
    let updater = thread::spawn(move || {
        for version in 1..=3 {
            shared.replace(table(version));
            println!("updater: version {version} is in place");
        }
    });
    worker.join().unwrap();
    updater.join().unwrap();
}
// ANCHOR_END: main
