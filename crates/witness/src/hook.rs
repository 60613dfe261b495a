//! The panic hook: a panic on an OS thread that explores a model is that model's verdict, and is not printed.
//!
//! The hook only records. It must not park, because it runs under a lock of std's which the process takes again at its
//! end. The panic unwinds until the first checked operation, or to the base of its coroutine, and parks there.

use std::any::Any;
use std::panic::PanicHookInfo;
use std::sync::Once;

use crate::recorder::Finding;
use crate::session::{self, Session};

/// Installs the hook, once in a process.
pub(crate) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // `generator` replaces the hook at its first use; ours has to come after.
        loom::model::Builder::new().check(|| {});
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            match session::try_current() {
                // The end of a coroutine is a panic too; `generator`'s hook knows it.
                Some(session) if !info.payload().is::<generator::Error>() => judge(&session, info),
                _ => previous(info),
            }
        }));
    });
}

fn judge(session: &Session, info: &PanicHookInfo<'_>) {
    let message = session.recorder().label_addresses(&message(info.payload()));
    let place = info.location().map(|location| (location.file().to_owned(), location.line()));
    let finding = match finding_of_loom(&message, place.as_ref().map_or("", |(file, _)| file)) {
        Some(finding) => finding,
        None if session.is_running() && session.panics.begin(session.current_thread()) => return,
        None => Finding::Panic { message, place },
    };
    session.report(finding);
}

/// What a panic says.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic whose payload is not a string").to_owned()
}

/// What loom means by its panic.
fn finding_of_loom(message: &str, file: &str) -> Option<Finding> {
    let from_loom = file.contains("loom-") || file.contains("/loom/");
    if !from_loom {
        return None;
    }
    if message.starts_with("deadlock") {
        Some(Finding::Deadlock)
    } else if message.contains("Causality violation")
        || message.starts_with("currently reading from cell")
        || message.starts_with("currently writing to cell")
    {
        Some(Finding::Race)
    } else if message.starts_with("Model exceeded maximum number of branches") {
        Some(Finding::NoProgress)
    } else {
        None
    }
}
