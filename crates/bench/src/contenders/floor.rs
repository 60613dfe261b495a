//! What any design pays whose readers follow a pointer that may change: the least that it can cost, and nothing protected.

use std::cell::Cell;
use std::sync::atomic::Ordering::{Acquire, Release, SeqCst};
use std::sync::atomic::{AtomicPtr, AtomicUsize, compiler_fence};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::table::{Facts, Guarding, HashMap, Key, Origin, Read, Table, Value, Write, Writes};

/// What a reader does beside loading the pointer.
pub trait Marking: Send + Sync + 'static {
    const NAME: &'static str;

    fn enter() {}
    fn leave() {}
}

/// Nothing.
pub enum Nothing {}
/// A store before it, and one after the look-up, to a slot of the thread's own: a section that cannot be nested, of the only
/// domain there is.
pub enum Mark {}

impl Marking for Nothing {
    const NAME: &'static str = "floor: a pointer";
}

/// A slot on lines of its own.
#[repr(align(128))]
struct Slot(AtomicUsize);

static NOBODYS: Slot = Slot(AtomicUsize::new(0));

thread_local! {
    static SLOT: Cell<&'static Slot> = const { Cell::new(&NOBODYS) };
}

impl Marking for Mark {
    const NAME: &'static str = "floor: a pointer and a mark";

    #[inline(always)]
    fn enter() {
        // Release and the fence: as in a section that `membarrier(2)` protects.
        SLOT.get().0.store(1, Release);
        compiler_fence(SeqCst);
    }

    #[inline(always)]
    fn leave() {
        SLOT.get().0.store(0, Release);
    }
}

/// A plain map, and a pointer to it.
pub struct Pointed<K, V, M> {
    /// Taken once for a reader's or a writer's whole life, as in `Raw`.
    map: RwLock<Box<HashMap<K, V>>>,
    pointer: AtomicPtr<HashMap<K, V>>,
    marking: std::marker::PhantomData<fn() -> M>,
}

impl<K: Key, V: Value, M: Marking> Table<K, V> for Pointed<K, V, M> {
    const FACTS: Facts = Facts {
        name: M::NAME,
        package: None,
        origin: Origin::Floor,
        writes: Writes::Alone,
        guard: Guarding::HoldsWritersUp,
    };
    type Reader<'t> = Following<'t, K, V, M>;
    type Writer<'t> = RwLockWriteGuard<'t, Box<HashMap<K, V>>>;

    fn with_entries(entries: impl Iterator<Item = (K, V)>) -> Self {
        let mut map = Box::new(super::grown(entries));
        let pointer = AtomicPtr::new(&raw mut *map);
        Pointed { map: RwLock::new(map), pointer, marking: std::marker::PhantomData }
    }

    fn reader(&self) -> Following<'_, K, V, M> {
        if std::ptr::eq(SLOT.get(), &NOBODYS) {
            // A few bytes for each thread of a benchmark.
            SLOT.set(Box::leak(Box::new(Slot(AtomicUsize::new(0)))));
        }
        Following { pointed: self, _map: self.map.read().unwrap_or_else(PoisonError::into_inner) }
    }

    fn writer(&self) -> RwLockWriteGuard<'_, Box<HashMap<K, V>>> {
        self.map.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Follows the pointer for each access.
pub struct Following<'t, K, V, M> {
    pointed: &'t Pointed<K, V, M>,
    _map: RwLockReadGuard<'t, Box<HashMap<K, V>>>,
}

impl<K: Key, V: Value, M: Marking> Following<'_, K, V, M> {
    #[inline(always)]
    fn look<R>(&self, look: impl FnOnce(&HashMap<K, V>) -> R) -> R {
        M::enter();
        // SAFETY: the pointer is to the map in the box, which stays where it is and which nobody writes while `_map` is held.
        let result = look(unsafe { &*self.pointed.pointer.load(Acquire) });
        M::leave();
        result
    }
}

impl<K: Key, V: Value, M: Marking> Read<K, V> for Following<'_, K, V, M> {
    #[inline(always)]
    fn get(&mut self, key: &K) -> Option<u64> {
        self.look(|map| map.get(key).map(V::digest))
    }

    fn get_all(&mut self, keys: &[K]) -> u64 {
        self.look(|map| super::look_up_all(map, keys))
    }

    fn sum(&mut self) -> u64 {
        self.look(super::sum)
    }
}

impl<K: Key, V: Value> Write<K, V> for RwLockWriteGuard<'_, Box<HashMap<K, V>>> {
    fn insert(&mut self, key: K, value: V) {
        HashMap::insert(self, key, value);
    }

    fn remove(&mut self, key: &K) {
        HashMap::remove(self, key);
    }
}
