//! The allocation: a header, groups, and the writer's copy of the words.
//!
//! ```text
//!  header | word 0, entries 0 to 6 | word 1, entries 7 to 13 | … | words 0, 1, … again
//!  ^ what the map points to
//! ```
//!
//! A group is a control word and the entries that it is about, side by side: a look-up finds the entry in the cache line
//! of the word or in the one after it, where an array of words apart from the entries costs a large table a second miss,
//! which cannot begin before the first is over. (F14 calls this a chunk.) Seven entries of 16 bytes, say a `u64` and a
//! pointer, and their word make two lines.
//!
//! A writer that inserts would wait for that line to come before it knew where to write. So it looks at a copy of the
//! words, which is small enough for a nearer cache, and to the group it only stores: the line may come later, until the
//! next atomic read-modify-write. The copy is the writer's alone: no atomics, and no line that readers load.

use std::marker::PhantomData;
use std::mem::{MaybeUninit, offset_of};
use std::ptr::NonNull;

use super::control::{LANES, State, Word};
use super::probe::HOME;
use crate::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use crate::ptr;
use crate::stand_in;
use crate::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use crate::sync::atomic::{AtomicBool, AtomicU64};

/// A key and its value, inline.
pub(crate) struct Entry<K, V> {
    pub(crate) key: K,
    pub(crate) value: V,
}

/// What a table says of itself. Two cache lines long, since processors fetch lines in pairs, and the groups follow.
#[repr(C, align(128))]
pub(crate) struct Header {
    /// The number of words, a power of two, less one.
    pub(crate) mask: usize,
    /// The same, times the power of two in the distance between groups.
    pub(crate) home_mask: usize,
    /// How many unlinked entries share a grace period, a power of two, less one.
    pub(crate) batch_mask: usize,
    /// Whether a reader that has not found its key has to look once more: see `write.rs`. Writers change it, so it has a
    /// line of its own: each look-up loads the mask.
    pub(crate) moved: InALine<AtomicBool>,
}

#[repr(align(64))]
pub(crate) struct InALine<T>(pub(crate) T);

/// A control word and the entries that it is about.
#[repr(C)]
struct Group<K, V> {
    word: AtomicU64,
    entries: [MaybeUninit<Entry<K, V>>; LANES],
}

impl<K, V> Group<K, V> {
    /// How far it is from one group to the next: a multiple of a cache line if that costs an eighth at most.
    const STRIDE: usize = {
        let (size, line) = (size_of::<Self>(), 64);
        let lines = size.next_multiple_of(if line > align_of::<Self>() { line } else { align_of::<Self>() });
        if lines - size <= size / 8 { lines } else { size }
    };
    /// The exponent of the power of two in that.
    const SHIFT: u32 = Self::STRIDE.trailing_zeros();
}

/// The place of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) word: usize,
    pub(crate) lane: usize,
}

/// A pointer to a table of this type of entries. Like any pointer, it does not keep the table; whoever has one says why
/// the table is there.
pub(crate) struct Table<K, V> {
    header: NonNull<Header>,
    entries: PhantomData<*const Entry<K, V>>,
}

impl<K, V> Clone for Table<K, V> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Table<K, V> {}

/// A table whose groups take no more bytes than this has room to spare. A word of seven is full sooner than hashbrown's
/// group of sixteen, and every key that is away from home costs its look-ups a branch that was not predicted. What the
/// room costs is little while the table fits the caches. (A table of eight words and less has none to spare: it has few
/// keys, and the models are such tables.)
const SMALL: usize = 1 << 19;

/// How many entries a table of so many words takes before it is rebuilt: seven eighths of its slots, as hashbrown's; but
/// half of them if it is small.
///
/// # Panics
///
/// If no address space could hold as many.
pub(crate) fn usable<K, V>(words: usize) -> usize {
    let slots = words.checked_mul(LANES).unwrap_or_else(|| capacity_overflow());
    if words > 8 && words <= SMALL / Group::<K, V>::STRIDE {
        slots / 2
    } else {
        // Six of seven, and one more for every eight words: what rounding has lost.
        slots - slots.div_ceil(8)
    }
}

/// How many words a table for so many entries has.
///
/// # Panics
///
/// If no address space could hold as many.
pub(crate) fn words_for<K, V>(entries: usize) -> usize {
    let slots = entries.checked_mul(8).unwrap_or_else(|| capacity_overflow()).div_ceil(7);
    let mut words = slots.div_ceil(LANES).max(1).checked_next_power_of_two().unwrap_or_else(|| capacity_overflow());
    while usable::<K, V>(words) < entries {
        words *= 2;
    }
    words
}

/// How many unlinked entries share the cost of a grace period in a table of so many words, a power of two. They are few in a
/// small table, which cannot spare many slots.
fn batch_for(words: usize) -> usize {
    (2 * words).clamp(4, 128)
}

#[cold]
pub(crate) fn capacity_overflow() -> ! {
    panic!("capacity overflow")
}

/// A pointer to a group, of a table or of what stands in for one. It does not keep it: as with [`Table`].
pub(crate) struct GroupRef<K, V>(NonNull<Group<K, V>>);

impl<K, V> GroupRef<K, V> {
    #[inline]
    fn word(&self) -> &AtomicU64 {
        // SAFETY: `allocate` has made every word of a table, which is there; and the stand-in has its one.
        unsafe { &(*self.0.as_ptr()).word }
    }

    // ANCHOR: load
    /// The word, as a reader sees it.
    #[inline]
    pub(crate) fn load(&self) -> Word {
        // Acquire pairs with the Release in `Table::store`: the entries that the word shows are complete, and whatever
        // the writer had done before it set this word has been done (other words, the mark).
        Word::from_bits(self.word().load(Acquire))
    }
    // ANCHOR_END: load

    /// Where an entry is, if there is one.
    #[inline]
    pub(crate) fn place(&self, lane: usize) -> Place<K, V> {
        debug_assert!(lane < LANES);
        // SAFETY: the group is within its table's allocation, behind the header, and the lane below its number of entries.
        // (The stand-in is not asked for an entry, since its word shows none.)
        let place = unsafe { self.0.cast::<u8>().sub(Table::<K, V>::FIRST_GROUP).add(lane * size_of::<Entry<K, V>>()) };
        Place(place, PhantomData)
    }
}

/// Where an entry is: its address, less what lies before the first entry of a table. That is a constant, which whatever
/// instruction looks at the entry can add for nothing, where an address would have to be added up before.
pub(crate) struct Place<K, V>(NonNull<u8>, PhantomData<*const Entry<K, V>>);

impl<K, V> Place<K, V> {
    const FIRST_ENTRY: usize = Table::<K, V>::FIRST_GROUP + offset_of!(Group<K, V>, entries);

    /// The place of an entry.
    ///
    /// # Safety
    ///
    /// It is one of a table, which is there.
    #[inline]
    pub(crate) unsafe fn of(entry: NonNull<Entry<K, V>>) -> Self {
        // SAFETY: no entry of a table comes before the first, and that one is so far from the table's beginning.
        Place(unsafe { entry.cast::<u8>().sub(Self::FIRST_ENTRY) }, PhantomData)
    }

    #[inline]
    pub(crate) fn entry(&self) -> NonNull<Entry<K, V>> {
        // SAFETY: the other way round.
        unsafe { self.0.add(Self::FIRST_ENTRY).cast() }
    }
}

/// The words of a table, and the writer's copies of them. It does not keep the table.
pub(crate) struct WritersWords<K, V> {
    table: Table<K, V>,
    copies: NonNull<Word>,
}

impl<K, V> WritersWords<K, V> {
    #[inline]
    pub(crate) fn at(&self, index: usize) -> WritersWord<K, V> {
        // SAFETY: there are as many copies as groups, and the callers' indices are below their number.
        WritersWord { group: self.table.group(index), copy: unsafe { self.copies.add(index).as_ptr() } }
    }
}

/// A word, and the writer's copy of it.
pub(crate) struct WritersWord<K, V> {
    group: GroupRef<K, V>,
    copy: *mut Word,
}

impl<K, V> WritersWord<K, V> {
    // ANCHOR: store
    /// The last state that the writer has stored.
    #[inline]
    pub(crate) fn peek(&self) -> Word {
        // SAFETY: the writer alone has the copy, and the lock hands it from one writer to the next; `allocate` has written it.
        unsafe { ptr::read(self.copy) }
    }

    /// Sets the word. The writer alone does this, and always with Release: a reader that loads any later state of the
    /// word must find the entries that it has had for longer. (A Relaxed store would not pass on the Release of the one
    /// before.)
    #[inline]
    pub(crate) fn store(&self, state: Word) {
        // Release pairs with the Acquire in `load`.
        self.group.word().store(state.bits(), Release);
        // SAFETY: as in `peek`.
        unsafe { ptr::write(self.copy, state) };
    }
    // ANCHOR_END: store
}

impl<K, V> Table<K, V> {
    /// The layout of a table, which begins with its header.
    fn layout(words: usize) -> Option<Layout> {
        let groups = words.checked_mul(Group::<K, V>::STRIDE)?;
        let copy = words.checked_mul(size_of::<Word>())?;
        let size = Self::FIRST_GROUP.checked_add(groups)?.checked_add(copy)?;
        Layout::from_size_align(size, align_of::<Header>().max(align_of::<Group<K, V>>())).ok()
    }

    /// A table without entries. Takes time proportional to the number of words.
    ///
    /// # Panics
    ///
    /// If its size is more than `isize::MAX`. If there is no memory, the process is aborted, as std's collections do.
    pub(crate) fn allocate(words: usize) -> Table<K, V> {
        debug_assert!(words.is_power_of_two());
        let layout = Self::layout(words).unwrap_or_else(|| capacity_overflow());
        // SAFETY: the header alone makes the size more than zero.
        let header = unsafe { alloc(layout) }.cast::<Header>();
        if header.is_null() {
            handle_alloc_error(layout);
        }
        // SAFETY: the block is new, and begins with the header, aligned. `alloc` has not returned null.
        let header = unsafe {
            let (mask, home_mask) = (words - 1, (words - 1) << Group::<K, V>::SHIFT);
            let batch_mask = batch_for(words) - 1;
            ptr::write(header, Header { mask, home_mask, batch_mask, moved: InALine(AtomicBool::new(false)) });
            NonNull::new_unchecked(header)
        };
        let table = Table { header, entries: PhantomData };
        let words_of_table = table.words();
        for index in 0..words {
            // SAFETY: `layout` has `words` words there, twice, and nobody else knows of them.
            unsafe {
                let WritersWord { group, copy } = words_of_table.at(index);
                ptr::write(&raw mut (*group.0.as_ptr()).word, AtomicU64::new(Word::EMPTY.bits()));
                ptr::write(copy, Word::EMPTY);
            }
        }
        table
    }

    /// Frees the table, and drops nothing that is in it.
    ///
    /// # Safety
    ///
    /// It is there, and nobody uses it any more.
    pub(crate) unsafe fn deallocate(self) {
        let layout = Self::layout(self.mask() + 1).unwrap_or_else(|| capacity_overflow());
        // SAFETY: the block begins with the header, was allocated with this layout, and the caller has it alone.
        unsafe { dealloc(self.header.as_ptr().cast(), layout) }
    }

    /// Whether the stand-in has a word where tables of these entries have their first: else null stands for no table.
    const HAS_STAND_IN: bool = Self::FIRST_GROUP == stand_in::FIRST_GROUP;

    /// What a map points to that has no table.
    #[inline]
    pub(crate) fn none() -> *mut Header {
        if Self::HAS_STAND_IN { stand_in::header() } else { std::ptr::null_mut() }
    }

    /// The table that a pointer from [`as_ptr`](Self::as_ptr) means.
    ///
    /// # Safety
    ///
    /// It is that of a table of these `K` and `V`, which is there for as long as what is returned is used.
    #[inline]
    pub(crate) unsafe fn from_ptr_to_table(header: *mut Header) -> Table<K, V> {
        // SAFETY: the caller's promise: no table is at null.
        Table { header: unsafe { NonNull::new_unchecked(header) }, entries: PhantomData }
    }

    /// The table that a pointer from [`as_ptr`](Self::as_ptr) means; `None` for [`none`](Self::none).
    ///
    /// # Safety
    ///
    /// It is that of these `K` and `V`, or one of a table of theirs, which is there for as long as what is returned is
    /// used.
    #[inline]
    pub(crate) unsafe fn from_ptr(header: *mut Header) -> Option<Table<K, V>> {
        // SAFETY: the caller's promise.
        if header == Self::none() { None } else { unsafe { Self::to_look_up(header) } }
    }

    /// As [`from_ptr`](Self::from_ptr), for a look-up, which need not know whether it looks in the stand-in. There it
    /// ends with the first word, which is empty.
    ///
    /// # Safety
    ///
    /// As there; and [`get`](Self::get) is all that is done with the table.
    #[inline]
    pub(crate) unsafe fn to_look_up(header: *mut Header) -> Option<Table<K, V>> {
        if Self::HAS_STAND_IN {
            // SAFETY: the caller's promise; and to look up in the stand-in is as if it were a table.
            Some(unsafe { Self::from_ptr_to_table(header) })
        } else {
            NonNull::new(header).map(|header| Table { header, entries: PhantomData })
        }
    }

    #[inline]
    pub(crate) fn as_ptr(self) -> *mut Header {
        self.header.as_ptr()
    }

    #[inline]
    fn header(&self) -> &Header {
        // SAFETY: the table is there: see `from_ptr` and `to_look_up`. Nobody has a `&mut` to a header.
        unsafe { self.header.as_ref() }
    }

    /// The number of words less one.
    #[inline]
    pub(crate) fn mask(&self) -> usize {
        self.header().mask
    }

    /// Whether it is time to begin a grace period when so many entries have been unlinked since the last one began.
    #[inline]
    pub(crate) fn is_batch(&self, unlinked: usize) -> bool {
        unlinked & self.header().batch_mask == 0
    }

    /// Where the groups begin: behind the header, aligned for them.
    const FIRST_GROUP: usize =
        if size_of::<Header>() > align_of::<Group<K, V>>() { size_of::<Header>() } else { align_of::<Group<K, V>>() };

    /// What is `offset` bytes behind the beginning of the groups.
    ///
    /// # Safety
    ///
    /// That is within the allocation, or at its end.
    #[inline]
    unsafe fn at<T>(self, offset: usize) -> NonNull<T> {
        // SAFETY: the caller's promise.
        unsafe { self.header.cast::<u8>().add(Self::FIRST_GROUP + offset).cast() }
    }

    #[inline]
    fn group(self, index: usize) -> GroupRef<K, V> {
        debug_assert!(index <= self.mask());
        // SAFETY: the groups follow the header in the same allocation, and the callers' indices are below their number.
        GroupRef(unsafe { self.at(index * Group::<K, V>::STRIDE) })
    }

    /// The group where a hash is at home: the one of the word that [`Probe`](super::probe::Probe) begins with. Most
    /// look-ups find there what they look for, and with `home_mask` the way there is short: with a distance between groups
    /// of two to the power of [`HOME`], no more than that mask.
    #[inline]
    pub(crate) fn home(self, hash: u64) -> GroupRef<K, V> {
        let (shift, rest) = (Group::<K, V>::SHIFT, Group::<K, V>::STRIDE >> Group::<K, V>::SHIFT);
        let hash = if shift < HOME { hash >> (HOME - shift) } else { hash << (shift - HOME) };
        let offset = (hash as usize & self.header().home_mask) * rest;
        // SAFETY: `home_mask` is the number of words less one, times the power of two, so that this is at most the last
        // group's distance from the first. The header was made with it.
        GroupRef(unsafe { self.at(offset) })
    }

    /// The words as the writer has them.
    #[inline]
    pub(crate) fn words(self) -> WritersWords<K, V> {
        const { assert!(align_of::<Group<K, V>>() >= align_of::<Word>()) };
        // SAFETY: the copy follows the groups in the same allocation.
        let copies = unsafe { self.at((self.mask() + 1) * Group::<K, V>::STRIDE) };
        WritersWords { table: self, copies }
    }

    /// Has the group that will be written to brought nearer meanwhile, if the processor knows how.
    #[inline]
    pub(crate) fn prefetch(self, word: usize) {
        debug_assert!(word <= self.mask());
        #[cfg(all(target_arch = "x86_64", target_feature = "sse"))]
        {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let group = self.group(word).0.as_ptr().cast::<i8>();
            // SAFETY: the processor has the instruction, which accesses nothing.
            unsafe {
                _mm_prefetch::<_MM_HINT_T0>(group);
                _mm_prefetch::<_MM_HINT_T0>(group.wrapping_add(64));
            }
        }
    }

    /// A word, as a reader sees it.
    #[inline]
    pub(crate) fn load(&self, word: usize) -> Word {
        self.group(word).load()
    }

    /// A word, as the writer has it.
    #[inline]
    pub(crate) fn word(self, index: usize) -> WritersWord<K, V> {
        self.words().at(index)
    }

    /// Sets a slot's state in a table that has not been published.
    #[inline]
    pub(crate) fn fill(&self, slot: Slot, state: State) {
        let word = self.word(slot.word);
        let state = word.peek().replace(slot.lane, State::EMPTY, state);
        // Relaxed: whoever publishes the table does it with Release.
        word.group.word().store(state.bits(), Relaxed);
        // SAFETY: nobody else knows of the table.
        unsafe { ptr::write(word.copy, state) };
    }

    /// Where an entry is, if there is one.
    #[inline]
    pub(crate) fn entry(self, slot: Slot) -> NonNull<Entry<K, V>> {
        self.group(slot.word).place(slot.lane).entry()
    }

    /// How many slots there are.
    pub(crate) fn slots(&self) -> usize {
        (self.mask() + 1) * LANES
    }

    /// The slots that have an entry, as the writer sees them.
    pub(crate) fn full(self) -> impl Iterator<Item = Slot> {
        (0..=self.mask()).flat_map(move |word| self.word(word).peek().full().map(move |lane| Slot { word, lane }))
    }

    /// Whether a search that has found nothing must be made a second time.
    #[inline]
    pub(crate) fn has_moved(&self) -> bool {
        // Relaxed: who has seen the tombstone of a move has acquired all that the writer did before it, this mark too.
        self.header().moved.0.load(Relaxed)
    }

    /// Raises the mark that [`has_moved`](Self::has_moved) sees, or lowers it.
    pub(crate) fn set_moved(&self, moved: bool) {
        // Relaxed: see `has_moved`.
        self.header().moved.0.store(moved, Relaxed);
    }
}
