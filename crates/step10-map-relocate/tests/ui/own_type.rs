struct Session {
    _user: String,
}

fn value<V: step10::Relocate>() {}

fn main() {
    value::<Session>();
}
