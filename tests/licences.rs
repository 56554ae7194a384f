//! Every package that the program is made of may be given on with it.
//!
//! Promises: the list of licences is that of deny.toml, so that there is one; it is checked where `cargo deny` is not to be
//! had, too. Must not know: packages by name.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn allowed() -> BTreeSet<String> {
    let text = std::fs::read_to_string(package().join("deny.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let allowed = table["licenses"]["allow"].as_array().unwrap();
    allowed.iter().map(|licence| licence.as_str().unwrap().to_owned()).collect()
}

/// Whether an SPDX expression (or the older `A/B`) is met: each part of an AND by one of its alternatives.
fn is_met(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let expression = expression.replace(['(', ')'], "").replace('/', " OR ");
    expression.split(" AND ").all(|part| {
        part.split(" OR ").any(|licence| {
            let licence = licence.trim();
            allowed.contains(licence) || licence.strip_suffix('+').is_some_and(|licence| allowed.contains(licence))
        })
    })
}

/// Whether a package that names no licence has a file with the text of MIT's.
fn has_text_of_mit(package: &str) -> bool {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--format-version", "1"])
        .current_dir(self::package())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let name = package.split(' ').next();
    let found = metadata["packages"].as_array().unwrap().iter().find(|found| found["name"].as_str() == name);
    let Some(found) = found else { return false };
    let (Some(manifest), Some(file)) = (found["manifest_path"].as_str(), found["license_file"].as_str()) else {
        return false;
    };
    let text = std::fs::read_to_string(Path::new(manifest).with_file_name(file)).unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").contains("Permission is hereby granted, free of charge, to any person obtaining a copy of")
}

#[test]
fn every_package_has_a_licence_of_the_list() {
    // What was needed to build this test is there; nothing else is asked for.
    let listed = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--prefix", "none", "--format", "{p}\t{l}"])
        .current_dir(package())
        .output()
        .unwrap();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let allowed = allowed();
    let text = String::from_utf8(listed.stdout).unwrap();
    let packages: BTreeSet<(&str, &str)> = text.lines().filter_map(|line| line.split_once('\t')).collect();
    assert!(packages.len() > 50, "only {} packages are listed", packages.len());
    let is_allowed = |package: &str, licence: &str| match licence.trim_end_matches(" (*)") {
        "" => allowed.contains("MIT") && has_text_of_mit(package),
        licence => is_met(licence, &allowed),
    };
    let refused: Vec<_> = packages.into_iter().filter(|(package, licence)| !is_allowed(package, licence)).collect();
    assert!(refused.is_empty(), "deny.toml does not allow the licences of {refused:?}");
}

#[test]
fn expressions_are_read() {
    let allowed = ["MIT", "MPL-2.0"].map(str::to_owned).into();
    for met in ["MIT", "GPL-3.0 OR MIT", "MIT/Apache-2.0", "(Apache-2.0 OR MIT) AND MPL-2.0", "MPL-2.0+"] {
        assert!(is_met(met, &allowed), "{met}");
    }
    for refused in ["GPL-3.0", "", "MIT AND GPL-3.0"] {
        assert!(!is_met(refused, &allowed), "{refused}");
    }
}

#[test]
fn the_texts_of_the_own_licences_are_there() {
    for (file, words) in
        [("LICENSE-MIT", "Permission is hereby granted"), ("LICENSE-APACHE", "Version 2.0, January 2004")]
    {
        let text = std::fs::read_to_string(package().join(file)).unwrap();
        assert!(text.contains(words), "{file} is not the licence");
    }
}
