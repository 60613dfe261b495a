//! Threads that wait and are never served.

use super::world::atomic::{AtomicBool, Ordering::*};
use super::world::{Mutex, thread};

/// Two locks, two orders.
pub fn deadlock() {
    let locks = std::sync::Arc::new((Mutex::new(()), Mutex::new(())));
    let other = {
        let locks = locks.clone();
        thread::spawn(move || {
            let _first = locks.0.lock().unwrap();
            let _second = locks.1.lock().unwrap(); // ✗ deadlock
        })
    };
    {
        let _second = locks.1.lock().unwrap();
        let _first = locks.0.lock().unwrap();
    }
    other.join().unwrap();
}

/// Nobody ever says that it is ready.
pub fn spin_without_progress() {
    let ready = AtomicBool::new(false);
    loop {
        let is_ready = ready.load(Acquire); // ✗ spin
        if is_ready {
            break;
        }
        thread::yield_now();
    }
}
