//! One function for each type, to see what the compiler tells LLVM of its argument.

use std::mem::{ManuallyDrop, MaybeUninit, forget};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

macro_rules! argument {
    ($($name:ident: $type:ty)*) => { $(
        #[unsafe(no_mangle)]
        pub fn $name(argument: $type) {
            forget(argument)
        }
    )* };
}

argument! {
    arg_01: Box<u64>
    arg_02: (Box<u64>, u64)
    arg_03: MaybeUninit<Box<u64>>
    arg_04: MaybeUninit<(Box<u64>, u64)>
    arg_05: &'static mut u64
    arg_06: MaybeUninit<&'static mut u64>
    arg_07: &'static u64
    arg_08: &'static AtomicU64
    arg_09: Arc<u64>
    arg_10: ManuallyDrop<Box<u64>>
}
