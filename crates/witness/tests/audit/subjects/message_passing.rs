use witness::sync::atomic::{AtomicBool, AtomicPtr, Ordering::*, fence};
use witness::{Probe, boxed::Box};

#[derive(Default)]
pub struct Letter {
    pub value: AtomicPtr<Probe<i32>>,
    pub sent: AtomicBool,
}

impl Letter {
    pub fn send(&self) {
        self.value.store(Box::into_raw(Box::new(Probe::new(1))), Relaxed);
        // Release pairs with the Acquire in `receive`.
        self.sent.store(true, Release);
    }

    pub fn receive(&self) -> Option<*mut Probe<i32>> {
        // Acquire pairs with the Release in `send`.
        self.sent.load(Acquire).then(|| self.value.load(Relaxed))
    }

    pub fn send_with_a_fence(&self) {
        self.value.store(Box::into_raw(Box::new(Probe::new(1))), Relaxed);
        fence(Release); // pairs with the fence in `receive_with_a_fence`
        self.sent.store(true, Relaxed);
    }

    pub fn receive_with_a_fence(&self) -> Option<*mut Probe<i32>> {
        if !self.sent.load(Relaxed) {
            return None;
        }
        fence(Acquire); // pairs with the fence in `send_with_a_fence`
        Some(self.value.load(Relaxed))
    }
}
