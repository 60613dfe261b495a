struct Session {
    user: String,
    visits: u64,
}

step10::relocate! {
    // SAFETY: data.
    unsafe impl Relocate for struct Session { user }
}

fn main() {}
