//! The browser, where there is one to open.

use std::env;
use std::io::{self, IsTerminal};

/// Opens the page in the person's browser, unless nobody seems to sit in front of this process.
pub(crate) fn open(url: &str) {
    if somebody_is_there() {
        // The URL is on the terminal; a browser that does not start is no reason to stop.
        let _ = open::that_detached(url);
    }
}

fn somebody_is_there() -> bool {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let desktop = cfg!(any(windows, target_os = "macos")) || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
    // Subsystem for Linux: the browser is Windows's.
    let desktop = desktop || is_set("WSL_DISTRO_NAME");
    desktop && io::stdout().is_terminal() && !is_set("CI") && !is_set("SSH_CONNECTION")
}
