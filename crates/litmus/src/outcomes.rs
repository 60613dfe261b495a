//! The results that a litmus test can have.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use witness::Builder;

/// Every result that some execution of a litmus test has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcomes<T> {
    /// The results, in order.
    pub seen: BTreeSet<T>,
    /// How many executions there are.
    pub executions: usize,
}

impl<T: Ord> Outcomes<T> {
    /// Whether some execution has this result.
    pub fn may_be(&self, result: &T) -> bool {
        self.seen.contains(result)
    }
}

impl<T: fmt::Debug> fmt::Display for Outcomes<T> {
    /// `(0, 0) (0, 1) (1, 1) in 7 executions`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for result in &self.seen {
            write!(f, "{result:?} ")?;
        }
        write!(f, "in {} executions", self.executions)
    }
}

/// Explores every execution of `test`, and collects what it returns.
///
/// # Panics
///
/// If an execution has a bug: a litmus test with a data race has no outcomes.
pub fn outcomes<T: Ord + Clone + Send + 'static>(test: impl Fn() -> T + Send + Sync + 'static) -> Outcomes<T> {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let collected = seen.clone();
    let report = Builder::new().check(move || {
        let result = test();
        collected.lock().unwrap_or_else(PoisonError::into_inner).insert(result);
    });
    if let Some(witness) = report.witness {
        panic!("a litmus test without outcomes: {witness}");
    }
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Outcomes { seen, executions: report.executions }
}
