//! x
use crate::cli::Outcome;
use clap::Args;
/// x
#[derive(Args)]
pub(crate) struct Arguments {
    #[arg(long)]
    check: bool,
}
pub(crate) fn run(_a: &Arguments) -> anyhow::Result<Outcome> {
    Ok(Outcome::Fine)
}
