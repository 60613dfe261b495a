//! What the processor does in one look-up: every instruction of the measured loop, counted as it is executed.
//!
//! The loop runs in a child process, which its parent steps through instruction by instruction with `ptrace(2)`. So what counts
//! is what is executed, and not what stands in the function for another case. Linux on x86-64 only.

use anyhow::Result;

/// What one look-up executes, on average.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Executed {
    /// All instructions.
    pub instructions: f64,
    /// Those that lock a line of memory: with a `lock` prefix, and exchanges with memory, which lock without it.
    pub locked: f64,
    /// Those that wait for the store buffer and do nothing else.
    pub fences: f64,
}

/// Counts what a look-up of a contender executes, a guard for each, in a table of 1000 `u64`.
///
/// `program` is this one, and calls [`be_traced`] when its arguments are `--trace` and the contender's name.
///
/// # Errors
///
/// Where there is no `ptrace(2)`, or it is not allowed, or the processor is another one than x86-64.
pub fn count(program: &std::path::Path, contender: &str) -> Result<Executed> {
    imp::count(program, contender)
}

/// Looks a contender's keys up while the parent process counts.
///
/// # Errors
///
/// When there is no such contender, or nobody who traces.
pub fn be_traced(contender: &str) -> Result<()> {
    imp::be_traced(contender)
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
mod imp {
    use anyhow::{Result, bail};

    use super::Executed;

    pub(super) fn count(_: &std::path::Path, _: &str) -> Result<Executed> {
        bail!("instructions are counted on Linux and x86-64 only; elsewhere, look at the disassembly of `per_read`")
    }

    pub(super) fn be_traced(_: &str) -> Result<()> {
        bail!("nobody traces on this system")
    }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod imp {
    use std::fs::File;
    use std::hint::black_box;
    use std::io::{BufRead, BufReader, Write};
    use std::os::unix::fs::FileExt;
    use std::path::Path;
    use std::process::{Child, Command, Stdio};

    use anyhow::{Context, Result, ensure};
    use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register};
    use nix::sys::ptrace;
    use nix::sys::signal::{Signal, raise};
    use nix::sys::wait::{WaitStatus, waitpid};
    use nix::unistd::Pid;

    use super::Executed;
    use crate::contenders;
    use crate::entries::Entries;

    /// How many look-ups are stepped through.
    const LOOK_UPS: usize = 100;

    /// The longest instruction of x86-64.
    const LONGEST: usize = 15;

    /// Where the parent begins to count. Not the same code as `end`, or the compiler would make one of them.
    #[inline(never)]
    extern "C" fn begin() -> u32 {
        black_box(1)
    }

    /// Where it stops.
    #[inline(never)]
    extern "C" fn end() -> u32 {
        black_box(2)
    }

    pub(super) fn be_traced(contender: &str) -> Result<()> {
        let all = contenders::all::<u64>();
        let contender = all.iter().find(|other| other.facts.name == contender).context("there is no such contender")?;
        let entries = Entries::<u64, u64>::new(1000);
        let table = contender.with_entries(&entries.all);
        let (first, last) = (begin as extern "C" fn() -> u32 as usize, end as extern "C" fn() -> u32 as usize);
        table.between(
            &entries.order[..LOOK_UPS],
            &mut || {
                println!("{first:x} {last:x}");
                // A parent that is not there will not trace either.
                let _ = std::io::stdout().flush();
                if ptrace::traceme().is_ok() {
                    let _ = raise(Signal::SIGSTOP);
                }
                begin();
            },
            &mut || {
                end();
            },
        );
        Ok(())
    }

    /// A child that does not outlive its parent's interest.
    struct Traced(Child);

    impl Drop for Traced {
        fn drop(&mut self) {
            // Both fail only if it is gone already.
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    pub(super) fn count(program: &Path, contender: &str) -> Result<Executed> {
        let child =
            Command::new(program).args(["--trace", contender]).stdout(Stdio::piped()).stdin(Stdio::null()).spawn()?;
        let pid = Pid::from_raw(i32::try_from(child.id())?);
        let mut child = Traced(child);
        let mut line = String::new();
        let stdout = child.0.stdout.take().context("the child's output is piped")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let (begin, end) = line.trim().split_once(' ').context("the child has not begun")?;
        let (begin, end) = (u64::from_str_radix(begin, 16)?, u64::from_str_radix(end, 16)?);
        let stopped = waitpid(pid, None)?;
        ensure!(matches!(stopped, WaitStatus::Stopped(..)), "ptrace(2) is not allowed here: {stopped:?}");
        let memory = File::open(format!("/proc/{pid}/mem"))?;

        let mut counting = false;
        let (mut instructions, mut locked, mut fences) = (0, 0, 0);
        loop {
            let address = ptrace::getregs(pid)?.rip;
            counting |= address == begin;
            if address == end {
                break;
            }
            if counting {
                let mut code = [0; LONGEST];
                let read = memory.read_at(&mut code, address)?;
                let instruction = Decoder::with_ip(64, &code[..read], address, DecoderOptions::NONE).decode();
                instructions += 1;
                locked += usize::from(is_locked(&instruction));
                fences += usize::from(is_fence(&instruction));
            }
            ptrace::step(pid, None)?;
            let stopped = waitpid(pid, None)?;
            ensure!(matches!(stopped, WaitStatus::Stopped(_, Signal::SIGTRAP)), "the child is lost: {stopped:?}");
        }
        ensure!(instructions > LOOK_UPS, "the child has looked nothing up");
        let each = |count: usize| count as f64 / LOOK_UPS as f64;
        Ok(Executed { instructions: each(instructions), locked: each(locked), fences: each(fences) })
    }

    /// Compilers write `lock or [rsp - 64], 0` for a fence, too: it is faster than `mfence` on many processors, and the line is
    /// the thread's own.
    fn is_fence(instruction: &Instruction) -> bool {
        instruction.mnemonic() == Mnemonic::Mfence
            || instruction.has_lock_prefix()
                && instruction.mnemonic() == Mnemonic::Or
                && instruction.memory_base() == Register::RSP
                && instruction.try_immediate(1).is_ok_and(|value| value == 0)
    }

    fn is_locked(instruction: &Instruction) -> bool {
        let exchanges_with_memory = instruction.mnemonic() == Mnemonic::Xchg
            && (0..instruction.op_count()).any(|operand| instruction.op_kind(operand) == OpKind::Memory);
        !is_fence(instruction) && (instruction.has_lock_prefix() || exchanges_with_memory)
    }

    #[cfg(test)]
    mod tests {
        use iced_x86::{Decoder, DecoderOptions};

        use super::{is_fence, is_locked};

        #[test]
        fn what_locks_and_what_fences_is_told_apart() {
            for (code, locks, fences, text) in [
                (&[0xf0, 0x48, 0xff, 0x00][..], true, false, "lock inc qword [rax]"),
                (&[0xf0, 0x0f, 0xb1, 0x0f], true, false, "lock cmpxchg [rdi], ecx"),
                (&[0x48, 0x87, 0x07], true, false, "xchg [rdi], rax"),
                (&[0x48, 0x93], false, false, "xchg rbx, rax"),
                (&[0x0f, 0xae, 0xf0], false, true, "mfence"),
                (&[0xf0, 0x83, 0x4c, 0x24, 0xc0, 0x00], false, true, "lock or dword [rsp - 0x40], 0"),
                (&[0xf0, 0x83, 0x0f, 0x01], true, false, "lock or dword [rdi], 1"),
                (&[0x48, 0x89, 0x07], false, false, "mov [rdi], rax"),
            ] {
                let instruction = Decoder::with_ip(64, code, 0, DecoderOptions::NONE).decode();
                assert!(!instruction.is_invalid(), "{text}");
                assert_eq!((is_locked(&instruction), is_fence(&instruction)), (locks, fences), "{text}");
            }
        }
    }
}
