//! The book on loopback: built, served, and built again when a file of it changes.

mod browser;
mod http;
mod rebuild;
mod reload;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;

pub(crate) use browser::open;
pub(crate) use http::serve;
pub(crate) use rebuild::Builder;

/// What visitors get to see: the last good build, and what is wrong with a later one.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// The folder with the pages.
    pages: PathBuf,
    /// Tells this build from every other one, of this process or of another.
    build: String,
    /// What kept the files as they are now from becoming a build.
    problem: Option<String>,
}

/// How many ports are tried before giving up.
const ATTEMPTS: u16 = 100;

/// Listens on loopback, on `port` or the next free one; port 0 is any free port.
///
/// # Errors
///
/// When there is no free port among the next hundred, or listening fails for another reason.
pub(crate) fn listen(port: u16) -> io::Result<TcpListener> {
    let mut taken = None;
    for port in port..=port.saturating_add(ATTEMPTS - 1) {
        match TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))) {
            // Windows says that access is denied where a port is reserved.
            Err(error) if matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied) => {
                taken = Some(error);
            }
            done => return done,
        }
    }
    Err(taken.expect("the range of ports is not empty"))
}
