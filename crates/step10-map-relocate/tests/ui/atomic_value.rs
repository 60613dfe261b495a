use std::sync::atomic::AtomicUsize;

fn key_and_value<K: step10::Relocate, V: step10::Relocate>() {}

fn main() {
    key_and_value::<u64, AtomicUsize>();
}
