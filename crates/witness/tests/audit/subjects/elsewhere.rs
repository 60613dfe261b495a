//! Orderings that are not named where they are used, and some that no model uses.

use witness::sync::atomic::{AtomicUsize, Ordering, Ordering::*};

const PUBLISH: Ordering = Release;

pub fn through_a_constant(word: &AtomicUsize) {
    word.store(1, PUBLISH);
}

pub fn through_a_parameter(word: &AtomicUsize) -> usize {
    load(word, Acquire)
}

fn load(word: &AtomicUsize, ordering: Ordering) -> usize {
    word.load(ordering)
}

pub fn an_exchange_that_succeeds(word: &AtomicUsize) {
    word.compare_exchange(0, 1, Relaxed, Acquire).expect("it is 0");
}

pub fn called_by_no_model(word: &AtomicUsize) {
    // An AcqRel in a comment is none.
    word.swap(1, AcqRel);
}
