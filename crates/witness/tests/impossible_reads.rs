//! Executions that loom explores and Rust rules out: a store between the two halves of a read-modify-write. The witness says
//! which of its steps do not fit together.

use std::sync::Arc;

use witness::boxed::Box;
use witness::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::Relaxed};
use witness::{Bug, Builder, thread};

/// The line about it in the witness of the first execution in which `model` returns `seen`, if there is one.
fn note<T: PartialEq + std::fmt::Debug + Copy + Send + Sync + 'static>(
    model: fn(&AtomicUsize, &Arc<AtomicUsize>) -> T,
    seen: T,
) -> Option<String> {
    let witness = Builder::new().expect_bug(Bug::Panic, move || {
        let word = Arc::new(AtomicUsize::new(0));
        assert_ne!(model(&word, &word), seen);
    });
    witness.details.into_iter().find(|detail| detail.contains("loom lets step"))
}

/// Another thread, which does this to the word.
fn other<T: Send + 'static>(
    word: &Arc<AtomicUsize>,
    action: impl FnOnce(&AtomicUsize) -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    let word = word.clone();
    thread::spawn(move || action(&word))
}

/// What the swap has read, and what the thread that stores reads then.
fn a_swap_beside_two_stores(word: &AtomicUsize, shared: &Arc<AtomicUsize>) -> (usize, usize) {
    let other = other(shared, |word| word.swap(3, Relaxed));
    word.store(1, Relaxed);
    word.store(2, Relaxed);
    let seen = word.load(Relaxed);
    (other.join().unwrap(), seen)
}

#[test]
fn a_swap_has_read_what_a_later_store_of_the_reader_follows() {
    let note = note(a_swap_beside_two_stores, (1, 3));
    assert_eq!(
        note.as_deref(),
        Some(
            "may be a false alarm: loom lets step 4 read what step 2 has written, and Rust does not, since step 3 comes after \
             that (tokio-rs/loom#254)"
        )
    );
}

#[test]
fn a_swap_has_read_what_was_there_first() {
    let model = |word: &AtomicUsize, shared: &Arc<AtomicUsize>| {
        let other = other(shared, |word| word.swap(3, Relaxed));
        word.store(2, Relaxed);
        let seen = word.load(Relaxed);
        (other.join().unwrap(), seen)
    };
    assert!(note(model, (0, 3)).is_some());
}

#[test]
fn two_swaps_one_after_the_other() {
    let model = |word: &AtomicUsize, shared: &Arc<AtomicUsize>| {
        let other = other(shared, |word| (word.swap(3, Relaxed), word.swap(4, Relaxed)));
        word.store(1, Relaxed);
        word.store(2, Relaxed);
        let seen = word.load(Relaxed);
        (other.join().unwrap(), seen)
    };
    assert!(note(model, ((1, 3), 4)).is_some());
}

#[test]
fn the_later_store_is_that_of_a_thread_that_was_joined() {
    let model = |word: &AtomicUsize, shared: &Arc<AtomicUsize>| {
        let other = other(shared, |word| word.store(1, Relaxed));
        let before = word.swap(2, Relaxed);
        other.join().unwrap();
        (before, word.load(Relaxed))
    };
    assert!(note(model, (0, 2)).is_some());
}

/// Nobody knows which of the two stores the other one follows.
#[test]
fn a_plain_store_may_come_after_a_later_one() {
    let model = |word: &AtomicUsize, shared: &Arc<AtomicUsize>| {
        let other = other(shared, |word| word.store(3, Relaxed));
        word.store(1, Relaxed);
        let seen = word.load(Relaxed);
        other.join().unwrap();
        seen
    };
    assert_eq!(note(model, 3), None);
}

#[test]
fn a_swap_may_come_last() {
    assert_eq!(note(a_swap_beside_two_stores, (2, 3)), None);
}

/// The reader has stored nothing that would have to come after it.
#[test]
fn an_old_value_of_another_word_is_not_impossible() {
    let witness = Builder::new().expect_bug(Bug::Panic, || {
        let words = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
        let other = {
            let words = words.clone();
            thread::spawn(move || {
                words.0.store(1, Relaxed);
                words.1.swap(1, Relaxed);
            })
        };
        assert!(words.1.load(Relaxed) == 0 || words.0.load(Relaxed) == 1);
        other.join().unwrap();
    });
    assert!(!witness.to_string().contains("false alarm"), "{witness}");
}

/// The block that is lost in the first execution in which one is: the one that the store has overwritten, and not the one
/// that an impossible read at the end would miss.
#[test]
fn a_leak_is_that_of_an_execution_that_there_is() {
    let witness = Builder::new().expect_bug(Bug::Leak, || {
        let [old, new] = [1, 2].map(|value| Box::into_raw(Box::new(value)));
        let pointer = Arc::new(AtomicPtr::new(old));
        let other = {
            let (pointer, new) = (pointer.clone(), new as usize);
            thread::spawn(move || pointer.swap(new as *mut i32, Relaxed) as usize)
        };
        // For a moment nobody is to have it; then it is put back, whatever has come between.
        pointer.swap(std::ptr::null_mut(), Relaxed);
        pointer.store(old, Relaxed);
        let taken = other.join().unwrap() as *mut i32;
        let last = pointer.load(Relaxed);
        for block in [last, taken] {
            if !block.is_null() {
                // SAFETY: it has come out of the word, and is not in it any more.
                drop(unsafe { Box::from_raw(block) });
            }
        }
    });
    assert!(witness.summary.contains("#2"), "{witness}");
    assert!(!witness.to_string().contains("false alarm"), "{witness}");
}
