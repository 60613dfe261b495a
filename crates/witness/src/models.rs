//! A model by name: what a design's tests, its audit and its book have in common.

use crate::model::{Builder, Report};

/// A model with a name, and how far it is explored: a row of the table that a design's tests and its audit share.
///
/// ```
/// use witness::{Audit, Model, sync::Arc};
///
/// fn two_clones() {
///     let one = Arc::new(1);
///     assert_eq!(*one.clone(), 1);
/// }
///
/// const MODELS: &[Model] = &[Model::new("two clones", two_clones)];
///
/// for model in MODELS {
///     assert!(model.check().witness.is_none());
/// }
/// let audit = Audit::of(file!(), "").models(MODELS);
/// # let _ = audit;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Model {
    name: &'static str,
    run: fn(),
    bound: Option<usize>,
    check_bound: Option<usize>,
    audit_bound: Option<usize>,
}

impl Model {
    /// The model `run`, called `name`, without a bound on its preemptions.
    pub const fn new(name: &'static str, run: fn()) -> Model {
        Model { name, run, bound: None, check_bound: None, audit_bound: None }
    }

    /// Explored up to this many preemptions.
    pub const fn bound(self, preemptions: usize) -> Model {
        Model { bound: Some(preemptions), ..self }
    }

    /// Explored up to this many preemptions only by [`check`](Self::check), where the tests have no time for more.
    /// [`Audit::thorough`](crate::Audit::thorough) goes up to [`bound`](Self::bound) nevertheless.
    pub const fn check_bound(self, preemptions: usize) -> Model {
        Model { check_bound: Some(preemptions), ..self }
    }

    /// Explored up to this many preemptions only where an audit has no time for more.
    ///
    /// An audit explores a model once for every weakening that no model before it has rejected. Rejecting one takes few
    /// preemptions; one that survives is explored to the end. [`Audit::thorough`](crate::Audit::thorough) goes up to
    /// [`bound`](Self::bound) nevertheless.
    pub const fn audit_bound(self, preemptions: usize) -> Model {
        Model { audit_bound: Some(preemptions), ..self }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The bound on its preemptions; `None` is none.
    pub fn preemption_bound(&self) -> Option<usize> {
        self.bound
    }

    /// Explores it; the report says up to which bound. Never panics over a bug.
    pub fn check(&self) -> Report {
        explored_to(self.check_bound.or(self.bound)).name(self.name).check(self.run)
    }

    pub(crate) fn body(&self) -> fn() {
        self.run
    }

    /// How far an audit explores it that is short of time.
    pub(crate) fn hurried(&self) -> Option<usize> {
        self.audit_bound.or(self.bound)
    }
}

/// A builder with this bound on preemptions, or none.
pub(crate) fn explored_to(bound: Option<usize>) -> Builder {
    bound.map_or_else(Builder::new, |bound| Builder::new().preemption_bound(bound))
}
