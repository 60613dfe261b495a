//! The hunt: models that find the bug in what is wrong, and none in what is right.
//!
//! Wrong: when the clone panics, no other has been made yet, so there is none to be left behind.

use witness::thread;

use crate::counter::Counter;
use crate::map::{Cloning, Map};
use crate::value::Value;
#[allow(unused_imports, reason = "what it is for is still to be written")]
use crate::value::panics;

/// The checker explores this with one map after the other.
pub fn model<M: Map<Value>>() {
    let map = M::new();
    thread::name_current("main");
    // TODO 1 begins: use the map as its callers would, and let a clone panic; assert what has to hold.
    map.insert(1, Value::fragile(10));
    // The first clone panics. The map is as it was then, and takes the same entry afterwards.
    assert!(panics(|| map.insert(2, Value::new(20))));
    assert_eq!([1, 2].map(|key| map.get(key, Value::number)), [Some(10), None]);
    map.insert(2, Value::new(20));
    // A reader beside a writer.
    thread::scope(|scope| {
        scope.spawn(|| map.insert(3, Value::new(30)));
        assert_eq!(map.get(1, Value::number), Some(10));
    });
    // Two writers.
    thread::scope(|scope| {
        scope.spawn(|| map.insert(4, Value::new(40)));
        map.insert(5, Value::new(50));
    });
    assert_eq!([1, 2, 3, 4, 5].map(|key| map.get(key, Value::number)), [10, 20, 30, 40, 50].map(Some));
    // TODO 1 ends.
}

/// The checker explores this with one kind of counter after the other. The map is the right one.
pub fn visits<C: Counter>() {
    let map = Cloning::<C>::new();
    map.insert(1, C::new());
    thread::name_current("main");
    // TODO 2 begins: let somebody count a visit, and the map grow, so that a counter with a place of its own loses it.
    thread::scope(|scope| {
        scope.spawn(|| map.get(1, C::count));
        map.insert(2, C::new());
    });
    // TODO 2 ends.
    assert_eq!(map.get(1, C::counted), Some(1), "one visit was counted");
}
