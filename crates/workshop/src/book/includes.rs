//! The includes of the chapters, read as mdBook's `links` preprocessor reads them.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// An include, or an escaped one, which is text.
static INCLUDE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\\\{\{#.*\}\}|\{\{\s*#(include|rustdoc_include|playground)\s+([^}\s]+)[^}]*\}\}"));
static ANCHOR: LazyLock<Regex> = LazyLock::new(|| regex(r"ANCHOR:\s*([\w_-]+)"));
static ANCHOR_END: LazyLock<Regex> = LazyLock::new(|| regex(r"ANCHOR_END:\s*([\w_-]+)"));

/// mdBook gives up at this depth of includes in included files.
const DEEPEST: usize = 10;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant that the tests compile")
}

/// What is known of a book's includes so far.
#[derive(Default)]
pub(super) struct Scan {
    /// Every file that is included, there or not.
    pub(super) included: BTreeSet<PathBuf>,
    /// The includes that include nothing, each with its place and the reason.
    pub(super) problems: Vec<String>,
}

impl Scan {
    /// Reads the includes of one chapter, whose path is relative to `src`.
    pub(super) fn chapter(&mut self, src: &Path, chapter: &Path, text: &str) {
        let folder = src.join(chapter);
        let folder = folder.parent().unwrap_or(src);
        self.text(text, folder, &chapter.to_string_lossy().replace('\\', "/"), 0);
    }

    fn text(&mut self, text: &str, folder: &Path, place: &str, depth: usize) {
        for found in INCLUDE.captures_iter(text) {
            let Some(target) = found.get(2) else { continue };
            let line = text[..target.start()].matches('\n').count() + 1;
            let include = &found[0];
            let (path, part) = match (&found[1], target.as_str().split_once(':')) {
                ("playground", _) | (_, None) => (target.as_str(), ""),
                (_, Some((path, part))) => (path, part),
            };
            let path = without_dots(&folder.join(path));
            let content = fs::read_to_string(&path);
            self.included.insert(path.clone());
            let selected = match &content {
                Err(error) => Err(format!("cannot read the file: {error}")),
                Ok(content) => Part::parse(part).of(content),
            };
            match selected {
                Err(why) => self.problems.push(format!("{place}:{line}: {include}: {why}")),
                Ok(_) if depth == DEEPEST => {
                    self.problems.push(format!("{place}:{line}: {include}: a circle of includes"));
                }
                Ok(selected) => {
                    let file = path.file_name().unwrap_or(OsStr::new("?")).to_string_lossy();
                    let place = format!("{place}:{line}: in {file}");
                    self.text(&selected, path.parent().unwrap_or(folder), &place, depth + 1);
                }
            }
        }
    }
}

/// The part of a file that an include names.
#[derive(Debug, PartialEq)]
enum Part<'a> {
    Anchor(&'a str),
    /// Lines counted from 1, the last one included.
    Lines(usize, usize),
}

impl<'a> Part<'a> {
    fn parse(text: &'a str) -> Part<'a> {
        let mut parts = text.split(':');
        let start = parts.next().unwrap_or("");
        if !start.is_empty() && start.parse::<usize>().is_err() {
            return Part::Anchor(start);
        }
        let first = start.parse().unwrap_or(1).max(1);
        let last = match parts.next() {
            Some(end) => end.parse().unwrap_or(usize::MAX),
            None if start.is_empty() => usize::MAX,
            None => first,
        };
        Part::Lines(first, last)
    }

    /// The selected text, or why there is none.
    fn of(&self, content: &str) -> Result<String, String> {
        let selected = match *self {
            Part::Lines(first, last) => {
                let lines = content.lines().skip(first - 1).take(last.saturating_sub(first - 1));
                lines.collect::<Vec<_>>()
            }
            Part::Anchor(name) => anchored(content, name)?,
        };
        if selected.iter().all(|line| line.trim().is_empty()) {
            return Err("there is no text in that part of the file".into());
        }
        Ok(selected.join("\n"))
    }
}

fn anchored<'c>(content: &'c str, name: &str) -> Result<Vec<&'c str>, String> {
    let is = |line: &str, anchor: &Regex| anchor.captures(line).is_some_and(|found| &found[1] == name);
    let mut lines = content.lines();
    if !lines.any(|line| is(line, &ANCHOR)) {
        return Err(format!("the file has no `ANCHOR: {name}`"));
    }
    let mut selected = Vec::new();
    for line in lines {
        if is(line, &ANCHOR_END) {
            return Ok(selected);
        }
        if !ANCHOR.is_match(line) && !ANCHOR_END.is_match(line) {
            selected.push(line);
        }
    }
    Err(format!("the file has no `ANCHOR_END: {name}`"))
}

/// Takes `.` and `..` out by the path's text: the file need not be there.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "one\n// ANCHOR: a\ntwo\n// ANCHOR: b\nthree\n// ANCHOR_END: a\nfour\n";

    #[test]
    fn a_part_is_read_as_mdbook_reads_it() {
        assert_eq!(Part::parse(""), Part::Lines(1, usize::MAX));
        assert_eq!(Part::parse("2"), Part::Lines(2, 2));
        assert_eq!(Part::parse("2:"), Part::Lines(2, usize::MAX));
        assert_eq!(Part::parse(":3"), Part::Lines(1, 3));
        assert_eq!(Part::parse("2:3"), Part::Lines(2, 3));
        assert_eq!(Part::parse("a"), Part::Anchor("a"));
    }

    #[test]
    fn lines_and_anchors_select_what_mdbook_selects() {
        assert_eq!(Part::Lines(1, 1).of(FILE).unwrap(), "one");
        assert_eq!(Part::Lines(3, 5).of(FILE).unwrap(), "two\n// ANCHOR: b\nthree");
        assert_eq!(Part::Anchor("a").of(FILE).unwrap(), "two\nthree");
    }

    #[test]
    fn an_empty_selection_says_why() {
        assert!(Part::Lines(9, 12).of(FILE).unwrap_err().contains("no text"));
        assert!(Part::Lines(3, 2).of(FILE).unwrap_err().contains("no text"));
        assert!(Part::Anchor("c").of(FILE).unwrap_err().contains("no `ANCHOR: c`"));
        assert!(Part::Anchor("b").of(FILE).unwrap_err().contains("no `ANCHOR_END: b`"));
        assert!(Part::Anchor("a").of("ANCHOR: a\n\nANCHOR_END: a").unwrap_err().contains("no text"));
    }

    #[test]
    fn an_escaped_include_is_text() {
        let mut scan = Scan::default();
        scan.chapter(Path::new("/src"), Path::new("a.md"), r"\{{#include nowhere.rs}}");
        assert_eq!(scan.problems, [""; 0]);
        assert!(scan.included.is_empty());
    }
}
