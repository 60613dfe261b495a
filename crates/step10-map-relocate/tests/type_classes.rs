//! The table of type classes: which types are `Copy`, `Clone`, `Unpin`, free of inline interior mutability, and `Relocate`.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::marker::PhantomPinned;
use std::path::Path;
use std::rc::Rc;
use std::sync::atomic::{AtomicU8, AtomicUsize};
use std::sync::{Condvar, LazyLock, OnceLock, RwLock};
use std::{borrow::Cow, env, fs, process::Command};

use own_types::address_lock::AddressLock;
use own_types::{Counting, NotAsked, Session};
use step10::Relocate;
use sync::{Arc, Mutex};

mod sync {
    pub use std::boxed::Box;
    pub use std::sync::{Arc, Mutex};
}

#[allow(dead_code, reason = "only the types count here")]
mod own_types;

// ANCHOR: own
step10::relocate! {
    // SAFETY: data, of a number and a String; no method, no Drop.
    unsafe impl Relocate for struct Session { user, visits }
}
// ANCHOR_END: own

/// What a type is. All but `freeze` can be asked of traits.
struct Class {
    name: &'static str,
    copy: bool,
    clone: bool,
    unpin: bool,
    relocate: bool,
    why: &'static str,
}

/// Whether a type that is known here implements a trait: an associated constant of the type goes before one of a trait.
macro_rules! implements {
    ($type:ty: $trait:path) => {{
        #[allow(dead_code, reason = "one of the two answers")]
        trait Otherwise {
            const ANSWER: bool = false;
        }
        struct Asked<T>(std::marker::PhantomData<T>);
        impl<T> Otherwise for Asked<T> {}
        #[allow(dead_code, reason = "one of the two answers")]
        impl<T: $trait> Asked<T> {
            const ANSWER: bool = true;
        }
        Asked::<$type>::ANSWER
    }};
}

macro_rules! classes {
    ($($type:ty, $why:literal;)+) => {
        vec![$(Class {
            name: stringify!($type),
            copy: implements!($type: Copy),
            clone: implements!($type: Clone),
            unpin: implements!($type: Unpin),
            relocate: implements!($type: Relocate),
            why: $why,
        }),+]
    };
}

#[rustfmt::skip]
fn classes() -> Vec<Class> {
    classes! {
        u64, "plain data";
        (u64, [char; 4]), "its parts are";
        Option<Arc<str>>, "its parts are";
        Session, "plain data and a `String`, opted in by `relocate!`";
        NotAsked, "the same, but nobody has argued for it";
        &'static str, "what is behind it stays where it is";
        &'static AtomicUsize, "the atomic is behind it";
        &'static mut u64, "what is behind it stays, and only shared references are made through it";
        String, "the text is on the heap";
        Vec<u8>, "the elements are on the heap";
        Vec<AtomicU8>, "so are the atomics";
        Box<u64>, "the value is on the heap; the copy has to be untyped";
        Box<AtomicUsize>, "the atomic is on the heap";
        Arc<Mutex<u64>>, "counts and lock are on the heap";
        Rc<Cell<u64>>, "as above; but neither `Send` nor `Sync`, so no map of them is shared";
        HashMap<u64, Mutex<u64>>, "entries are on the heap, and its hasher is `Relocate`";
        HashMap<u64, u64, Counting>, "its hasher is inline, and changes when it is used";
        Cow<'static, str>, "one of two that are";
        Cell<u64>, "written in place by `&self`";
        RefCell<u64>, "as above";
        OnceCell<u64>, "as above";
        Option<Cell<u64>>, "the cell is inline";
        AtomicUsize, "written in place by `&self`: a race, and a lost update";
        (u64, AtomicUsize), "the atomic is inline";
        Mutex<u64>, "held in the one copy, free in the other";
        [Mutex<u64>; 2], "the locks are inline";
        RwLock<u64>, "as a `Mutex`";
        OnceLock<u64>, "set in the one copy, empty in the other";
        LazyLock<u64>, "as above";
        Condvar, "waits in the one copy, is notified in the other";
        PhantomPinned, "left out by choice: it marks types whose address matters";
        AddressLock<u64>, "locked by its address, and a copy has another one";
    }
}

/// Compiles one line for each type, and says on which of them the compiler found `error`, and nothing else anywhere.
fn rejected(file: &str, error: &str, unstable: bool, head: &str, line: impl Fn(&str) -> String) -> Vec<bool> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("type-classes");
    fs::create_dir_all(&folder).unwrap();
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let imports = include_str!("type_classes.rs").lines().filter(|line| line.starts_with("use std::"));
    let mut source = format!("{head}\n{}\n", imports.collect::<Vec<_>>().join("\n"));
    source.push_str("mod sync { pub use std::boxed::Box; pub use std::sync::{Arc, Mutex}; }\n");
    source.push_str(&format!("#[path = {:?}] mod own_types;\n", tests.join("own_types/mod.rs")));
    source.push_str("use {sync::*, own_types::{*, address_lock::AddressLock}};\n");
    let first = source.lines().count();
    let classes = classes();
    for class in &classes {
        source.push_str(&line(class.name));
        source.push('\n');
    }
    fs::write(folder.join(file), source).unwrap();

    let output = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .current_dir(&folder)
        .args(["--edition=2024", "--color=never", "--cap-lints=allow", "--error-format=short"])
        .args(["--crate-type=lib", "--emit=metadata", file])
        .envs(unstable.then_some(("RUSTC_BOOTSTRAP", "1")))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let mut rejected = vec![false; classes.len()];
    for message in said.lines().filter(|line| line.contains(": error") && !line.contains("aborting due to")) {
        assert!(message.contains(error), "another error than {error}:\n{said}");
        let row: usize = message.split(':').nth(1).and_then(|row| row.parse().ok()).unwrap();
        rejected[row - first - 1] = true;
    }
    rejected
}

/// Which of the types have no interior mutability inside, as the check says that every implementation of `Relocate` makes.
/// The compiler is asked once: the tests of this file run side by side.
fn freeze() -> &'static [bool] {
    static FREEZE: LazyLock<Vec<bool>> = LazyLock::new(|| {
        let rejected = rejected("check.rs", "E0492", false, "use std::mem::MaybeUninit;", |name| {
            format!("const _: &'static MaybeUninit<{name}> = &MaybeUninit::uninit();")
        });
        rejected.into_iter().map(|rejected| !rejected).collect()
    });
    &FREEZE
}

#[test]
fn the_table_of_type_classes() {
    let yes = |is: bool| if is { "yes" } else { "–" };
    let mut table = String::from("| type | `Copy` | `Clone` | `Unpin` | no cell inline | `Relocate` | why |\n");
    table.push_str("|---|---|---|---|---|---|---|\n");
    for (class, freeze) in classes().iter().zip(freeze()) {
        let Class { name, copy, clone, unpin, relocate, why } = class;
        let [copy, clone, unpin, freeze] = [*copy, *clone, *unpin, *freeze].map(yes);
        let relocate = if *relocate { "**yes**" } else { "**no**" };
        table.push_str(&format!("| `{name}` | {copy} | {clone} | {unpin} | {freeze} | {relocate} | {why} |\n"));
    }
    recording::deterministic("is-it-sound-types.md", &table);
}

#[test]
fn whatever_is_relocate_has_no_cell_inline_and_three_kinds_of_type_have_none_and_are_not() {
    let mut free_of_cells_alone = Vec::new();
    for (class, freeze) in classes().iter().zip(freeze()) {
        assert!(*freeze || !class.relocate, "{} is Relocate with a cell inline", class.name);
        if *freeze && !class.relocate {
            free_of_cells_alone.push(class.name);
        }
    }
    assert_eq!(free_of_cells_alone, ["NotAsked", "PhantomPinned", "AddressLock<u64>"]);
}

#[test]
fn neither_copy_nor_clone_nor_unpin_is_the_bound() {
    let classes = classes();
    let wrong = |is: fn(&Class) -> bool| classes.iter().filter(|class| is(class) != class.relocate).count();
    assert!(classes.iter().any(|class| class.clone && !class.relocate), "RefCell and Cell are Clone");
    assert!(classes.iter().any(|class| !class.clone && class.relocate), "Vec<AtomicU8> is not");
    assert!(classes.iter().filter(|class| !class.relocate).any(|class| class.unpin), "AtomicUsize is Unpin");
    let copied_but_not_relocated = classes.iter().filter(|class| class.copy && !class.relocate).map(|class| class.name);
    assert_eq!(copied_but_not_relocated.collect::<Vec<_>>(), ["PhantomPinned"]);
    assert!(wrong(|class| class.copy) > 5 && wrong(|class| class.clone) > 5 && wrong(|class| class.unpin) > 5);
}

/// `core::marker::Freeze` is unstable: the compiler is asked as its own build asks it.
#[test]
fn the_check_says_what_the_compiler_s_own_trait_says() {
    let recorded_with = include_str!("ui/RECORDED_WITH").trim();
    if recording::rustc_version() != recorded_with {
        println!("notice: compared on {recorded_with}, since `core::marker::Freeze` is unstable");
        return;
    }
    let head = "#![feature(freeze)]\nfn is_freeze<T: std::marker::Freeze>() {}";
    let rejected = rejected("freeze.rs", "E0277", true, head, |name| format!("const _: fn() = is_freeze::<{name}>;"));
    let says: Vec<bool> = rejected.into_iter().map(|rejected| !rejected).collect();
    assert_eq!(says, freeze());
}
