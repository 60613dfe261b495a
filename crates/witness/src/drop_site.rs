//! Where in the source a value is dropped.
//!
//! `#[track_caller]` on `Drop::drop` names a line of `core`. So the stack is walked, in the one execution that is going
//! to be shown, and the innermost frame that is neither of this crate nor of the standard library says the line.

use std::ffi::c_void;

/// The return addresses of a stack, not looked up yet.
#[derive(Clone, Debug)]
pub(crate) struct Frames(Vec<usize>);

/// A file and a line as the debug information has them.
pub(crate) struct Line {
    pub(crate) file: String,
    pub(crate) line: u32,
}

/// How far to walk: the checker's own frames, and a few of drop glue.
const MAX_FRAMES: usize = 48;

/// Walks the calling stack. Needs little of it, since a coroutine has only 32 KiB.
pub(crate) fn capture() -> Frames {
    let mut frames = Vec::with_capacity(MAX_FRAMES);
    backtrace::trace(|frame| {
        frames.push(frame.ip() as usize);
        frames.len() < MAX_FRAMES
    });
    Frames(frames)
}

impl Frames {
    /// Looks up the innermost frame of the model's own code, if there is debug information.
    pub(crate) fn resolve(&self) -> Option<Line> {
        for &ip in &self.0 {
            let mut found = None;
            backtrace::resolve(ip as *mut c_void, |symbol| {
                if found.is_some() {
                    return;
                }
                if let (Some(file), Some(line)) = (symbol.filename(), symbol.lineno()) {
                    let file = file.to_string_lossy().replace('\\', "/");
                    let name = symbol.name().map(|name| name.to_string()).unwrap_or_default();
                    if !is_foreign(&file, &name) {
                        found = Some(Line { file, line });
                    }
                }
            });
            if found.is_some() {
                return found;
            }
        }
        None
    }
}

/// Whether a frame is the checker's, the standard library's or a dependency's.
fn is_foreign(file: &str, function: &str) -> bool {
    let this_crate = file!().trim_end_matches("drop_site.rs").replace('\\', "/");
    file.contains("/rustc/")
        || file.contains("/library/")
        || file.contains("/registry/src/")
        || file.contains(&this_crate)
        || function.starts_with("core::ptr::drop_in_place")
        || function.starts_with("core::mem::drop")
}
