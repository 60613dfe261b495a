//! A `Box` that is given away by value while somebody else still reads through its old bits. As one would: typed; and as the
//! bits that it is: untyped.

use std::cell::Cell;
use std::mem::MaybeUninit;

// ANCHOR: typed
/// An entry on its way to the new table, and a reader of the old one that sets a cell *behind* the box.
#[inline(never)]
pub fn typed(entry: Box<Cell<u64>>, old_reader: &Cell<u64>) -> (u64, u64) {
    let before = entry.get();
    old_reader.set(before + 1);
    let after = entry.get();
    std::mem::forget(entry);
    (before, after)
}
// ANCHOR_END: typed

// ANCHOR: untyped
/// The same with the bits of the box.
#[inline(never)]
pub fn untyped(entry: MaybeUninit<Box<Cell<u64>>>, old_reader: &Cell<u64>) -> (u64, u64) {
    // SAFETY: the bits are those of a box that is there, and a shared reference is all that is made of them.
    let entry: &Box<Cell<u64>> = unsafe { entry.assume_init_ref() };
    let before = entry.get();
    old_reader.set(before + 1);
    let after = entry.get();
    (before, after)
}
// ANCHOR_END: untyped

pub fn main() {
    let entry = Box::new(Cell::new(1));
    let place = &raw const entry;
    // SAFETY: NOT kept: `typed` may assume that nobody else reaches what is behind its box. One of the two is dropped.
    let (before, after) = typed(unsafe { place.read() }, &entry);
    println!("typed:   {before}, then {after}");

    let entry = Box::new(Cell::new(1));
    let place: *const MaybeUninit<Box<Cell<u64>>> = (&raw const entry).cast();
    // SAFETY: a copy of bits claims nothing. It is never dropped.
    let (before, after) = untyped(unsafe { place.read() }, &entry);
    println!("untyped: {before}, then {after}");
}
