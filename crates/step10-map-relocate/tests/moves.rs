//! Why the copy has to be untyped: what a `Box` that is passed by value says to the optimiser.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use recording::program;

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("moves");
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn compile(source: &str, flags: &[&str], out: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/moves").join(source);
    let (source, out) = (source.display().to_string(), out.display().to_string());
    let output = program::rustc(&folder(), &[flags, &["--cap-lints=allow", &source, "-o", &out]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What the compiler tells LLVM of each argument's pointers, in the order of `arguments.rs`.
fn attributes() -> Vec<(&'static str, String)> {
    let ir = folder().join("arguments.ll");
    compile("arguments.rs", &["--crate-type=lib", "--emit=llvm-ir", "-Copt-level=1"], &ir);
    let ir = fs::read_to_string(ir).unwrap();
    let types = include_str!("moves/arguments.rs").lines().filter_map(|line| line.trim().strip_prefix("arg_"));
    types
        .map(|line| {
            let (number, type_name) = line.split_once(": ").unwrap();
            let define =
                ir.lines().find(|line| line.starts_with("define") && line.contains(&format!("@arg_{number}(")));
            let arguments = define.expect("each function is there").split_once('(').unwrap().1;
            (type_name, arguments.split_once(") unnamed_addr").unwrap().0.to_owned())
        })
        .collect()
}

#[test]
fn a_box_by_value_is_noalias_and_its_bits_are_not() {
    let attributes = attributes();
    let mut text = String::new();
    for (type_name, arguments) in &attributes {
        text.push_str(&format!("{type_name:<32} {arguments}\n"));
    }
    recording::worded_by_rustc("is-it-sound-noalias.txt", &text);
    if recording::rustc_version() != recorded_with() {
        return;
    }
    let noalias: Vec<&str> =
        attributes.iter().filter(|(_, arguments)| arguments.contains("noalias")).map(|(name, _)| *name).collect();
    assert_eq!(noalias, ["Box<u64>", "(Box<u64>, u64)", "&'static mut u64", "&'static u64", "ManuallyDrop<Box<u64>>"]);
}

/// Nothing promises this result, the program's behaviour is undefined: so it is recorded, for the compiler of the day.
#[test]
fn the_optimiser_believes_it() {
    let mut text = String::new();
    for level in ["0", "2"] {
        let program = folder().join(format!("boxes-{level}{}", std::env::consts::EXE_SUFFIX));
        compile("boxes.rs", &["--crate-type=bin", &format!("-Copt-level={level}")], &program);
        let run = program::run(&program, &[], Duration::from_secs(10));
        assert!(run.success, "{run:?}");
        text.push_str(&format!("$ rustc -Copt-level={level} boxes.rs && ./boxes\n{}\n", run.output));
    }
    recording::worded_by_rustc("is-it-sound-boxes.txt", &text);
}

fn recorded_with() -> &'static str {
    include_str!("ui/RECORDED_WITH").trim()
}
