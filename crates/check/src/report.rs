//! How a check tells `cargo workshop check` what it is about, while it is: one event a line, as JSON, in a file.
//!
//! A file and not a pipe, so that it is there when the test hangs or dies.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::Write;

use serde::{Deserialize, Serialize};

use crate::Failure;

/// The environment variable that names the file.
pub const REPORT: &str = "WORKSHOP_REPORT";

/// Something that has happened in a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// It begins, and these are its claims.
    Claims(Vec<String>),
    /// The claim with this index is looked at.
    Checking(usize),
    /// It holds.
    Held(usize),
    /// It does not. The check ends.
    Failed(Failure),
    /// Every claim holds. The check ends.
    Passed,
}

/// Where events go.
pub(crate) struct Report(Option<File>);

impl Report {
    /// To the workshop, if it has started this process; else nowhere.
    pub(crate) fn to_the_workshop() -> Report {
        let file = std::env::var_os(REPORT).filter(|path| path != OsStr::new(""));
        Report(file.map(|path| {
            let file = OpenOptions::new().create(true).append(true).open(&path);
            file.unwrap_or_else(|error| panic!("{REPORT} names {}, and {error}", path.display()))
        }))
    }

    pub(crate) fn write(&mut self, event: &Event) {
        let Some(file) = &mut self.0 else { return };
        let mut line = serde_json::to_string(event).expect("an event has string keys only");
        line.push('\n');
        file.write_all(line.as_bytes()).expect("the report can be written");
    }
}

/// The events in the text of a report. A line that is not whole yet is left out.
///
/// # Errors
///
/// When a whole line is no event: the test was built with another version of this crate.
pub fn events(text: &str) -> Result<Vec<Event>, serde_json::Error> {
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(serde_json::from_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_reads_as_what_was_written_up_to_its_last_whole_line() {
        let events_written = [Event::Claims(vec!["a".into()]), Event::Checking(0), Event::Held(0), Event::Passed];
        let lines: Vec<String> = events_written.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
        let text = lines.join("\n") + "\n";
        assert_eq!(events(&text).unwrap(), events_written);
        assert_eq!(events(&text[..text.len() - 3]).unwrap(), events_written[..3]);
        assert_eq!(events("").unwrap(), []);
        assert!(events("nothing\n").is_err());
    }
}
