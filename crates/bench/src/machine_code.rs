//! What the compiled look-ups consist of: the loop that is measured, disassembled.
//!
//! Needs nothing but the executable's own symbol table; decodes x86-64 only.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result, bail, ensure};
use iced_x86::{Code, Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind, Register};
use object::{Architecture, Object, ObjectSection, ObjectSymbol, SymbolMap, SymbolMapName};

/// What a function's machine code holds, in all that can be reached without leaving the function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// How many instructions.
    pub instructions: usize,
    /// Those with a `lock` prefix, and exchanges with memory, which lock without it.
    pub locked: usize,
    /// Fences that wait for the store buffer.
    pub fences: usize,
    /// The functions that it may call.
    pub calls: BTreeSet<String>,
}

/// This program's own code.
pub struct Executable {
    bytes: Vec<u8>,
    /// What is to be taken off an address in memory to get the address in the file.
    slide: u64,
}

/// Known by name in the symbol table, and by address in memory.
#[unsafe(export_name = "bench_anchor")]
#[inline(never)]
extern "C" fn anchor() -> u32 {
    std::hint::black_box(7)
}

impl Executable {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// When it has no symbol table, or is for another processor than x86-64.
    pub fn own() -> Result<Executable> {
        let bytes = fs::read(std::env::current_exe()?)?;
        let file =
            object::File::parse(&*bytes).context("this program's executable has a format that is not read here")?;
        if file.architecture() != Architecture::X86_64 {
            bail!(
                "only x86-64 is decoded here; elsewhere: objdump -d of this executable, and look for what is locked or \
                 exclusive in `per_read`"
            );
        }
        let anchor = anchor as extern "C" fn() -> u32 as usize as u64;
        let symbol = file.symbols().find(|symbol| {
            // Mach-O puts an underscore before each name.
            symbol.name().is_ok_and(|name| name.trim_start_matches('_') == "bench_anchor")
        });
        let symbol = symbol.context("the executable has no symbol table (was it stripped?)")?;
        let slide = anchor.wrapping_sub(symbol.address());
        Ok(Executable { bytes, slide })
    }

    /// What the function at this address in memory consists of.
    ///
    /// # Errors
    ///
    /// When there is no function, or its code does not decode.
    pub fn inventory(&self, function: usize) -> Result<Inventory> {
        let file = object::File::parse(&*self.bytes)?;
        let symbols = file.symbol_map();
        let start = (function as u64).wrapping_sub(self.slide);
        let end = symbols.symbols().iter().map(SymbolMapName::address).filter(|address| *address > start).min();
        let section = file.sections().find(|section| {
            (section.address()..section.address() + section.size()).contains(&start) && section.size() > 0
        });
        let section = section.context("there is no code at that address")?;
        let code = section.data()?;
        let end = end.unwrap_or(u64::MAX).min(section.address() + section.size());
        walk(code, section.address(), start..end, &symbols)
    }
}

/// Follows the code from its start, every branch of it, as long as it stays within the function.
fn walk(
    code: &[u8],
    base: u64,
    function: std::ops::Range<u64>,
    symbols: &SymbolMap<SymbolMapName<'_>>,
) -> Result<Inventory> {
    let mut inventory = Inventory::default();
    let mut seen = BTreeSet::new();
    let mut next = vec![function.start];
    while let Some(address) = next.pop() {
        if !seen.insert(address) {
            continue;
        }
        let mut decoder = Decoder::with_ip(64, &code[(address - base) as usize..], address, DecoderOptions::NONE);
        let instruction = decoder.decode();
        ensure!(instruction.code() != Code::INVALID, "the code does not decode");
        inventory.instructions += 1;
        if is_fence(&instruction) {
            inventory.fences += 1;
        } else if is_locked(&instruction) {
            inventory.locked += 1;
        }
        let flow = instruction.flow_control();
        match flow {
            FlowControl::UnconditionalBranch | FlowControl::ConditionalBranch | FlowControl::Call => {
                let target = instruction.near_branch_target();
                if function.contains(&target) {
                    next.push(target);
                } else {
                    inventory.calls.insert(name(symbols, target));
                }
            }
            FlowControl::IndirectCall | FlowControl::IndirectBranch => {
                inventory.calls.insert("(through a pointer)".to_owned());
            }
            _ => {}
        }
        let goes_on = matches!(
            flow,
            FlowControl::Next | FlowControl::ConditionalBranch | FlowControl::Call | FlowControl::IndirectCall
        );
        // After a call that never returns there may be nothing more.
        if goes_on && function.contains(&instruction.next_ip()) {
            next.push(instruction.next_ip());
        }
    }
    Ok(inventory)
}

/// Whether the instruction waits for the store buffer and does nothing else. Compilers write `lock or [rsp - 64], 0` for a
/// fence, which is faster than `mfence` on today's processors and touches a line that is the thread's own.
fn is_fence(instruction: &Instruction) -> bool {
    instruction.mnemonic() == Mnemonic::Mfence
        || instruction.has_lock_prefix()
            && instruction.mnemonic() == Mnemonic::Or
            && instruction.memory_base() == Register::RSP
            && instruction.try_immediate(1).is_ok_and(|value| value == 0)
}

/// Whether the instruction locks a line of memory.
fn is_locked(instruction: &Instruction) -> bool {
    instruction.has_lock_prefix()
        || instruction.mnemonic() == Mnemonic::Xchg
            && (0..instruction.op_count()).any(|operand| instruction.op_kind(operand) == OpKind::Memory)
}

fn name(symbols: &SymbolMap<SymbolMapName<'_>>, address: u64) -> String {
    let Some(symbol) = symbols.containing(address) else { return format!("{address:#x}") };
    // Without the hash that ends it.
    let name = format!("{:#}", rustc_demangle::demangle(symbol.name()));
    if name.is_empty() { format!("{address:#x}") } else { name }
}

#[cfg(all(test, target_arch = "x86_64", not(windows)))]
mod tests {
    use std::arch::asm;

    use super::{Executable, Inventory};

    extern "C" fn plain(word: &u64) {
        let sum: u64;
        // SAFETY: reads the word that the reference is to.
        unsafe { asm!("mov {0}, [{1}]", "add {0}, 1", out(reg) sum, in(reg) word) };
        std::hint::black_box(sum);
    }

    extern "C" fn locked(word: &mut u64) {
        // SAFETY: writes the word that the reference is to. The exchange locks without a prefix.
        unsafe {
            asm!("test {0}, {0}", "jz 2f", "lock inc qword ptr [{0}]", "2:", "xchg [{0}], {1}", in(reg) word, inout(reg) 1u64 => _);
        };
    }

    extern "C" fn fenced() {
        // SAFETY: touches no memory.
        unsafe { asm!("mfence", "lock or dword ptr [rsp - 64], 0") };
    }

    fn inventory(function: usize) -> Inventory {
        Executable::own().unwrap().inventory(function).unwrap()
    }

    #[test]
    fn what_is_locked_and_what_is_fenced_is_seen_and_nothing_else() {
        let (mut word, plain, locked, fenced) =
            (1, plain as extern "C" fn(&u64), locked as extern "C" fn(&mut u64), fenced as extern "C" fn());
        plain(&word);
        locked(&mut word);
        fenced();
        let count = |function| {
            let inventory = inventory(function);
            (inventory.locked, inventory.fences)
        };
        assert_eq!(count(plain as usize), (0, 0));
        assert_eq!(count(locked as usize), (2, 0));
        assert_eq!(count(fenced as usize), (0, 2));
        assert!(inventory(plain as usize).instructions > 2);
    }

    #[test]
    fn calls_have_names() {
        extern "C" fn calls() {
            fenced();
        }
        let calls = inventory(calls as extern "C" fn() as usize).calls;
        assert!(calls.iter().any(|name| name.ends_with("fenced")), "{calls:?}");
    }

    #[test]
    fn what_is_no_code_is_an_error() {
        assert!(Executable::own().unwrap().inventory(0).is_err());
    }
}
