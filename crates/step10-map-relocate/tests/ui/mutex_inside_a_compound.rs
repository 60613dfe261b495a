use std::sync::Mutex;

fn value<V: step10::Relocate>() {}

fn main() {
    value::<Option<(u64, Mutex<Vec<u8>>)>>();
}
