//! RCU with one thing left out, in four ways, each a small file that is broken on purpose; and what the checker says.

use std::ptr::null_mut;

use sync::atomic::{AtomicBool, AtomicPtr};
use sync::{Arc, Box};
use witness::thread::{Builder, name_current};
use witness::{Bug, Probe, Witness};

mod sync {
    pub use witness::boxed::Box;
    pub use witness::sync::{Arc, atomic};
    pub use witness::thread;
}

#[path = "broken/no_fence_on_the_read_side.rs"]
mod no_fence_on_the_read_side;
#[path = "broken/no_fence_on_the_write_side.rs"]
mod no_fence_on_the_write_side;
#[path = "broken/no_grace_period.rs"]
mod no_grace_period;
#[path = "broken/scan_before_swap.rs"]
mod scan_before_swap;

fn value() -> AtomicPtr<Probe<u32>> {
    AtomicPtr::new(Box::into_raw(Box::new(Probe::new(1))))
}

/// One reader, one writer. The one value that is left when both are done is freed by the last of them.
macro_rules! model {
    ($make:expr) => {
        || {
            let shared = Arc::new($make);
            let reader = Builder::new()
                .name("reader".to_owned())
                .spawn({
                    let shared = shared.clone();
                    move || shared.read(|value| assert!(**value > 0))
                })
                .unwrap();
            name_current("writer");
            shared.replace(Probe::new(2));
            reader.join().unwrap();
            let last = shared.value.load(sync::atomic::Ordering::Relaxed);
            // SAFETY: the reader has ended.
            drop(unsafe { Box::from_raw(last) });
        }
    };
}

/// Asserts the verdict and the file of its line.
fn expect(bug: Bug, file: &str, model: impl Fn() + Send + Sync + 'static) -> Witness {
    let witness = witness::Builder::new().expect_bug(bug, model);
    let source = witness.source().unwrap_or_else(|| panic!("no source line\n{witness}"));
    assert!(source.file.ends_with(file), "{witness}");
    witness
}

#[test]
fn without_a_fence_on_the_read_side_a_reader_touches_a_freed_value() {
    use no_fence_on_the_read_side::Value;
    let model = model!(Value { value: value(), reading: AtomicBool::new(false) });
    recording::counterexample("step6-no-fence-on-the-read-side", &expect(Bug::UseAfterFree, "broken.rs", model));
}

#[test]
fn without_a_fence_on_the_write_side_a_reader_touches_a_freed_value() {
    use no_fence_on_the_write_side::Value;
    let model = model!(Value { value: value(), reading: AtomicBool::new(false) });
    recording::counterexample("step6-no-fence-on-the-write-side", &expect(Bug::UseAfterFree, "broken.rs", model));
}

#[test]
fn without_a_grace_period_a_reader_touches_a_freed_value() {
    use no_grace_period::Value;
    let model = model!(Value { value: value(), reading: AtomicBool::new(false) });
    recording::counterexample("step6-no-grace-period", &expect(Bug::UseAfterFree, "broken.rs", model));
}

/// Here the shortest counterexample has the reader read in time, by luck: nothing orders its read before the free.
#[test]
fn a_reader_that_registers_behind_the_scan_races_with_the_free() {
    use scan_before_swap::Value;
    let model = model!(Value { value: value(), slot: AtomicPtr::new(null_mut()) });
    let file = "scan_before_swap.rs";
    recording::counterexample("step6-scan-before-swap", &expect(Bug::DataRace, file, model));
}
