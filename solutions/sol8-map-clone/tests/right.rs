//! Another right solution: the check passes it.

#[path = "../src/counter.rs"]
#[allow(dead_code, reason = "twin")]
mod counter;
#[path = "../src/map.rs"]
#[allow(dead_code, reason = "twin")]
mod map;
#[path = "../src/value.rs"]
#[allow(dead_code, reason = "twin")]
mod value;

#[allow(dead_code, reason = "twins")]
mod right {
    pub mod three_at_a_time;
}

check::alternatives! {
    "../../../exercises/ex8-map-clone/checks.rs";

    three_at_a_time { hunt: crate::right::three_at_a_time = "right/three_at_a_time.rs" };
}
