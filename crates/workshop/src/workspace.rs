//! Where things are: the workspace is the one that this crate was compiled in.

use std::path::{Path, PathBuf};

/// The workspace's root folder.
pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).expect("this crate lives in crates/workshop")
}

/// The folder of the course's book.
pub fn book() -> PathBuf {
    root().join("book")
}

/// The folder in which cargo builds, found from where this program itself was built.
pub fn target() -> PathBuf {
    // <target>/debug/workshop, or <target>/<triple>/debug/workshop.
    let program = std::env::current_exe().ok();
    let built_in = program.as_deref().and_then(|program| program.ancestors().nth(2));
    built_in.map_or_else(|| root().join("target"), Path::to_path_buf)
}

/// The path as one types it from the workspace's root, with `/` on every platform.
pub fn displayed(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap_or(path);
    path.to_string_lossy().replace('\\', "/")
}
