//! Correct programs, in which witness must find nothing, however it looks.

use std::cell::RefCell;
use std::collections::HashMap;
use std::mem::MaybeUninit;
use std::sync::{Arc as StdArc, PoisonError};

use witness::boxed::Box;
use witness::cell::UnsafeCell;
use witness::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering::*, fence};
use witness::sync::{Arc, Mutex, RwLock};
use witness::{Builder, Probe, hint, ptr, thread};

/// Explores all of `model`, and asserts that there was more than one execution to explore, and no bug in any.
fn explore(model: impl Fn() + Send + Sync + 'static) {
    explore_with(Builder::new(), model);
}

fn explore_with(builder: Builder, model: impl Fn() + Send + Sync + 'static) {
    let report = builder.check(model);
    if let Some(witness) = report.witness {
        panic!("a false alarm: {witness}");
    }
    assert!(report.complete && report.executions > 1, "{report:?} is no exploration");
}

#[derive(Default)]
struct Letter {
    value: UnsafeCell<i32>,
    sent: AtomicBool,
}

// SAFETY: the value is written before `sent` is set, and read after.
unsafe impl Sync for Letter {}

#[test]
fn message_passing() {
    explore(|| {
        let letter = StdArc::new(Letter::default());
        let writer = {
            let letter = letter.clone();
            thread::spawn(move || {
                // SAFETY: nobody reads the value before the flag says so.
                letter.value.with_mut(|value| unsafe { *value = 1 });
                letter.sent.store(true, Release); // pairs with the Acquire below
            })
        };
        if letter.sent.load(Acquire) {
            // SAFETY: the writer has set the flag after its last access.
            assert_eq!(letter.value.with(|value| unsafe { *value }), 1);
        }
        writer.join().unwrap();
    });
}

#[test]
fn message_passing_with_fences() {
    explore(|| {
        let shared = StdArc::new((AtomicBool::new(false), AtomicPtr::default()));
        let writer = {
            let shared = shared.clone();
            thread::spawn(move || {
                shared.1.store(Box::into_raw(Box::new(Probe::new(7))), Relaxed);
                fence(Release); // pairs with the Acquire fence below
                shared.0.store(true, Relaxed);
            })
        };
        if shared.0.load(Relaxed) {
            fence(Acquire);
            let value: *mut Probe<i32> = shared.1.load(Relaxed);
            // SAFETY: published before the flag was set.
            assert_eq!(unsafe { **value }, 7);
        }
        writer.join().unwrap();
        // SAFETY: the writer has ended; nobody else has the pointer.
        drop(unsafe { Box::from_raw(shared.1.load(Relaxed)) });
    });
}

struct SpinLock<T> {
    locked: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: `with` lets one thread in at a time.
unsafe impl<T: Send> Sync for SpinLock<T> {}

impl<T> SpinLock<T> {
    fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        // Acquire pairs with the Release store of the holder before.
        while self.locked.compare_exchange(false, true, Acquire, Relaxed).is_err() {
            hint::spin_loop();
        }
        // SAFETY: the flag is this thread's until it stores `false`.
        let result = self.value.with_mut(|value| f(unsafe { &mut *value }));
        self.locked.store(false, Release);
        result
    }
}

#[test]
fn spin_lock() {
    explore(|| {
        let lock = StdArc::new(SpinLock { locked: AtomicBool::new(false), value: UnsafeCell::new(0) });
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let lock = lock.clone();
                thread::spawn(move || lock.with(|value| *value += 1))
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(lock.with(|value| *value), 2);
    });
}

struct Node {
    value: Probe<i32>,
    next: *mut Node,
}

/// A stack whose nodes are freed by nobody while threads may look at them.
#[derive(Default)]
struct Treiber {
    head: AtomicPtr<Node>,
}

impl Treiber {
    fn push(&self, value: i32) {
        let node = Box::into_raw(Box::new(Node { value: Probe::new(value), next: std::ptr::null_mut() }));
        let mut head = self.head.load(Relaxed);
        loop {
            // SAFETY: nobody else has the node yet.
            unsafe { (*node).next = head };
            // Release: whoever acquires the head sees the node's contents.
            match self.head.compare_exchange(head, node, Release, Relaxed) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    fn pop(&self) -> Option<*mut Node> {
        let mut head = self.head.load(Acquire); // pairs with the Release of `push`
        while !head.is_null() {
            // SAFETY: no node is freed while a thread may be here.
            let next = unsafe { (*head).next };
            match self.head.compare_exchange(head, next, Acquire, Acquire) {
                Ok(_) => return Some(head),
                Err(now) => head = now,
            }
        }
        None
    }
}

#[test]
fn treiber_stack_that_frees_at_quiescence() {
    explore_with(Builder::new().preemption_bound(3), || {
        let stack = StdArc::new(Treiber::default());
        stack.push(1);
        let popper = {
            let stack = stack.clone();
            thread::spawn(move || stack.pop().map(|node| node as usize))
        };
        stack.push(2);
        let mine = stack.pop();
        let theirs = popper.join().unwrap().map(|node| node as *mut Node);
        let mut sum = 0;
        for node in [mine, theirs, stack.pop(), stack.pop()].into_iter().flatten() {
            // SAFETY: the other thread has ended, and a node is popped once.
            sum += *unsafe { Box::from_raw(node) }.value;
        }
        assert_eq!(sum, 3);
    });
}

#[test]
fn arc_used_every_way() {
    explore(|| {
        let arc = Arc::new(Probe::new(1));
        let other = {
            let arc = arc.clone();
            thread::spawn(move || {
                assert_eq!(**arc, 1);
                let raw = Arc::into_raw(arc.clone());
                assert_eq!(raw, Arc::as_ptr(&arc));
                // SAFETY: `raw` owns a reference throughout; each of these gives or takes one.
                unsafe {
                    Arc::increment_strong_count(raw);
                    Arc::decrement_strong_count(raw);
                    let again = Arc::from_raw(raw);
                    assert!(Arc::ptr_eq(&arc, &again));
                    assert!(Arc::strong_count(&again) >= 2);
                }
            })
        };
        let mut mine = arc.clone();
        drop(arc);
        if let Some(value) = Arc::get_mut(&mut mine) {
            **value = 2;
        }
        let value = match Arc::try_unwrap(mine) {
            Ok(value) => Some(value),
            Err(shared) => Arc::into_inner(shared),
        };
        if let Some(value) = value {
            assert!(*value == 1 || *value == 2);
        }
        other.join().unwrap();
    });
}

/// std's own `Arc` and `Box` may carry twins through a model: only the twins are checked.
#[test]
fn std_arc_and_box_around_twins() {
    explore(|| {
        let shared = StdArc::new(std::boxed::Box::new((AtomicUsize::new(0), Mutex::new(Probe::new(0)))));
        let weak = StdArc::downgrade(&shared);
        let raw = StdArc::into_raw(shared.clone());
        let other = thread::spawn(move || {
            shared.0.fetch_add(1, Relaxed);
            **shared.1.lock().unwrap() += 1;
        });
        // SAFETY: `raw` owns a reference.
        let again = unsafe { StdArc::from_raw(raw) };
        again.0.fetch_add(1, Relaxed);
        drop(again);
        other.join().unwrap();
        assert!(weak.upgrade().is_none());
    });
}

#[test]
fn map_guarded_by_a_mutex() {
    explore(|| {
        let map = Arc::new(Mutex::new(HashMap::from([(1, Probe::new("one"))])));
        let writer = {
            let map = map.clone();
            thread::spawn(move || {
                map.lock().unwrap().insert(2, Probe::new("two"));
                map.lock().unwrap().remove(&1);
            })
        };
        if let Some(value) = map.lock().unwrap().get(&1) {
            assert_eq!(**value, "one");
        }
        writer.join().unwrap();
        assert_eq!(map.lock().unwrap().len(), 1);
    });
}

#[test]
fn value_guarded_by_a_read_write_lock() {
    explore(|| {
        let lock = Arc::new(RwLock::new(Probe::new(0)));
        let threads: Vec<_> = (0..2)
            .map(|number| {
                let lock = lock.clone();
                thread::spawn(move || {
                    if number == 0 {
                        **lock.write().unwrap() += 1;
                    } else {
                        assert!(**lock.read().unwrap() <= 1);
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(**lock.read().unwrap(), 1);
    });
}

#[test]
fn readers_beside_each_other_and_beside_a_writer() {
    explore_with(Builder::new().preemption_bound(2), || {
        let lock = Arc::new(RwLock::new(Probe::new(0)));
        let threads: Vec<_> = (0..2)
            .map(|number| {
                let lock = lock.clone();
                thread::spawn(move || {
                    if number == 0 {
                        **lock.write().unwrap() += 1;
                    }
                    let (first, second) = (lock.read().unwrap(), lock.read().unwrap());
                    assert_eq!(**first, **second);
                })
            })
            .collect();
        assert!(**lock.read().unwrap() <= 1);
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn locks_that_some_try_and_some_wait_for() {
    explore(|| {
        let shared = Arc::new((Mutex::new(Probe::new(0)), RwLock::new(Probe::new(0))));
        let waits = {
            let shared = shared.clone();
            thread::spawn(move || {
                **shared.0.lock().unwrap() += 1;
                **shared.1.write().unwrap() += 1;
                assert!(**shared.1.read().unwrap() >= 1);
            })
        };
        let mut done = (0, 0);
        if let Ok(mut number) = shared.0.try_lock() {
            **number += 1;
            done.0 = 1;
        }
        if let Ok(number) = shared.1.try_read() {
            assert!(**number <= 1);
        }
        if let Ok(mut number) = shared.1.try_write() {
            **number += 1;
            done.1 = 1;
        }
        waits.join().unwrap();
        assert_eq!((**shared.0.lock().unwrap(), **shared.1.read().unwrap()), (1 + done.0, 1 + done.1));
    });
}

#[test]
fn atomic_moved_into_a_box() {
    explore(|| {
        let counter = AtomicUsize::new(0);
        counter.store(1, Relaxed);
        let counter = Box::new(counter);
        counter.fetch_add(1, Relaxed);
        let shared = StdArc::new(AtomicPtr::new(Box::into_raw(counter)));
        let other = {
            let shared = shared.clone();
            // SAFETY: the box is freed after this thread has been joined.
            thread::spawn(move || unsafe { (*shared.load(Acquire)).fetch_add(1, Relaxed) })
        };
        // SAFETY: as above.
        unsafe { (*shared.load(Acquire)).fetch_add(1, Relaxed) };
        other.join().unwrap();
        // SAFETY: the other thread has ended.
        let counter = unsafe { Box::from_raw(shared.load(Relaxed)) };
        assert_eq!(Box::into_inner(counter).into_inner(), 4);
    });
}

#[test]
fn atomic_stored_to_on_the_stack_then_moved_into_an_arc() {
    explore(|| {
        let counter = AtomicUsize::new(0);
        counter.store(5, Release);
        let counter = Arc::new(counter);
        let other = {
            let counter = counter.clone();
            thread::spawn(move || counter.fetch_add(1, Relaxed))
        };
        counter.fetch_add(1, Relaxed);
        other.join().unwrap();
        assert_eq!(counter.load(Relaxed), 7);
    });
}

/// Whoever uses it first, it was written before both threads were there.
#[test]
fn atomic_written_through_get_mut_then_shared() {
    explore(|| {
        let mut counter = AtomicUsize::new(0);
        *counter.get_mut() = 5;
        let counter = StdArc::new(counter);
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let counter = counter.clone();
                thread::spawn(move || counter.fetch_add(1, Relaxed))
            })
            .collect();
        for thread in threads {
            assert!(thread.join().unwrap() >= 5);
        }
        let mut counter = StdArc::into_inner(counter).unwrap();
        let value = counter.get_mut();
        drop(Mutex::new(0)); // while `value` is lent
        *value += 1;
        assert_eq!((*value, counter.load(Relaxed), counter.into_inner()), (8, 8, 8));
    });
}

/// Freed memory comes back under the same address in a free list of the program's own, and is used anew.
#[test]
fn freed_address_reused_correctly() {
    explore(|| {
        let slot = StdArc::new((AtomicUsize::new(0), Slot(UnsafeCell::new(MaybeUninit::uninit()))));
        /// Memory in which one probe lives after the other.
        struct Slot(UnsafeCell<MaybeUninit<Probe<usize>>>);
        // SAFETY: the state beside it says whose it is.
        unsafe impl Sync for Slot {}
        // SAFETY: as above.
        unsafe impl Send for Slot {}

        let fill = |slot: &(AtomicUsize, Slot), value| {
            // SAFETY: the state says that the slot is this thread's, and empty.
            slot.1.0.with_mut(|place| unsafe { ptr::write(place.cast(), Probe::new(value)) });
        };
        let take = |slot: &(AtomicUsize, Slot)| {
            // SAFETY: the state says that the slot is this thread's, and full.
            slot.1.0.with_mut(|place| unsafe { (*place).assume_init_drop() });
        };
        fill(&slot, 1);
        let other = {
            let slot = slot.clone();
            thread::spawn(move || {
                // Acquire pairs with the Release below: the first probe has been dropped.
                if slot.0.load(Acquire) == 1 {
                    fill(&slot, 2);
                    take(&slot);
                }
            })
        };
        take(&slot);
        slot.0.store(1, Release);
        other.join().unwrap();
    });
}

/// A lock whose waiting threads queue up with nodes on their own stacks.
struct Mcs {
    tail: AtomicPtr<McsNode>,
    value: UnsafeCell<usize>,
}

struct McsNode {
    next: AtomicPtr<McsNode>,
    waits: AtomicBool,
}

// SAFETY: `with` lets one thread in at a time.
unsafe impl Sync for Mcs {}

impl Mcs {
    fn with(&self, f: impl FnOnce(&mut usize)) {
        let node = McsNode { next: AtomicPtr::default(), waits: AtomicBool::new(true) };
        let this = std::ptr::from_ref(&node).cast_mut();
        // Release hands this node to the next in line, Acquire takes the one before.
        let before = self.tail.swap(this, AcqRel);
        if !before.is_null() {
            // SAFETY: the thread before waits for this pointer before its frame ends.
            unsafe { (*before).next.store(this, Release) };
            while node.waits.load(Acquire) {
                thread::yield_now();
            }
        }
        // SAFETY: the lock is this thread's.
        self.value.with_mut(|value| f(unsafe { &mut *value }));
        if node.next.load(Acquire).is_null() {
            if self.tail.compare_exchange(this, std::ptr::null_mut(), Release, Relaxed).is_ok() {
                return;
            }
            while node.next.load(Acquire).is_null() {
                thread::yield_now();
            }
        }
        // SAFETY: the next thread waits in its own frame until this store.
        unsafe { (*node.next.load(Acquire)).waits.store(false, Release) };
    }
}

#[test]
fn mcs_lock_with_nodes_on_stacks() {
    let builder = Builder::new().allow_stack_pointers(true).preemption_bound(3);
    explore_with(builder, || {
        let lock = StdArc::new(Mcs { tail: AtomicPtr::default(), value: UnsafeCell::new(0) });
        let other = {
            let lock = lock.clone();
            thread::spawn(move || lock.with(|value| *value += 1))
        };
        lock.with(|value| *value += 1);
        other.join().unwrap();
        lock.with(|value| assert_eq!(*value, 2));
    });
}

#[test]
fn scoped_threads_that_borrow() {
    explore(|| {
        let counter = AtomicUsize::new(0);
        let sum = thread::scope(|scope| {
            let other = scope.spawn(|| counter.fetch_add(1, Relaxed) + 1);
            counter.fetch_add(1, Relaxed) + other.join().unwrap()
        });
        assert!(sum == 2 || sum == 1 || sum == 3, "{sum}");
        assert_eq!(counter.into_inner(), 2);
    });
}

witness::thread_local! {
    static LOCAL: RefCell<Vec<usize>> = RefCell::new(Vec::new());
}

/// Uses checked types when its thread ends.
struct LastWords(Arc<AtomicUsize>);

impl Drop for LastWords {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

witness::thread_local! {
    static LAST_WORDS: LastWords = LastWords(Arc::new(AtomicUsize::new(0)));
}

#[test]
fn thread_local_whose_destructor_uses_an_atomic() {
    explore(|| {
        let threads: Vec<_> = (0..2)
            .map(|_| {
                thread::spawn(|| {
                    LAST_WORDS.with(|words| assert_eq!(words.0.fetch_add(1, Relaxed), 0));
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn thread_that_nobody_joins() {
    explore(|| {
        let counter = Arc::new(AtomicUsize::new(0));
        let other = counter.clone();
        thread::spawn(move || other.fetch_add(1, Relaxed));
    });
}

#[test]
fn thread_locals_are_one_a_thread() {
    explore(|| {
        let shared = StdArc::new(AtomicUsize::new(0));
        let threads: Vec<_> = (0..2)
            .map(|number| {
                let shared = shared.clone();
                thread::spawn(move || {
                    LOCAL.with(|local| local.borrow_mut().push(number));
                    shared.fetch_add(1, Relaxed);
                    LOCAL.with(|local| assert_eq!(*local.borrow(), [number]));
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

/// A panic on its way to a `catch_unwind` lets the locks go that it passes, and poisons them.
#[test]
fn locks_that_a_panic_passes_are_poisoned_and_free() {
    struct TakesItAgain<'a>(&'a Mutex<i32>);

    impl Drop for TakesItAgain<'_> {
        fn drop(&mut self) {
            assert!(thread::panicking());
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        }
    }

    explore(|| {
        let shared = Arc::new((Mutex::new(0), RwLock::new(0)));
        let other = {
            let shared = shared.clone();
            thread::spawn(move || {
                // Before the panic, or after it; never in between.
                let value = *shared.0.lock().unwrap_or_else(PoisonError::into_inner);
                assert!(value == 0 || value == 2, "{value}");
                assert!(!thread::panicking());
            })
        };
        let caught = witness::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _takes_it_again = TakesItAgain(&shared.0);
            let mut number = shared.0.lock().unwrap();
            let _lock = shared.1.write().unwrap();
            *number = 1;
            panic!("of the code under test");
        }));
        assert!(caught.is_err() && !thread::panicking());
        assert!(shared.0.is_poisoned() && shared.0.lock().is_err() && shared.0.try_lock().is_err());
        assert!(shared.1.is_poisoned() && shared.1.read().is_err() && shared.1.write().is_err());
        shared.0.clear_poison();
        assert_eq!(*shared.0.lock().unwrap(), 2);
        other.join().unwrap();
    });
}

#[test]
fn values_without_a_size_and_values_aligned_to_a_page() {
    #[repr(align(4096))]
    struct Page(u8);

    witness::model(|| {
        let nothing = Arc::new(());
        let other = {
            let nothing = nothing.clone();
            thread::spawn(move || assert_eq!(*nothing, ()))
        };
        assert!(!Arc::ptr_eq(&nothing, &Arc::new(())));
        let raw = Box::into_raw(Box::new(Probe::new([0_u64; 0])));
        // SAFETY: `raw` comes from `into_raw`.
        assert!(unsafe { Box::from_raw(raw) }.is_empty());
        let page = Box::new(Page(1));
        assert!((&raw const *page).is_aligned() && page.0 == 1);
        let page = Arc::new(Probe::new(Page(2)));
        assert!((&raw const **page).is_aligned() && page.0 == 2);
        other.join().unwrap();
    });
}

/// Null, dangling, static and tagged pointers, and what some other stack of the process holds, are no model's frames.
#[test]
fn pointers_that_go_into_no_stack_of_the_model() {
    static STATIC: u32 = 1;
    let outside = 1_u32;
    let outside = (&raw const outside).expose_provenance();
    witness::model(move || {
        let pointer = AtomicPtr::<u32>::default();
        pointer.store(std::ptr::dangling_mut(), Relaxed);
        pointer.store((&raw const STATIC).cast_mut(), Relaxed);
        pointer.store(std::ptr::with_exposed_provenance_mut(outside), Relaxed);
        let block = Box::into_raw(Box::new(3));
        pointer.store(block.map_addr(|address| address | 1), Relaxed);
        assert_eq!(pointer.fetch_and(!1, Relaxed).addr(), block.addr() | 1);
        assert_eq!(pointer.fetch_ptr_add(1, Relaxed), block);
        assert_eq!(pointer.fetch_byte_sub(4, Relaxed), block.wrapping_add(1));
        assert_eq!(pointer.swap(std::ptr::null_mut(), Relaxed), block);
        // SAFETY: it comes from `into_raw`.
        drop(unsafe { Box::from_raw(block) });
    });
}

/// Bits may be copied, too, as long as nobody uses the original any more.
#[test]
fn bits_copied_to_a_new_buffer_by_their_only_user() {
    explore(|| {
        let layout = witness::alloc::Layout::new::<[AtomicUsize; 2]>();
        // SAFETY: the layout has a size.
        let old = unsafe { witness::alloc::alloc(layout) }.cast::<AtomicUsize>();
        // SAFETY: both fit the block.
        unsafe {
            ptr::write(old, AtomicUsize::new(1));
            ptr::write(old.add(1), AtomicUsize::new(2));
        }
        // SAFETY: as above.
        let new = unsafe { witness::alloc::alloc(layout) }.cast::<AtomicUsize>();
        // SAFETY: two blocks of the same layout; the old one is freed without being used again.
        unsafe {
            ptr::copy_nonoverlapping(old, new, 2);
            witness::alloc::dealloc(old.cast(), layout);
        }
        let shared = StdArc::new(AtomicPtr::new(new));
        let other = {
            let shared = shared.clone();
            // SAFETY: the block is freed after this thread has been joined.
            thread::spawn(move || unsafe { (*shared.load(Acquire)).fetch_add(1, Relaxed) })
        };
        // SAFETY: as above.
        unsafe { (*shared.load(Acquire)).fetch_add(1, Relaxed) };
        other.join().unwrap();
        // SAFETY: the other thread has ended.
        unsafe {
            assert_eq!(((*new).load(Relaxed), (*new.add(1)).load(Relaxed)), (3, 2));
            witness::alloc::dealloc(new.cast(), layout);
        }
    });
}
