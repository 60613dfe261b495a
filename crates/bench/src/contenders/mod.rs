//! The contenders, one file for each crate or step. A new one is a file here and a line in [`all`].

mod arc_swap;
mod arcshift;
mod crossbeam_epoch;
mod dashmap;
mod floor;
mod flurry;
mod left_right;
mod locks;
mod papaya;
mod raw;
mod rcu_map;
mod scc;
mod seize;
mod step0;
mod step4;
mod step5;
mod step6;

use std::sync::Arc;

use ::step10::Relocate;
use barrier::Barrier;

use self::rcu_map::{ByReader, RcuMap, Roomy, Step7, Step8, Step10};
use self::step6::{Fence, Membarrier};
use crate::entries::Numbered;
use crate::run::{Contender, Runs};
use crate::table::{Facts, HashMap, Hashing, Key, Table, Value};

/// What is raced: the type of a table's keys and of its values.
pub trait Raced: Key + Value + Numbered + Relocate {
    /// The contenders that not every type can race on.
    fn of_this_type() -> Vec<Contender<Self, Self>> {
        Vec::new()
    }
}

impl Raced for String {}

impl Raced for u64 {
    fn of_this_type() -> Vec<Contender<u64, u64>> {
        if Barrier::Membarrier.is_supported() {
            vec![contender::<u64, u64, RcuMap<u64, u64, Step7, Membarrier>>()]
        } else {
            vec![contender::<u64, u64, RcuMap<u64, u64, Step7, Fence>>()]
        }
    }
}

/// The first where this machine can run it, and the second.
fn both_barriers<T>(with_membarrier: Contender<T, T>, with_fences: Contender<T, T>) -> Vec<Contender<T, T>> {
    if Barrier::Membarrier.is_supported() { vec![with_membarrier, with_fences] } else { vec![with_fences] }
}

/// Every contender that this machine can run: the baseline first, then the steps, then the others.
pub fn all<T: Raced>() -> Vec<Contender<T, T>> {
    let mut all = vec![
        contender::<T, T, raw::Raw<T, T>>(),
        contender::<T, T, floor::Pointed<T, T, floor::Nothing>>(),
        contender::<T, T, floor::Pointed<T, T, floor::Mark>>(),
        contender::<T, T, step0::Locked<T, T, ::step0::InPlace<HashMap<T, T>>>>(),
        contender::<T, T, step0::Locked<T, T, ::step0::MutexArc<HashMap<T, T>>>>(),
        contender::<T, T, step0::Locked<T, T, ::step0::RwLockArc<HashMap<T, T>>>>(),
        contender::<T, T, ::step4::ArcCell<HashMap<T, T>>>(),
        contender::<T, T, step5::Swapped<T, T, step5::Load>>(),
        contender::<T, T, step5::Swapped<T, T, step5::LoadFull>>(),
    ];
    all.extend(both_barriers(
        contender::<T, T, step6::Rcu<T, T, Membarrier>>(),
        contender::<T, T, step6::Rcu<T, T, Fence>>(),
    ));
    if Barrier::Membarrier.is_supported() {
        all.push(contender::<T, T, step6::ByReader<T, T>>());
    }
    all.extend(T::of_this_type());
    if Barrier::Membarrier.is_supported() {
        all.push(contender::<T, T, RcuMap<T, T, Step8, Membarrier>>());
        all.push(contender::<T, T, RcuMap<T, T, Roomy, Membarrier>>());
        all.push(contender::<T, T, ByReader<T, T>>());
    }
    all.extend(both_barriers(
        contender::<T, T, RcuMap<T, T, Step10, Membarrier>>(),
        contender::<T, T, RcuMap<T, T, Step10, Fence>>(),
    ));
    all.extend([
        contender::<T, T, locks::Locked<T, T, std::sync::RwLock<HashMap<T, T>>>>(),
        contender::<T, T, locks::Locked<T, T, std::sync::Mutex<HashMap<T, T>>>>(),
        contender::<T, T, locks::LockedArc<T, T, std::sync::RwLock<Arc<HashMap<T, T>>>>>(),
        contender::<T, T, locks::LockedArc<T, T, std::sync::Mutex<Arc<HashMap<T, T>>>>>(),
        contender::<T, T, locks::Locked<T, T, parking_lot::RwLock<HashMap<T, T>>>>(),
        contender::<T, T, locks::Locked<T, T, parking_lot::Mutex<HashMap<T, T>>>>(),
        contender::<T, T, locks::LockedArc<T, T, parking_lot::RwLock<Arc<HashMap<T, T>>>>>(),
        contender::<T, T, locks::LockedArc<T, T, parking_lot::Mutex<Arc<HashMap<T, T>>>>>(),
        contender::<T, T, arc_swap::Swapped<T, T, arc_swap::Cached>>(),
        contender::<T, T, arc_swap::Swapped<T, T, arc_swap::Load>>(),
        contender::<T, T, arc_swap::Swapped<T, T, arc_swap::LoadFull>>(),
        contender::<T, T, arcshift::Shifting<T, T>>(),
        contender::<T, T, crossbeam_epoch::Pinned<T, T>>(),
        contender::<T, T, seize::Collected<T, T>>(),
        contender::<T, T, ::papaya::HashMap<T, T, Hashing>>(),
        contender::<T, T, ::scc::HashIndex<T, T, Hashing>>(),
        contender::<T, T, ::scc::HashMap<T, T, Hashing>>(),
        contender::<T, T, ::dashmap::DashMap<T, T, Hashing>>(),
        contender::<T, T, left_right::LeftRight<T, T>>(),
        contender::<T, T, ::flurry::HashMap<T, T, Hashing>>(),
    ]);
    all
}

/// What is to be known of each contender before it runs.
pub fn facts() -> Vec<Facts> {
    all::<u64>().into_iter().map(|contender| contender.facts).collect()
}

fn contender<K: Key, V: Value, T: Table<K, V>>() -> Contender<K, V> {
    fn build<K: Key, V: Value, T: Table<K, V>>(entries: &mut dyn Iterator<Item = (K, V)>) -> Box<dyn Runs<K, V>> {
        Box::new(crate::run::Running::<K, V, T>::new(T::with_entries(entries)))
    }
    fn with_room<K: Key, V: Value, T: Table<K, V>>(entries: usize) -> Option<Box<dyn Runs<K, V>>> {
        Some(Box::new(crate::run::Running::<K, V, T>::new(T::with_room(entries)?)))
    }
    Contender { facts: T::FACTS, build: build::<K, V, T>, with_room: with_room::<K, V, T> }
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
