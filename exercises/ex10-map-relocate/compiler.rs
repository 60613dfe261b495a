//! What the compiler says to some lines.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio, id};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Whether it rejects the lines, behind the modules, each a name and a text.
pub fn rejects(modules: &[(&str, &str)], lines: &str) -> bool {
    let mut source = "mod sync { pub use std::sync::{Mutex, atomic}; }\n\
                      mod ptr { pub use std::ptr::copy_nonoverlapping; }\n"
        .to_owned();
    for (name, text) in modules {
        source.push_str(&format!("#[macro_use]\nmod {name} {{\n{text}}}\n"));
    }
    source.push_str(lines);

    static ASKED: AtomicU32 = AtomicU32::new(0);
    // Relaxed: only that the numbers differ matters.
    let number = ASKED.fetch_add(1, Relaxed);
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("asked-{}-{number}.rmeta", id()));
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args(["--edition=2024", "--cap-lints=allow", "--crate-type=lib", "--crate-name=asked"])
        .args(["--emit=metadata", "-", "-o"])
        .arg(&out)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("whoever runs cargo has rustc");
    rustc.stdin.take().expect("it is piped").write_all(source.as_bytes()).expect("rustc reads it all");
    let accepts = rustc.wait().expect("rustc ends").success();
    _ = fs::remove_file(out);
    !accepts
}
