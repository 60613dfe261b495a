use std::sync::atomic::AtomicUsize;

use step10::RcuMap;

fn main() {
    let visits: RcuMap<u64, AtomicUsize> = RcuMap::new();
    visits.insert(1, AtomicUsize::new(0));
}
