//! The forum thread from which the course starts, claim by claim.
//!
//! Every technical claim of the thread has a verdict, and every verdict a proof: a test of this workspace, or a recorded
//! measurement. [`CLAIMS`] is the list; the book's chapter `claim-by-claim.md` says why. `tests/chapter.rs` checks that each
//! proof exists, and that the chapter and the list agree.
#![warn(missing_docs)]

mod list;

use std::fmt;

pub use list::CLAIMS;

/// What has become of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Right,
    /// Something in it holds, and something does not.
    HalfRight,
    /// It does not hold.
    Wrong,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Verdict::Right => "right",
            Verdict::HalfRight => "half right",
            Verdict::Wrong => "wrong",
        })
    }
}

/// What proves a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A test of the workspace.
    Test {
        /// The folder in `crates/`.
        folder: &'static str,
        /// The file in that folder.
        file: &'static str,
        /// The function.
        name: &'static str,
    },
    /// A file in `book/src/generated/`, and the chapter that shows it.
    Recording {
        /// The file.
        file: &'static str,
        /// The chapter, with its extension.
        chapter: &'static str,
    },
}

/// A claim of the thread.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// What is claimed, in the course's words.
    pub claim: &'static str,
    /// What has become of it.
    pub verdict: Verdict,
    /// What proves that.
    pub proofs: &'static [Proof],
}

/// The table of all claims, in Markdown: number, claim, verdict, proof. The number leads to the claim's section.
pub fn table() -> String {
    let mut table = String::from("| | claim | verdict | proof |\n|---|---|---|---|\n");
    for (number, claim) in (1..).zip(CLAIMS) {
        let proofs: Vec<String> = claim.proofs.iter().map(Proof::to_string).collect();
        let row =
            format!("| [{number}](#claim-{number}) | {} | {} | {} |\n", claim.claim, claim.verdict, proofs.join("; "));
        table.push_str(&row);
    }
    table
}

impl fmt::Display for Proof {
    /// As the table has it: long names may be broken after each `_`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Proof::Test { folder, name, .. } => {
                let package = folder.split('-').next().unwrap_or(folder);
                write!(f, "<code>{}</code> of <code>{package}</code>", name.replace('_', "_<wbr>"))
            }
            Proof::Recording { file, chapter } => {
                let name = file.trim_end_matches(".txt").replace('-', " ");
                write!(f, "[recorded: {name}]({chapter})")
            }
        }
    }
}
