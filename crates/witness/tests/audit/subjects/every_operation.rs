use witness::sync::atomic::{AtomicUsize, Ordering::*, fence};

#[rustfmt::skip]
pub fn every_operation(word: &AtomicUsize) {
    word.store(0, SeqCst);
    word.load(SeqCst);
    word.swap(1, SeqCst);
    word.fetch_add(1, AcqRel);
    let _ = word.compare_exchange(2, 3, AcqRel, Acquire);
    let _ = word.compare_exchange(2, 3, Release, SeqCst);
    let _ = word
        .fetch_update(
            AcqRel,
            Acquire,
            |word| Some(word + 1),
        );
    fence(AcqRel);
    fence(SeqCst);
}
