//! The program that the course is about: does this design help me?
//!
//! `cargo run --release --example lookup -- --help`

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use clap::error::ErrorKind;
use indicatif::{ProgressBar, ProgressStyle};
use lookup::{DESIGNS, Design, LEGEND, Settings, Summary};

/// Workers look words up in a table as fast as they can, and one updater changes it now and then.
///
/// Runs once with each design, and prints how many lookups a second the workers made, and how stale the table was that
/// they saw.
#[derive(Parser)]
#[command(name = "lookup", after_help = designs())]
struct Arguments {
    /// Only these designs: one by its name, or all of a step by the step's.
    #[arg(long = "design", value_name = "NAME", value_delimiter = ',', value_parser = parse_design)]
    designs: Vec<Chosen>,
    /// Threads that look keys up [default: as many as the machine runs at a time].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: Option<u16>,
    /// Keys in the table.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    keys: u32,
    /// Keys that an update changes [default: one in a hundred].
    #[arg(long, value_name = "N")]
    changes: Option<u32>,
    /// Milliseconds between two updates; 0 is one after the other.
    #[arg(long, value_name = "MS", default_value_t = 100, value_parser = clap::value_parser!(u32).range(..=60_000))]
    every: u32,
    /// Seconds for each design.
    #[arg(long, value_name = "S", default_value = "3", value_parser = parse_seconds)]
    seconds: Duration,
}

/// What one name on the command line means.
#[derive(Clone)]
struct Chosen(Vec<&'static Design>);

fn parse_design(name: &str) -> Result<Chosen, lookup::UnknownDesign> {
    Design::find(name).map(Chosen)
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.01..=3600.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        Ok(_) => Err("it has to be from 0.01 to 3600".to_owned()),
        Err(_) => Err("it is not a number".to_owned()),
    }
}

fn designs() -> String {
    let lines: Vec<String> = DESIGNS.iter().map(|design| format!("  {:<18}{}", design.name, design.what)).collect();
    format!("Designs:\n{}", lines.join("\n"))
}

impl Arguments {
    fn parse_from_command_line(arguments: impl IntoIterator<Item = String>) -> Result<Arguments, clap::Error> {
        let arguments = Arguments::try_parse_from(arguments)?;
        if let Some(changes) = arguments.changes.filter(|&changes| changes > arguments.keys) {
            let message = format!("an update cannot change {changes} of {} keys", arguments.keys);
            let command = <Arguments as clap::CommandFactory>::command();
            return Err(clap::Error::raw(ErrorKind::ValueValidation, message + "\n").with_cmd(&command));
        }
        Ok(arguments)
    }

    fn settings(&self) -> Settings {
        let cores = || std::thread::available_parallelism().map_or(2, usize::from);
        Settings {
            workers: self.workers.map_or_else(cores, usize::from),
            keys: self.keys as usize,
            changes: self.changes.unwrap_or(self.keys.div_ceil(100)) as usize,
            every: Duration::from_millis(self.every.into()),
            length: self.seconds,
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse_from_command_line(std::env::args()).unwrap_or_else(|error| error.exit());
    let settings = arguments.settings();
    let mut designs: Vec<&Design> = arguments.designs.iter().flat_map(|chosen| chosen.0.iter().copied()).collect();
    if designs.is_empty() {
        designs = DESIGNS.iter().collect();
    }
    if cfg!(debug_assertions) {
        eprintln!("This is a debug build, whose figures say little: add --release.\n");
    }
    println!(
        "{} workers, {} keys, an update of {} every {} ms, {} s each\n",
        settings.workers,
        settings.keys,
        settings.changes,
        settings.every.as_millis(),
        settings.length.as_secs_f64(),
    );
    println!("{}", lookup::head());
    let mut first: Option<Summary> = None;
    for design in designs {
        let summary = match run(design, &settings) {
            Ok(summary) => summary,
            Err(error) => {
                eprintln!("error: {}: cannot start {} workers: {error}", design.name, settings.workers);
                return ExitCode::FAILURE;
            }
        };
        println!("{}", summary.row(design.name, first.as_ref().unwrap_or(&summary)));
        if let Err(wrong) = summary.check() {
            eprintln!("error: {}: {wrong}", design.name);
            return ExitCode::FAILURE;
        }
        first.get_or_insert(summary);
    }
    println!("\n{LEGEND}");
    ExitCode::SUCCESS
}

/// Runs the program with one design, with a line that says how far it has come.
fn run(design: &Design, settings: &Settings) -> std::io::Result<Summary> {
    let style = ProgressStyle::with_template("{prefix:<16} {bar:30} {msg}").expect("the template is a constant");
    let bar = ProgressBar::new(settings.length.as_millis() as u64).with_style(style).with_prefix(design.name);
    let summary = design.run(settings, &mut |progress| {
        bar.set_position(progress.elapsed.as_millis() as u64);
        bar.set_message(format!("{:.1} million lookups", progress.lookups as f64 / 1e6));
    });
    bar.finish_and_clear();
    summary
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Arguments, String> {
        let all = ["lookup"].iter().chain(arguments).map(|argument| (*argument).to_owned());
        Arguments::parse_from_command_line(all).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_said_is_every_design_for_three_seconds() {
        let arguments = parse(&[]).unwrap_or_else(|error| panic!("{error}"));
        assert!(arguments.designs.is_empty());
        let settings = arguments.settings();
        assert!(settings.workers > 0);
        assert_eq!((settings.keys, settings.changes, settings.length), (10_000, 100, Duration::from_secs(3)));
    }

    #[test]
    fn designs_are_chosen_by_name_and_by_step() {
        let arguments =
            parse(&["--design", "step4,step0", "--seconds", "0.5"]).unwrap_or_else(|error| panic!("{error}"));
        let chosen: Vec<&str> =
            arguments.designs.iter().flat_map(|chosen| &chosen.0).map(|design| design.name).collect();
        assert_eq!(chosen.first(), Some(&"step4"));
        assert_eq!(chosen.len(), 5);
        assert_eq!(arguments.seconds, Duration::from_millis(500));
    }

    #[test]
    fn what_cannot_be_is_refused_with_a_reason() {
        for (arguments, reason) in [
            (&["--design", "step9"][..], "there is no design `step9`; there are step0-in-place"),
            (&["--workers", "0"], "0 is not in 1..=1024"),
            (&["--workers", "many"], "invalid digit"),
            (&["--keys", "0"], "0 is not in 1..=10000000"),
            (&["--keys", "10", "--changes", "11"], "an update cannot change 11 of 10 keys"),
            (&["--seconds", "0"], "it has to be from 0.01 to 3600"),
            (&["--seconds", "NaN"], "it has to be from 0.01 to 3600"),
            (&["--seconds", "soon"], "it is not a number"),
            (&["--every", "-1"], "unexpected argument"),
            (&["step4"], "unexpected argument 'step4'"),
        ] {
            let error = parse(arguments).err().unwrap_or_else(|| panic!("{arguments:?} is accepted"));
            assert!(error.contains(reason), "{arguments:?}: {error}");
        }
    }

    #[test]
    fn the_help_lists_every_design() {
        let help = parse(&["--help"]).err().expect("help is not a run");
        for design in DESIGNS {
            assert!(help.contains(design.name) && help.contains(design.what), "{help}");
        }
    }
}
