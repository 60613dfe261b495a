//! The script that makes an open page follow the builds; only served pages have it.

use std::path::Path;
use std::{fs, io};

use walkdir::WalkDir;

pub(super) const SCRIPT_PATH: &str = "/-/workshop/reload.js";
pub(super) const STATE_PATH: &str = "/-/workshop/state.json";
pub(super) const SCRIPT: &str = include_str!("reload.js");

/// Adds the script to every page in the folder, with the name of the build that the page belongs to.
pub(super) fn inject(pages: &Path, build: &str) -> io::Result<()> {
    let script = format!("<script src=\"{SCRIPT_PATH}\" data-build=\"{build}\" defer></script>\n");
    for entry in WalkDir::new(pages) {
        let path = entry?.into_path();
        if path.extension().is_some_and(|extension| extension == "html") {
            let html = fs::read_to_string(&path)?;
            if let Some(end) = html.rfind("</body>") {
                fs::write(&path, [&html[..end], &script, &html[end..]].concat())?;
            }
        }
    }
    Ok(())
}
