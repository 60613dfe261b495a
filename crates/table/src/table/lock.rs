//! The writers' lock: a mutex that need not be taken by a thread that is the only one to write.
//!
//! Many maps have one writer, and a mutex costs it two atomic read-modify-writes for each write. That is not much by
//! itself; but what the thread has stored before must have reached its cache first, so that a writer of a large table
//! waits at each of them for the lines that it has written to, one write after the other. So a lock that has been taken
//! many times in a row by one thread is *biased* to it. From then on that thread stores a word of its own, and looks
//! whether the lock is still biased to it. Whoever else wants the lock takes the mutex; then it takes the bias away, and
//! looks at that word.
//!
//! Each of the two stores first and then loads what the other has stored: as a read-side section and a grace period do,
//! and as there, `membarrier(2)` has the one pay for both who comes seldom. (A lock that has another barrier is not
//! biased: a fence costs as much as a mutex.) With a full fence on both sides, at least one of them sees the other. If
//! the biased thread sees that the bias is gone, it takes its word back and queues at the mutex. If it does not, the
//! other one sees the word, and waits until it is taken back.
//!
//! The word belongs to one thread and to one lock, for as long as both are there, and not to whichever thread the lock
//! is biased to: a thread may load the bias, be held up while the lock is biased to another one, and only then
//! store the word and find that the bias is gone.
//!
//! The idea is that of lock reservation (K. Kawachiya, A. Koseki, T. Onodera: Lock Reservation, OOPSLA 2002); the barrier
//! that one side pays for both is of D. Dice, H. Huang and M. Yang: Asymmetric Dekker Synchronization, 2001.

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::mem::{ManuallyDrop, transmute};
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr::{NonNull, null_mut};

use crate::barrier::{self, Barrier};
use crate::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use crate::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, fence};
use crate::sync::{Box, Mutex, MutexGuard};
use crate::thread;

/// How often in a row one thread takes a lock before it is biased to it. To take a bias away costs some microseconds; if
/// somebody does so each time, that is shared by so many turns.
const PATIENCE: u32 = 1024;

/// A lock around a value.
pub(crate) struct Lock<T> {
    /// The one of [`Turns::biases`] whose thread need not take its turn, or null. Whoever has its turn changes it.
    bias: AtomicPtr<Bias>,
    /// The token of the thread that has the lock, or 0.
    owner: AtomicUsize,
    barrier: Barrier,
    /// How often in a row a thread takes its turn before the lock is biased to it. None if it never is.
    patience: Option<u32>,
    value: UnsafeCell<T>,
    /// The guard of `turns`, for as long as somebody has the lock who has taken its turn. It is here and not in the
    /// `LockGuard` so that this is small enough for registers.
    ///
    /// Not dropped with the lock: if a `LockGuard` has been forgotten, it is of a mutex that may have been moved.
    turn: UnsafeCell<Option<ManuallyDrop<MutexGuard<'static, Turns>>>>,
    turns: Mutex<Turns>,
}

// SAFETY: the lock gives the value to one thread at a time, and so it does with what else is in a cell.
unsafe impl<T: Send> Sync for Lock<T> {}
// SAFETY: nobody has the lock while it is moved, so `turn` is empty, or what is there is never used. The rest is `Send`.
unsafe impl<T: Send> Send for Lock<T> {}
// A panic gives the lock back, and whoever locks sees to it that the value is whole.
impl<T> UnwindSafe for Lock<T> {}
impl<T> RefUnwindSafe for Lock<T> {}

/// What a thread to which the lock is biased tells the others. On cache lines of its own.
#[repr(align(128))]
struct Bias {
    /// The thread's token. (It is fixed. It is atomic so that a model sees when it may not be there yet.) When the thread is
    /// no more, the token may be another one's, and this goes with it.
    thread: AtomicUsize,
    /// Whether the thread has the lock by its bias, or is about to find out that it has not. The thread alone stores it.
    inside: AtomicBool,
}

/// Who has taken turns so far.
struct Turns {
    /// All that the lock has ever been biased with, one for each thread. Freed with the lock.
    biases: Vec<NonNull<Bias>>,
    /// The token of the thread that was the last.
    last: usize,
    /// How often in a row it was.
    in_a_row: u32,
}

// SAFETY: the pointers are to what is atomic, and the lock's own.
unsafe impl Send for Turns {}

/// The calling thread has the lock already.
#[derive(Debug)]
pub(crate) struct Reentered;

impl<T> Lock<T> {
    /// A lock that may be biased if this is the barrier of `membarrier(2)`.
    pub(crate) fn new(value: T, barrier: Barrier) -> Lock<T> {
        Lock::with_patience(value, barrier, (barrier == Barrier::Membarrier).then_some(PATIENCE))
    }

    /// A lock that is biased to a thread that has taken it so often in a row; 0 means each time. If that is to happen
    /// with the barrier of `membarrier(2)`, somebody has asked whether this process can use it.
    pub(crate) fn with_patience(value: T, barrier: Barrier, patience: Option<u32>) -> Lock<T> {
        Lock {
            bias: AtomicPtr::new(null_mut()),
            owner: AtomicUsize::new(0),
            barrier,
            patience,
            value: UnsafeCell::new(value),
            turn: UnsafeCell::new(None),
            turns: Mutex::new(Turns { biases: Vec::new(), last: 0, in_a_row: 0 }),
        }
    }

    /// Whether the lock is biased now, and how many it has been biased to.
    #[cfg(test)]
    pub(crate) fn biases(&self) -> (bool, usize) {
        let turns = self.turns.lock().unwrap();
        // Relaxed: for tests in which nobody has the lock.
        (!self.bias.load(Relaxed).is_null(), turns.biases.len())
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// Whether the calling thread has the lock.
    #[inline]
    pub(crate) fn is_mine(&self) -> bool {
        // Relaxed: a thread sees its own stores, and no other thread that lives stores its token. Whoever stores 0 does it
        // before it gives the lock back, so that no owner's token is stored over.
        self.owner.load(Relaxed) == thread::token()
    }

    /// Waits until nobody else has the lock.
    ///
    /// # Errors
    ///
    /// If the calling thread has it already.
    #[inline]
    pub(crate) fn lock(&self) -> Result<LockGuard<'_, T>, Reentered> {
        if self.patience.is_some()
            && let Some(guard) = self.lock_by_bias()
        {
            return Ok(guard);
        }
        self.lock_in_turn()
    }

    /// As [`lock`](Self::lock), for who has tried [`lock_by_bias`](Self::lock_by_bias): takes a bias away, also its own.
    pub(crate) fn lock_in_turn(&self) -> Result<LockGuard<'_, T>, Reentered> {
        if self.is_mine() {
            return Err(Reentered);
        }
        let token = thread::token();
        self.take_turn(token);
        Ok(self.guard(token, None))
    }

    /// The lock, if it is biased to the calling thread; not if that has it already. Calls nothing, and waits for nobody.
    #[inline]
    pub(crate) fn lock_by_bias(&self) -> Option<LockGuard<'_, T>> {
        let token = thread::token();
        let bias = self.enter(token)?;
        Some(self.guard(token, Some(bias)))
    }

    #[inline]
    fn guard<'lock>(&'lock self, token: usize, bias: Option<&'lock Bias>) -> LockGuard<'lock, T> {
        // Relaxed: see `is_mine`.
        self.owner.store(token, Relaxed);
        LockGuard { lock: self, bias, not_send: PhantomData }
    }

    // ANCHOR: enter
    /// The lock without a turn, if it is biased to the calling thread and this has it not already.
    #[inline]
    fn enter(&self, token: usize) -> Option<&Bias> {
        let bias = self.bias.load(Acquire);
        // SAFETY: it is null, or there for as long as the lock. Acquire pairs with the Release in `take_turn`: it is
        // complete.
        let own = unsafe { bias.as_ref() }?;
        // Relaxed: fixed. (The token may have been another thread's that is no more. All that it did with the value then
        // happened before this: a token is an address of a thread's own memory, and whoever hands that out once more has
        // waited for the end of the one who had it.)
        if own.thread.load(Relaxed) != token || self.is_mine() {
            return None;
        }
        // Relaxed: the fences order it before the load below.
        own.inside.store(true, Relaxed);
        match self.barrier {
            // Pairs with `membarrier` in `take_bias`.
            Barrier::Membarrier => barrier::compiler_fence(),
            // Pairs with the fence in `take_bias`.
            Barrier::Fence => fence(SeqCst),
        }
        // Relaxed: only this thread would have biased the lock to itself once more. So if it still is, nobody has had
        // the lock since this thread had it.
        if self.bias.load(Relaxed) != bias {
            own.leave();
            return None;
        }
        Some(own)
    }

    /// Takes the bias away, and waits for the thread that may have the lock with it. For whoever has its turn.
    fn take_bias(&self) {
        // Relaxed: whoever has its turn is the only one to store it, and the mutex hands on what has been stored.
        // SAFETY: it is null, or there for as long as the lock; and the mutex has handed it on complete.
        let Some(other) = (unsafe { self.bias.load(Relaxed).as_ref() }) else { return };
        // Relaxed: the fences order it before the loads below.
        self.bias.store(null_mut(), Relaxed);
        match self.barrier {
            // Pairs with the compiler fence in `enter`: the thread sees that its bias is gone, or this one that it is
            // inside.
            Barrier::Membarrier => barrier::membarrier(),
            // Pairs with the fence in `enter`, likewise.
            Barrier::Fence => fence(SeqCst),
        }
        let mut attempt = 0;
        // Acquire pairs with the Release in `leave`: all that the thread has done with the value.
        while other.inside.load(Acquire) {
            thread::wait(attempt);
            attempt = attempt.saturating_add(1);
        }
    }
    // ANCHOR_END: enter

    /// Gets the lock as everybody can.
    #[inline(never)]
    fn take_turn(&self, token: usize) {
        // A poisoned lock is ignored: what a panic leaves behind is for who uses the value to say.
        let mut turns = self.turns.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(patience) = self.patience {
            self.take_bias();
            if turns.count(token) >= patience {
                // Release pairs with the Acquire in `enter`: the bias is complete.
                self.bias.store(turns.bias_of(token).as_ptr(), Release);
            }
        }
        // SAFETY: the guard is used by `end_turn` only, while a `LockGuard` borrows the lock. Nobody else touches `turn`: that
        // is for whoever has its turn.
        let turns = unsafe { transmute::<MutexGuard<'_, Turns>, MutexGuard<'static, Turns>>(turns) };
        // SAFETY: as above.
        unsafe { *self.turn.get() = Some(ManuallyDrop::new(turns)) };
    }

    /// Gives back what [`take_turn`](Self::take_turn) has got.
    #[inline(never)]
    fn end_turn(&self) {
        // SAFETY: it is this thread's turn. It ends when the guard is dropped, and that is no longer in there by then.
        drop(unsafe { (*self.turn.get()).take() }.map(ManuallyDrop::into_inner));
    }
}

impl Turns {
    /// Counts one more turn of a thread: how many it has had in a row.
    fn count(&mut self, token: usize) -> u32 {
        self.in_a_row = if self.last == token { self.in_a_row.saturating_add(1) } else { 1 };
        self.last = token;
        self.in_a_row
    }

    /// What the lock is biased with when it is biased to this thread.
    fn bias_of(&mut self, token: usize) -> NonNull<Bias> {
        // SAFETY: they are there for as long as the lock. Relaxed: fixed, and whoever has stored it has had its turn.
        let known = self.biases.iter().find(|bias| unsafe { bias.as_ref() }.thread.load(Relaxed) == token);
        known.copied().unwrap_or_else(|| {
            let new = Bias { thread: AtomicUsize::new(token), inside: AtomicBool::new(false) };
            // SAFETY: `Box::into_raw` is not null.
            let new = unsafe { NonNull::new_unchecked(Box::into_raw(Box::new(new))) };
            self.biases.push(new);
            new
        })
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        for bias in self.biases.drain(..) {
            // SAFETY: each came from `Box::into_raw` and is freed here only. No guard is left that might have it.
            drop(unsafe { Box::from_raw(bias.as_ptr()) });
        }
    }
}

impl Bias {
    /// The thread calls this when it has not the lock, or has it no longer.
    #[inline]
    fn leave(&self) {
        // Release pairs with the Acquire in `take_bias`. (Also of a thread that has not got in: a load that sees this
        // store does not see the Release of the one before.)
        self.inside.store(false, Release);
    }
}

/// The lock is the calling thread's until this is dropped.
pub(crate) struct LockGuard<'lock, T> {
    lock: &'lock Lock<T>,
    /// If it was biased to the thread; otherwise it is the thread's turn.
    bias: Option<&'lock Bias>,
    /// As of std's guard: it is for the thread that has locked to unlock.
    not_send: PhantomData<*const ()>,
}

// SAFETY: a shared guard gives `&T` only.
unsafe impl<T: Sync> Sync for LockGuard<'_, T> {}

impl<T> Deref for LockGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the calling thread has the lock.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for LockGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and there is one guard.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for LockGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // Relaxed: see `is_mine`.
        self.lock.owner.store(0, Relaxed);
        match self.bias {
            Some(own) => own.leave(),
            None => self.lock.end_turn(),
        }
    }
}
