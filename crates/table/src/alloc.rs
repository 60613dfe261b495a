//! Memory for tables: the global allocator's, and in huge pages if there is much of it.
//!
//! A look-up in a table of many pages also misses the cache that the processor has for addresses (the TLB), and a table
//! that has just been allocated is paid for page by page, when each is first written. Pages of two megabytes instead of
//! four kilobytes are five hundred times fewer. Linux gives them to whoever asks, unless it was told not to.
//! (To a process that does not ask, many systems give none.)

pub(crate) use std::alloc::{Layout, handle_alloc_error};

/// The size of a huge page on x86-64, and on AArch64 if small pages have four kilobytes.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
const HUGE_PAGE: usize = 2 << 20;

/// The layout that is asked of the allocator: begins with a page if that is huge.
fn layout_in_pages(layout: Layout) -> Layout {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    // In a smaller table, beginning with a page would be too much to ask.
    if layout.size() >= 2 * HUGE_PAGE {
        // It cannot fail, but if the size is next to `isize::MAX`, which nobody has.
        return layout.align_to(HUGE_PAGE).unwrap_or(layout);
    }
    layout
}

/// Allocates memory, as [`std::alloc::alloc`].
///
/// # Safety
///
/// As there: the size is not zero.
pub(crate) unsafe fn alloc(layout: Layout) -> *mut u8 {
    let layout = layout_in_pages(layout);
    // SAFETY: the caller's promise. The size is the same.
    let block = unsafe { std::alloc::alloc(layout) };
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    if layout.align() >= HUGE_PAGE && !block.is_null() {
        let whole_pages = layout.size() / HUGE_PAGE * HUGE_PAGE;
        // A kernel without huge pages says no, and nothing is lost.
        // SAFETY: the pages lie within the block, which is new. The advice does not change what is in them.
        let _ = unsafe { rustix::mm::madvise(block.cast(), whole_pages, rustix::mm::Advice::LinuxHugepage) };
    }
    block
}

/// Frees memory, as [`std::alloc::dealloc`].
///
/// # Safety
///
/// As there: the block comes from [`alloc`] with the same layout, and is not used any more.
pub(crate) unsafe fn dealloc(block: *mut u8, layout: Layout) {
    // SAFETY: the caller's promise. `alloc` has asked for this layout.
    unsafe { std::alloc::dealloc(block, layout_in_pages(layout)) }
}

#[cfg(all(test, target_os = "linux", target_pointer_width = "64"))]
mod tests {
    use std::ops::Range;

    use super::*;

    /// Whether the kernel has been asked for huge pages there, as it says itself.
    fn asked_for_huge_pages(address: usize) -> bool {
        let mappings = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let mut is_there = false;
        for line in mappings.lines() {
            if let Some(range) = range(line) {
                is_there = range.contains(&address);
            } else if let Some(flags) = line.strip_prefix("VmFlags:")
                && is_there
            {
                return flags.split_whitespace().any(|flag| flag == "hg");
            }
        }
        panic!("{address:#x} is in no mapping");
    }

    /// The addresses of a mapping, if that is what the line begins with.
    fn range(line: &str) -> Option<Range<usize>> {
        let (from, to) = line.split_whitespace().next()?.split_once('-')?;
        Some(usize::from_str_radix(from, 16).ok()?..usize::from_str_radix(to, 16).ok()?)
    }

    #[test]
    fn a_large_table_is_asked_for_in_huge_pages_and_a_small_one_is_not() {
        if !std::fs::exists("/sys/kernel/mm/transparent_hugepage").unwrap() {
            println!("this kernel has no huge pages to ask for");
            return;
        }
        for (size, huge) in [(2 * HUGE_PAGE, true), (3 * HUGE_PAGE - 64, true), (2 * HUGE_PAGE - 64, false)] {
            let layout = Layout::from_size_align(size, 128).unwrap();
            // SAFETY: the size is not zero.
            let block = unsafe { alloc(layout) };
            assert_eq!(block.addr() % layout.align(), 0);
            assert_eq!(asked_for_huge_pages(block.addr()), huge, "{size} bytes");
            if huge {
                assert_eq!(block.addr() % HUGE_PAGE, 0);
            }
            // SAFETY: all of it is the block's, which is freed with the layout that it was allocated with.
            unsafe {
                block.write_bytes(1, size);
                dealloc(block, layout);
            }
        }
    }
}
