//! Values that nobody owns any more and nobody has dropped.

use std::mem;

use super::world::{Arc, Box};

pub fn leaked_box() {
    let settings = Box::new(1); // ✗ leaked box
    let settings: &'static mut i32 = Box::leak(settings);
    assert_eq!(*settings, 1);
}

pub fn leaked_arc() {
    let table = Arc::new(1); // ✗ leaked arc
    mem::forget(table.clone());
}
