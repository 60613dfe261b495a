//! The agendas of the book's page for instructors.

use std::path::{Path, PathBuf};

use Item::{Else, Page};
use agenda::{Agenda, Item, minutes};

const CHECKER: Item = Page("what-a-model-checker-sees.md");
const BREAK: Item = Else("Break", 15);

const TWO_HOURS: Agenda = Agenda {
    minutes: 120,
    items: &[
        Page("title.md"),
        CHECKER,
        Page("step1-stack-pointer.md"),
        Page("ex1.md"),
        Page("sol1.md"),
        Else("Break", 10),
        Page("step3-transmuted-arc.md"),
    ],
};

const HALF_A_DAY: Agenda = Agenda {
    minutes: 240,
    items: &[
        Page("title.md"),
        CHECKER,
        Page("step1-stack-pointer.md"),
        Page("ex1.md"),
        Page("sol1.md"),
        BREAK,
        Page("step2-noop-drop.md"),
        Page("step3-transmuted-arc.md"),
        Page("ex3.md"),
        Page("sol3.md"),
        BREAK,
        Page("litmus.md"),
    ],
};

const A_DAY: Agenda = Agenda {
    minutes: 480,
    items: &[
        Page("title.md"),
        Page("step0-locks.md"),
        CHECKER,
        BREAK,
        Page("step1-stack-pointer.md"),
        Page("ex1.md"),
        Page("sol1.md"),
        Page("step2-noop-drop.md"),
        Page("step3-transmuted-arc.md"),
        Else("Lunch", 60),
        Page("ex3.md"),
        Page("sol3.md"),
        Page("litmus.md"),
        BREAK,
        Page("step4-arc-cell.md"),
        Page("ex4.md"),
        Page("sol4.md"),
        BREAK,
        Page("step6-rcu.md"),
        Page("ex6.md"),
    ],
};

const A_SECOND_DAY: Agenda = Agenda {
    minutes: 480,
    items: &[
        Else("What was on the first day", 10),
        Page("step7-map-copy.md"),
        Else("Break", 15),
        Page("ex7.md"),
        Page("sol7.md"),
        Page("step8-map-clone.md"),
        Else("Lunch", 60),
        Page("step9-map-unbounded.md"),
        Page("ex9.md"),
        Page("sol9.md"),
        Else("Break", 15),
        Page("step10-map-relocate.md"),
        Page("ex10.md"),
        Page("sol10.md"),
        Else("Break", 15),
        Page("was-it-worth-it.md"),
    ],
};

fn book() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/src")
}

#[test]
fn the_agendas_add_up() {
    for (name, agenda) in [
        ("agenda-two-hours.md", TWO_HOURS),
        ("agenda-half-a-day.md", HALF_A_DAY),
        ("agenda-a-day.md", A_DAY),
        ("agenda-a-second-day.md", A_SECOND_DAY),
    ] {
        let table = agenda.table(&book()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let sum: u32 =
            table.lines().skip(2).map(|row| row.split('|').nth(2).unwrap().trim().parse::<u32>().unwrap()).sum();
        assert_eq!(sum, agenda.minutes, "{table}");
        recording::deterministic(name, &table);
    }
}

#[test]
fn an_agenda_that_does_not_fit_is_told() {
    let full = Agenda { minutes: 60, ..TWO_HOURS };
    assert!(full.table(&book()).unwrap_err().to_string().contains("0 are left"));
    let empty = Agenda { minutes: 300, ..TWO_HOURS };
    assert!(empty.table(&book()).unwrap_err().to_string().contains("an agenda of 300 minutes has"));
    let lost = Agenda { minutes: 60, items: &[Page("nowhere.md")] };
    assert!(lost.table(&book()).unwrap_err().to_string().contains("nowhere.md"));
}

#[test]
fn a_page_says_its_minutes() {
    assert_eq!(minutes("# A\n\n<div data-minutes=\"25\"></div>\n"), Some(25));
    assert_eq!(minutes("<div data-minutes=\"soon\"></div>"), None);
    assert_eq!(minutes("# A"), None);
}
