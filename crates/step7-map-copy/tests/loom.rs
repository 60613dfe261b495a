//! The models of the map: the table's own source, on the checker.

#[path = "../../table/tests/twin/mod.rs"]
mod twin;

#[allow(unused_imports, reason = "twins look for it here")]
use twin::payload::HashIsKey as DefaultHashBuilder;
#[allow(unused_imports, reason = "twins look for them here")]
use twin::{alloc, barrier, local, payload, ptr, rcu, retire, sync, table, thread};

use payload::{HashIsKey, Key, ModelMap};
use sync::Arc;
use witness::Probe;

#[test]
fn insert_beside_get() {
    let report = witness::Builder::new().check(|| {
        let domain = local::begin();
        let map: Arc<ModelMap> = Arc::new(ModelMap::with_capacity_and_hasher_in(7, HashIsKey::default(), &domain));
        let reader = witness::thread::spawn({
            let map = map.clone();
            move || {
                let guard = map.read();
                if let Some(value) = guard.get(&Key::at(0, 1)) {
                    assert_eq!(**value, 10);
                }
            }
        });
        map.insert(Key::new(Key::at(0, 1)), Probe::new(10));
        reader.join().unwrap();
        drop(map);
    });
    if let Some(w) = report.witness {
        panic!("{w}")
    }
    println!("{}", report.executions);
}

#[test]
fn grow_beside_get() {
    let report = witness::Builder::new().preemption_bound(2).check(|| {
        let domain = local::begin();
        let map: Arc<ModelMap> = Arc::new(ModelMap::with_capacity_and_hasher_in(7, HashIsKey::default(), &domain));
        for i in 0..7 {
            map.insert(Key::new(Key::at(i % 2, i)), Probe::new(i as u32));
        }
        let reader = witness::thread::spawn({
            let map = map.clone();
            move || {
                let guard = map.read();
                assert_eq!(guard.get(&Key::at(0, 2)).map(|v| **v), Some(2));
            }
        });
        map.insert(Key::new(Key::at(0, 8)), Probe::new(10));
        reader.join().unwrap();
        drop(map);
    });
    if let Some(w) = report.witness {
        panic!("{w}")
    }
    println!("{}", report.executions);
}
