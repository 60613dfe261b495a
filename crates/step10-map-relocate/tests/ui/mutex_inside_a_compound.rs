use std::sync::Mutex;

use step10::RcuMap;

fn main() {
    let sessions: RcuMap<String, Option<(u64, Mutex<Vec<u8>>)>> = RcuMap::default();
    sessions.insert("one".to_owned(), None);
}
