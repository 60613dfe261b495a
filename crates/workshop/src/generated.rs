//! What the steps' tests recorded for the book: the files in `book/src/generated/`.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::{Context, Result, ensure};
use regex::Regex;
use walkdir::WalkDir;
use witness::Witness;

use crate::book::{self, Sources};
use crate::course::{STEPS, Step, Verdict};
use crate::workspace;

/// The version of the counterexamples' format that this program reads.
const SCHEMA: u32 = 1;

/// Crates that speak of recordings and have none of their own.
const NOT_RECORDED: [&str; 2] = ["recording", "workshop"];

/// Crates that put together what others record: they come last.
const ASSEMBLED: [&str; 1] = ["cost"];

/// Recordings that are named without an extension, because they are several files or say by their function which.
static NAMED_BY_STEM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"recording::(counterexample|ledger|audit)\(\s*"([^"]+)""#).expect("the pattern is a constant")
});

/// The files of a recording that is named by its stem.
fn extensions(function: &str) -> &'static [&'static str] {
    match function {
        // For the page, for the terminal, for programs.
        "counterexample" => &["md", "txt", "json"],
        "ledger" => &["txt", "json"],
        _ => &["txt"],
    }
}

/// The folder of a book that the recording tests write to.
pub fn folder(book: &Path) -> PathBuf {
    book.join("src").join("generated")
}

/// The step's counterexample.
///
/// # Errors
///
/// When none is recorded, or what is recorded does not read as one.
pub fn witness(step: &Step) -> Result<Witness> {
    let path = folder(&workspace::book()).join(format!("{}.json", step.package()));
    let name = workspace::displayed(&path);
    let json = fs::read_to_string(&path).with_context(|| {
        let command = format!("cargo workshop record {}", step.package());
        format!("cannot read the recorded counterexample {name} (`{command}` records it)")
    })?;
    let witness = Witness::from_json(&json).with_context(|| format!("{name} is not a counterexample"))?;
    ensure!(witness.schema == SCHEMA, "{name} has format {}, this program reads format {SCHEMA}", witness.schema);
    Ok(witness)
}

/// The recordings of a book by name, each with its content.
///
/// # Errors
///
/// When a file cannot be read. A folder that is not there has no recordings.
pub fn recordings(book: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut recordings = BTreeMap::new();
    let folder = folder(book);
    if !folder.is_dir() {
        return Ok(recordings);
    }
    for entry in WalkDir::new(&folder).min_depth(1) {
        let entry = entry?;
        if entry.file_type().is_file() {
            let name = entry.path().strip_prefix(&folder)?.to_string_lossy().replace('\\', "/");
            let content = fs::read(entry.path()).with_context(|| format!("cannot read {name}"))?;
            recordings.insert(name, content);
        }
    }
    Ok(recordings)
}

/// The crates in the folder `crates` whose tests record something.
///
/// # Errors
///
/// When a source file cannot be read.
pub fn recording_crates(crates: &Path) -> Result<Vec<PathBuf>> {
    let mut recording: Vec<PathBuf> =
        recording_sources(crates)?.into_keys().map(|path| crate_of(crates, &path)).collect();
    recording.dedup();
    recording.sort_by_key(|folder| ASSEMBLED.iter().any(|name| folder.ends_with(name)));
    Ok(recording)
}

/// The source files in the folder `crates` that record something, with their text.
fn recording_sources(crates: &Path) -> Result<BTreeMap<PathBuf, String>> {
    let mut sources = BTreeMap::new();
    for entry in WalkDir::new(crates) {
        let path = entry?.into_path();
        let is_other =
            crate_of(crates, &path).file_name().is_none_or(|name| NOT_RECORDED.iter().any(|other| name == *other));
        if path.extension() == Some(OsStr::new("rs")) && !is_other {
            let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            if text.contains("recording::") {
                sources.insert(path, text);
            }
        }
    }
    Ok(sources)
}

fn crate_of(crates: &Path, path: &Path) -> PathBuf {
    let folder = path.strip_prefix(crates).ok().and_then(|path| path.components().next());
    folder.map_or_else(|| crates.to_path_buf(), |folder| crates.join(folder))
}

/// What does not fit together between the recordings, the tests in `crates` and the pages of `book`, one sentence each:
/// recordings that no test names or no page uses, and includes of recordings that are not there.
///
/// Whether a recording is stale is for the test to say that makes it.
///
/// # Errors
///
/// When a file or the book's summary cannot be read.
pub fn misfits(book: &Path, crates: &Path) -> Result<Vec<String>> {
    let book = std::path::absolute(book)?;
    let (sources, problems) = book::sources(&book)?;
    let mut misfits: Vec<String> = problems.into_iter().filter(|problem| problem.contains("generated/")).collect();
    let names: Vec<String> = recordings(&book)?.into_keys().collect();
    let tests: String = recording_sources(crates)?.into_values().collect();
    let by_stem: BTreeMap<&str, &str> = NAMED_BY_STEM
        .captures_iter(&tests)
        .filter_map(|call| Some((call.get(2)?.as_str(), call.get(1)?.as_str())))
        .collect();
    let pages = Pages::read(&book, &sources)?;
    for name in &names {
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name.as_str(), ""));
        let together: Vec<String> = by_stem
            .get(stem)
            .map(|function| extensions(function))
            .filter(|extensions| extensions.contains(&extension))
            .into_iter()
            .flatten()
            .map(|extension| format!("{stem}.{extension}"))
            .collect();
        if !tests.contains(&format!("\"{name}\"")) && together.is_empty() {
            misfits.push(format!("generated/{name}: no test records it"));
        }
        let is_whole = together.iter().all(|sibling| names.contains(sibling));
        let shown = is_whole
            && by_stem.get(stem) == Some(&"counterexample")
            && STEPS.iter().any(|step| matches!(step.verdict, Verdict::Broken { .. }) && step.package() == stem);
        let used = pages.use_file(name) || is_whole && together.iter().any(|sibling| pages.use_file(sibling));
        if !used && !shown {
            misfits.push(format!("generated/{name}: no page uses it"));
        }
        if name.ends_with("-ledger.txt") && by_stem.get(stem) != Some(&"ledger") {
            misfits.push(format!("generated/{name}: the table of all ledgers needs recording::ledger(\"{stem}\", …)"));
        }
    }
    Ok(misfits)
}

/// What a book's pages use.
struct Pages<'a> {
    folder: PathBuf,
    sources: &'a Sources,
    text: String,
}

impl Pages<'_> {
    fn read<'a>(book: &Path, sources: &'a Sources) -> Result<Pages<'a>> {
        let mut text = String::new();
        for chapter in &sources.chapters {
            let path = book.join("src").join(chapter);
            text += &fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        }
        Ok(Pages { folder: folder(book), sources, text })
    }

    /// Whether a page includes the recording, or links to it or shows it as a picture.
    fn use_file(&self, name: &str) -> bool {
        self.sources.included.contains(&self.folder.join(name)) || self.text.contains(&format!("generated/{name})"))
    }
}
