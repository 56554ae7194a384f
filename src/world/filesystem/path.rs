//! Paths of the model: absolute, normalised UTF-8 such as `/etc/passwd`; the root is `/`.
//!
//! Promises: no allocation but in [`join`]. It knows no file system and follows no link; the kernel makes a program's
//! relative path into one of these.

use super::errno::Errno;

/// The longest path in bytes (Linux, PATH_MAX without the final zero).
pub const MAXIMUM_PATH: usize = 4095;
/// The longest name in bytes (Linux, NAME_MAX).
pub const MAXIMUM_NAME: usize = 255;

/// Whether `path` is of the model's form: `/`, or begins with `/`, does not end with it, and has no empty, `.` or `..`
/// component and no zero byte.
pub fn is_normal(path: &str) -> bool {
    longest_name(path).is_some()
}

/// Whether `name` can be the name of an entry in a directory.
pub fn is_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\0'])
}

/// Refuses what is not of the model's form (`EINVAL`) or too long (`ENAMETOOLONG`).
pub fn check(path: &str) -> Result<(), Errno> {
    let longest = longest_name(path).ok_or(Errno::EINVAL)?;
    if path.len() > MAXIMUM_PATH || longest > MAXIMUM_NAME { Err(Errno::ENAMETOOLONG) } else { Ok(()) }
}

/// The bytes of the longest component, if the path is of the model's form. Every look at a file and every change comes by here.
fn longest_name(path: &str) -> Option<usize> {
    let below = path.as_bytes().strip_prefix(b"/")?;
    if below.is_empty() {
        return Some(0);
    }
    let mut longest = 0;
    for name in below.split(|byte| *byte == b'/') {
        if !is_name_of_bytes(name) {
            return None;
        }
        longest = longest.max(name.len());
    }
    (!below.contains(&0)).then_some(longest)
}

/// Whether a component without slash and zero byte can be a name.
const fn is_name_of_bytes(name: &[u8]) -> bool {
    !matches!(name, [] | [b'.'] | [b'.', b'.'])
}

/// The directory that holds `path`; the root has none.
pub fn parent(path: &str) -> Option<&str> {
    match path.as_bytes().iter().rposition(|byte| *byte == b'/')? {
        _ if path.len() == 1 => None,
        0 => Some("/"),
        slash => path.get(..slash),
    }
}

/// The last component; empty for the root.
pub fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// `name` in the directory `directory`.
pub fn join(directory: &str, name: &str) -> String {
    if directory == "/" { format!("/{name}") } else { format!("{directory}/{name}") }
}

/// The directories that hold `path`, the nearest first, the root last.
pub fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(parent(path), |path| parent(path))
}

/// Whether `path` is somewhere below `directory` (and not the directory itself).
pub fn is_below(path: &str, directory: &str) -> bool {
    if directory == "/" {
        return path != "/";
    }
    path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_paths_apart() {
        assert_eq!((parent("/etc/passwd"), name("/etc/passwd")), (Some("/etc"), "passwd"));
        assert_eq!((parent("/etc"), name("/etc")), (Some("/"), "etc"));
        assert_eq!((parent("/"), name("/")), (None, ""));
        assert_eq!(ancestors("/a/b/c").collect::<Vec<_>>(), ["/a/b", "/a", "/"]);
        assert_eq!((join("/", "a"), join("/a", "b")), ("/a".to_owned(), "/a/b".to_owned()));
    }

    #[test]
    fn tells_a_directory_from_one_whose_name_begins_alike() {
        assert!(is_below("/a/b", "/a"));
        assert!(!is_below("/a-b", "/a"));
        assert!(!is_below("/a", "/a"));
        assert!(is_below("/a", "/"));
    }

    #[test]
    fn accepts_only_the_normal_form() {
        for normal in ["/", "/a", "/a/b", "/a/...", "/ä b"] {
            assert!(is_normal(normal), "{normal}");
        }
        for odd in ["", "a", "/a/", "//", "/a//b", "/a/../b", "/.", "/a\0"] {
            assert!(!is_normal(odd), "{odd}");
        }
        assert_eq!(check(&format!("/{}", "x".repeat(256))), Err(Errno::ENAMETOOLONG));
        assert_eq!(check("/a/../b"), Err(Errno::EINVAL));
    }
}
