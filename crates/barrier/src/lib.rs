//! Who pays for the fence between a reader's announcement and its next load.
//!
//! A reader says "I am here" with a store, and then loads; a writer unlinks with a store, and then looks who is there.
//! This is store buffering: unless both sides have a fence that orders the store before the load, each may miss the other.
//! Readers are many and writers are few, so the two fences need not cost the same: `membarrier(2)` lets the writer pay
//! for both. (Others call such a pair an *asymmetric fence*.)
#![warn(missing_docs)]

use std::fmt;
use std::sync::OnceLock;

/// How a reader's announcement is ordered before the loads that come after it.
///
/// Both sides of the store-buffering pattern need a full fence: the reader between its slot and the pointer, the writer
/// between the pointer and the slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Barrier {
    /// `fence(SeqCst)` on both sides. What the models check, and what works everywhere.
    Fence,
    /// The reader has a compiler fence only; the writer calls `membarrier(2)`, which makes every running thread of the
    /// process execute a full fence. Outside the letter of the language's memory model, which does not know that call.
    Membarrier,
}

impl Barrier {
    /// [`Membarrier`](Barrier::Membarrier) where the kernel has it, [`Fence`](Barrier::Fence) elsewhere.
    pub fn best() -> Barrier {
        if Barrier::Membarrier.is_supported() { Barrier::Membarrier } else { Barrier::Fence }
    }

    /// Whether this process can use it. Registers the process for `membarrier(2)` when it is asked about that.
    pub fn is_supported(self) -> bool {
        match self {
            Barrier::Fence => true,
            Barrier::Membarrier => membarrier::is_supported(),
        }
    }

    /// The barrier of whoever does not ask for one: fixed when it is first used.
    pub fn default_of_process() -> Barrier {
        *DEFAULT.get_or_init(Barrier::best)
    }
}

static DEFAULT: OnceLock<Barrier> = OnceLock::new();

/// Fixes [`Barrier::default_of_process`]. It cannot change once readers rely on it.
///
/// # Errors
///
/// If another one has been fixed already, by this function or by a first use; or if this process cannot use it, and then
/// [`Barrier::best`] is fixed by that.
pub fn set_default_barrier(barrier: Barrier) -> Result<(), AlreadyFixed> {
    let fixed = if barrier.is_supported() { *DEFAULT.get_or_init(|| barrier) } else { Barrier::default_of_process() };
    if fixed == barrier { Ok(()) } else { Err(AlreadyFixed(fixed)) }
}

/// The process uses another barrier already: this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlreadyFixed(pub Barrier);

impl fmt::Display for AlreadyFixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the barrier of this process is fixed: {:?}", self.0)
    }
}

impl std::error::Error for AlreadyFixed {}

/// This process cannot use that barrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsupported(pub Barrier);

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this process cannot use the barrier {:?}", self.0)
    }
}

impl std::error::Error for Unsupported {}

/// The reader's part of [`Barrier::Membarrier`]: keeps the compiler from moving later loads above earlier stores.
#[inline(always)]
pub fn compiler_fence() {
    std::sync::atomic::compiler_fence(std::sync::atomic::Ordering::SeqCst);
}

pub use membarrier::membarrier;

#[cfg(all(target_os = "linux", not(miri)))]
mod membarrier {
    use std::sync::OnceLock;

    use rustix::io::Errno;
    use rustix::thread::{MembarrierCommand, membarrier as call, membarrier_query};

    static REGISTERED: OnceLock<bool> = OnceLock::new();

    pub(super) fn is_supported() -> bool {
        *REGISTERED.get_or_init(|| {
            let wanted = MembarrierCommand::PrivateExpedited;
            membarrier_query().contains_command(wanted)
                && call(MembarrierCommand::RegisterPrivateExpedited).is_ok()
                && call(wanted).is_ok()
        })
    }

    /// The writer's part of [`Barrier::Membarrier`](crate::Barrier::Membarrier): makes every running thread of the process
    /// execute a full fence, the calling one included.
    ///
    /// Aborts the process if the kernel refuses what it has granted before: a filter on system calls that was installed
    /// too late. A panic would not do: whoever catches it goes on in a process in which nobody knows any more who reads,
    /// and what unwinding drops may be what somebody does.
    pub fn membarrier() {
        loop {
            match call(MembarrierCommand::PrivateExpedited) {
                Ok(()) => return,
                // The kernel could not allocate a mask of processors just now.
                Err(Errno::NOMEM) => std::thread::yield_now(),
                Err(error) => {
                    eprintln!("membarrier(2) worked before and fails now: {error}");
                    std::process::abort();
                }
            }
        }
    }
}

#[cfg(not(all(target_os = "linux", not(miri))))]
mod membarrier {
    pub(super) fn is_supported() -> bool {
        false
    }

    /// The writer's part of [`Barrier::Membarrier`](crate::Barrier::Membarrier).
    ///
    /// # Panics
    ///
    /// Always: nobody has this barrier where it is not supported.
    pub fn membarrier() {
        unreachable!("nobody has this barrier where it is not supported")
    }
}
