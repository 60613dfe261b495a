//! The program, for a moment, with each design: what has to hold however short it runs and whatever else the machine does.

use std::sync::Mutex;
use std::time::Duration;

use lookup::{Change, DESIGNS, Entries, Settings, Table, head, run};

const SETTINGS: Settings = Settings {
    workers: 2,
    keys: 100,
    changes: 10,
    every: Duration::from_millis(2),
    length: Duration::from_millis(150),
};

#[test]
fn with_every_design_each_lookup_finds_its_key_and_no_finished_update_is_missed() {
    for design in DESIGNS {
        let mut told = Vec::new();
        let summary = design.run(&SETTINGS, &mut |progress| told.push(progress.lookups)).expect("there are threads");
        summary.check().unwrap_or_else(|wrong| panic!("{}: {wrong}", design.name));

        assert_eq!(summary.work.len(), 2, "{}", design.name);
        for work in &summary.work {
            assert!(work.lookups > 0 && work.lookups == 64 * work.watched, "{}: {work:?}", design.name);
            assert!(work.stale <= work.watched && (work.stale > 0 || work.stalest.is_zero()), "{}", design.name);
        }
        assert!(told.is_sorted() && !told.is_empty(), "{}: {told:?}", design.name);
        assert!(told.last() <= Some(&summary.lookups()), "{}: {told:?}", design.name);
        assert!(summary.updates > 0 && summary.last_version > 0, "{}", design.name);
    }
}

#[test]
fn a_row_fits_under_the_head_and_into_80_columns() {
    let summary = DESIGNS[0].run(&SETTINGS, &mut |_| ()).expect("there are threads");
    let row = summary.row("step0-rwlock-arc", &summary);
    assert!(row.contains("×1.00"), "{row}");
    for line in head().lines().chain([row.as_str()]) {
        assert_eq!(line.chars().count(), 80, "{line}");
    }
}

/// A table that keeps nothing but its version.
struct Forgetful(Mutex<Entries>);

impl Table for Forgetful {
    fn with_entries(mut entries: Entries) -> Self {
        entries.retain(|key, _| key == "version");
        Forgetful(Mutex::new(entries))
    }

    fn look_up<R>(&self, key: &str, found: impl FnOnce(Option<&str>) -> R) -> R {
        found(self.0.lock().expect("nobody panics").get(key).map(String::as_str))
    }

    fn update(&self, changes: &[Change]) {
        self.0.lock().expect("nobody panics").extend(changes.iter().filter(|(key, _)| key == "version").cloned());
    }
}

/// A table that is always one update behind.
struct Late(Mutex<(Entries, Vec<Change>)>);

impl Table for Late {
    fn with_entries(entries: Entries) -> Self {
        Late(Mutex::new((entries, Vec::new())))
    }

    fn look_up<R>(&self, key: &str, found: impl FnOnce(Option<&str>) -> R) -> R {
        found(self.0.lock().expect("nobody panics").0.get(key).map(String::as_str))
    }

    fn update(&self, changes: &[Change]) {
        let mut guard = self.0.lock().expect("nobody panics");
        let (entries, late) = &mut *guard;
        entries.extend(std::mem::replace(late, changes.to_vec()));
    }
}

#[test]
fn a_table_that_is_wrong_is_found_out() {
    let forgetful = run::<Forgetful>(&SETTINGS, &mut |_| ()).expect("there are threads");
    let missing = forgetful.lookups() / 64 * 63;
    assert_eq!(forgetful.check(), Err(format!("{missing} lookups did not find their key")));

    // How many lookups notice depends on when they run. The end does not.
    let late = run::<Late>(&SETTINGS, &mut |_| ()).expect("there are threads");
    assert!(late.last_version_found < Some(late.last_version));
    assert!(late.check().is_err());
}
