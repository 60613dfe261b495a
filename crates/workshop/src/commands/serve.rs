//! `cargo workshop serve`, which plain `cargo run` means as well.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::thread;

use anyhow::{Context, Result};
use clap::Args;

use crate::cli::Outcome;
use crate::server::{self, Builder};
use crate::{course, workspace};

/// Serves the book on this machine, and follows its changes.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The port, or the next free one; 0 is any.
    #[arg(long, value_name = "N", default_value_t = 3000)]
    port: u16,
    /// Do not open the browser.
    #[arg(long)]
    no_open: bool,
    /// Serve the mdBook in this folder instead of the course's.
    #[arg(long, value_name = "FOLDER")]
    book: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Outcome> {
    let listener = server::listen(arguments.port)
        .with_context(|| format!("cannot listen on 127.0.0.1 from port {} on", arguments.port))?;
    let port = listener.local_addr()?.port();
    let book = std::path::absolute(arguments.book.clone().unwrap_or_else(workspace::book))?;
    // A folder for each port: nobody else on this machine has it while we do.
    let output = workspace::target().join("workshop").join(format!("book-{port}"));
    let (builder, site) = Builder::start(book, &output).context("the book cannot be built")?;
    let visitors = site.subscribe();
    thread::Builder::new().name("rebuild".into()).spawn(move || builder.follow(&site))?;

    let url = format!("http://127.0.0.1:{port}/");
    let mut out = anstream::stdout().lock();
    course::write_map(&mut out)?;
    writeln!(out, "\nThe book is at\n{url}\nuntil you press Ctrl-C.")?;
    out.flush()?;
    drop(out);
    if !arguments.no_open {
        server::open(&url);
    }
    server::serve(listener, visitors)?;
    // What was built is of no use to the next one; a file that is still open somewhere may stay.
    let _ = fs::remove_dir_all(output);
    Ok(Outcome::Fine)
}
