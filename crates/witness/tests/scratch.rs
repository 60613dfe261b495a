#![allow(clippy::undocumented_unsafe_blocks)]
use witness::sync::Arc;
use witness::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::*, fence};
use witness::{Bug, Probe};

struct AtomicValue<T> {
    data: AtomicPtr<T>,
}
impl<T> AtomicValue<T> {
    fn new(v: T) -> Self {
        AtomicValue { data: AtomicPtr::new(Arc::into_raw(Arc::new(v)).cast_mut()) }
    }
    fn get(&self) -> Arc<T> {
        let p = self.data.load(SeqCst);
        unsafe {
            Arc::increment_strong_count(p);
            Arc::from_raw(p)
        }
    }
    fn replace(&self, v: T) {
        let new = Arc::into_raw(Arc::new(v)).cast_mut();
        let old = self.data.swap(new, SeqCst);
        drop(unsafe { Arc::from_raw(old) });
    }
}
impl<T> Drop for AtomicValue<T> {
    fn drop(&mut self) {
        drop(unsafe { Arc::from_raw(*self.data.get_mut()) })
    }
}

#[test]
fn uaf() {
    let w = witness::expect_bug(Bug::UseAfterFree, || {
        let v = std::sync::Arc::new(AtomicValue::new(Probe::new(1)));
        let v2 = v.clone();
        let t = witness::thread::Builder::new().name("writer".into()).spawn(move || v2.replace(Probe::new(2))).unwrap();
        witness::thread::name_current("reader");
        let a = v.get();
        assert!(**a > 0);
        drop(a);
        t.join().unwrap();
    });
    println!("{w}");
    println!("{}", w.to_json());
}
#[test]
fn leak() {
    let w = witness::expect_bug(Bug::Leak, || {
        let v = Arc::new(Probe::new(1));
        std::mem::forget(v);
    });
    println!("{w}");
}
#[test]
fn race() {
    let w = witness::expect_bug(Bug::DataRace, || {
        let p = std::sync::Arc::new(AtomicPtr::<Probe<u32>>::default());
        let q = p.clone();
        let t = witness::thread::spawn(move || {
            q.store(witness::boxed::Box::into_raw(witness::boxed::Box::new(Probe::new(4))), Relaxed)
        });
        let x = p.load(Acquire);
        if !x.is_null() {
            assert_eq!(unsafe { **x }, 4);
        }
        t.join().unwrap();
        drop(unsafe { witness::boxed::Box::from_raw(p.load(Relaxed)) });
    });
    println!("{w}");
}
#[test]
fn deadlock() {
    let w = witness::expect_bug(Bug::Deadlock, || {
        let a = std::sync::Arc::new((witness::sync::Mutex::new(0), witness::sync::Mutex::new(0)));
        let b = a.clone();
        let t = witness::thread::spawn(move || {
            let _x = b.0.lock().unwrap();
            let _y = b.1.lock().unwrap();
        });
        {
            let _y = a.1.lock().unwrap();
            let _x = a.0.lock().unwrap();
        }
        t.join().unwrap();
    });
    println!("{w}");
}
#[test]
fn panics() {
    let w = witness::expect_bug(Bug::Panic, || {
        let a = std::sync::Arc::new(AtomicUsize::new(0));
        let b = a.clone();
        let t = witness::thread::spawn(move || b.store(1, Release));
        assert_eq!(a.load(Acquire), 0);
        t.join().unwrap();
    });
    println!("{w}");
}
#[test]
fn ok() {
    witness::model(|| {
        let a = std::sync::Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
        let b = a.clone();
        let t = witness::thread::spawn(move || {
            b.0.store(1, Relaxed);
            fence(SeqCst);
            b.1.load(Relaxed)
        });
        a.1.store(1, Relaxed);
        fence(SeqCst);
        let x = a.0.load(Relaxed);
        let y = t.join().unwrap();
        assert!(x + y > 0);
    });
}
#[test]
fn segfault() {
    let w = witness::expect_bug(Bug::Crash, || {
        let a = AtomicUsize::new(0);
        a.store(1, Release);
        unsafe {
            *(16 as *mut u8) = 1;
        }
    });
    println!("{w}");
}
#[test]
fn abort() {
    let w = witness::expect_bug(Bug::Crash, || {
        let a = AtomicUsize::new(0);
        a.store(1, Release);
        std::process::abort();
    });
    println!("{w}");
}
#[test]
fn endless() {
    let w = witness::Builder::new().stall_limit(std::time::Duration::from_secs(1)).expect_bug(Bug::EndlessLoop, || {
        let a = AtomicUsize::new(0);
        a.store(1, Release);
        loop {
            std::thread::sleep(std::time::Duration::from_millis(1))
        }
    });
    println!("{w}");
}
#[test]
fn overflow() {
    #[inline(never)]
    fn f(n: u64) -> u64 {
        let a = [n; 100];
        std::hint::black_box(&a);
        if n == 0 { 0 } else { f(n - 1) + a[3] }
    }
    let w = witness::expect_bug(Bug::Crash, || {
        let a = AtomicUsize::new(0);
        a.store(1, Release);
        println!("{}", f(100000));
    });
    println!("{w}");
}
#[test]
fn spin() {
    let w = witness::expect_bug(Bug::NoProgress, || {
        let a = AtomicUsize::new(0);
        while a.load(Acquire) == 0 {
            witness::thread::yield_now();
        }
    });
    println!("{w}");
}
#[test]
fn stack() {
    let w = witness::expect_bug(Bug::StackPointer, || {
        let mut x = 5;
        let a = AtomicPtr::new(&mut x);
        a.store(std::ptr::null_mut(), Release);
    });
    println!("{w}");
}
#[test]
fn mutex_copied() {
    let w = witness::expect_bug(Bug::Panic, || {
        use witness::sync::Mutex;
        let a = Mutex::new(5);
        let guard = a.lock();
        drop(guard);
        let mut b = std::mem::MaybeUninit::<Mutex<i32>>::uninit();
        unsafe { witness::ptr::copy_nonoverlapping(&a, b.as_mut_ptr(), 1) };
        let b = unsafe { b.assume_init_ref() };
        let _one = a.lock().unwrap();
        let two = b.try_lock();
        assert!(two.is_err(), "two guards at once");
    });
    println!("{w}");
}
