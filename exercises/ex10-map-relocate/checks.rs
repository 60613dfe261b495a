//! What has to hold of the bound: which types it lets in, which it keeps out, and what the compiler says.

use std::collections::HashMap;
use std::hash::{BuildHasher, DefaultHasher};
use std::marker::PhantomData;
use std::sync::Arc;

use check::{Checks, Claim, Reason, Refutation, Source, model};
use witness::sync::Mutex;
use witness::sync::atomic::{AtomicU64, Ordering::Relaxed};
use witness::thread;

use super::relocate::{Relocate, place};
use super::types::{Balance, Counting, Guest, Hits, Index, Interned, Pair, Session, SharedHits, Tally};

#[path = "compiler.rs"]
mod compiler;

pub fn checks(sources: &[Source]) -> Checks {
    Checks::of("ex10", sources, &[include_str!("given/relocate.rs")])
        .claim(1, "`no_cell_inside!` rejects types with a cell inside, and no others.", no_cell_inside(&sources[0]))
        .claim(2, "Plain data of std, and what is made of it, is let in.", rows(plain()))
        .claim(2, "What is behind a pointer does not count.", rows(behind_a_pointer()))
        .claim(2, "A compound is let in if its parts are, and only then.", rows(compounds()))
        .claim(3, "Each type of `types.rs` that keeps the contract is let in.", rows(fine()))
        .claim(3, "Whose bytes change through `&self` is kept out.", rows(written_to()))
        .claim(3, "Whose address matters is kept out.", rows(known_by_address()))
}

/// Types that `no_cell_inside!` has to reject,
const WITH_A_CELL: &[&str] = &[
    "std::cell::Cell<u8>",
    "(u64, [std::sync::atomic::AtomicU8; 2])",
    "Option<std::sync::Mutex<String>>",
    "std::cell::OnceCell<&'static str>",
];

/// and types that it has to accept.
const WITHOUT: &[&str] = &[
    "u64",
    "String",
    "Box<std::cell::Cell<u8>>",
    "&'static std::sync::atomic::AtomicU8",
    "std::rc::Rc<str>",
    "*mut Vec<std::sync::Mutex<u8>>",
];

const TYPES: &str = include_str!("src/types.rs");
const PLACE: &str = include_str!("src/place.rs");

fn no_cell_inside(source: &Source) -> impl Claim + use<> {
    let source = source.clone();
    move || {
        let rejects = |types: &[&str]| {
            let lines: Vec<String> = types.iter().map(|name| format!("no_cell_inside!({name});")).collect();
            compiler::rejects(&[("types", TYPES), ("place", PLACE), ("relocate", &source.text)], &lines.join("\n"))
        };
        let refuted = |reason, name: &str, what: &str| {
            Err(Refutation { reason, evidence: format!("`{name}` {what}:\n\n    no_cell_inside!({name});") })
        };
        if let Some(name) = WITH_A_CELL.iter().find(|name| !rejects(&[name])) {
            return refuted(Reason::Missed, name, "has a cell inside, and the compiler accepts it");
        }
        if rejects(WITHOUT)
            && let Some(name) = WITHOUT.iter().find(|name| rejects(&[name]))
        {
            return refuted(Reason::FalseAlarm, name, "has no cell inside, and the compiler rejects it");
        }
        Ok(())
    }
}

/// A type, and what there is to say of it.
pub struct Row {
    pub name: &'static str,
    /// The model that is asked of it. None if it is not `Relocate`.
    pub model: Option<fn()>,
    /// Why it should be. None if it should not.
    because: Option<&'static str>,
}

impl Row {
    #[allow(dead_code, reason = "for the tests of the solution")]
    pub fn is_fine(&self) -> bool {
        self.because.is_some()
    }
}

impl Claim for Row {
    fn check(&self) -> Result<(), Refutation> {
        let name = self.name;
        match (self.model, self.because) {
            (None, None) => Ok(()),
            (None, Some(because)) => {
                let evidence = format!("`{name}` is not `Relocate`, and should be:\n{because}.");
                Err(Refutation { reason: Reason::Refused, evidence })
            }
            (Some(used), _) => model(used).check().map_err(|refutation| Refutation {
                evidence: format!("`{name}` is `Relocate`. This is what may happen:\n\n{}", refutation.evidence),
                ..refutation
            }),
        }
    }
}

fn rows(rows: Vec<Row>) -> impl Claim {
    move || rows.iter().try_for_each(Row::check)
}

/// The model of a type that is known here, if it is `Relocate`: an associated constant of a type goes before one of a
/// trait.
struct Asked<T>(PhantomData<T>);

#[allow(dead_code, reason = "if everything is `Relocate`")]
trait Otherwise {
    const MODEL: Option<fn()> = None;
}

impl<T> Otherwise for Asked<T> {}

#[allow(dead_code, reason = "if nothing is `Relocate`")]
impl<T: Relocate + Used> Asked<T> {
    const MODEL: Option<fn()> = Some(used_while_it_grows::<T>);
}

macro_rules! row {
    ($type:ty) => {
        Row { name: stringify!($type), model: Asked::<$type>::MODEL, because: None }
    };
    ($type:ty: $because:literal) => {
        Row { name: stringify!($type), model: Asked::<$type>::MODEL, because: Some($because) }
    };
}

fn plain() -> Vec<Row> {
    vec![
        row!(String: "its text is on the heap, and what is inline does not change through `&self`"),
        row!(Option<String>: "its part is"),
        row!((u64, String): "both of its parts are"),
        row!([String; 3]: "its parts are"),
        row!(Vec<String>: "its elements are on the heap"),
        row!(HashMap<u64, String>: "its entries are on the heap, and its hasher is two numbers"),
    ]
}

/// What learners cannot let in, since they cannot name it.
#[derive(Default)]
struct Inline(AtomicU64);

impl Inline {
    fn add(&self) {
        // Relaxed: a count, which nothing else goes by.
        self.0.fetch_add(1, Relaxed);
    }

    fn total(&self) -> u64 {
        // Relaxed: as above.
        self.0.load(Relaxed)
    }
}

fn behind_a_pointer() -> Vec<Row> {
    vec![
        row!(Box<Inline>: "the atomic is on the heap, and stays there"),
        row!(Vec<Inline>: "the atomics are on the heap, and stay there"),
        row!(Arc<Mutex<u64>>: "the lock is on the heap, and stays there"),
        row!(&'static Inline: "the atomic is behind the reference"),
        row!(HashMap<u64, Inline>: "the atomics are on the heap, and stay there"),
        row!(Box<str>: "a pointer to something of unknown size is a pointer, too"),
        row!(Arc<dyn Fn() + Send + Sync>: "a pointer to something of unknown size is a pointer, too"),
        row!(&'static str: "a pointer to something of unknown size is a pointer, too"),
    ]
}

fn compounds() -> Vec<Row> {
    vec![
        row!(Option<Inline>),
        row!((u64, Inline)),
        row!((Inline, u64)),
        row!([Inline; 2]),
        row!(HashMap<u64, u64, CountingHasher>),
        row!((Option<Box<Inline>>, [Arc<str>; 2]): "all of its parts are"),
    ]
}

fn fine() -> Vec<Row> {
    vec![
        row!(Session: "it is data, and nothing asks where it is"),
        row!(SharedHits: "the counter is behind a pointer"),
        row!(Interned: "what it compares is where the text is, and the text stays there"),
        row!(Index<u64>: "it is a number"),
        row!(Index<Inline>: "there is no `Inline` inside of it"),
        row!(Pair<u64, String>: "both of its parts are"),
        row!(Pair<u64, Box<Inline>>: "both of its parts are"),
    ]
}

fn written_to() -> Vec<Row> {
    vec![row!(Hits), row!(Balance), row!(Counting), row!(Pair<u64, Inline>), row!(Pair<Inline, u64>)]
}

fn known_by_address() -> Vec<Row> {
    vec![row!(Tally), row!(Guest)]
}

/// Every type that is asked about.
#[allow(dead_code, reason = "for the tests of the solution")]
pub fn all_rows() -> Vec<Row> {
    [plain(), behind_a_pointer(), compounds(), fine(), written_to(), known_by_address()].into_iter().flatten().collect()
}

/// What a type is used for.
trait Used: Send + Sync + Sized + 'static {
    fn new() -> Self;

    /// What a reader does with it. Two of them do.
    fn used(&self);

    /// What has to hold when both are done.
    fn used_twice(&self) {}

    /// What has to hold when it is gone.
    fn gone(&self) -> Box<dyn FnOnce()> {
        Box::new(|| ())
    }
}

/// One reader was there before it grows, and goes on. Another one comes afterwards.
fn used_while_it_grows<T: Relocate + Used>() {
    let place = place(T::new());
    let old = place.get();
    beside(&|| old.used(), &|| {
        place.grow();
        place.get().used();
    });
    place.get().used_twice();
    let gone = place.get().gone();
    drop(place);
    gone();
}

fn beside(read: &dyn Fn(), write: &(dyn Fn() + Sync)) {
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::name_current("writer");
            write();
        });
        thread::name_current("reader");
        read();
    });
}

/// Types that are only looked at.
macro_rules! looked_at {
    ($($type:ty, $new:expr, $value:pat => $holds:expr;)+) => {$(
        impl Used for $type {
            fn new() -> Self {
                $new
            }

            fn used(&self) {
                let $value = self;
                assert!($holds);
            }
        }
    )+};
}

looked_at! {
    String, "text".to_owned(), text => text == "text";
    Option<String>, Some(String::new()), text => text.as_deref() == Some("");
    (u64, String), (1, String::new()), (number, text) => *number == 1 && text.is_empty();
    [String; 3], ["a", "b", "c"].map(str::to_owned), texts => texts.concat() == "abc";
    Vec<String>, vec!["a".to_owned()], texts => texts.concat() == "a";
    HashMap<u64, String>, HashMap::from([(1, String::new())]), map => map.contains_key(&1);
    Box<str>, "text".into(), text => &**text == "text";
    Arc<dyn Fn() + Send + Sync>, Arc::new(|| ()), function => { function(); true };
    &'static str, "text", text => *text == "text";
    Session, Session { user: "me".to_owned(), visits: 1 }, session => session.user == "me" && session.visits == 1;
    Interned, NAME, name => name.is(&NAME);
    Index<u64>, Index::new(1), index => index.number == 1;
    Index<Inline>, Index::new(1), index => index.number == 1;
    Pair<u64, String>, Pair { left: 1, right: String::new() }, pair => pair.left == 1 && pair.right.is_empty();
}

const NAME: Interned = Interned("name");

/// Types that count how often they are used.
macro_rules! counting {
    ($($type:ty, $new:expr, $value:pat => $count:expr, $total:expr;)+) => {$(
        impl Used for $type {
            fn new() -> Self {
                $new
            }

            fn used(&self) {
                let $value = self;
                $count;
            }

            fn used_twice(&self) {
                let $value = self;
                assert_eq!($total, 2, "both have counted");
            }
        }
    )+};
}

counting! {
    Box<Inline>, Box::default(), inline => inline.add(), inline.total();
    Vec<Inline>, vec![Inline::default()], inline => inline[0].add(), inline[0].total();
    Arc<Mutex<u64>>, Arc::default(), lock => *lock.lock().expect(NO_PANIC) += 1, *lock.lock().expect(NO_PANIC);
    &'static Inline, Box::leak(Box::default()), inline => inline.add(), inline.total();
    HashMap<u64, Inline>, HashMap::from([(1, Inline::default())]), map => map[&1].add(), map[&1].total();
    Option<Inline>, Some(Inline::default()), inline => part(inline).add(), part(inline).total();
    (u64, Inline), Default::default(), (_, inline) => inline.add(), inline.total();
    (Inline, u64), Default::default(), (inline, _) => inline.add(), inline.total();
    [Inline; 2], Default::default(), [_, inline] => inline.add(), inline.total();
    (Option<Box<Inline>>, [Arc<str>; 2]), (Some(Box::default()), Default::default()),
        (inline, _) => part(inline).add(), part(inline).total();
    Pair<u64, Inline>, Pair { left: 1, right: Inline::default() }, pair => pair.right.add(), pair.right.total();
    Pair<Inline, u64>, Pair { left: Inline::default(), right: 1 }, pair => pair.left.add(), pair.left.total();
    Pair<u64, Box<Inline>>, Pair { left: 1, right: Box::default() }, pair => pair.right.add(), pair.right.total();
    SharedHits, SharedHits(Arc::default()), hits => hits.0.hit(), hits.0.total();
    Hits, Hits::default(), hits => hits.hit(), hits.total();
    Balance, Balance::default(), balance => balance.deposit(1), balance.total();
    Counting, Counting::default(), hasher => _ = hasher.build_hasher(), hasher.total();
    HashMap<u64, u64, CountingHasher>, HashMap::from_iter([(1, 1)]),
        map => assert!(map.contains_key(&1)), map.hasher().0.total() - 1;
    Tally, Tally::default(), tally => tally.add(1), tally.total();
}

const NO_PANIC: &str = "nothing panics under this lock";

fn part<T>(option: &Option<T>) -> &T {
    option.as_ref().expect("it is there")
}

/// A hasher that learners cannot let in, either.
#[derive(Default)]
struct CountingHasher(Inline);

impl BuildHasher for CountingHasher {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        self.0.add();
        DefaultHasher::new()
    }
}

impl Used for Guest {
    fn new() -> Self {
        Guest::new(&Arc::default())
    }

    fn used(&self) {
        self.sign();
    }

    fn gone(&self) -> Box<dyn FnOnce()> {
        let list: Arc<Mutex<Vec<usize>>> = self.list();
        Box::new(move || {
            let signed = list.lock().expect(NO_PANIC);
            assert!(signed.is_empty(), "who is gone is not on the list any more");
        })
    }
}
