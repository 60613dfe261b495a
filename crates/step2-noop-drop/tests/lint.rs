//! What rustc says of the line, if one lets it.

use std::path::Path;
use std::process::Command;
use std::{fs, io};

#[test]
fn rustc_warns_of_the_drop_that_does_nothing() -> io::Result<()> {
    // A copy of the library in which the `#[allow]` is an empty line.
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("step2-without-the-allow");
    fs::create_dir_all(copy.join("src"))?;
    for name in ["src/lib.rs", "src/atomic_value.rs"] {
        let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name))?;
        let lines = source.lines().map(|line| if line.contains("#[allow(dropping_references") { "" } else { line });
        fs::write(copy.join(name), lines.collect::<Vec<_>>().join("\n"))?;
    }

    let output = Command::new("rustc")
        .current_dir(&copy)
        .args(["--edition", "2024", "--crate-type", "lib", "--crate-name", "step2", "--emit", "metadata"])
        .args(["--color", "never", "src/lib.rs"])
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr).replace('\\', "/");
    assert!(output.status.success(), "a warning is no error: {said}");
    assert!(said.contains("#[warn(dropping_references)]"), "{said}");
    recording::worded_by_rustc("step2-rustc.txt", &format!("$ rustc src/lib.rs\n{said}"));
    Ok(())
}
