//! A thread's own way to read a map.

use std::fmt;

use super::guard::Guard;
use super::map::Map;
use crate::rcu;

/// A thread's way to read a [`Map`] again and again: see [`Map::reader`].
///
/// Neither `Send` nor `Sync`: its sections belong to its thread.
pub struct Reader<'map, K, V, S, M> {
    map: &'map Map<K, V, S, M>,
    section: rcu::Reader<'map>,
}

impl<K, V, S, M> Map<K, V, S, M> {
    /// A slot in the map's domain for the calling thread, and sections through it. For loops in which
    /// [`read`](Self::read), which has to find the thread's slot each time, is too slow.
    ///
    /// Takes time proportional to the number of the domain's slots. Sections of [`read`](Self::read) may be open meanwhile.
    ///
    /// ```
    /// # use table::{DefaultHashBuilder, Map, Migrate};
    /// # struct ByCopy;
    /// # // SAFETY: a `Copy` value is copied.
    /// # unsafe impl<T: Copy> Migrate<T> for ByCopy {
    /// #     const LEAVES_A_VALUE: bool = false;
    /// #     unsafe fn migrate(from: *const T, to: *mut T) {
    /// #         // SAFETY: the caller's promise.
    /// #         unsafe { to.write(*from) }
    /// #     }
    /// # }
    /// # let map: Map<u32, u32, DefaultHashBuilder, ByCopy> = Map::new();
    /// # (0..10).for_each(|number| _ = map.insert(number, number));
    /// let mut reader = map.reader();
    /// let sum: u32 = (0..10).filter_map(|key| reader.read().get(&key).copied()).sum();
    /// # assert_eq!(sum, 45);
    /// ```
    pub fn reader(&self) -> Reader<'_, K, V, S, M> {
        Reader { map: self, section: self.domain().reader() }
    }
}

impl<K, V, S, M> Reader<'_, K, V, S, M> {
    /// Opens a read-side section: what the guard hands out stays as long as the guard does.
    ///
    /// Wait-free; costs what [`Map::read`] does, without the search for the thread's slot.
    #[inline]
    pub fn read(&mut self) -> Guard<'_, K, V, S, M> {
        Guard::new(self.map, self.section.read())
    }
}

impl<K, V, S, M> fmt::Debug for Reader<'_, K, V, S, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}
