//! What the compiler says when a type is not `Relocate`: every `tests/ui/*.rs` fails to compile, with the words of the
//! `.stderr` beside it.

use std::process::Command;
use std::{env, fs};

/// The compiler whose words they are. `cargo workshop record` writes it anew, with them.
const RECORDED_WITH: &str = "tests/ui/RECORDED_WITH";

#[test]
fn the_messages_say_what_to_do() {
    let rustc = recording::rustc_version();
    if env::var_os("TRYBUILD").is_none() && recording::is_recording() {
        // trybuild goes by its own variable, which a test cannot set for itself: other tests may be reading them.
        let status = Command::new(env::current_exe().unwrap())
            .args(["--exact", "the_messages_say_what_to_do"])
            .env("TRYBUILD", "overwrite")
            .status()
            .unwrap();
        assert!(status.success());
        fs::write(RECORDED_WITH, format!("{rustc}\n")).unwrap();
        return;
    }
    let recorded_with = fs::read_to_string(RECORDED_WITH).unwrap_or_default();
    if env::var_os("TRYBUILD").is_none() && recorded_with.trim() != rustc {
        println!("notice: the messages were recorded with {}, and this is {rustc}: not compared", recorded_with.trim());
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
