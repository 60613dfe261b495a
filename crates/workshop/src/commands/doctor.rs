//! `cargo workshop doctor`: whether this machine has what the course needs.

use std::env;
use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::Result;
use clap::Args;

use super::Where;
use crate::cli::Outcome;
use crate::exercise::Course;
use crate::terminal::{BAD, DIM, GOOD, paragraph};
use crate::{progress, server, workspace};

/// What a build of everything takes, roughly.
const DISK: u64 = 3 << 30;

/// Looks whether this machine has what the course needs, and says how to mend what it has not.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Where,
}

/// What a look at one thing found.
struct Finding {
    what: &'static str,
    state: State,
    /// What was found, in words.
    found: String,
    /// The command that mends it, or a sentence.
    mend: &'static str,
}

#[derive(PartialEq)]
enum State {
    Fine,
    /// Something works less well.
    Lacking,
    /// The course does not work.
    Broken,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let course = arguments.place.course()?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let findings = [
        toolchain(),
        optional("rustfmt", said(&cargo, &["fmt", "--version"]), "rustup component add rustfmt"),
        optional("clippy", said(&cargo, &["clippy", "--version"]), "rustup component add clippy"),
        port(),
        disk(),
        writable(&course),
        optional(
            "git",
            said("git".as_ref(), &["--version"]),
            "to see what you have changed: install git from your system's packages",
        ),
        optional(
            "mdbook",
            said("mdbook".as_ref(), &["--version"]),
            "for authors only, `cargo run` needs none: cargo install mdbook --locked",
        ),
    ];
    let mut out = anstream::stdout().lock();
    for Finding { what, state, found, mend } in &findings {
        let (mark, style) = match state {
            State::Fine => ("✓", GOOD),
            State::Lacking => ("·", DIM),
            State::Broken => ("✗", BAD),
        };
        paragraph(&mut out, &format!("  {mark} {what:<12}"), style, found)?;
        if *state != State::Fine {
            paragraph(&mut out, &format!("{:16}→ ", ""), style, mend)?;
        }
    }
    writeln!(out)?;
    if findings.iter().any(|finding| finding.state == State::Broken) {
        writeln!(out, "{BAD}What has a ✗ has to be mended first.{BAD:#}")?;
        return Ok(Outcome::Failed);
    }
    writeln!(out, "All that the course needs is there. Begin with:  cargo workshop next")?;
    Ok(Outcome::Fine)
}

/// What a program prints, if it runs and ends well.
fn said(program: &std::ffi::OsStr, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or("").to_owned())
}

fn toolchain() -> Finding {
    let needed = env!("CARGO_PKG_RUST_VERSION");
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let found = said(&rustc, &["--version"]);
    let version = found.as_deref().and_then(|text| text.split(' ').nth(1));
    let is_new_enough = version.is_some_and(|version| numbers(version) >= numbers(needed));
    Finding {
        what: "toolchain",
        state: if is_new_enough { State::Fine } else { State::Broken },
        found: match found {
            Some(found) if is_new_enough => found,
            Some(found) => format!("{found}, and the course needs {needed}"),
            None => "there is no rustc that runs".to_owned(),
        },
        mend: "rustup update stable (and `rustup default stable`, if another one is the default)",
    }
}

/// `1.95.0-nightly` as numbers: 1, 95.
fn numbers(version: &str) -> Vec<u32> {
    version.split(['.', '-']).map_while(|part| part.parse().ok()).take(2).collect()
}

fn optional(what: &'static str, found: Option<String>, mend: &'static str) -> Finding {
    let state = if found.is_some() { State::Fine } else { State::Lacking };
    Finding { what, state, found: found.unwrap_or_else(|| "not there; you can do without".to_owned()), mend }
}

fn port() -> Finding {
    const USUAL: u16 = 3000;
    let found = server::listen(USUAL).and_then(|listener| listener.local_addr());
    let (state, found) = match found {
        Ok(address) if address.port() == USUAL => (State::Fine, format!("{USUAL} is free for the book")),
        Ok(address) => (State::Lacking, format!("{USUAL} is taken; the book will be at {}", address.port())),
        Err(error) => (State::Broken, format!("none is free for the book: {error}")),
    };
    Finding { what: "port", state, found, mend: "another port: cargo run -- --port 8000" }
}

fn disk() -> Finding {
    let target = workspace::target();
    let gib = |bytes: u64| format!("{:.1} GiB", bytes as f64 / (1_u64 << 30) as f64);
    let (state, found) = match fs4::available_space(&target) {
        Ok(free) if free >= DISK => (State::Fine, format!("{} free", gib(free))),
        Ok(free) => (State::Broken, format!("{} free, and a build of everything takes {}", gib(free), gib(DISK))),
        Err(error) => (State::Lacking, format!("cannot tell how much is free: {error}")),
    };
    Finding { what: "disk", state, found, mend: "cargo clean, or a target directory elsewhere (CARGO_TARGET_DIR)" }
}

fn writable(course: &Course) -> Finding {
    let tried = progress::folder(course).and_then(tempfile::tempfile_in);
    let (state, found) = match tried {
        Ok(_) => (State::Fine, "your progress can be written to .workshop".to_owned()),
        Err(error) => (State::Broken, format!("nothing can be written to .workshop: {error}")),
    };
    Finding { what: "progress", state, found, mend: "make the workspace's folder writable for yourself" }
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(numbers("1.100.0") > numbers("1.95"));
        assert!(numbers("1.95.0-nightly") >= numbers("1.95"));
        assert!(numbers("1.94.1") < numbers("1.95"));
        assert!(numbers("nothing") < numbers("1.95"));
    }
}
