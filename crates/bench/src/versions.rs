//! Which versions raced: read from the lock file that the contenders were built with.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;

/// The workspace's lock file, as it was when this crate was compiled.
const LOCK_FILE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock"));

#[derive(Deserialize)]
struct LockFile {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    #[serde(default)]
    dependencies: Vec<String>,
}

/// The version of each crate that this one depends on directly.
///
/// # Errors
///
/// When the lock file is not one.
pub fn of_dependencies() -> Result<BTreeMap<String, String>> {
    of_dependencies_of(env!("CARGO_PKG_NAME"), LOCK_FILE)
}

fn of_dependencies_of(package: &str, lock_file: &str) -> Result<BTreeMap<String, String>> {
    let lock_file: LockFile = toml::from_str(lock_file).context("Cargo.lock does not read as one")?;
    let this = lock_file.package.iter().find(|other| other.name == package);
    let this = this.with_context(|| format!("Cargo.lock has no package {package}"))?;
    let mut versions = BTreeMap::new();
    for dependency in &this.dependencies {
        // `name`, or `name version` where there are several.
        let (name, version) = match dependency.split_once(' ') {
            Some((name, version)) => (name, Some(version)),
            None => (&dependency[..], None),
        };
        let version = version
            .or_else(|| lock_file.package.iter().find(|other| other.name == name).map(|package| &package.version[..]));
        if let Some(version) = version {
            versions.insert(name.to_owned(), version.to_owned());
        }
    }
    Ok(versions)
}

#[cfg(test)]
mod tests {
    use super::{of_dependencies, of_dependencies_of};

    #[test]
    fn the_version_is_the_one_that_the_package_uses() {
        let lock_file = r#"
            version = 4
            [[package]]
            name = "raced"
            version = "1.0.0"
            [[package]]
            name = "raced"
            version = "2.0.0"
            [[package]]
            name = "other"
            version = "3.0.0"
            [[package]]
            name = "race"
            version = "0.1.0"
            dependencies = ["other", "raced 1.0.0"]
        "#;
        let versions = of_dependencies_of("race", lock_file).unwrap();
        assert_eq!(
            versions.into_iter().collect::<Vec<_>>(),
            [("other".to_owned(), "3.0.0".to_owned()), ("raced".to_owned(), "1.0.0".to_owned())]
        );
    }

    #[test]
    fn every_contender_that_is_a_crate_has_a_version() {
        let versions = of_dependencies().unwrap();
        for contender in crate::contenders::all::<u64>() {
            if let Some(package) = contender.facts.package {
                assert!(versions.contains_key(package), "{package}");
            }
        }
    }
}
