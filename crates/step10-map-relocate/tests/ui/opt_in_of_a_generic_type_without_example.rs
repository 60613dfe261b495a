struct Pair<T>(T, T);

step10::relocate! {
    // SAFETY: data.
    unsafe impl[T: step10::Relocate] Relocate for struct Pair<T> { 0, 1 }
}

fn main() {}
