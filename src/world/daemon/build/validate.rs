//! What is wrong with an expanded instruction, beyond its grammar: found when a Dockerfile is converted, before any step runs.
//!
//! Promises: the checks of BuildKit's `dispatchCopy`, `dispatchRunMounts` and `dispatchSSH` (`dockerfile2llb/convert*.go`), in their
//! order and words. Must not know: files, steps.

use super::configure;
use super::dockerfile::Problem;
use super::dockerfile::instruction::{Add, Copy};
use super::dockerfile::mount::{Mount, MountType};
use crate::world::process::tools::mode;

/// Checks a `COPY`.
pub(super) fn copy(copy: &Copy) -> Result<(), Problem> {
    chmod(copy.chmod.as_deref())?;
    for path in &copy.files.paths {
        if is_git(path) {
            return Err(Problem::CopyOfGit);
        }
        if is_url(path) {
            return Err(Problem::CopyOfUrl);
        }
    }
    Ok(())
}

/// Checks an `ADD`.
pub(super) fn add(add: &Add) -> Result<(), Problem> {
    chmod(add.chmod.as_deref())?;
    if let Some(checksum) = &add.checksum {
        remote_checksum(add, checksum)?;
    }
    for path in add.files.paths.iter().filter(|path| is_git(path)) {
        let asked = path.split_once('?').and_then(|(_, query)| query.split(['&', '#']).find_map(keep_git_dir));
        if asked.zip(add.keep_git_dir).is_some_and(|(address, flag)| address != flag) {
            return Err(Problem::KeepGitDir);
        }
    }
    Ok(())
}

/// `keep-git-dir=true` in the address of a Git repository.
fn keep_git_dir(part: &str) -> Option<bool> {
    match part.strip_prefix("keep-git-dir")? {
        "" | "=" | "=1" | "=true" => Some(true),
        "=0" | "=false" => Some(false),
        _ => None,
    }
}

fn remote_checksum(add: &Add, checksum: &str) -> Result<(), Problem> {
    match add.files.paths.as_slice() {
        [path] if is_git(path) => Ok(()),
        [path] if is_url(path) => digest(checksum),
        [_] => Err(Problem::ChecksumOfFile),
        _ => Err(Problem::ChecksumOfSeveral),
    }
}

/// Checks the mounts of a `RUN` in `directory`.
pub(super) fn mounts(mounts: &[Mount], directory: &str) -> Result<(), Problem> {
    for mount in mounts {
        match mount.mount_type {
            MountType::Secret => {}
            MountType::Ssh if mount.source.is_some() => return Err(Problem::SshSource),
            MountType::Ssh => {}
            MountType::Bind | MountType::Cache | MountType::Tmpfs => {
                let target = mount.target.as_deref().unwrap_or_default();
                if configure::working_directory(directory, target) == "/" {
                    return Err(Problem::MountTarget);
                }
            }
        }
    }
    Ok(())
}

/// `--chmod`: octal digits, or changes as chmod(1) reads them.
fn chmod(text: Option<&str>) -> Result<(), Problem> {
    let Some(text) = text else { return Ok(()) };
    match mode::change(text, 0, false, 0) {
        Some(_) => Ok(()),
        None if text.starts_with(|first: char| first.is_ascii_digit()) => Err(Problem::Chmod(text.to_owned())),
        None => Err(Problem::ChmodSyntax),
    }
}

/// A digest, as `digest.Parse` of opencontainers/go-digest reads it.
fn digest(text: &str) -> Result<(), Problem> {
    let Some((algorithm, hex)) =
        text.split_once(':').filter(|(algorithm, hex)| !algorithm.is_empty() && !hex.is_empty())
    else {
        return Err(Problem::Checksum("invalid checksum digest format"));
    };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return Err(Problem::Checksum("unsupported digest algorithm")),
    };
    if hex.len() != length {
        return Err(Problem::Checksum("invalid checksum digest length"));
    }
    if hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        Ok(())
    } else {
        Err(Problem::Checksum("invalid checksum digest format"))
    }
}

/// Whether `ADD` would clone it.
pub(super) fn is_git(path: &str) -> bool {
    let without_fragment = path.split(['#', '?']).next().unwrap_or_default();
    path.starts_with("git@")
        || path.starts_with("git://")
        || path.starts_with("ssh://")
        || path.starts_with("github.com/")
        || (is_url(path) && without_fragment.ends_with(".git"))
}

/// Whether `ADD` would download it.
pub(super) fn is_url(path: &str) -> bool {
    path.starts_with("http://") || path.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_octal_or_changes() {
        for good in ["755", "0644", "u+x", "go-r,u=rwx", "a+X", "+t"] {
            assert_eq!(chmod(Some(good)), Ok(()), "{good}");
        }
        for bad in ["999", "77777"] {
            assert_eq!(chmod(Some(bad)), Err(Problem::Chmod(bad.to_owned())));
        }
        for bad in ["u+k", "abc", "u", ""] {
            assert_eq!(chmod(Some(bad)), Err(Problem::ChmodSyntax));
        }
    }

    #[test]
    fn git_repositories_are_told_from_files_on_the_web() {
        for path in ["git@github.com:a/b.git", "https://github.com/a/b.git#main:x", "git://x/y", "github.com/a/b"] {
            assert!(is_git(path), "{path}");
        }
        assert!(!is_git("https://example.com/a.tar") && is_url("https://example.com/a.tar"));
        assert!(!is_git("a.git") && !is_url("a"));
    }
}
