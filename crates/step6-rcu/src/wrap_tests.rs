//! A domain's number wraps after 2⁴⁴ looks at the slots that found somebody, or 2¹² where words have 32 bits: these begin
//! shortly before that. (Not in a twin file, which is compiled into the models.)

use crate::Domain;
use crate::rcu::NUMBER;
use crate::sync::atomic::Ordering::Relaxed;

/// A domain whose next section has the last number.
fn shortly_before() -> Domain {
    let domain = Domain::new();
    let shared = domain.shared();
    let last = shared.number.load(Relaxed) | !(NUMBER - 1);
    shared.number.store(last, Relaxed);
    domain
}

#[test]
fn a_section_with_the_last_number_is_waited_for_and_no_other() {
    let domain = shortly_before();
    let last = domain.read();
    let mut of_last = domain.grace_period();
    assert!(!of_last.has_elapsed());
    drop(last);
    // This one has the first number again.
    let first = domain.read();
    assert!(domain.in_read_section());
    let mut of_first = domain.grace_period();
    assert!(of_last.has_elapsed(), "it has ended, and another one has begun");
    assert!(!of_first.has_elapsed());
    let nested = domain.read();
    drop(first);
    assert!(!of_first.has_elapsed(), "a guard is left");
    drop(nested);
    assert!(of_first.has_elapsed() && !domain.in_read_section());
}

#[test]
fn a_number_that_comes_round_again_is_waited_for_longer() {
    let domain = shortly_before();
    let first_time = domain.read();
    let mut grace_period = domain.grace_period();
    drop(first_time);
    // As if the numbers had all been used meanwhile.
    domain.shared().number.fetch_sub(NUMBER, Relaxed);
    let again = domain.read();
    assert!(!grace_period.has_elapsed(), "nothing tells them apart");
    drop(again);
    assert!(grace_period.has_elapsed());
}
