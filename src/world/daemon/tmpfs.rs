//! `--tmpfs` and `--mount type=tmpfs`: file systems in memory, their options and their size.
//!
//! Promises: options as moby `daemon/oci_linux.go` and `pkg/mount`'s `MergeTmpfsOptions` take them, and as `mount` shows them then.
//! Must not know where they are mounted.

use super::api::ApiError;
use super::container::TmpfsOptions;
use super::mount_points::clean;
use crate::world::units::{go_quote, ram_in_bytes};

/// What every tmpfs of a container has unless it is told otherwise.
const DEFAULTS: [&str; 3] = ["noexec", "nosuid", "nodev"];
/// Options of the kernel without a value: each takes back its opposite.
const FLAGS: [(&str, &str); 14] = [
    ("rw", "ro"),
    ("ro", "rw"),
    ("suid", "nosuid"),
    ("nosuid", "suid"),
    ("dev", "nodev"),
    ("nodev", "dev"),
    ("exec", "noexec"),
    ("noexec", "exec"),
    ("atime", "noatime"),
    ("noatime", "atime"),
    ("diratime", "nodiratime"),
    ("nodiratime", "diratime"),
    ("relatime", "norelatime"),
    ("norelatime", "relatime"),
];
/// More flags that Docker knows.
const OTHER_FLAGS: [&str; 18] = [
    "sync",
    "async",
    "dirsync",
    "remount",
    "mand",
    "nomand",
    "strictatime",
    "nostrictatime",
    "bind",
    "rbind",
    "unbindable",
    "runbindable",
    "private",
    "rprivate",
    "shared",
    "rshared",
    "slave",
    "rslave",
];
/// Options with a value.
const VALUES: [&str; 6] = ["mode", "uid", "gid", "size", "nr_inodes", "mpol"];

/// A tmpfs as it is to be mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tmpfs {
    /// As `/proc/mounts` shows them, after `rw` or `ro`.
    pub options: String,
    pub read_only: bool,
    /// Bytes; `None` is without limit of its own.
    pub size: Option<u64>,
    /// The mode of its root, when one was given.
    pub mode: Option<u32>,
    pub uid: u32,
    pub gid: u32,
}

/// Checks the target of a `--tmpfs`; its options are looked at when the container is started.
///
/// # Errors
/// 400 in Docker's words.
pub fn check(target: &str) -> Result<(), ApiError> {
    if !target.starts_with('/') {
        return Err(ApiError::invalid(format!("invalid mount path: '{target}' mount path must be absolute")));
    }
    if clean(target) == "/" {
        return Err(ApiError::invalid("invalid specification: destination can't be '/'"));
    }
    Ok(())
}

/// Reads the options of a `--tmpfs`.
///
/// # Errors
/// An option that Docker does not know, when the container is started.
pub fn read(options: &str) -> Result<Tmpfs, ApiError> {
    let mut kept: Vec<&str> = DEFAULTS.to_vec();
    for option in options.split(',').filter(|option| !option.is_empty()) {
        let key = option.split('=').next().unwrap_or_default();
        if let Some((_, opposite)) = FLAGS.iter().find(|(flag, _)| *flag == option) {
            kept.retain(|known| known != opposite && *known != option);
        } else if option.contains('=') && VALUES.contains(&key) {
            kept.retain(|known| known.split('=').next() != Some(key));
        } else if !OTHER_FLAGS.contains(&option) {
            return Err(ApiError::failed(format!("invalid tmpfs option {}", go_quote(option))));
        }
        kept.push(option);
    }
    let value = |key: &str| kept.iter().find_map(|option| option.strip_prefix(key)?.strip_prefix('='));
    let number = |key: &str| value(key).and_then(|text| text.parse().ok());
    Ok(Tmpfs {
        options: shown(&kept),
        read_only: kept.contains(&"ro"),
        size: value("size").and_then(|size| ram_in_bytes(size).ok()).and_then(|size| u64::try_from(size).ok()),
        mode: value("mode").and_then(|mode| u32::from_str_radix(mode, 8).ok()),
        uid: number("uid").unwrap_or(0),
        gid: number("gid").unwrap_or(0),
    })
}

/// What `--mount type=tmpfs` asks for (moby `volume/mounts`, `ConvertTmpfsOptions`), as the options of a `--tmpfs`.
pub fn options_of(options: Option<&TmpfsOptions>, read_only: bool) -> String {
    let mut parts = Vec::new();
    if read_only {
        parts.push("ro".to_owned());
    }
    if let Some(options) = options {
        if options.mode != 0 {
            parts.push(format!("mode={:o}", options.mode));
        }
        if options.size != 0 {
            let (mut size, mut unit) = (options.size, "");
            for larger in ["k", "m", "g"] {
                if size % 1024 == 0 {
                    (size, unit) = (size / 1024, larger);
                }
            }
            parts.push(format!("size={size}{unit}"));
        }
    }
    parts.join(",")
}

/// The options in the kernel's own order: flags, then what tmpfs has of its own.
fn shown(kept: &[&str]) -> String {
    let flags = ["nosuid", "nodev", "noexec"].into_iter().filter(|flag| kept.contains(flag));
    let access = if kept.contains(&"noatime") { "noatime" } else { "relatime" };
    let mut text: Vec<String> = flags.chain([access]).map(str::to_owned).collect();
    let value = |key: &str| kept.iter().find_map(|option| option.strip_prefix(key)?.strip_prefix('='));
    if let Some(size) = value("size").and_then(|size| ram_in_bytes(size).ok()) {
        text.push(format!("size={}k", size.div_euclid(1024)));
    }
    if let Some(mode) = value("mode").and_then(|mode| u32::from_str_radix(mode, 8).ok()).filter(|mode| *mode != 0o1777)
    {
        text.push(format!("mode={mode:o}"));
    }
    for key in ["uid", "gid"] {
        if let Some(number) = value(key).filter(|number| *number != "0") {
            text.push(format!("{key}={number}"));
        }
    }
    text.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_take_each_other_back() {
        assert_eq!(read("").unwrap().options, "nosuid,nodev,noexec,relatime");
        assert_eq!(read("exec,size=64k,mode=1770").unwrap().options, "nosuid,nodev,relatime,size=64k,mode=1770");
        assert!(read("ro").unwrap().read_only);
        assert_eq!(read("bogus").unwrap_err().message, "invalid tmpfs option \"bogus\"");
    }

    #[test]
    fn a_size_in_bytes_is_told_in_the_largest_unit() {
        let options = TmpfsOptions { size: 1 << 20, mode: 0o700 };
        assert_eq!(options_of(Some(&options), true), "ro,mode=700,size=1m");
    }
}
