//! Recorded, not typed: whatever the book prints as the output of a program comes from a run of it, is checked in under
//! `book/src/generated/`, and is checked again by the test that produced it.
//!
//! A test hands its output to one of the functions here. Ordinarily they compare it with the file, and fail the test
//! when the file is stale; with `WORKSHOP_RECORD=1` in the environment, which is how `cargo workshop record` runs the
//! tests, they write the file instead. Which function depends on what may differ between two runs:
//!
//! | output | function | compared |
//! |---|---|---|
//! | the same on every machine | [`deterministic`], [`counterexample`], [`models`], [`audit`], [`ledger`] | byte for byte |
//! | measured | [`measured`] | not: it has to be there, whole, with its machine and date |
//! | worded by the compiler | [`worded_by_rustc`] | byte for byte on the rustc that it was recorded with |
//!
//! With `WORKSHOP_REPORT` in the environment, audits and ledgers neither compare nor write: they hand what they find to
//! `cargo workshop audit` and `cargo workshop cost`, see [`report`].
#![warn(missing_docs)]

mod counterexample;
mod machine;
pub mod program;
pub mod report;

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use witness::{Audit, Ledger, Model, Survivor, Witness};

/// The environment variable that makes tests write what they would otherwise check.
pub const RECORD: &str = "WORKSHOP_RECORD";

/// The last line of everything measured.
const END: &str = "(end)";

/// How the file of a ledger ends that programs read.
const LEDGER: &str = "-ledger.json";

/// What a recording of the compiler's words starts with.
const RECORDED_WITH: &str = "recorded with ";

/// Checks, or records, the file `name` whose text is the same on every machine.
///
/// # Panics
///
/// If the file is missing, or differs from `text` (but for its line endings). If it cannot be written when recording.
#[track_caller]
pub fn deterministic(name: &str, text: &str) {
    fail_if_stale(Recordings::of_the_book().deterministic(name, text));
}

/// Checks, or records, a counterexample: `<name>.txt` has its lanes, `<name>.json` all of it for programs, and
/// `<name>.md` what a chapter includes.
///
/// # Panics
///
/// As [`deterministic`].
#[track_caller]
pub fn counterexample(name: &str, witness: &Witness) {
    let book = Recordings::of_the_book();
    let files = [
        (format!("{name}.txt"), format!("{witness}\n")),
        (format!("{name}.json"), witness.to_json()),
        (format!("{name}.md"), counterexample::page(name, witness)),
    ];
    for (file, text) in files {
        fail_if_stale(book.deterministic(&file, &text));
    }
}

/// Records the file `name`, which a command has measured and not a test, under the same heading as [`measured`] does.
///
/// # Errors
///
/// If it cannot be written.
pub fn record_measurement(name: &str, text: &str) -> Result<(), String> {
    Recordings::of_the_book().record_measurement(name, text)
}

/// Records the file `name`, whose text a command made of a measurement: [`deterministic`] checks it.
///
/// # Errors
///
/// If it cannot be written.
pub fn record_derived(name: &str, text: &str) -> Result<(), String> {
    Recordings::of_the_book().write(name, text)
}

/// What [`record_measurement`] has recorded as the file `name`, without its heading and its end.
///
/// # Panics
///
/// If the file is missing, or has lost its heading or its end.
#[track_caller]
pub fn measurement(name: &str) -> String {
    Recordings::of_the_book().measurement(name).unwrap_or_else(|stale| panic!("{stale}"))
}

/// The recorded file `name` as it is.
///
/// # Errors
///
/// If it cannot be read.
pub fn recorded(name: &str) -> Result<String, String> {
    Recordings::of_the_book().read(name)
}

/// The machine, the compiler and the date, on one line: what every measurement starts with.
pub fn heading() -> String {
    machine::heading()
}

/// Runs `models`, asserts that each holds in all executions up to its bound, and checks, or records, the file `name`: how
/// many these were.
///
/// # Panics
///
/// As [`deterministic`]; with the counterexample if there is one; if not all executions have been explored.
#[track_caller]
pub fn models(name: &str, models: &[Model]) {
    let mut text = String::new();
    for model in models {
        let (title, report) = (model.name(), model.check());
        if let Some(witness) = report.witness {
            panic!("{title}\n{witness}");
        }
        assert!(report.complete, "{title}");
        let bound = report.preemption_bound.map_or("no bound".to_owned(), |bound| format!("preemption bound {bound}"));
        text.push_str(&format!("{:>6} executions, {bound:<18} {title}\n", report.executions));
    }
    deterministic(name, &text);
}

/// Runs `audit`, asserts that nothing survives but what `expected` lists, and checks, or records, `<name>.txt`.
///
/// `cargo workshop audit` finds the audits of a step by this call, so it stands in the test itself. It asks for the
/// models' own bounds.
///
/// # Panics
///
/// As [`deterministic`]; if a model fails as it is; if another weakening survives, or one that is listed does not; if no
/// model reaches an ordering in the source.
#[track_caller]
pub fn audit(name: &str, audit: Audit, expected: &[Survivor]) {
    if let Some(request) = report::Request::of_environment() {
        return report::audit(name, audit, expected, &request);
    }
    let mut audited = audit.run();
    audited.expect_survivors(expected);
    audited.argue(expected);
    deterministic(&format!("{name}.txt"), &format!("{audited}\n"));
}

/// Checks, or records, what a step's operations cost: `<name>.txt` has the table, `<name>.json` the same for programs.
///
/// `cargo workshop cost --fresh` finds the ledgers of a step by this call, so it stands in the test itself.
///
/// # Panics
///
/// As [`deterministic`].
#[track_caller]
pub fn ledger(name: &str, ledgers: &[Ledger]) {
    if report::Request::of_environment().is_some() {
        return report::send(&report::Message::Ledgers(ledgers.to_vec()));
    }
    deterministic(&format!("{name}.txt"), &Ledger::table(ledgers));
    let mut json = serde_json::to_string_pretty(ledgers).expect("a ledger has string keys only");
    json.push('\n');
    deterministic(&format!("{name}.json"), &json);
}

/// The ledgers that [`ledger`] has recorded, in the order of the steps: `step4` for what is recorded as `step4-ledger`.
///
/// # Errors
///
/// If one cannot be read, or is none.
pub fn recorded_ledgers() -> io::Result<Vec<(String, Vec<Ledger>)>> {
    let folder = Recordings::of_the_book().folder;
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(LEDGER).map(str::to_owned));
    }
    // step10 comes after step5.
    names
        .sort_by_key(|name| (name.trim_start_matches(|c: char| !c.is_ascii_digit()).parse::<u32>().ok(), name.clone()));
    let read = |name: String| {
        let file = format!("{name}{LEDGER}");
        let ledgers = serde_json::from_str(&fs::read_to_string(folder.join(&file))?)
            .map_err(|error| io::Error::other(format!("book/src/generated/{file} is no ledger: {error}")))?;
        Ok((name, ledgers))
    };
    names.into_iter().map(read).collect()
}

/// Records the file `name`, which `produce` measures, under a heading that says on which machine and when. When not
/// recording, `produce` is not called: the file has to be there and whole.
///
/// # Panics
///
/// If the file is missing, or has lost its heading or its end. If it cannot be written when recording.
#[track_caller]
pub fn measured(name: &str, produce: impl FnOnce() -> String) {
    fail_if_stale(Recordings::of_the_book().measured(name, produce));
}

/// Checks, or records, the file `name`, whose text is worded by the compiler. Another rustc than the one that it was
/// recorded with may word it differently: then there is a notice, and no comparison.
///
/// # Panics
///
/// As [`deterministic`], on the rustc that it was recorded with.
#[track_caller]
pub fn worded_by_rustc(name: &str, text: &str) {
    let book = Recordings::of_the_book();
    let compared = book.worded_by_rustc(name, text, &machine::rustc());
    if let Ok(Some(notice)) = &compared {
        println!("{notice}");
    }
    fail_if_stale(compared);
}

/// Fails the test that called, at its own line.
#[track_caller]
fn fail_if_stale<T>(compared: Result<T, String>) {
    if let Err(stale) = compared {
        panic!("{stale}");
    }
}

/// The compiler, as recordings of its words name it: `rustc 1.95.0`.
pub fn rustc_version() -> String {
    machine::rustc()
}

/// Whether tests are to write what they would otherwise check.
pub fn is_recording() -> bool {
    env::var_os(RECORD).is_some_and(|value| !value.is_empty() && value != "0")
}

/// The folder of the book's recordings.
struct Recordings {
    folder: PathBuf,
    recording: bool,
}

impl Recordings {
    fn of_the_book() -> Recordings {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/src/generated");
        Recordings { folder, recording: is_recording() }
    }

    fn deterministic(&self, name: &str, text: &str) -> Result<(), String> {
        if self.recording {
            return self.write(name, text);
        }
        let recorded = self.read(name)?;
        match first_difference(&recorded, text) {
            None => Ok(()),
            Some(difference) => Err(stale(name, &difference)),
        }
    }

    fn measured(&self, name: &str, produce: impl FnOnce() -> String) -> Result<(), String> {
        if self.recording { self.record_measurement(name, &produce()) } else { self.measurement(name).map(drop) }
    }

    fn record_measurement(&self, name: &str, text: &str) -> Result<(), String> {
        self.write(name, &format!("{}\n\n{}\n{END}\n", machine::heading(), text.trim_end()))
    }

    fn measurement(&self, name: &str) -> Result<String, String> {
        let recorded = self.read(name)?;
        let lines: Vec<&str> = recorded.lines().collect();
        match lines[..] {
            [heading, "", ref text @ .., END] if machine::is_heading(heading) && !text.is_empty() => {
                Ok(text.join("\n") + "\n")
            }
            _ => Err(stale(name, "the file is not whole: it needs a heading, a measurement and an end")),
        }
    }

    fn worded_by_rustc(&self, name: &str, text: &str, rustc: &str) -> Result<Option<String>, String> {
        let whole = format!("{RECORDED_WITH}{rustc}\n\n{}\n", text.trim_end());
        if self.recording {
            return self.write(name, &whole).map(|()| None);
        }
        let recorded = self.read(name)?;
        let with = recorded.lines().next().and_then(|first| first.strip_prefix(RECORDED_WITH));
        match with {
            None => Err(stale(name, "it does not say which rustc it was recorded with")),
            Some(with) if with != rustc => {
                Ok(Some(format!("notice: {name} was recorded with {with}, and this is {rustc}: not compared")))
            }
            Some(_) => match first_difference(&recorded, &whole) {
                None => Ok(None),
                Some(difference) => Err(stale(name, &difference)),
            },
        }
    }

    fn read(&self, name: &str) -> Result<String, String> {
        fs::read_to_string(self.folder.join(name)).map(|text| text.replace("\r\n", "\n")).map_err(|error| {
            match error.kind() {
                io::ErrorKind::NotFound => stale(name, "the file is not there"),
                _ => format!("book/src/generated/{name} cannot be read: {error}"),
            }
        })
    }

    /// Writes the file, unless it says so already. A reader never sees half of it.
    fn write(&self, name: &str, text: &str) -> Result<(), String> {
        if self.read(name).is_ok_and(|recorded| recorded == text) {
            return Ok(());
        }
        let file = self.folder.join(name);
        let half = self.folder.join(format!(".{name}.{}", std::process::id()));
        fs::create_dir_all(&self.folder)
            .and_then(|()| fs::write(&half, text))
            .and_then(|()| fs::rename(&half, &file))
            .map_err(|error| format!("book/src/generated/{name} cannot be written: {error}"))
    }
}

/// Where the two texts differ first, in words.
fn first_difference(recorded: &str, now: &str) -> Option<String> {
    let (recorded, now) = (recorded.replace("\r\n", "\n"), now.replace("\r\n", "\n"));
    if recorded == now {
        return None;
    }
    let (mut old, mut new) = (recorded.lines(), now.lines());
    for number in 1.. {
        match (old.next(), new.next()) {
            (None, None) => return Some("it differs in the end of its last line".to_owned()),
            (old, new) if old == new => {}
            (old, new) => {
                let shown = |line: Option<&str>| line.map_or("nothing more".to_owned(), |line| format!("`{line}`"));
                return Some(format!("line {number} is {}, and now it is {}", shown(old), shown(new)));
            }
        }
    }
    None
}

fn stale(name: &str, why: &str) -> String {
    format!(
        "book/src/generated/{name} is stale: {why}\nrun `cargo workshop record`, look at the difference, and commit it"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of recordings, to read or to write.
    struct Scratch(tempfile::TempDir);

    impl Scratch {
        fn new() -> Scratch {
            Scratch(tempfile::tempdir().unwrap())
        }

        fn recordings(&self, recording: bool) -> Recordings {
            Recordings { folder: self.0.path().join("generated"), recording }
        }

        fn holds(&self, name: &str) -> String {
            fs::read_to_string(self.0.path().join("generated").join(name)).unwrap()
        }
    }

    #[test]
    fn what_was_recorded_is_not_stale() {
        let scratch = Scratch::new();
        scratch.recordings(true).deterministic("a.txt", "one\ntwo\n").unwrap();
        scratch.recordings(false).deterministic("a.txt", "one\ntwo\n").unwrap();
        scratch.recordings(false).deterministic("a.txt", "one\r\ntwo\r\n").unwrap();
        assert_eq!(scratch.holds("a.txt"), "one\ntwo\n");
    }

    #[test]
    fn a_missing_file_is_stale() {
        let error = Scratch::new().recordings(false).deterministic("a.txt", "one\n").unwrap_err();
        assert!(error.contains("generated/a.txt is stale: the file is not there"), "{error}");
        assert!(error.contains("cargo workshop record"), "{error}");
    }

    #[test]
    fn a_changed_line_is_named() {
        let scratch = Scratch::new();
        scratch.recordings(true).deterministic("a.txt", "one\ntwo\n").unwrap();
        let error = scratch.recordings(false).deterministic("a.txt", "one\n2\n").unwrap_err();
        assert!(error.contains("line 2 is `two`, and now it is `2`"), "{error}");
        let error = scratch.recordings(false).deterministic("a.txt", "one\n").unwrap_err();
        assert!(error.contains("line 2 is `two`, and now it is nothing more"), "{error}");
        let error = scratch.recordings(false).deterministic("a.txt", "one\ntwo").unwrap_err();
        assert!(error.contains("end of its last line"), "{error}");
    }

    #[test]
    fn recording_leaves_nothing_else_behind() {
        let scratch = Scratch::new();
        scratch.recordings(true).deterministic("a.txt", "one\n").unwrap();
        scratch.recordings(true).deterministic("a.txt", "two\n").unwrap();
        assert_eq!(scratch.holds("a.txt"), "two\n");
        assert_eq!(fs::read_dir(scratch.0.path().join("generated")).unwrap().count(), 1);
    }

    #[test]
    fn a_measurement_is_made_only_when_recording() {
        let scratch = Scratch::new();
        scratch.recordings(true).measured("m.txt", || "took 3 s\n".to_owned()).unwrap();
        scratch.recordings(false).measured("m.txt", || unreachable!("nothing is measured")).unwrap();
        assert!(scratch.holds("m.txt").ends_with("\n\ntook 3 s\n(end)\n"), "{}", scratch.holds("m.txt"));
    }

    #[test]
    fn what_a_command_measured_is_read_without_its_heading() {
        let scratch = Scratch::new();
        scratch.recordings(false).record_measurement("m.csv", "a,b\n1,2\n").unwrap();
        assert_eq!(scratch.recordings(false).measurement("m.csv").unwrap(), "a,b\n1,2\n");
        scratch.recordings(false).measured("m.csv", || unreachable!("nothing is measured")).unwrap();
    }

    #[test]
    fn a_measurement_that_is_not_whole_is_stale() {
        let scratch = Scratch::new();
        let measured = || scratch.recordings(false).measured("m.txt", String::new);
        assert!(measured().unwrap_err().contains("not there"));
        for text in ["took 3 s\n(end)\n", "", "measured on a machine\n\ntook 3 s\n"] {
            scratch.recordings(true).deterministic("m.txt", text).unwrap();
            assert!(measured().unwrap_err().contains("not whole"), "{text:?}");
        }
    }

    #[test]
    fn the_words_of_another_compiler_are_not_compared() {
        let scratch = Scratch::new();
        let now = |text, rustc| scratch.recordings(false).worded_by_rustc("w.txt", text, rustc);
        scratch.recordings(true).worded_by_rustc("w.txt", "warning: so", "rustc 1").unwrap();
        assert_eq!(now("warning: so", "rustc 1").unwrap(), None);
        assert!(now("warning: thus", "rustc 1").unwrap_err().contains("line 3 is `warning: so`"));
        let notice = now("warning: thus", "rustc 2").unwrap().unwrap();
        assert!(notice.contains("recorded with rustc 1, and this is rustc 2: not compared"), "{notice}");
        scratch.recordings(true).deterministic("w.txt", "warning: so\n").unwrap();
        assert!(now("warning: so", "rustc 1").unwrap_err().contains("which rustc"));
    }
}
