//! The designs of the course, as tables. Those that replace the table as a whole copy it first; step 10's changes it in place.

use std::fmt;
use std::hash::RandomState;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use step0::{InPlace, MutexArc, RwLockArc};
use step4::ArcCell;
use step6::RcuCell;
use step10::RcuMap;

use crate::program::{self, Progress, Settings};
use crate::summary::Summary;
use crate::table::{Change, Entries, Table};

/// A design that the program can run with.
pub struct Design {
    /// What it is called on the command line: the step, and which of its designs if it has more than one.
    pub name: &'static str,
    /// What it is, in a line.
    pub what: &'static str,
    run: fn(&Settings, &mut dyn FnMut(Progress)) -> io::Result<Summary>,
}

/// Every design, in the order of the course.
pub const DESIGNS: &[Design] = &[
    design::<RwLock<Entries>>("step0-in-place", "RwLock<HashMap>, changed in place under the write lock"),
    design::<InPlace<Entries>>("step0-rebuild", "RwLock<HashMap>, copied and replaced under the write lock"),
    design::<MutexArc<Entries>>("step0-mutex-arc", "Mutex<Arc<HashMap>>, locked to clone or exchange the Arc"),
    design::<RwLockArc<Entries>>("step0-rwlock-arc", "RwLock<Arc<HashMap>>, locked to clone or exchange the Arc"),
    design::<ArcCell<Entries>>("step4", "ArcCell: take the Arc out, clone it, put it back"),
    design::<RcuCell<Entries>>("step6", "RcuCell: read-side sections, grace periods"),
    design::<Map>("step10", "RcuMap: changed in place, and readers wait for nobody"),
];

const fn design<T: Table>(name: &'static str, what: &'static str) -> Design {
    Design { name, what, run: program::run::<T> }
}

impl Design {
    /// Runs the program with this design.
    ///
    /// # Errors
    ///
    /// If the operating system does not give it a thread.
    pub fn run(&self, settings: &Settings, progress: &mut dyn FnMut(Progress)) -> io::Result<Summary> {
        (self.run)(settings, progress)
    }

    /// The designs that `name` means: one by its name, or all of a step by the step's.
    ///
    /// # Errors
    ///
    /// If there is none; the error lists those that there are.
    pub fn find(name: &str) -> Result<Vec<&'static Design>, UnknownDesign> {
        let of_the_step = |design: &Design| design.name.split('-').next() == Some(name);
        let found: Vec<_> = DESIGNS.iter().filter(|design| design.name == name || of_the_step(design)).collect();
        if found.is_empty() { Err(UnknownDesign(name.to_owned())) } else { Ok(found) }
    }
}

/// There is no design of this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownDesign(String);

impl fmt::Display for UnknownDesign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = DESIGNS.iter().map(|design| design.name).collect();
        write!(f, "there is no design `{}`; there are {}", self.0, names.join(", "))
    }
}

impl std::error::Error for UnknownDesign {}

fn copy_with(changes: &[Change], old: &Entries) -> Entries {
    let mut new = old.clone();
    new.extend(changes.iter().cloned());
    new
}

fn find<'table>(entries: &'table Entries, key: &str) -> Option<&'table str> {
    entries.get(key).map(String::as_str)
}

impl Table for RwLock<Entries> {
    fn with_entries(entries: Entries) -> Self {
        RwLock::new(entries)
    }

    fn look_up<R>(&self, key: &str, found: impl FnOnce(Option<&str>) -> R) -> R {
        found(find(&self.read().unwrap_or_else(PoisonError::into_inner), key))
    }

    fn update(&self, changes: &[Change]) {
        self.write().unwrap_or_else(PoisonError::into_inner).extend(changes.iter().cloned());
    }
}

impl Table for InPlace<Entries> {
    fn with_entries(entries: Entries) -> Self {
        InPlace::new(entries)
    }

    fn look_up<R>(&self, key: &str, found: impl FnOnce(Option<&str>) -> R) -> R {
        found(find(&self.read(), key))
    }

    fn update(&self, changes: &[Change]) {
        self.update(|old| copy_with(changes, old));
    }
}

impl Table for MutexArc<Entries> {
    fn with_entries(entries: Entries) -> Self {
        MutexArc::new(Arc::new(entries))
    }

    fn look_up<R>(&self, key: &str, found: impl FnOnce(Option<&str>) -> R) -> R {
        found(find(&self.get(), key))
    }

    fn update(&self, changes: &[Change]) {
        self.update(|old| copy_with(changes, old));
    }
}

impl Table for RwLockArc<Entries> {
    fn with_entries(entries: Entries) -> Self {
        RwLockArc::new(Arc::new(entries))
    }

    fn look_up<R>(&self, key: &str, found: impl FnOnce(Option<&str>) -> R) -> R {
        found(find(&self.get(), key))
    }

    fn update(&self, changes: &[Change]) {
        self.update(|old| copy_with(changes, old));
    }
}

impl Table for ArcCell<Entries> {
    fn with_entries(entries: Entries) -> Self {
        ArcCell::new(Arc::new(entries))
    }

    fn look_up<R>(&self, key: &str, found: impl FnOnce(Option<&str>) -> R) -> R {
        found(find(&self.get(), key))
    }

    fn update(&self, changes: &[Change]) {
        // One updater: nobody sets anything between the get and the set.
        drop(self.set(Arc::new(copy_with(changes, &self.get()))));
    }
}

impl Table for RcuCell<Entries> {
    fn with_entries(entries: Entries) -> Self {
        RcuCell::new(entries)
    }

    fn look_up<R>(&self, key: &str, found: impl FnOnce(Option<&str>) -> R) -> R {
        found(find(&self.read(), key))
    }

    fn update(&self, changes: &[Change]) {
        self.update(|old| copy_with(changes, old));
    }
}

/// With the hasher that the other designs have, so that the table makes the difference.
type Map = RcuMap<String, String, RandomState>;

impl Table for Map {
    fn with_entries(entries: Entries) -> Self {
        entries.into_iter().collect()
    }

    fn look_up<R>(&self, key: &str, found: impl FnOnce(Option<&str>) -> R) -> R {
        found(self.read().get(key).map(String::as_str))
    }

    fn update(&self, changes: &[Change]) {
        let mut map = self;
        map.extend(changes.iter().cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(name: &str) -> Vec<&'static str> {
        Design::find(name).map(|designs| designs.iter().map(|design| design.name).collect()).unwrap_or_default()
    }

    #[test]
    fn a_design_is_found_by_its_name_and_with_all_of_its_step() {
        for design in DESIGNS {
            assert_eq!(names(design.name), [design.name]);
        }
        assert_eq!(names("step0").len(), 4);
        assert_eq!(names("step4"), ["step4"]);
        for unknown in ["", "step", "step00", "step0-", "in-place"] {
            assert_eq!(names(unknown), [""; 0], "{unknown}");
        }
    }

    #[test]
    fn an_unknown_design_is_answered_with_those_that_there_are() {
        let error = Design::find("step7").map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with("there is no design `step7`; there are step0-in-place, "), "{error}");
        assert!(error.ends_with("step10"), "{error}");
    }
}
