//! The hunt: models that find the bug in what is wrong, and none in what is right.
//!
//! Right, too: a reader and two writers at a time; and a visitor in whose section the map grows.

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
    map.insert(1, Value::new(10));
    thread::scope(|scope| {
        scope.spawn(|| map.insert(2, Value::new(20)));
        scope.spawn(|| map.insert(3, Value::new(30)));
        assert_eq!(map.get(1, Value::number), Some(10));
    });
    map.insert(4, Value::fragile(40));
    assert!(panics(|| map.insert(5, Value::new(50))));
    let expected = [Some(10), Some(20), Some(30), Some(40), None];
    assert_eq!([1, 2, 3, 4, 5].map(|key| map.get(key, Value::number)), expected);
    map.insert(5, Value::new(50));
    // TODO 1 ends.
}

/// The checker explores this with one kind of counter after the other. The map is the right one.
pub fn visits<C: Counter>() {
    let map = Cloning::<C>::new();
    map.insert(1, C::new());
    thread::name_current("main");
    // TODO 2 begins: let somebody count a visit, and the map grow, so that a counter with a place of its own loses it.
    map.get(1, |counter| {
        map.insert(2, C::new());
        counter.count();
    });
    // TODO 2 ends.
    assert_eq!(map.get(1, C::counted), Some(1), "one visit was counted");
}
