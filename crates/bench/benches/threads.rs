//! Every contender in turns: what several threads do to each other, and ratios within one run.

use std::path::PathBuf;
use std::{env, fs};

use anyhow::{Context, Result};
use barrier::{Barrier, set_default_barrier};
use bench::allocator::Counting;
use bench::contenders;
use bench::machine_code::{self, Executed};
use bench::measure::{Effort, measure};
use bench::results::Results;
use bench::{goals, preemption, report, versions};
use clap::Parser;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Races every step against the crates that people use.
#[derive(Parser)]
#[command(name = "cargo bench -p bench --bench threads --", bin_name = "cargo bench -p bench --bench threads --")]
struct Arguments {
    /// Take half an hour or so instead of minutes: more windows, and a million strings.
    #[arg(long)]
    full: bool,
    /// Only see whether everything runs.
    #[arg(long, conflicts_with = "full")]
    smoke: bool,
    /// Measure only the cases whose name contains this.
    #[arg(value_name = "CASE", default_value = "")]
    only: String,
    /// Measure only the contenders whose name contains this, and the baseline.
    #[arg(long, value_name = "NAME", default_value = "")]
    contender: String,
    /// Let step 5 fence for itself also where `membarrier(2)` is there. (The others race in both forms.)
    #[arg(long)]
    fence: bool,
    /// Measure nothing; report what this CSV file holds.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Keep the measurements, and the tables and plots that are made of them, for the book.
    #[arg(long, conflicts_with_all = ["smoke", "only", "contender"])]
    record: bool,
    /// Print every case, not only the table of what was reached.
    #[arg(long)]
    all: bool,
    /// Look one contender's keys up, for a parent process that counts the instructions.
    #[arg(long, value_name = "NAME", hide = true)]
    trace: Option<String>,
    /// What cargo says to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let Some(contender) = &arguments.trace {
        return machine_code::be_traced(contender);
    }
    if arguments.fence {
        set_default_barrier(Barrier::Fence)?;
    }
    let effort = match arguments {
        Arguments { full: true, .. } => Effort::FULL,
        Arguments { smoke: true, .. } => Effort::SMOKE,
        _ => Effort::SHORT,
    };
    let before = preemption::stolen();
    let results = match &arguments.from {
        Some(file) => {
            let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            Results::from_csv(&text)?
        }
        // As the CSV file will have it: what is made of it later is the same to the pixel.
        None => Results::from_csv(&measure(&effort, &arguments.only, &arguments.contender).to_csv()?)?,
    };
    let run = about(&results, before)?;
    let is_whole = arguments.only.is_empty() && arguments.contender.is_empty();
    let code = if is_whole { machine_code()? } else { String::new() };
    let target = csv_file()?;
    if arguments.from.is_none() {
        fs::write(&target, results.to_csv()?).with_context(|| format!("cannot write {}", target.display()))?;
    }
    if arguments.all || !is_whole {
        println!("{}", report::all(&results));
    }
    println!("{}\n\n{run}", recording::heading());
    println!("{code}");
    println!("{}", report::file("bench-foretold.txt", &results)?);
    println!("{}", goals::table(&results));
    println!("Raw values: {}", target.display());
    if arguments.record {
        record(&results, &run, &code)?;
    }
    Ok(())
}

/// `bench.csv` in the folder in which cargo builds.
fn csv_file() -> Result<PathBuf> {
    // <target>/<profile>/deps/threads-<hash>
    let program = env::current_exe()?;
    let folder = program.ancestors().nth(3).context("the benches are built by cargo")?;
    Ok(folder.join("bench.csv"))
}

/// The versions that raced, and what the run says of itself.
fn about(results: &Results, before: Option<preemption::Stolen>) -> Result<String> {
    let versions = versions::of_dependencies()?;
    let mut packages: Vec<&str> = contenders::facts().iter().filter_map(|facts| facts.package).collect();
    packages.push("foldhash");
    packages.sort_unstable();
    packages.dedup();
    let packages: Vec<String> = packages
        .into_iter()
        .map(|name| format!("{name} {}", versions.get(name).map_or("(unknown)", String::as_str)))
        .collect();
    let mut lines = Vec::new();
    let mut line = String::from("contenders: ");
    for package in packages {
        if line.len() + package.len() > 78 {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
        }
        line += &format!("{package}, ");
    }
    lines.push(line.trim_end_matches(", ").to_owned());
    let (kept, dropped) = results.windows();
    if preemption::is_recognised() {
        lines.push(format!("windows: {kept} kept, {dropped} dropped because a thread was preempted in them"));
    } else {
        lines.push(format!("windows: {kept}; this system does not say in which of them a thread was preempted"));
    }
    lines.push(format!("step5's readers: {:?}", Barrier::default_of_process()));
    if let (Some(before), Some(after)) = (before, preemption::stolen()) {
        lines.push(format!(
            "the hypervisor gave {:.1} % of the processors' time to others",
            100.0 * after.since(before)
        ));
    }
    Ok(lines.join("\n"))
}

/// What one look-up of each contender executes.
fn machine_code() -> Result<String> {
    let mut text = format!(
        "executed in one look-up, u64, 1k, a guard for each:\n{:<28} {:>12} {:>7} {:>7}\n",
        "", "instructions", "locked", "fences"
    );
    let program = env::current_exe()?;
    for facts in contenders::facts() {
        match machine_code::count(&program, facts.name) {
            Ok(Executed { instructions, locked, fences }) => {
                let name = facts.name;
                text += &format!("{name:<28} {instructions:>12.1} {locked:>7.1} {fences:>7.1}\n");
            }
            Err(missing) => {
                text += &format!("not shown: {missing:#}\n");
                break;
            }
        }
    }
    Ok(text)
}

/// Writes what the book shows.
fn record(results: &Results, run: &str, code: &str) -> Result<()> {
    // Made before anything is written: a run that lacks something leaves the book as it was.
    let derived: Vec<(&str, String)> =
        report::FILES.into_iter().map(|name| Ok((name, report::file(name, results)?))).collect::<Result<_>>()?;
    let measured = [("bench.csv", &results.to_csv()?[..]), ("bench-run.txt", run), ("bench-machine-code.txt", code)];
    for (name, text) in measured {
        recording::record_measurement(name, text).map_err(anyhow::Error::msg)?;
    }
    for (name, text) in derived {
        recording::record_derived(name, &text).map_err(anyhow::Error::msg)?;
    }
    println!("Recorded in book/src/generated.");
    Ok(())
}
