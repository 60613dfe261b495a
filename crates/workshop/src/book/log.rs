//! What mdBook says in its log, where alone it reports some of its errors.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// A warning or an error.
pub(super) struct Logged {
    pub(super) is_error: bool,
    pub(super) message: String,
}

impl Logged {
    /// Whether this is mdBook's report of the include that `problem` is about: both quote it.
    pub(super) fn says_the_same_as(&self, problem: &str) -> bool {
        let quoted = self.message.strip_prefix("Error updating \"").and_then(|rest| rest.split_once('"'));
        quoted.is_some_and(|(include, _)| problem.contains(include))
    }
}

/// Runs `f` and collects what this thread logs meanwhile, warnings and errors.
pub(super) fn capture<T>(f: impl FnOnce() -> T) -> (T, Vec<Logged>) {
    let events = Arc::new(Mutex::new(Vec::new()));
    let subscriber = tracing_subscriber::registry().with(Collect(Arc::clone(&events)));
    let value = tracing::subscriber::with_default(subscriber, f);
    let events = std::mem::take(&mut *events.lock().unwrap_or_else(PoisonError::into_inner));
    (value, events)
}

struct Collect(Arc<Mutex<Vec<Logged>>>);

impl<S: Subscriber> Layer<S> for Collect {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        *metadata.level() <= Level::WARN
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        let logged = Logged { is_error: *event.metadata().level() == Level::ERROR, message: message.0 };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(logged);
    }
}

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
