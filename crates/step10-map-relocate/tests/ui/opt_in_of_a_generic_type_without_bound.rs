struct Pair<T>(T, T);

step10::relocate! {
    // SAFETY: none: `T` may be anything.
    unsafe impl[T] Relocate for struct Pair<T> { 0, 1 } such as Pair<u8>
}

fn main() {}
