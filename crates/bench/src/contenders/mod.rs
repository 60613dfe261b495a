//! The contenders, one file for each crate or step. A new one is a file here and a line in [`all`].

mod arc_swap;
mod arcshift;
mod crossbeam_epoch;
mod dashmap;
mod flurry;
mod left_right;
mod locks;
mod papaya;
mod raw;
mod scc;
mod seize;
mod step0;
mod step4;
mod step6;

use std::sync::Arc;

use ::step6::Barrier;

use crate::run::{Contender, Runs};
use crate::table::{Facts, HashMap, Hashing, Key, Table, Value};

/// Every contender that this machine can run: the baseline first, then the steps, then the others.
pub fn all<K: Key, V: Value>() -> Vec<Contender<K, V>> {
    let mut all = vec![
        contender::<K, V, raw::Raw<K, V>>(),
        contender::<K, V, step0::Locked<K, V, ::step0::InPlace<HashMap<K, V>>>>(),
        contender::<K, V, step0::Locked<K, V, ::step0::MutexArc<HashMap<K, V>>>>(),
        contender::<K, V, step0::Locked<K, V, ::step0::RwLockArc<HashMap<K, V>>>>(),
        contender::<K, V, ::step4::ArcCell<HashMap<K, V>>>(),
    ];
    if Barrier::Membarrier.is_supported() {
        all.push(contender::<K, V, step6::Rcu<K, V, step6::Membarrier>>());
    }
    all.extend([
        contender::<K, V, step6::Rcu<K, V, step6::Fence>>(),
        contender::<K, V, locks::Locked<K, V, std::sync::RwLock<HashMap<K, V>>>>(),
        contender::<K, V, locks::Locked<K, V, std::sync::Mutex<HashMap<K, V>>>>(),
        contender::<K, V, locks::LockedArc<K, V, std::sync::RwLock<Arc<HashMap<K, V>>>>>(),
        contender::<K, V, locks::LockedArc<K, V, std::sync::Mutex<Arc<HashMap<K, V>>>>>(),
        contender::<K, V, locks::Locked<K, V, parking_lot::RwLock<HashMap<K, V>>>>(),
        contender::<K, V, locks::Locked<K, V, parking_lot::Mutex<HashMap<K, V>>>>(),
        contender::<K, V, locks::LockedArc<K, V, parking_lot::RwLock<Arc<HashMap<K, V>>>>>(),
        contender::<K, V, locks::LockedArc<K, V, parking_lot::Mutex<Arc<HashMap<K, V>>>>>(),
        contender::<K, V, arc_swap::Swapped<K, V, arc_swap::Cached>>(),
        contender::<K, V, arc_swap::Swapped<K, V, arc_swap::Load>>(),
        contender::<K, V, arc_swap::Swapped<K, V, arc_swap::LoadFull>>(),
        contender::<K, V, arcshift::Shifting<K, V>>(),
        contender::<K, V, crossbeam_epoch::Pinned<K, V>>(),
        contender::<K, V, seize::Collected<K, V>>(),
        contender::<K, V, ::papaya::HashMap<K, V, Hashing>>(),
        contender::<K, V, ::scc::HashIndex<K, V, Hashing>>(),
        contender::<K, V, ::scc::HashMap<K, V, Hashing>>(),
        contender::<K, V, ::dashmap::DashMap<K, V, Hashing>>(),
        contender::<K, V, left_right::LeftRight<K, V>>(),
        contender::<K, V, ::flurry::HashMap<K, V, Hashing>>(),
    ]);
    all
}

/// What is to be known of each contender before it runs.
pub fn facts() -> Vec<Facts> {
    all::<u64, u64>().into_iter().map(|contender| contender.facts).collect()
}

fn contender<K: Key, V: Value, T: Table<K, V>>() -> Contender<K, V> {
    fn build<K: Key, V: Value, T: Table<K, V>>(entries: &mut dyn Iterator<Item = (K, V)>) -> Box<dyn Runs<K, V>> {
        Box::new(crate::run::Running::<K, V, T>::new(T::with_entries(entries)))
    }
    Contender { facts: T::FACTS, build: build::<K, V, T> }
}

/// A plain map that has grown to these entries.
fn grown<K: Key, V: Value>(entries: impl Iterator<Item = (K, V)>) -> HashMap<K, V> {
    let mut map = HashMap::default();
    for (key, value) in entries {
        map.insert(key, value);
    }
    map
}

/// A copy of the table with one more entry.
fn with<K: Key, V: Value>(table: &HashMap<K, V>, key: K, value: V) -> HashMap<K, V> {
    let mut copy = table.clone();
    copy.insert(key, value);
    copy
}

/// A copy of the table without this key.
fn without<K: Key, V: Value>(table: &HashMap<K, V>, key: &K) -> HashMap<K, V> {
    let mut copy = table.clone();
    copy.remove(key);
    copy
}

#[inline]
fn look_up_all<K: Key, V: Value>(table: &HashMap<K, V>, keys: &[K]) -> u64 {
    sum_of(keys.iter().map(|key| table.get(key).map_or(0, V::digest)))
}

fn sum<K: Key, V: Value>(table: &HashMap<K, V>) -> u64 {
    sum_of(table.values().map(V::digest))
}

#[inline]
fn sum_of(digests: impl Iterator<Item = u64>) -> u64 {
    digests.fold(0, u64::wrapping_add)
}
