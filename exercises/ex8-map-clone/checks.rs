//! What has to hold of the models that hunt.

use check::{Checks, Source, catches, passes};

use super::hunt;
use crate::map::Cloning;

#[path = "suspects.rs"]
mod suspects;

use suspects::{Behind, Drained, Forgetful, Hasty, Inline, LeavesClones, Racing, StaysLocked, TwoOwners, Wrong};

pub fn checks(sources: &[Source]) -> Checks {
    Checks::of("ex8", sources, &[include_str!("given/hunt.rs")])
        .claim(1, "Your model finds no bug in the right map.", passes(hunt::model::<Cloning<_>>))
        .claim(1, "It finds the bug of suspect A.", catches(hunt::model::<Wrong<_, Forgetful>>))
        .claim(1, "It finds the bug of suspect B.", catches(hunt::model::<Wrong<_, TwoOwners>>))
        .claim(1, "It finds the bug of suspect C.", catches(hunt::model::<Hasty<_>>))
        .claim(1, "It finds the bug of suspect D.", catches(hunt::model::<Wrong<_, Racing>>))
        .claim(2, "It finds the bug of suspect E.", catches(hunt::model::<Wrong<_, Drained>>))
        .claim(2, "It finds the bug of suspect F.", catches(hunt::model::<Wrong<_, StaysLocked>>))
        .claim(2, "It finds the bug of suspect G.", catches(hunt::model::<Wrong<_, LeavesClones>>))
        .claim(3, "Visits: of a counter behind a pointer, your model finds none lost.", passes(hunt::visits::<Behind>))
        .claim(3, "It finds one lost of a counter that is cloned with its number.", catches(hunt::visits::<Inline>))
}
