//! The orderings that operations name, and the weaker ones that an audit puts in their place.

use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};

use crate::session::{Session, Site};

/// Which ordering of which operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct OrderingSite {
    pub(crate) place: Place,
    pub(crate) slot: Slot,
    pub(crate) declared: Ordering,
}

/// Where an ordering is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    /// In the source of the code under test.
    Source { file: &'static str, line: u32, column: u32 },
    /// Inside a twin that is more than one operation: `Arc::drop`.
    Twin(&'static str),
}

impl From<Site> for Place {
    fn from(site: Site) -> Place {
        Place::Source { file: site.file(), line: site.line(), column: site.column() }
    }
}

/// What the ordering is for. A compare-exchange has two, and so has `fetch_update`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Slot {
    Load,
    Store,
    Modify(&'static str),
    CasSuccess,
    CasFailure,
    /// Of the exchange that writes.
    UpdateSet,
    /// Of the load, and of every exchange that fails: the source names one ordering for them all.
    UpdateFetch,
    Fence,
}

impl Slot {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Slot::Load => "load",
            Slot::Store => "store",
            Slot::Modify(what) => what,
            Slot::CasSuccess => "cas, success",
            Slot::CasFailure => "cas, failure",
            Slot::UpdateSet => "update, set",
            Slot::UpdateFetch => "update, fetch",
            Slot::Fence => "fence",
        }
    }
}

impl OrderingSite {
    /// Every weaker ordering that the operation may have, strongest first; `None` is a fence that is not there.
    pub(crate) fn weaker(&self) -> Vec<Option<Ordering>> {
        let loads: &[Ordering] = &[Acquire, Relaxed];
        let stores: &[Ordering] = &[Release, Relaxed];
        let both: &[Ordering] = &[AcqRel, Acquire, Release, Relaxed];
        let candidates = match self.slot {
            Slot::Load | Slot::CasFailure | Slot::UpdateFetch => loads,
            Slot::Store => stores,
            Slot::Modify(_) | Slot::CasSuccess | Slot::UpdateSet | Slot::Fence => both,
        };
        (candidates.iter())
            .filter(|&&ordering| is_weaker(ordering, self.declared))
            .map(|&ordering| (self.slot != Slot::Fence || ordering != Relaxed).then_some(ordering))
            .collect()
    }
}

fn is_weaker(ordering: Ordering, than: Ordering) -> bool {
    match than {
        SeqCst => ordering != SeqCst,
        AcqRel => matches!(ordering, Acquire | Release | Relaxed),
        Acquire | Release => ordering == Relaxed,
        _ => false,
    }
}

/// What an audit does to the orderings of one exploration.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Alteration {
    /// Nothing; but it notes which there are.
    Survey,
    /// It replaces one; `None` takes a fence away.
    Weaken(OrderingSite, Option<Ordering>),
}

impl Session {
    /// The ordering that the operation at `place` takes: the one that it names, unless an audit says otherwise; `None` is
    /// a fence that is not there. Counts as [`takes_effect`](Self::takes_effect), but for an ordering that an operation
    /// may or may not use: a compare-exchange's two.
    pub(crate) fn ordering(&self, place: impl Into<Place>, slot: Slot, declared: Ordering) -> Option<Ordering> {
        let Some(alteration) = self.rules.alteration else { return Some(declared) };
        let place = place.into();
        if !matches!(slot, Slot::CasSuccess | Slot::CasFailure | Slot::UpdateSet) {
            self.takes_effect(place, slot, declared);
        }
        match alteration {
            Alteration::Weaken(weakened, to) if weakened == (OrderingSite { place, slot, declared }) => to,
            Alteration::Survey | Alteration::Weaken(..) => Some(declared),
        }
    }

    /// As [`ordering`](Self::ordering), for an operation that cannot be taken away.
    pub(crate) fn access_ordering(&self, place: impl Into<Place>, slot: Slot, declared: Ordering) -> Ordering {
        self.ordering(place, slot, declared).unwrap_or(Relaxed)
    }

    /// Notes for an audit that the operation at `place` has used its ordering in this execution.
    pub(crate) fn takes_effect(&self, place: impl Into<Place>, slot: Slot, declared: Ordering) {
        let Some(alteration) = self.rules.alteration else { return };
        let site = OrderingSite { place: place.into(), slot, declared };
        let mut recorder = self.recorder();
        match alteration {
            Alteration::Survey if !recorder.sites.contains(&site) => recorder.sites.push(site),
            Alteration::Weaken(weakened, _) if weakened == site => recorder.note_alteration(),
            Alteration::Survey | Alteration::Weaken(..) => {}
        }
    }

    /// A fence inside a twin.
    pub(crate) fn twin_fence(&self, place: &'static str, declared: Ordering) {
        if let Some(ordering) = self.ordering(Place::Twin(place), Slot::Fence, declared) {
            loom::sync::atomic::fence(ordering);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weaker(slot: Slot, declared: Ordering) -> Vec<Option<Ordering>> {
        OrderingSite { place: Place::Twin("a twin"), slot, declared }.weaker()
    }

    #[test]
    fn every_weaker_ordering_is_tried() {
        assert_eq!(weaker(Slot::Load, SeqCst), [Some(Acquire), Some(Relaxed)]);
        assert_eq!(weaker(Slot::Store, Release), [Some(Relaxed)]);
        assert_eq!(weaker(Slot::Modify("swap"), AcqRel), [Some(Acquire), Some(Release), Some(Relaxed)]);
        assert_eq!(weaker(Slot::Modify("swap"), Acquire), [Some(Relaxed)]);
        assert_eq!(weaker(Slot::Modify("swap"), SeqCst), [Some(AcqRel), Some(Acquire), Some(Release), Some(Relaxed)]);
        assert_eq!(weaker(Slot::Store, SeqCst), [Some(Release), Some(Relaxed)]);
        assert_eq!(weaker(Slot::CasSuccess, AcqRel), [Some(Acquire), Some(Release), Some(Relaxed)]);
        assert_eq!(weaker(Slot::CasFailure, Acquire), [Some(Relaxed)]);
        assert_eq!(weaker(Slot::CasFailure, SeqCst), [Some(Acquire), Some(Relaxed)]);
        assert_eq!(weaker(Slot::UpdateSet, AcqRel), [Some(Acquire), Some(Release), Some(Relaxed)]);
        assert_eq!(weaker(Slot::UpdateFetch, Acquire), [Some(Relaxed)]);
        assert_eq!(weaker(Slot::Fence, SeqCst), [Some(AcqRel), Some(Acquire), Some(Release), None]);
        assert_eq!(weaker(Slot::Fence, AcqRel), [Some(Acquire), Some(Release), None]);
        assert_eq!(weaker(Slot::Fence, Acquire), [None]);
        assert_eq!(weaker(Slot::Load, Relaxed), []);
    }
}
