struct Session {
    user: String,
}

step10::relocate! {
    impl Relocate for struct Session { user }
}

fn main() {}
