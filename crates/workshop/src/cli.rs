//! The command line: what there is to say, and the exit code that comes back.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::commands::{
    audit, bench, check, cost, doctor, hint, list, next, record, reset, serve, show, solution, watch,
};

/// The front door of a course on lock-free sharing that one runs.
#[derive(Parser)]
#[command(name = "cargo workshop", bin_name = "cargo workshop", version, max_term_width = 80)]
#[command(after_help = "Without a command it serves the book: `cargo run` is `cargo workshop serve`.\n\
                        Exit codes: 0 fine, 1 a check or a build failed, 2 wrong usage, 130 interrupted.")]
#[command(args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// What `serve` takes, since it is what happens without a command: `cargo run -- --no-open`.
    #[command(flatten)]
    serve: serve::Arguments,
}

#[derive(Subcommand)]
enum Command {
    Next(next::Arguments),
    List(list::Arguments),
    Check(check::Arguments),
    Watch(watch::Arguments),
    Hint(hint::Arguments),
    Solution(solution::Arguments),
    Reset(reset::Arguments),
    Doctor(doctor::Arguments),
    Serve(serve::Arguments),
    Show(show::Arguments),
    Audit(audit::Arguments),
    Cost(cost::Arguments),
    Record(record::Arguments),
    Bench(bench::Arguments),
}

/// How a command ends that did what it was asked to.
pub(crate) enum Outcome {
    /// Nothing is wrong.
    Fine,
    /// What was to be checked failed; the command has said so.
    Failed,
    /// Somebody pressed Ctrl-C before it was done.
    Interrupted,
}

/// An argument that parses and yet means nothing here: reported as a usage error.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// Reads the process's arguments, does what they say, and returns the exit code: 0 fine, 1 a check or a build failed,
/// 2 wrong usage, 130 interrupted.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Next(arguments) => next::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Watch(arguments) => watch::run(&arguments),
        Command::Hint(arguments) => hint::run(&arguments),
        Command::Solution(arguments) => solution::run(&arguments),
        Command::Reset(arguments) => reset::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Show(arguments) => show::run(&arguments),
        Command::Audit(arguments) => audit::run(&arguments),
        Command::Cost(arguments) => cost::run(&arguments),
        Command::Record(arguments) => record::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
    };
    match outcome {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::from(1),
        Ok(Outcome::Interrupted) => ExitCode::from(130),
        // Whoever reads our output has had enough of it: `cargo workshop show step3 | head -1`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be gone as well; there is nobody left to tell.
            let _ = writeln!(anstream::stderr(), "error: {error:#}");
            ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::Cli;

    #[test]
    fn serving_needs_no_command_and_takes_its_arguments() {
        Cli::command().debug_assert();
        for line in [&["workshop"][..], &["workshop", "--no-open"], &["workshop", "serve", "--no-open", "--port", "0"]]
        {
            assert!(Cli::try_parse_from(line).is_ok(), "{line:?}");
        }
        for line in [&["workshop", "--no-open", "show", "step3"][..], &["workshop", "sevre"], &["workshop", "show"]] {
            assert!(Cli::try_parse_from(line).is_err(), "{line:?}");
        }
    }
}
