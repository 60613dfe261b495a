use step10::RcuMap;

struct Session {
    _user: String,
}

fn main() {
    let sessions = RcuMap::new();
    sessions.insert(1, Session { _user: "one".to_owned() });
}
