//! What tells one twin from all others: a tag among its bits, which goes wherever the bits go.

use std::cell::Cell;

use crate::objects;
use crate::session;

/// Which twin this is, and how often it has moved as far as these bits know.
///
/// | bits | |
/// |---|---|
/// | 48 to 63 | a mark, so that hardly another word is taken for a tag |
/// | 32 to 47 | the execution, so that what an earlier one left behind is not taken for a twin of this one |
/// | 24 to 31 | the moves, modulo 256 |
/// | 0 to 23 | the twin's index in the table of this execution |
///
/// The moves tell the bits that a twin has now from those that it left behind when it moved. So a twin may come back to
/// an address that it was at before, and whoever uses what it left there is found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Tag(u64);

const MARK: u64 = 0x57_54;
const MARK_SHIFT: u32 = 48;
const EXECUTION_SHIFT: u32 = 32;
const MOVES_SHIFT: u32 = 24;
const INDEX_MASK: u64 = (1 << MOVES_SHIFT) - 1;

impl Tag {
    /// The size of a tag in bytes; every twin is `repr(C)` and starts with one.
    pub(crate) const BYTES: usize = size_of::<Tag>();

    /// The tag of the twin number `index` of this execution, which has not moved.
    pub(crate) fn new(execution: u16, index: usize) -> Tag {
        let index = index as u64;
        assert!(index <= INDEX_MASK, "no execution has so many twins");
        Tag(MARK << MARK_SHIFT | u64::from(execution) << EXECUTION_SHIFT | index)
    }

    /// The index, if this is a tag of that execution.
    pub(crate) fn index(self, execution: u16) -> Option<usize> {
        let expected = Tag::new(execution, 0).0 >> EXECUTION_SHIFT;
        (self.0 >> EXECUTION_SHIFT == expected).then_some((self.0 & INDEX_MASK) as usize)
    }

    pub(crate) fn moves(self) -> u8 {
        (self.0 >> MOVES_SHIFT) as u8
    }

    pub(crate) fn with_moves(self, moves: u8) -> Tag {
        Tag(self.0 & !(0xff << MOVES_SHIFT) | u64::from(moves) << MOVES_SHIFT)
    }

    /// The word at `address`, which may or may not be a tag.
    ///
    /// # Safety
    ///
    /// The eight bytes there can be read.
    pub(crate) unsafe fn read(address: usize) -> Tag {
        // SAFETY: the caller says that these bytes can be read. They may be padding, or poison: so the read is volatile,
        // and the word is only compared with the tags that there are.
        unsafe { std::ptr::read_volatile(address as *const Tag) }
    }
}

/// The first field of every twin but [`Probe`](crate::Probe): its tag, which changes when the twin is seen to have moved.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct Identity(Cell<Tag>);

impl Identity {
    pub(crate) fn new(tag: Tag) -> Identity {
        Identity(Cell::new(tag))
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        let Some(session) = session::try_current() else { return };
        session.stop_if_failed();
        if session.is_running() {
            objects::end(&session, &raw const *self as usize, self.0.get());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tag;

    #[test]
    fn a_tag_is_one_of_its_own_execution_only() {
        let tag = Tag::new(7, 0xab_cdef).with_moves(255);
        assert_eq!((tag.index(7), tag.index(8), tag.moves()), (Some(0xab_cdef), None, 255));
        assert_eq!(tag.with_moves(0), Tag::new(7, 0xab_cdef));
        assert_eq!(Tag(0).index(0), None);
        assert_eq!(Tag(0xdddd_dddd_dddd_dddd).index(0xdddd), None);
    }
}
