//! A reference count, as std's is: the twin's is audited apart, since its orderings are inside the checker.

use std::ptr::NonNull;

use witness::boxed::Box;
use witness::sync::atomic::{AtomicUsize, Ordering::*, fence};

pub struct Arc<T> {
    inner: NonNull<Inner<T>>,
}

struct Inner<T> {
    count: AtomicUsize,
    value: T,
}

// SAFETY: as std's.
unsafe impl<T: Send + Sync> Send for Arc<T> {}

impl<T> Arc<T> {
    pub fn new(value: T) -> Self {
        let inner = Box::into_raw(Box::new(Inner { count: AtomicUsize::new(1), value }));
        // SAFETY: `Box::into_raw` is not null.
        Arc { inner: unsafe { NonNull::new_unchecked(inner) } }
    }

    fn inner(&self) -> &Inner<T> {
        // SAFETY: a handle owns a reference, so the block is there.
        unsafe { self.inner.as_ref() }
    }

    pub fn get(&self) -> &T {
        &self.inner().value
    }
}

impl<T> Clone for Arc<T> {
    fn clone(&self) -> Self {
        self.inner().count.fetch_add(1, Relaxed);
        Arc { inner: self.inner }
    }
}

impl<T> Drop for Arc<T> {
    fn drop(&mut self) {
        // Release pairs with the fence of the last one.
        if self.inner().count.fetch_sub(1, Release) == 1 {
            fence(Acquire);
            // SAFETY: nobody else has a reference any more.
            drop(unsafe { Box::from_raw(self.inner.as_ptr()) });
        }
    }
}
