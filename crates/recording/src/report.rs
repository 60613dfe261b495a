//! What a test hands to a command: the audits and the ledgers of a step, from the step's own tests.
//!
//! A command runs the test with a [`Request`] in its environment. The test writes [`Message`]s to its standard output,
//! one a line, among whatever else is written there: how far it has come, and in the end what it has found. What cannot
//! be said in this way (a model that fails, code that does not compile) goes to standard error, as always.

use std::env;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use witness::{Audit, Audited, Ledger, Stage, Survivor};

/// The environment variable that has the request, as JSON.
pub const REPORT: &str = "WORKSHOP_REPORT";

/// What a message's line begins with.
const MARK: &str = "workshop-report: ";

/// What a command asks of a test.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The preemption bound of every model; `None` leaves each its own.
    pub bound: Option<usize>,
    /// Whether counterexamples are wanted.
    pub witnesses: bool,
}

/// What a test says to a command.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// So many models have been explored, of so many.
    Models(usize, usize),
    /// So many weakenings have been tried, of so many.
    Weakenings(usize, usize),
    /// What an audit has found.
    Audit(AuditReport),
    /// What a design's operations cost.
    Ledgers(Vec<Ledger>),
}

/// What an audit has found, and what was expected of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuditReport {
    /// The recording's name.
    pub name: String,
    /// What was found; those survivors that were expected have their argument.
    pub audited: Audited,
    /// The survivors that are listed and were killed, with the weaker ordering.
    pub killed_nevertheless: Vec<(String, String)>,
}

impl AuditReport {
    /// Whether nothing survived but what was expected, and every ordering was reached.
    pub fn is_as_expected(&self) -> bool {
        self.audited.unexpected().next().is_none() && self.audited.unreached.is_empty()
    }
}

impl Request {
    /// The request in this process's environment, if there is one.
    ///
    /// # Panics
    ///
    /// If there is something else.
    pub fn of_environment() -> Option<Request> {
        let request = env::var(REPORT).ok()?;
        Some(serde_json::from_str(&request).unwrap_or_else(|error| panic!("{REPORT}={request}: {error}")))
    }

    /// What the environment variable has to be.
    pub fn to_environment(&self) -> String {
        serde_json::to_string(self).expect("a request has string keys only")
    }
}

impl Message {
    /// The message in a line of a test's output, if there is one.
    pub fn of_line(line: &str) -> Option<Message> {
        serde_json::from_str(line.strip_prefix(MARK)?).ok()
    }
}

pub(crate) fn send(message: &Message) {
    let json = serde_json::to_string(message).expect("a message has string keys only");
    // libtest may have begun a line. Nobody may be reading any more; then there is nobody to tell.
    let _ = writeln!(io::stdout().lock(), "\n{MARK}{json}");
}

/// Runs the audit as `request` asks, and reports.
#[track_caller]
pub(crate) fn audit(name: &str, audit: Audit, expected: &[Survivor], request: &Request) {
    let mut audit = audit.thorough();
    if let Some(bound) = request.bound {
        audit = audit.preemption_bound(bound);
    }
    if request.witnesses {
        audit = audit.with_witnesses();
    }
    let mut audited = audit.run_with(|progress| {
        let (done, total) = (progress.done, progress.total);
        send(&match progress.stage {
            Stage::Models => Message::Models(done, total),
            Stage::Weakenings => Message::Weakenings(done, total),
        });
    });
    let unused = audited.argue(expected);
    let killed_nevertheless =
        unused.into_iter().map(|survivor| (survivor.code.to_owned(), survivor.weakened.to_owned())).collect();
    send(&Message::Audit(AuditReport { name: name.to_owned(), audited, killed_nevertheless }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_comes_back_from_the_environment() {
        let request = Request { bound: Some(3), witnesses: true };
        assert_eq!(serde_json::from_str::<Request>(&request.to_environment()).unwrap(), request);
    }

    #[test]
    fn a_message_is_found_in_its_line() {
        let ledgers = vec![Ledger::new("a design")];
        let line = format!("{MARK}{}", serde_json::to_string(&Message::Ledgers(ledgers.clone())).unwrap());
        assert!(matches!(Message::of_line(&line), Some(Message::Ledgers(read)) if read == ledgers));
        for other in ["test a_test ... ok", MARK, "workshop-report: {}", ""] {
            assert!(Message::of_line(other).is_none(), "{other}");
        }
    }
}
