//! Whether a thread has lost its processor while it was measured.

/// How often the calling thread has lost its processor to another one though it had work to do. `None` where the system
/// does not say.
#[cfg(target_os = "linux")]
pub fn involuntary_switches() -> Option<u64> {
    use nix::sys::resource::{UsageWho, getrusage};

    let usage = getrusage(UsageWho::RUSAGE_THREAD).ok()?;
    u64::try_from(usage.involuntary_context_switches()).ok()
}

/// How often the calling thread has lost its processor to another one though it had work to do. `None` where the system
/// does not say.
#[cfg(not(target_os = "linux"))]
pub fn involuntary_switches() -> Option<u64> {
    None
}

/// The time that the calling thread has had a processor, in seconds.
#[cfg(target_os = "linux")]
pub fn thread_seconds() -> Option<f64> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Some(time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9)
}

/// The time that the calling thread has had a processor, in seconds.
#[cfg(not(target_os = "linux"))]
pub fn thread_seconds() -> Option<f64> {
    None
}

/// What the report says where preempted windows cannot be recognised.
pub fn is_recognised() -> bool {
    involuntary_switches().is_some()
}

/// The share of all processors' time that the hypervisor has given to somebody else since the machine started: what
/// no guest can see in a window. `None` where the system does not say.
pub fn stolen() -> Option<Stolen> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let mut fields = stat.lines().next()?.split_whitespace().skip(1).map_while(|field| field.parse::<u64>().ok());
    // user nice system idle iowait irq softirq steal: proc_stat(5).
    let first: Vec<u64> = fields.by_ref().take(8).collect();
    Some(Stolen { total: first.iter().sum(), stolen: *first.get(7)? })
}

/// Processor time in ticks.
#[derive(Clone, Copy, Debug)]
pub struct Stolen {
    total: u64,
    stolen: u64,
}

impl Stolen {
    /// The share that was stolen since `before`, of 1.
    pub fn since(self, before: Stolen) -> f64 {
        let total = (self.total - before.total).max(1);
        (self.stolen - before.stolen) as f64 / total as f64
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::time::{Duration, Instant};

    use super::{involuntary_switches, is_recognised};

    #[test]
    fn a_thread_that_shares_its_processor_with_too_many_others_is_preempted() {
        assert!(is_recognised());
        let threads = 4 * std::thread::available_parallelism().map_or(1, usize::from);
        let preempted = std::thread::scope(|scope| {
            let all: Vec<_> = (0..threads)
                .map(|_| {
                    scope.spawn(|| {
                        let before = involuntary_switches();
                        let start = Instant::now();
                        while start.elapsed() < Duration::from_millis(100) {}
                        involuntary_switches() > before
                    })
                })
                .collect();
            all.into_iter().filter_map(|thread| thread.join().ok()).filter(|preempted| *preempted).count()
        });
        assert!(preempted > 0);
    }
}
