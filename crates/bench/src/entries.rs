//! The entries that every contender holds, and the order in which they are visited.

use crate::table::{Key, Value};

/// How many look-ups share a guard when it is held, and come between two looks at the clock.
pub const BATCH: usize = 1000;

/// Keys and values, by number.
pub trait Numbered {
    fn numbered(number: u64) -> Self;
}

impl Numbered for u64 {
    fn numbered(number: u64) -> u64 {
        mixed(number)
    }
}

impl Numbered for String {
    fn numbered(number: u64) -> String {
        format!("entry-{:016x}", mixed(number))
    }
}

/// The entries of a table, and its keys in another order.
pub struct Entries<K, V> {
    pub all: Vec<(K, V)>,
    /// Every key once, shuffled, and that as often as makes whole batches: the order in which all contenders' readers go, and
    /// writers too.
    pub order: Vec<K>,
}

impl<K: Key + Numbered, V: Value + Numbered> Entries<K, V> {
    /// So many. The same at each call.
    pub fn new(count: usize) -> Entries<K, V> {
        let all: Vec<(K, V)> = (0..count as u64).map(|number| (K::numbered(number), V::numbered(number + 1))).collect();
        let mut order: Vec<K> = all.iter().map(|(key, _)| key.clone()).collect();
        shuffle(&mut order);
        let once = order.clone();
        while !order.len().is_multiple_of(BATCH) {
            order.extend_from_slice(&once);
        }
        Entries { all, order }
    }
}

/// An order that is random enough, and the same at each call.
pub fn shuffle<T>(list: &mut [T]) {
    let mut state = 1;
    for last in (1..list.len()).rev() {
        state += 1;
        let other = mixed(state) % (last as u64 + 1);
        list.swap(last, other as usize);
    }
}

/// A bijection of the numbers (the finaliser of Steele, Lea and Flood's SplitMix64), so that keys do not lie in order.
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Entries;

    #[test]
    fn a_small_table_s_order_is_of_whole_batches_and_has_every_key_as_often_as_any_other() {
        let entries = Entries::<u64, u64>::new(800);
        assert_eq!(entries.order.len(), 4000);
        assert!(entries.all.iter().all(|(key, _)| entries.order.iter().filter(|other| *other == key).count() == 5));
    }

    #[test]
    fn the_order_has_every_key_once_and_is_not_theirs() {
        let entries = Entries::<u64, u64>::new(1000);
        let keys: Vec<u64> = entries.all.iter().map(|(key, _)| *key).collect();
        assert_eq!(entries.order.iter().collect::<HashSet<_>>(), keys.iter().collect::<HashSet<_>>());
        assert_eq!(entries.order.len(), 1000);
        assert_ne!(entries.order, keys);
        assert_eq!(entries.order, Entries::<u64, u64>::new(1000).order);
    }
}
