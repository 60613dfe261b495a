//! Agendas for a room, made from the minutes that the pages of the book say they take: so they add up.
#![warn(missing_docs)]

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

/// The minutes that a page says it takes: the number in its `data-minutes`.
pub fn minutes(page: &str) -> Option<u32> {
    page.split_once("data-minutes=\"")?.1.split_once('"')?.0.parse().ok()
}

/// Something that a room does.
#[derive(Clone, Copy, Debug)]
pub enum Item {
    /// Goes through a page of the book: `step1-stack-pointer.md`.
    Page(&'static str),
    /// Something else, for so many minutes.
    Else(&'static str, u32),
}

/// A plan for a number of minutes. What the items leave is for questions.
#[derive(Clone, Copy, Debug)]
pub struct Agenda {
    /// How long it is.
    pub minutes: u32,
    /// What is done, in order.
    pub items: &'static [Item],
}

/// For questions there should be as much, and not more.
const QUESTIONS: std::ops::RangeInclusive<u32> = 10..=40;

impl Agenda {
    /// The agenda as a Markdown table, with the minutes of the pages in the folder `src` of a book.
    ///
    /// # Errors
    ///
    /// When a page cannot be read or does not say how long it takes, or when too much or too little is left for questions.
    pub fn table(&self, src: &Path) -> io::Result<String> {
        let mut table = "| from | minutes | |\n|---|---|---|\n".to_owned();
        let mut from = 0;
        let mut row = |from: u32, minutes: u32, what: &str| {
            let _ = writeln!(table, "| {}:{:02} | {minutes} | {what} |", from / 60, from % 60);
        };
        for item in self.items {
            let (what, minutes) = match *item {
                Item::Else(what, minutes) => (what.to_owned(), minutes),
                Item::Page(page) => {
                    let (title, minutes) = page_of(src, page)?;
                    (format!("[{title}]({page})"), minutes)
                }
            };
            row(from, minutes, &what);
            from += minutes;
        }
        let left = self.minutes.saturating_sub(from);
        if !QUESTIONS.contains(&left) {
            let budget = self.minutes;
            return Err(io::Error::other(format!("an agenda of {budget} minutes has {from} planned: {left} are left")));
        }
        row(from, left, "Questions, and where to go on alone");
        Ok(table)
    }
}

/// The title of a page, and its minutes.
fn page_of(src: &Path, page: &str) -> io::Result<(String, u32)> {
    let path = src.join(page);
    let mut text = fs::read_to_string(&path).map_err(|error| io::Error::other(format!("{page}: {error}")))?;
    // An exercise's page begins with its README.
    if let Some(rest) = text.strip_prefix("{{#include ")
        && let Some((included, _)) = rest.split_once("}}")
    {
        text = fs::read_to_string(src.join(included))?;
    }
    let title = text.lines().next().and_then(|line| line.strip_prefix("# "));
    match (title, minutes(&text)) {
        (Some(title), Some(minutes)) => Ok((title.to_owned(), minutes)),
        _ => Err(io::Error::other(format!("{page} has no title, or does not say how many minutes it takes"))),
    }
}
