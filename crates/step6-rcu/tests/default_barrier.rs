//! The barrier of the process is fixed once. This needs a process of its own, so it is one test.

use step6::{AlreadyFixed, Barrier, Domain, RcuCell, set_default_barrier};

#[test]
fn the_barrier_of_the_process_is_fixed_before_the_first_reader() {
    assert_eq!(set_default_barrier(Barrier::Fence), Ok(()));
    assert_eq!(set_default_barrier(Barrier::Fence), Ok(()), "the same again changes nothing");
    assert_eq!(Domain::global().barrier(), Barrier::Fence);
    assert_eq!(*RcuCell::new(3).read(), 3);
    assert_eq!(set_default_barrier(Barrier::Membarrier), Err(AlreadyFixed(Barrier::Fence)));
    assert_eq!(Domain::new().barrier(), Barrier::Fence);

    let own = Domain::with_barrier(Barrier::Membarrier);
    assert_eq!(own.is_ok(), Barrier::Membarrier.is_supported(), "a domain may still choose for itself");
    if let Err(error) = own {
        assert_eq!(error.to_string(), "this process cannot use the barrier Membarrier");
    }
}
