//! Package indexes: what there is to install, from when on, how large it is, and what it needs.
//!
//! Promises: the shipped indexes are whole: what a package needs is there (a test says so). Must not know: how a manager words things.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rust_embed::Embed;
use serde::Deserialize;

use crate::world::clock::Time;

/// The shipped indexes, inside the program.
#[derive(Embed)]
#[folder = "assets/packages"]
#[include = "*.toml"]
struct ShippedFiles;

/// The shipped indexes; none is read before it is asked for. One that is wrong would be empty: a test sees to it that none is.
#[derive(Debug, Default)]
pub struct Indexes {
    apt: OnceLock<Index>,
    apk: OnceLock<Index>,
    pip: OnceLock<Index>,
    npm: OnceLock<Index>,
}

impl Indexes {
    pub fn apt(&self) -> &Index {
        self.apt.get_or_init(|| Index::read("apt").unwrap_or_default())
    }

    pub fn apk(&self) -> &Index {
        self.apk.get_or_init(|| Index::read("apk").unwrap_or_default())
    }

    pub fn pip(&self) -> &Index {
        self.pip.get_or_init(|| Index::read("pip").unwrap_or_default())
    }

    pub fn npm(&self) -> &Index {
        self.npm.get_or_init(|| Index::read("npm").unwrap_or_default())
    }
}

/// An index as its file has it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Where the figures come from; for who reads the file.
    #[serde(rename = "source")]
    _source: String,
    /// Bytes that fetching the index takes.
    pub size: u64,
    #[serde(rename = "package")]
    packages: Vec<Package>,
    #[serde(skip)]
    by_name: BTreeMap<String, usize>,
}

/// A package.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    pub name: String,
    /// Oldest first: `8.14.1`, or `8.14.2 @2025-11-12` for one that is there from that day on.
    versions: Vec<String>,
    /// Bytes of its archive.
    pub download: u64,
    /// Bytes on disk.
    pub installed: u64,
    /// What it needs, in the manager's own words.
    #[serde(default)]
    pub needs: Vec<String>,
    /// What comes along unless it is asked not to (`apt-get`).
    #[serde(default)]
    pub recommends: Vec<String>,
    /// Executables: path → size in bytes.
    #[serde(default)]
    pub programs: BTreeMap<String, u64>,
    /// The file name of its shared library, where programs of the model look for it.
    pub library: Option<String>,
    /// The folders or modules that it brings where they are not named as it is (`pip`).
    #[serde(default)]
    pub modules: Vec<String>,
    /// Built for a processor: its wheel is not for any.
    #[serde(default)]
    pub native: bool,
    /// Part of every base image.
    #[serde(default)]
    pub base: bool,
}

/// A version, and since when it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release<'a> {
    pub version: &'a str,
    pub since: Time,
}

impl Package {
    /// All versions there will ever be, oldest first.
    pub fn releases(&self) -> impl DoubleEndedIterator<Item = Release<'_>> {
        self.versions.iter().map(|text| match text.split_once(" @") {
            Some((version, day)) => {
                let since = Time::parse_rfc3339(&format!("{day}T00:00:00Z")).unwrap_or(Time::EPOCH);
                Release { version, since }
            }
            None => Release { version: text, since: Time::EPOCH },
        })
    }

    /// The versions that are there at a moment, newest first.
    pub fn at(&self, now: Time) -> impl Iterator<Item = &str> {
        self.releases().rev().filter(move |release| release.since <= now).map(|release| release.version)
    }

    /// The newest version at a moment.
    pub fn newest(&self, now: Time) -> Option<&str> {
        self.at(now).next()
    }

    /// Bytes that are not in its executables.
    pub fn data_size(&self) -> u64 {
        self.installed.saturating_sub(self.programs.values().sum())
    }
}

impl Index {
    /// Reads `assets/packages/NAME.toml`.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn read(name: &str) -> Result<Index, String> {
        let file = ShippedFiles::get(&format!("{name}.toml")).ok_or("there is no such index")?;
        let text = std::str::from_utf8(&file.data).map_err(|error| error.to_string())?;
        let mut index: Index = toml::from_str(text).map_err(|error| error.to_string())?;
        index.by_name = index.packages.iter().enumerate().map(|(at, package)| (package.name.clone(), at)).collect();
        Ok(index)
    }

    /// The package of a name.
    pub fn get(&self, name: &str) -> Option<&Package> {
        self.packages.get(*self.by_name.get(name)?)
    }

    /// All packages.
    pub fn packages(&self) -> &[Package] {
        &self.packages
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::process::packages::requirement::Requirement;

    #[test]
    fn every_shipped_index_reads_and_has_what_its_packages_need() {
        for name in ["apt", "apk", "pip", "npm"] {
            let index = Index::read(name).unwrap_or_else(|error| panic!("assets/packages/{name}.toml: {error}"));
            assert!(!index._source.is_empty() && index.size > 0, "{name}");
            assert_eq!(index.by_name.len(), index.packages.len(), "{name}: a package twice");
            for package in index.packages() {
                assert!(package.releases().next().is_some(), "{name}: {} has no version", package.name);
                let programs: u64 = package.programs.values().sum();
                assert!(programs <= package.installed, "{name}: {} is smaller than its programs", package.name);
                for need in package.needs.iter().chain(&package.recommends) {
                    let wanted = Requirement::parse(need).unwrap_or_else(|| panic!("{name}: {need}")).name;
                    assert!(index.get(&wanted).is_some(), "{name}: {} needs {need}, which is not there", package.name);
                }
            }
        }
    }
}
