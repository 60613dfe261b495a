use std::sync::atomic::AtomicUsize;

use step10::RcuMap;

fn main() {
    let _visits: RcuMap<u64, AtomicUsize> = RcuMap::new();
}
