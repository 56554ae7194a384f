//! Reads the files that a person names: a lesson, a scenario, a folder of lessons, a catalogue.
//!
//! Promises: limits on how many files are read and how large they may be; every failure names its file.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

/// The largest file that is read, in bytes.
const FILE_LIMIT: u64 = 4 << 20;
/// The most files of a folder.
const COUNT_LIMIT: usize = 10_000;
/// How deep folders may lie in each other.
const DEPTH_LIMIT: usize = 16;

/// The bytes of a file.
///
/// # Errors
/// A sentence that names the file.
pub fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", path.display());
    let file = fs::File::open(path).map_err(wrong)?;
    let mut bytes = Vec::new();
    file.take(FILE_LIMIT + 1).read_to_end(&mut bytes).map_err(wrong)?;
    if bytes.len() as u64 > FILE_LIMIT {
        return Err(format!("{}: larger than {} MiB, the largest that is read", path.display(), FILE_LIMIT >> 20));
    }
    Ok(bytes)
}

/// All files below a folder, by their path from it with `/` between its parts, in the order of the paths. Hidden files
/// are left out, symbolic links are not followed.
///
/// # Errors
/// A sentence that names what could not be read.
pub fn read_folder(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut files = BTreeMap::new();
    collect(folder, "", 0, &mut files)?;
    Ok(files)
}

fn collect(folder: &Path, prefix: &str, depth: usize, files: &mut BTreeMap<String, Vec<u8>>) -> Result<(), String> {
    if depth > DEPTH_LIMIT {
        return Err(format!("{}: folders lie more than {DEPTH_LIMIT} deep in each other", folder.display()));
    }
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.starts_with('.') {
            continue;
        }
        let kind = entry.file_type().map_err(wrong)?;
        let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        if kind.is_dir() {
            collect(&entry.path(), &path, depth + 1, files)?;
        } else if kind.is_file() {
            if files.len() >= COUNT_LIMIT {
                return Err(format!("{}: more than {COUNT_LIMIT} files", folder.display()));
            }
            files.insert(path, read_file(&entry.path())?);
        }
    }
    Ok(())
}
