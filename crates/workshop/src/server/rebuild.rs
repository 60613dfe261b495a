//! Building, and building again: into two folders by turns, so that the last good build is served meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::watch;
use walkdir::WalkDir;

use super::{Site, reload};
use crate::book::{self, Built};
use crate::workspace::displayed;

/// How long the files have to be left alone before they are built.
const QUIET: Duration = Duration::from_millis(200);

/// Keeps the site up to date with the book's files.
pub(crate) struct Builder {
    book: PathBuf,
    /// The folder that is served, and the one into which the next build goes.
    served: PathBuf,
    spare: PathBuf,
    /// The files as they were when the last build began.
    seen: Snapshot,
}

impl Builder {
    /// Builds the book for the first time. Mistakes in it are told on standard error and do not keep the pages from
    /// being served.
    ///
    /// # Errors
    ///
    /// When there is nothing to serve: see [`book::build`].
    pub(crate) fn start(book: PathBuf, output: &Path) -> Result<(Builder, watch::Sender<Site>)> {
        let mut builder =
            Builder { book, served: output.join("a"), spare: output.join("b"), seen: Snapshot::default() };
        builder.seen = builder.look();
        let (built, build) = builder.build()?;
        let problem = (!built.problems.is_empty()).then(|| complaint("The book has mistakes:", &built.problems));
        if let Some(problem) = &problem {
            anstream::eprintln!("{problem}");
        }
        let site = Site { pages: built.pages.clone(), build, problem };
        builder.published(&built);
        Ok((builder, watch::Sender::new(site)))
    }

    /// Builds again whenever a file of the book has changed; does not return as long as that can be noticed.
    pub(crate) fn follow(mut self, site: &watch::Sender<Site>) {
        if let Err(error) = self.follow_events(site) {
            anstream::eprintln!("Changes of the book are not followed: {error}");
        }
    }

    fn follow_events(&mut self, site: &watch::Sender<Site>) -> notify::Result<()> {
        let (changed, changes) = mpsc::channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Our own reading is an event as well.
            if !event.is_ok_and(|event| event.kind.is_access()) {
                // Nobody receives while the process ends.
                let _ = changed.send(());
            }
        })?;
        let mut folders = Folders { watcher, watched: BTreeSet::new() };
        folders.watch(&self.book, RecursiveMode::Recursive)?;
        loop {
            folders.watch_those_of(&self.seen.included);
            // What changed before the folder was watched has made no event.
            let now = self.look();
            if now != self.seen {
                self.seen = now;
                self.rebuild(site);
                continue;
            }
            if changes.recv().is_err() {
                return Ok(());
            }
            while changes.recv_timeout(QUIET).is_ok() {}
        }
    }

    fn rebuild(&mut self, site: &watch::Sender<Site>) {
        let problem = match self.build() {
            Ok((built, build)) if built.problems.is_empty() => {
                site.send_replace(Site { pages: built.pages.clone(), build, problem: None });
                self.published(&built);
                anstream::eprintln!("Built the book again.");
                return;
            }
            Ok((built, _)) => complaint("The book as it is now has mistakes:", &built.problems),
            Err(error) => complaint("The book as it is now cannot be built:", &[format!("{error:#}")]),
        };
        if site.is_closed() {
            // The process is about to end, and the folders are going.
            return;
        }
        let problem = format!("{problem}\nStill served: the last good build.");
        anstream::eprintln!("{problem}");
        site.send_modify(|site| site.problem = Some(problem));
    }

    /// Builds into the folder that is not being served, and gives the build a name that no other has.
    fn build(&self) -> Result<(Built, String)> {
        fs::create_dir_all(&self.spare).with_context(|| format!("cannot create {}", self.spare.display()))?;
        let built = book::build(&self.book, &self.spare)?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let name = format!("{:x}", now.as_nanos());
        reload::inject(&built.pages, &name)?;
        Ok((built, name))
    }

    fn published(&mut self, built: &Built) {
        mem::swap(&mut self.served, &mut self.spare);
        for warning in &built.warnings {
            anstream::eprintln!("warning: {warning}");
        }
    }

    /// The files of the book as they are now.
    fn look(&self) -> Snapshot {
        // While the summary cannot be read, the files last included will do.
        let included = book::sources(&self.book).map(|(sources, _)| sources.included);
        let included = included.unwrap_or_else(|_| self.seen.included.clone());
        let mut files: BTreeMap<_, _> = included.iter().map(|path| (path.clone(), stamp(path))).collect();
        // The folder `book` in the book is where a stock mdBook builds.
        let built = self.book.join("book");
        let hidden = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let walk = WalkDir::new(&self.book).min_depth(1).into_iter();
        for entry in walk.filter_entry(|entry| entry.path() != built && !hidden(entry.path())).flatten() {
            if entry.file_type().is_file() {
                files.insert(entry.path().to_path_buf(), stamp(entry.path()));
            }
        }
        Snapshot { files, included }
    }
}

/// The files of a book.
#[derive(Debug, Default, PartialEq)]
struct Snapshot {
    /// Each with the time of its last change and its length, if it is there.
    files: BTreeMap<PathBuf, Option<(SystemTime, u64)>>,
    included: BTreeSet<PathBuf>,
}

fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

struct Folders {
    watcher: RecommendedWatcher,
    watched: BTreeSet<PathBuf>,
}

impl Folders {
    /// Watches the folders, not the files: many editors save by putting a new file in the old one's place.
    fn watch_those_of(&mut self, files: &BTreeSet<PathBuf>) {
        for folder in files.iter().filter_map(|file| file.parent()) {
            if !self.watched.contains(folder)
                && folder.is_dir()
                && let Err(error) = self.watch(folder, RecursiveMode::NonRecursive)
            {
                anstream::eprintln!("Changes in {} are not followed: {error}", displayed(folder));
            }
        }
    }

    fn watch(&mut self, folder: &Path, mode: RecursiveMode) -> notify::Result<()> {
        self.watched.insert(folder.to_path_buf());
        self.watcher.watch(folder, mode)
    }
}

fn complaint(headline: &str, problems: &[String]) -> String {
    let problems: String = problems.iter().map(|problem| format!("\n  {problem}")).collect();
    format!("{headline}{problems}")
}
