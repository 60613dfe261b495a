//! What a map that has no table points to, so that look-ups need not ask whether there is one: a table of one word that is
//! empty, and no entries.

use std::mem::offset_of;
use std::sync::atomic::{AtomicBool, AtomicU64};

use crate::table::control::Word;
use crate::table::raw::{Header, InALine};

/// As far from the header as the groups of a table, unless its entries are aligned to more than that.
pub(crate) const FIRST_GROUP: usize = offset_of!(StandIn, word);

#[repr(C)]
struct StandIn {
    header: Header,
    word: AtomicU64,
}

/// Nobody writes to it.
static STAND_IN: StandIn = StandIn {
    header: Header { mask: 0, home_mask: 0, batch_mask: 0, moved: InALine(AtomicBool::new(false)) },
    word: AtomicU64::new(Word::EMPTY.bits()),
};

#[inline]
pub(crate) fn header() -> *mut Header {
    (&raw const STAND_IN).cast_mut().cast()
}
