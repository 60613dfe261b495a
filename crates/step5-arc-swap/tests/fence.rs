//! All of `tests/std.rs` again, in a process whose readers fence for themselves.

#[path = "std.rs"]
mod with_fences;
