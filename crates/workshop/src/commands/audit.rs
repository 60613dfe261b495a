//! `cargo workshop audit step4`: weakens every ordering of a step, one at a time, and asks the step's models.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;
use clap::builder::styling::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use recording::report::{AuditReport, Message, Request};
use serde_json::json;
use witness::{Outcome, Weakening};

use crate::cli::{Outcome as Ending, Usage};
use crate::course::{STEPS, Step, Verdict};
use crate::reports::{self, ReportingTest, Subject};
use crate::workspace;

/// Weakens every memory ordering of a step, one at a time, and asks the models.
#[derive(Args)]
#[command(after_help = "Each ordering is replaced by every weaker one, each fence is also taken away,\n\
                        and the step's models are explored up to their own bounds until one fails.\n\
                        `cargo test` does the same, with smaller bounds where these take too long.\n\
                        Exit codes: 0 nothing survives but what is listed with its reason, 1 it does\n\
                        or the tests fail, 2 wrong usage.")]
pub(crate) struct Arguments {
    /// The step, `4` or `step4`, or another crate with an audit: `witness`.
    step: String,
    /// Explore every model up to so many preemptions, whatever its own bound.
    #[arg(long, value_name = "N")]
    bound: Option<usize>,
    /// Show what goes wrong when the orderings on this line are weaker.
    #[arg(long, value_name = "[FILE:]LINE", value_parser = Place::parse)]
    why: Option<Place>,
    /// Print the result as JSON; `null` where there is nothing to audit.
    #[arg(long)]
    json: bool,
}

/// A line of the source.
#[derive(Clone, Debug)]
struct Place {
    file: Option<String>,
    line: u32,
}

impl Place {
    fn parse(text: &str) -> Result<Place, String> {
        let (file, line) = match text.rsplit_once(':') {
            Some((file, line)) => (Some(file.to_owned()), line),
            None => (None, text),
        };
        let line = line.parse().map_err(|_| format!("`{line}` is no line number"))?;
        Ok(Place { file, line })
    }

    fn is_of(&self, weakening: &Weakening) -> bool {
        self.line == weakening.line && self.file.as_ref().is_none_or(|file| weakening.file.ends_with(file.as_str()))
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ending> {
    let step = Step::find(&arguments.step);
    let Some(folder) = folder_of(&arguments.step, step)? else {
        return Err(unknown(&arguments.step)?.into());
    };
    let tests = reports::tests_of(&folder, Subject::Audit)?;
    if tests.is_empty() {
        return nothing_to_audit(step, arguments.json);
    }
    let request = Request { bound: arguments.bound, witnesses: arguments.why.is_some() };
    let mut audits = Vec::new();
    for test in &tests {
        audits.push(run_one(test, &request)?);
    }
    if let Some(place) = &arguments.why {
        return show_why(&audits, place);
    }
    let as_expected = audits.iter().all(AuditReport::is_as_expected);
    let mut out = anstream::stdout().lock();
    if arguments.json {
        let name = step.map_or_else(|| arguments.step.clone(), Step::package);
        let all = json!({ "package": name, "as_expected": as_expected, "audits": audits });
        writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
    } else {
        for audit in &audits {
            write_report(&mut out, audit)?;
        }
    }
    Ok(if as_expected { Ending::Fine } else { Ending::Failed })
}

/// The folder of the step, or of the crate with an audit, that is called `name`.
fn folder_of(name: &str, step: Option<&Step>) -> Result<Option<PathBuf>> {
    let crates = workspace::root().join("crates");
    if let Some(step) = step {
        return Ok(Some(crates.join(step.folder)));
    }
    Ok(reports::crates_with(&crates, Subject::Audit)?.into_iter().find(|folder| folder.ends_with(name)))
}

fn unknown(name: &str) -> Result<Usage> {
    let steps = STEPS.iter().map(|step| (step.package(), step.folder.to_owned()));
    let mut names: Vec<String> = steps.clone().map(|(package, _)| package).collect();
    for folder in reports::crates_with(&workspace::root().join("crates"), Subject::Audit)? {
        let other = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !steps.clone().any(|(_, folder)| folder == other) {
            names.push(other);
        }
    }
    Ok(Usage(format!("there is no step `{name}`; the steps, and other crates with an audit, are {}", names.join(", "))))
}

fn nothing_to_audit(step: Option<&'static Step>, json: bool) -> Result<Ending> {
    let mut out = anstream::stdout().lock();
    match step {
        _ if json => writeln!(out, "null")?,
        Some(step) => {
            writeln!(out, "{step}")?;
            match step.verdict {
                Verdict::Broken { .. } => {
                    writeln!(
                        out,
                        "is broken, so there is no audit: an audit asks of a design that works which of its"
                    )?;
                    writeln!(out, "orderings it needs. `cargo workshop show {}` says what is wrong.", step.package())?;
                }
                Verdict::Correct { .. } => {
                    writeln!(out, "has no audit: no ordering is named in its source. Its models: {}", step.command())?;
                }
            }
        }
        None => writeln!(out, "has no audit")?,
    }
    Ok(Ending::Fine)
}

/// Runs the audit, with a progress bar where somebody can see it.
fn run_one(test: &ReportingTest, request: &Request) -> Result<AuditReport> {
    anstream::eprintln!("Auditing {}: {}", workspace::displayed(&test.folder), test.name);
    let bar = ProgressBar::no_length();
    bar.set_style(ProgressStyle::with_template("  {msg} [{bar:30}] {pos}/{len}  {elapsed}")?.progress_chars("=> "));
    let mut found = None;
    let ended = reports::run(test, request, |message| match message {
        Message::Models(done, total) => show(&bar, "exploring the models ", done, total),
        Message::Weakenings(done, total) => show(&bar, "weakening an ordering", done, total),
        Message::Audit(report) => found = Some(report),
        Message::Ledgers(_) => {}
    });
    bar.finish_and_clear();
    ended?;
    ensure!(found.is_some(), "the test `{}` has not reported: does it call recording::audit itself?", test.name);
    Ok(found.expect("it has been looked at"))
}

fn show(bar: &ProgressBar, what: &'static str, done: usize, total: usize) {
    bar.set_message(what);
    bar.set_length(total as u64);
    bar.set_position(done as u64);
}

/// Writes the table, what is wrong if anything is, and what it all means.
fn write_report(out: &mut dyn Write, report: &AuditReport) -> Result<()> {
    let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
    let (good, doubtful, bad) = (colour(AnsiColor::Green), colour(AnsiColor::Yellow), colour(AnsiColor::Red).bold());
    let audited = &report.audited;
    for line in audited.to_string().lines() {
        let line = line
            .replace(" killed by ", &format!(" {good}killed{good:#} by "))
            .replace(" survived ", &format!(" {doubtful}survived{doubtful:#} "));
        writeln!(out, "{line}")?;
    }
    writeln!(out)?;
    for weakening in audited.unexpected() {
        writeln!(out, "{bad}{} survives, and nothing says why{bad:#}", described(weakening))?;
    }
    if audited.unexpected().next().is_some() {
        writeln!(out, "Add a model that needs the ordering, or list it with an argument.\n")?;
    }
    for (code, weakened) in &report.killed_nevertheless {
        writeln!(out, "`{code}` weakened to {weakened} is listed as a survivor, and a model rejects it here.\n")?;
    }
    let survived = audited.survivors().count();
    let (killed, plural) = (audited.weakenings.len() - survived, |count: usize| if count == 1 { "" } else { "s" });
    writeln!(out, "A model rejects {killed} weakening{}: those orderings are needed.", plural(killed))?;
    if survived > 0 {
        let verb = if survived == 1 { "s" } else { "" };
        writeln!(out, "{survived} survive{verb}: these models cannot tell the difference. That is no reason to")?;
        writeln!(out, "weaken anything.")?;
    }
    writeln!(out, "So it is for these models, in loom's memory model, up to these bounds.")?;
    Ok(())
}

/// `src/cell.rs:76: store Release → Relaxed`.
fn described(weakening: &Weakening) -> String {
    let Weakening { file, line, operation, declared, weakened, .. } = weakening;
    format!("{file}:{line}: {operation} {declared} → {weakened}")
}

/// Writes the counterexamples of the weakenings at `place`.
fn show_why(audits: &[AuditReport], place: &Place) -> Result<Ending> {
    let all = || audits.iter().flat_map(|report| &report.audited.weakenings);
    let there: Vec<&Weakening> = all().filter(|weakening| place.is_of(weakening)).collect();
    if there.is_empty() {
        let mut lines: Vec<String> = all().map(|weakening| format!("{}:{}", weakening.file, weakening.line)).collect();
        lines.dedup();
        let problem = format!("no ordering on line {} is weakened; those that are: {}", place.line, lines.join(", "));
        return Err(Usage(problem).into());
    }
    let mut out = anstream::stdout().lock();
    for weakening in there {
        writeln!(out, "{}", described(weakening))?;
        match &weakening.outcome {
            Outcome::Killed { witness: Some(witness), .. } => writeln!(out, "{witness}\n")?,
            Outcome::Killed { model, bug, .. } => writeln!(out, "{bug}, in `{model}`\n")?,
            Outcome::Survived { executions, .. } => {
                writeln!(out, "survives: none of {executions} executions goes wrong")?;
                writeln!(out, "{}\n", weakening.because.as_deref().unwrap_or("nothing says why"))?;
            }
        }
    }
    Ok(Ending::Fine)
}

#[cfg(test)]
mod tests {
    use recording::report::AuditReport;
    use witness::{Audited, AuditedModel, Outcome, Weakening};

    use super::{Place, write_report};

    fn report() -> AuditReport {
        let model = AuditedModel { name: "get beside set".into(), executions: 66, preemption_bound: Some(2) };
        let survivor = |line, because: Option<&str>| Weakening {
            file: "src/cell.rs".into(),
            line,
            code: "self.pointer.store(new, Release);".into(),
            operation: "store".into(),
            declared: "Release".into(),
            weakened: "Relaxed".into(),
            outcome: Outcome::Survived { executions: 66, reached: 60 },
            because: because.map(str::to_owned),
        };
        let audited = Audited {
            files: vec!["src/cell.rs".into()],
            models: vec![model],
            weakenings: vec![survivor(7, None), survivor(9, Some("of an argument"))],
            unreached: vec!["src/cell.rs:12: self.pointer.load(Acquire)".into()],
        };
        let killed_nevertheless = vec![("fence(SeqCst)".into(), "removed".into())];
        AuditReport { name: "step0-audit".into(), audited, killed_nevertheless }
    }

    #[test]
    fn what_survives_without_a_reason_is_named() {
        let mut out = anstream::StripStream::new(Vec::new());
        write_report(&mut out, &report()).unwrap();
        let text = String::from_utf8(out.into_inner()).unwrap();
        for line in [
            "src/cell.rs:7: store Release → Relaxed survives, and nothing says why",
            "Add a model that needs the ordering, or list it with an argument.",
            "no model reaches src/cell.rs:12: self.pointer.load(Acquire)",
            "`fence(SeqCst)` weakened to removed is listed as a survivor, and a model rejects it here.",
            "2 survive: these models cannot tell the difference. That is no reason to",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(!text.contains("src/cell.rs:9: store Release → Relaxed survives, and"), "{text}");
    }

    #[test]
    fn an_ordering_that_nothing_uses_is_not_as_expected_either() {
        let mut report = report();
        assert!(!report.is_as_expected());
        report.audited.weakenings.remove(0);
        assert!(!report.is_as_expected());
        report.audited.unreached.clear();
        assert!(report.is_as_expected());
    }

    #[test]
    fn a_place_is_a_line_with_or_without_its_file() {
        let weakening = &report().audited.weakenings[0];
        for (place, is_there) in
            [("7", true), ("cell.rs:7", true), ("src/cell.rs:7", true), ("rcu.rs:7", false), ("9", false)]
        {
            assert_eq!(Place::parse(place).unwrap().is_of(weakening), is_there, "{place}");
        }
        assert_eq!(Place::parse("cell.rs:x").unwrap_err(), "`x` is no line number");
    }
}
