//! What every contender can do, in one shape.

use std::hash::Hash;

use foldhash::fast::FixedState;

/// The hasher of every contender, with the same seed everywhere: all do the same work.
pub type Hashing = FixedState;

/// The table of every contender that has none of its own.
pub type HashMap<K, V> = hashbrown::HashMap<K, V, Hashing>;

/// What a table's key has to be.
pub trait Key: Clone + Eq + Hash + Ord + Send + Sync + 'static {}

impl<K: Clone + Eq + Hash + Ord + Send + Sync + 'static> Key for K {}

/// What a table's value has to be.
pub trait Value: Clone + Send + Sync + 'static {
    /// A number that cannot be had without looking at the value where it lies.
    fn digest(&self) -> u64;
}

impl Value for u64 {
    #[inline]
    fn digest(&self) -> u64 {
        *self
    }
}

impl Value for String {
    #[inline]
    fn digest(&self) -> u64 {
        self.len() as u64
    }
}

/// A table that threads share.
pub trait Table<K: Key, V: Value>: Send + Sync + Sized + 'static {
    /// What is to be known of it before it runs.
    const FACTS: Facts;

    /// What one thread reads through, for as long as it likes.
    type Reader<'t>: Read<K, V>
    where
        Self: 't;

    /// What one thread writes through. There is one at a time.
    type Writer<'t>: Write<K, V>
    where
        Self: 't;

    /// A table with these entries. A design that has a table of its own inserts them one by one, as a program would;
    /// a cell is given the whole.
    fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self;

    /// An empty table that so many entries do not make grow, of a design that changes its table where it is and can be asked
    /// for that.
    fn with_room(_entries: usize) -> Option<Self> {
        None
    }

    /// A reader for the calling thread.
    fn reader(&self) -> Self::Reader<'_>;

    /// The writer, for the calling thread.
    fn writer(&self) -> Self::Writer<'_>;
}

/// How one thread reads a table.
pub trait Read<K: Key, V: Value> {
    /// The digest of the key's value, under a guard that is there for this look-up only.
    fn get(&mut self, key: &K) -> Option<u64>;

    /// The sum of the digests of the keys' values, all under one guard. Where there is no guard to hold, as
    /// [`Facts::guard`] says, one look-up after the other.
    #[inline]
    fn get_all(&mut self, keys: &[K]) -> u64 {
        let mut sum = 0u64;
        for key in keys {
            sum = sum.wrapping_add(self.get(key).unwrap_or(0));
        }
        sum
    }

    /// The sum of the digests of all values.
    fn sum(&mut self) -> u64;
}

/// How one thread writes a table.
pub trait Write<K: Key, V: Value> {
    /// Puts the entry there, in place of the key's last one. Readers that begin from now on see it.
    fn insert(&mut self, key: K, value: V);

    /// Takes the key's entry away.
    fn remove(&mut self, key: &K);
}

/// What is to be known of a contender before it runs.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Its name in every table, unique.
    pub name: &'static str,
    /// The crate whose version is printed, if it is not one of ours.
    pub package: Option<&'static str>,
    /// Who made it.
    pub origin: Origin,
    /// What a write does.
    pub writes: Writes,
    /// What it means to hold a guard over several look-ups.
    pub guard: Guarding,
}

/// Who made a contender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// What the others are measured against: one thread's own table.
    Baseline,
    /// What every design of a kind pays at least, and no design by itself.
    Floor,
    /// A step of this course.
    Step,
    /// A step of this course, read in another way than the step's own row. All that is not reading is measured there.
    StepReadOtherwise,
    /// std or a crate that people use.
    Peer,
}

impl Origin {
    /// Whether the course's own are meant.
    pub fn is_ours(self) -> bool {
        matches!(self, Origin::Step | Origin::StepReadOtherwise)
    }

    /// Whether it is raced only where tables are read.
    pub fn only_reads(self) -> bool {
        matches!(self, Origin::Floor | Origin::StepReadOtherwise)
    }
}

/// What it means to hold a guard over several look-ups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarding {
    /// There is none: each look-up locks a part of the table for itself.
    None,
    /// Nobody writes meanwhile.
    HoldsWritersUp,
    /// Writers go on.
    LetsWritersOn,
}

/// What a write to a contender does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writes {
    /// It changes the table where it is.
    InPlace,
    /// It copies the table, changes the copy and publishes it.
    Copies,
    /// It changes the table where it is, and no other thread may read meanwhile.
    Alone,
}

impl Writes {
    /// Whether a thread can read while another one writes.
    pub fn beside_readers(self) -> bool {
        self != Writes::Alone
    }

    /// Whether one write to a table of this size ends in a time worth waiting for.
    pub fn bearable_at(self, entries: usize) -> bool {
        self != Writes::Copies || entries <= 10_000
    }
}
