//! What an ordering audit found, and how it is printed.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::counterexample::{Bug, Witness};

/// How wide a table may be.
const WIDTH: usize = 80;

/// What an audit found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Audited {
    /// The files whose orderings were weakened.
    pub files: Vec<String>,
    /// The models that were asked, in the order in which they were, with how many executions each has.
    pub models: Vec<AuditedModel>,
    /// Every weakening, in the order of the source.
    pub weakenings: Vec<Weakening>,
    /// Orderings stronger than `Relaxed` in the source that no model uses: `file:line: code`.
    pub unreached: Vec<String>,
}

/// A model that an audit asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuditedModel {
    /// Its name.
    pub name: String,
    /// How many executions it has when nothing is weakened.
    pub executions: usize,
    /// The preemption bound; `None` is none.
    pub preemption_bound: Option<usize>,
}

/// One ordering, replaced by a weaker one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Weakening {
    /// The file, as the audit was told it.
    pub file: String,
    /// The line of the operation, counted from 1; 0 inside a twin.
    pub line: u32,
    /// That line, trimmed, and the lines after it if the operation takes more than one.
    pub code: String,
    /// What the ordering is for: `load`, `swap`, `cas, failure`, `fence`.
    pub operation: String,
    /// The ordering that the source names.
    pub declared: String,
    /// The weaker one; `removed` for a fence.
    pub weakened: String,
    /// What the models said.
    pub outcome: Outcome,
    /// For one that survived: the argument for keeping the ordering, as [`Audited::argue`] was given it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// What the models said of a weakening.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// A model failed.
    ///
    /// With a verdict of no progress, or of an endless loop, that is weaker evidence than with another: the model ran
    /// past its limits.
    Killed {
        /// Which one.
        model: String,
        /// With which verdict.
        bug: Bug,
        /// In which execution.
        execution: usize,
        /// What happened, if [`Audit::with_witnesses`](crate::Audit::with_witnesses) has asked for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        witness: Option<Box<Witness>>,
    },
    /// All models passed.
    Survived {
        /// How many executions were explored in all.
        executions: usize,
        /// How many of them came to the ordering.
        reached: usize,
    },
}

/// A weakening of which the models cannot tell the difference, and why the ordering stays nevertheless.
///
/// It stands for one weakening. Two of the same text, such as both orderings of a compare-exchange, are listed twice.
#[derive(Clone, Copy, Debug)]
pub struct Survivor {
    /// A piece of the line of source that no other line with a survivor has.
    pub code: &'static str,
    /// The weaker ordering, or `removed`.
    pub weakened: &'static str,
    /// The argument for keeping the ordering as it is.
    pub because: &'static str,
}

impl Weakening {
    /// Whether no model rejected it.
    pub fn survived(&self) -> bool {
        matches!(self.outcome, Outcome::Survived { .. })
    }
}

impl Audited {
    /// The weakenings that no model rejected.
    pub fn survivors(&self) -> impl Iterator<Item = &Weakening> {
        self.weakenings.iter().filter(|weakening| weakening.survived())
    }

    /// The weakenings that no model rejected, and for which there is no argument.
    pub fn unexpected(&self) -> impl Iterator<Item = &Weakening> {
        self.survivors().filter(|weakening| weakening.because.is_none())
    }

    /// Puts the arguments in `expected` to the survivors that they are for, and returns those that are for none.
    pub fn argue<'a>(&mut self, expected: &'a [Survivor]) -> Vec<&'a Survivor> {
        let mut unused: Vec<&Survivor> = expected.iter().collect();
        for weakening in self.weakenings.iter_mut().filter(|weakening| weakening.survived()) {
            let is_meant = |survivor: &&Survivor| {
                weakening.code.contains(survivor.code) && weakening.weakened == survivor.weakened
            };
            if let Some(index) = unused.iter().position(is_meant) {
                weakening.because = Some(unused.remove(index).because.to_owned());
            }
        }
        unused
    }

    /// Asserts that the survivors are exactly these, and that a model reaches every ordering.
    ///
    /// # Panics
    ///
    /// If another weakening survives, if one that is listed does not, or if no model reaches an ordering in the source.
    #[track_caller]
    pub fn expect_survivors(&self, expected: &[Survivor]) {
        let mut argued = self.clone();
        let unused = argued.argue(expected);
        let mut complaints: Vec<String> = argued
            .unexpected()
            .map(|weakening| {
                let Weakening { file, line, operation, declared, weakened, .. } = weakening;
                format!(
                    "{file}:{line}: {operation} ({declared}) weakened to {weakened} survives: add a model that needs it, \
                     or list it with an argument"
                )
            })
            .collect();
        complaints.extend(unused.into_iter().map(|Survivor { code, weakened, .. }| {
            format!("`{code}` weakened to {weakened} is listed as a survivor, and is none: take it from the list")
        }));
        complaints.extend(self.unreached.iter().map(|line| format!("{line}: no model reaches this ordering")));
        assert!(complaints.is_empty(), "{}\n{argued}", complaints.join("\n"));
    }

    /// The audit as JSON, indented, with a newline at its end.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("an audit has string keys only");
        json.push('\n');
        json
    }

    fn number_of(&self, model: &str) -> usize {
        self.models.iter().position(|known| known.name == model).map_or(0, |index| index + 1)
    }
}

impl fmt::Display for Audited {
    /// Three parts: the models, by number; every weakening, below the line of source that it is about, with the verdict
    /// that kills it and the number of the model; and how many there are. At most 80 columns wide.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "ordering audit of {}", self.files.join(", "))?;
        writeln!(f, "\nmodel  executions  preemptions")?;
        for (index, model) in self.models.iter().enumerate() {
            let bound = model.preemption_bound.map_or("any".to_owned(), |bound| format!("≤ {bound}"));
            let columns = format!("{:>5}  {:>10}  {bound:>11}  ", index + 1, model.executions);
            write_wrapped(f, &columns, &" ".repeat(columns.chars().count()), &model.name)?;
        }
        let mut last = None;
        let mut file = "";
        for weakening in &self.weakenings {
            if weakening.file != file {
                file = &weakening.file;
                writeln!(f, "\n{file}")?;
            }
            let at = (&weakening.file, weakening.line, &weakening.code);
            if last != Some(at) {
                last = Some(at);
                // Inside a twin there is no line to be named.
                let line = if weakening.line == 0 { String::new() } else { weakening.line.to_string() };
                writeln!(f, "{}", cut(&format!("{line:>5}  {}", weakening.code)))?;
            }
            let what = format!("{} {} → {}", weakening.operation, weakening.declared, weakening.weakened);
            write!(f, "       {what:<30} ")?;
            match &weakening.outcome {
                Outcome::Killed { model, bug, .. } => writeln!(f, "killed by {}: {bug}", self.number_of(model))?,
                Outcome::Survived { executions, reached } => {
                    writeln!(f, "survived {executions} executions, {reached} with it")?;
                }
            }
            if let Some(because) = &weakening.because {
                write_wrapped(f, "         because ", "         ", because)?;
            }
        }
        if !self.weakenings.is_empty() {
            writeln!(f)?;
        }
        let survived = self.survivors().count();
        let (all, killed) = (self.weakenings.len(), self.weakenings.len() - survived);
        let plural = if all == 1 { "" } else { "s" };
        write!(f, "{all} weakening{plural}: {killed} killed, {survived} survived")?;
        for line in &self.unreached {
            write!(f, "\n{}", cut(&format!("no model reaches {line}")))?;
        }
        Ok(())
    }
}

/// The text, or as much of it as there is room for.
fn cut(text: &str) -> String {
    if text.chars().count() <= WIDTH {
        return text.to_owned();
    }
    let kept: String = text.chars().take(WIDTH - 1).collect();
    format!("{}…", kept.trim_end())
}

/// Writes `text` behind `first`, and what does not fit in the width behind `next` on lines of its own.
fn write_wrapped(f: &mut fmt::Formatter<'_>, first: &str, next: &str, text: &str) -> fmt::Result {
    let mut line = first.to_owned();
    let mut is_bare = true;
    for word in text.split_whitespace() {
        if !is_bare && line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(f, "{line}")?;
            line = next.to_owned();
            is_bare = true;
        }
        if !is_bare {
            line.push(' ');
        }
        line.push_str(word);
        is_bare = false;
    }
    writeln!(f, "{line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survived(code: &str, operation: &str, weakened: &str) -> Weakening {
        Weakening {
            file: "src/cell.rs".to_owned(),
            line: 7,
            code: code.to_owned(),
            operation: operation.to_owned(),
            declared: "SeqCst".to_owned(),
            weakened: weakened.to_owned(),
            outcome: Outcome::Survived { executions: 12, reached: 3 },
            because: None,
        }
    }

    fn audited(weakenings: Vec<Weakening>) -> Audited {
        let model = AuditedModel {
            name: "a model with a name that is so long that it cannot stand on one line of the table".to_owned(),
            executions: 4,
            preemption_bound: Some(2),
        };
        Audited { files: vec!["src/cell.rs".to_owned()], models: vec![model], weakenings, unreached: Vec::new() }
    }

    const FENCE: Survivor = Survivor { code: "fence(SeqCst)", weakened: "removed", because: "of this and that" };

    #[test]
    fn an_argument_is_for_one_survivor() {
        let two =
            || vec![survived("fence(SeqCst);", "fence", "removed"), survived("fence(SeqCst);", "fence", "removed")];
        let mut both = audited(two());
        assert!(both.argue(&[FENCE, FENCE]).is_empty() && both.unexpected().count() == 0);
        let mut one = audited(two());
        assert!(one.argue(&[FENCE]).is_empty());
        assert_eq!(one.unexpected().count(), 1, "the other has no argument");
        let mut three = audited(two());
        assert_eq!(three.argue(&[FENCE, FENCE, FENCE]).len(), 1, "the third is for none");
    }

    #[test]
    fn the_table_is_at_most_80_columns_wide() {
        let long = "self.a_field_with_a_long_name.compare_exchange(expected_value, new_value, AcqRel, Acquire)";
        let mut audited = audited(vec![
            survived(long, "cas, success", "Release"),
            Weakening {
                outcome: Outcome::Killed {
                    model: "a model with a name that is so long that it cannot stand on one line of the table".into(),
                    bug: Bug::MixedWidth,
                    execution: 1,
                    witness: None,
                },
                ..survived(long, "update, fetch", "Acquire")
            },
        ]);
        audited.unreached.push(format!("src/cell.rs:9: {long}"));
        let because = "the load that found `expected_value` has acquired it, and one argument more makes this long";
        assert!(audited.argue(&[Survivor { code: long, weakened: "Release", because }]).is_empty());
        let text = audited.to_string();
        assert_eq!(
            text,
            "ordering audit of src/cell.rs\n\
             \n\
             model  executions  preemptions\n    \
             1           4          ≤ 2  a model with a name that is so long that it\n                                \
             cannot stand on one line of the table\n\
             \n\
             src/cell.rs\n    \
             7  self.a_field_with_a_long_name.compare_exchange(expected_value, new_value…\n       \
             cas, success SeqCst → Release  survived 12 executions, 3 with it\n         \
             because the load that found `expected_value` has acquired it, and one\n         \
             argument more makes this long\n       \
             update, fetch SeqCst → Acquire killed by 1: atomic accesses of two widths\n\
             \n\
             2 weakenings: 1 killed, 1 survived\n\
             no model reaches src/cell.rs:9: self.a_field_with_a_long_name.compare_exchange(…"
        );
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(WIDTH), "{text}");
    }

    #[test]
    fn an_audit_is_read_back_from_its_json() {
        let mut written = audited(vec![survived("fence(SeqCst);", "fence", "removed")]);
        written.argue(&[FENCE]);
        let read: Audited = serde_json::from_str(&written.to_json()).expect("it is an audit");
        assert_eq!(read.to_string(), written.to_string());
    }
}
