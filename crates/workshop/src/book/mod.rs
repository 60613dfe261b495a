//! The book, built by mdBook's own library, and what mdBook keeps to itself when something is wrong.
//!
//! mdBook fails silently more often than not: a missing include is a line in its log, a missing anchor an empty code
//! block, and it creates a chapter's file when `SUMMARY.md` names one that is not there. Here all of these are
//! [`Built::problems`] or errors.

mod includes;
mod log;

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use mdbook_driver::MDBook;
use mdbook_driver::book::BookItem;
use mdbook_driver::config::Config;

/// What came out of a build that wrote pages.
#[derive(Debug)]
pub struct Built {
    /// The folder with the pages.
    pub pages: PathBuf,
    /// What is wrong with the book, one sentence each: includes that include nothing, and mdBook's errors.
    pub problems: Vec<String>,
    /// What mdBook warns of.
    pub warnings: Vec<String>,
    /// What the pages were made of.
    pub sources: Sources,
}

/// The files that a book consists of.
#[derive(Debug, Default)]
pub struct Sources {
    /// The chapters, relative to the book's `src`, in the order of `SUMMARY.md`.
    pub chapters: Vec<PathBuf>,
    /// Every file that a chapter includes, there or not, without `.` and `..` in its path.
    pub included: BTreeSet<PathBuf>,
}

/// Builds the book in the folder `book` into the folder `into`, whose former content is lost.
///
/// # Errors
///
/// When mdBook cannot build the book at all: `book.toml` or `SUMMARY.md` is missing or does not parse, a chapter is not
/// there, a folder cannot be written. What it builds in spite of a mistake is `Ok`, with [`Built::problems`].
pub fn build(book: &Path, into: &Path) -> Result<Built> {
    let book = std::path::absolute(book)?;
    let into = std::path::absolute(into)?;
    let (result, events) = log::capture(|| {
        // mdBook panics on some HTML that it did not expect; a server outlives that.
        panic::catch_unwind(AssertUnwindSafe(|| build_unchecked(&book, &into)))
            .unwrap_or_else(|panic| Err(anyhow!("mdBook panicked: {}", panic_message(&*panic))))
    });
    let mut built = result?;
    for event in events {
        // mdBook's word on an include that the scan has reported with its line.
        if event.is_error && !built.problems.iter().any(|problem| event.says_the_same_as(problem)) {
            built.problems.push(event.message);
        } else if !event.is_error {
            built.warnings.push(event.message);
        }
    }
    Ok(built)
}

fn build_unchecked(book: &Path, into: &Path) -> Result<Built> {
    let mdbook = load(book, into)?;
    let (sources, problems) = scan(&mdbook);
    mdbook.build()?;
    Ok(Built { pages: mdbook.build_dir_for("html"), problems, warnings: Vec::new(), sources })
}

fn load(book: &Path, into: &Path) -> Result<MDBook> {
    let toml = book.join("book.toml");
    let mut config = Config::from_disk(&toml).with_context(|| format!("cannot read {}", toml.display()))?;
    config.build.build_dir = into.to_path_buf();
    config.build.create_missing = false;
    MDBook::load_with_config(book, config)
}

/// The files of the book in the folder `book`, and what is wrong with its includes, without a build.
///
/// # Errors
///
/// When `book.toml`, `SUMMARY.md` or a chapter is missing or does not parse.
pub fn sources(book: &Path) -> Result<(Sources, Vec<String>)> {
    let book = std::path::absolute(book)?;
    let (mdbook, _) = log::capture(|| load(&book, Path::new("unused")));
    Ok(scan(&mdbook?))
}

fn scan(mdbook: &MDBook) -> (Sources, Vec<String>) {
    let src = mdbook.source_dir();
    let mut sources = Sources::default();
    let mut scan = includes::Scan::default();
    for item in mdbook.iter() {
        let BookItem::Chapter(chapter) = item else { continue };
        let Some(path) = &chapter.source_path else { continue };
        scan.chapter(&src, path, &chapter.content);
        sources.chapters.push(path.clone());
    }
    sources.included = scan.included;
    (sources, scan.problems)
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}
