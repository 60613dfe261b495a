use std::cell::Cell;

struct Visits(Cell<u64>);

step10::relocate! {
    // SAFETY: none, and its fields are not looked at. But that there is a cell, the compiler sees.
    unsafe impl Relocate for Visits
}

fn main() {}
