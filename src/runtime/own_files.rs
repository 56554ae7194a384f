//! Reads a Dockerfile or a Compose file of the learner's own, with the folder around it, for `layerlab play`.
//!
//! Promises: limits on files, bytes, depth and on how much is looked at; what `.dockerignore` leaves out is not read; no link is followed
//! out of the folder; nothing is left out unsaid. Must not know: what a world does with the files (`project`).

use std::collections::VecDeque;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::folder::read_file;
use crate::project::{Project, ProjectEntry, Reason, Recipe};
use crate::world::daemon::build::ignore::Patterns;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::Node;

/// The most files, links and folders of a project.
const COUNT_LIMIT: usize = 2000;
/// The most bytes of all its files together.
const BYTE_LIMIT: usize = 16 << 20;
/// The largest file, in bytes.
const FILE_LIMIT: u64 = 4 << 20;
/// How deep folders may lie in each other.
const DEPTH_LIMIT: usize = 16;
/// The most entries that are looked at, those that are then left out too.
const LOOK_LIMIT: usize = 20_000;
/// The folders of version control: large, and of no use in an image.
const VERSION_CONTROL: &[&str] = &[".git", ".hg", ".svn", ".jj"];
/// The list of what is left out of a build.
const IGNORE: &str = ".dockerignore";

/// The project around a file.
///
/// # Errors
/// A sentence that names the file, if it cannot be read or is no text.
pub fn read_project(file: &Path, recipe: Recipe) -> Result<Project, String> {
    let bytes = read_file(file)?;
    if std::str::from_utf8(&bytes).is_err() {
        return Err(format!("{}: not UTF-8 text", file.display()));
    }
    let wrong = |error: std::io::Error| format!("{}: {error}", file.display());
    let name = file.file_name().and_then(|name| name.to_str());
    let Some(name) = name else { return Err(format!("{}: this name is no text", file.display())) };
    let above = file.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let root = fs::canonicalize(above).map_err(wrong)?;
    let folder = root.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let mut project = Project::new(recipe, folder, name);
    project.entries.push(ProjectEntry { path: name.to_owned(), node: file_of(bytes), mode: mode_of(file) });
    let own = read_file(&root.join(format!("{name}{IGNORE}")));
    let ignore = own.or_else(|_| read_file(&root.join(IGNORE))).unwrap_or_default();
    let mut walk = Walk {
        root,
        ignore: Patterns::parse(&String::from_utf8_lossy(&ignore)),
        project,
        bytes: 0,
        looked_at: 0,
        folders: VecDeque::from([(String::new(), 0)]),
    };
    while let Some((path, depth)) = walk.folders.pop_front() {
        walk.folder(&path, depth);
    }
    Ok(walk.project)
}

/// A walk through the folder, the near files first.
struct Walk {
    root: PathBuf,
    ignore: Patterns,
    project: Project,
    bytes: usize,
    looked_at: usize,
    folders: VecDeque<(String, usize)>,
}

impl Walk {
    fn folder(&mut self, folder: &str, depth: usize) {
        let Ok(entries) = fs::read_dir(self.root.join(folder)) else {
            return self.project.leave_out(Reason::Unreadable, folder);
        };
        let mut names = Vec::new();
        for entry in entries.filter_map(Result::ok) {
            self.looked_at += 1;
            if self.looked_at > LOOK_LIMIT {
                self.project.leave_out(Reason::NoRoom, if folder.is_empty() { "." } else { folder });
                break;
            }
            match entry.file_name().into_string() {
                Ok(name) => names.push(name),
                Err(name) => self.project.leave_out(Reason::Nameless, &name.to_string_lossy()),
            }
        }
        names.sort();
        for name in names {
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            self.entry(&path, &name, depth);
        }
    }

    fn entry(&mut self, path: &str, name: &str, depth: usize) {
        if path == self.project.file {
            return;
        }
        let place = self.root.join(path);
        let Ok(metadata) = fs::symlink_metadata(&place) else {
            return self.project.leave_out(Reason::Unreadable, path);
        };
        let kind = metadata.file_type();
        if let Some(reason) = self.unwanted(path, name, kind.is_dir()) {
            return self.project.leave_out(reason, path);
        }
        if self.project.entries.len() >= COUNT_LIMIT || depth >= DEPTH_LIMIT {
            return self.project.leave_out(Reason::NoRoom, path);
        }
        let node = if kind.is_dir() {
            self.folders.push_back((path.to_owned(), depth + 1));
            Ok(Node::Directory)
        } else if kind.is_symlink() {
            link(&place, path)
        } else if kind.is_file() {
            self.file(&place, metadata.len())
        } else {
            Err(Reason::NoFile)
        };
        match node {
            Ok(node) => {
                let mode = mode_of(&place);
                self.project.entries.push(ProjectEntry { path: path.to_owned(), node, mode });
            }
            Err(reason) => self.project.leave_out(reason, path),
        }
    }

    /// Why something is not wanted. Compose reads files that builds must not see, such as `.env`: of these only folders are left out.
    fn unwanted(&self, path: &str, name: &str, is_folder: bool) -> Option<Reason> {
        if is_folder && VERSION_CONTROL.contains(&name) {
            return Some(Reason::VersionControl);
        }
        let needed = name == IGNORE || (self.project.recipe == Recipe::Compose && !is_folder);
        // In a folder that is left out, something may be taken back.
        let hidden = is_folder && self.ignore.take_back_below(path);
        (!needed && !hidden && self.ignore.matches(path)).then_some(Reason::Ignored)
    }

    fn file(&mut self, place: &Path, size: u64) -> Result<Node, Reason> {
        if size > FILE_LIMIT {
            return Err(Reason::Large);
        }
        if usize::try_from(size).is_ok_and(|size| self.bytes + size > BYTE_LIMIT) {
            return Err(Reason::NoRoom);
        }
        let bytes = read_file(place).map_err(|_| Reason::Unreadable)?;
        self.bytes += bytes.len();
        Ok(file_of(bytes))
    }
}

/// A link as it is written, if it stays within the folder: a relative one that never climbs above it.
fn link(place: &Path, path: &str) -> Result<Node, Reason> {
    let target = fs::read_link(place).map_err(|_| Reason::Unreadable)?;
    let mut depth = path.split('/').count().saturating_sub(1);
    for part in target.components() {
        match part {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir => depth = depth.checked_sub(1).ok_or(Reason::Outside)?,
            Component::RootDir | Component::Prefix(_) => return Err(Reason::Outside),
        }
    }
    let target = target.to_str().ok_or(Reason::Nameless)?;
    Ok(Node::Symlink(target.into()))
}

fn file_of(bytes: Vec<u8>) -> Node {
    Node::File(Content::Inline(bytes.into()))
}

#[cfg(unix)]
fn mode_of(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::symlink_metadata(path).map_or(0o644, |metadata| metadata.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn mode_of(_path: &Path) -> u32 {
    // What Docker gives to files of a Windows machine.
    0o755
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let file = folder.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        folder
    }

    fn paths(project: &Project) -> Vec<&str> {
        let files = project.entries.iter().filter(|entry| entry.node != Node::Directory);
        files.map(|entry| entry.path.as_str()).collect()
    }

    #[test]
    fn what_dockerignore_names_is_not_read_and_that_is_said() {
        let files = [
            ("Dockerfile", "FROM alpine\n"),
            (".dockerignore", "node_modules\n*.log\n!keep.log\ndist\n!dist/keep\n"),
            ("a.log", ""),
            ("keep.log", ""),
            ("dist/keep", ""),
            ("dist/other", ""),
            ("node_modules/x/index.js", ""),
            ("src/main.c", ""),
            (".git/config", ""),
        ];
        let folder = folder(&files);
        let project = read_project(&folder.path().join("Dockerfile"), Recipe::Dockerfile).unwrap();
        assert_eq!(paths(&project), ["Dockerfile", ".dockerignore", "keep.log", "dist/keep", "src/main.c"]);
        assert_eq!(project.left_out[&Reason::VersionControl].count, 1);
        assert_eq!(project.left_out[&Reason::Ignored].examples, ["a.log", "node_modules", "dist/other"]);
    }

    #[test]
    fn compose_keeps_the_files_that_only_builds_leave_out() {
        let files =
            [("compose.yaml", "services: {}\n"), (".dockerignore", ".env\ndist\n"), (".env", "A=1\n"), ("dist/a", "")];
        let folder = folder(&files);
        let project = read_project(&folder.path().join("compose.yaml"), Recipe::Compose).unwrap();
        assert_eq!(paths(&project), ["compose.yaml", ".dockerignore", ".env"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_kept_within_the_folder_and_never_followed_out_of_it() {
        let folder = folder(&[("Dockerfile", "FROM alpine\n"), ("sub/b", "b")]);
        for (target, name) in
            [("../Dockerfile", "sub/in"), ("../../x", "sub/out"), ("/etc/passwd", "absolute"), ("/", "root")]
        {
            std::os::unix::fs::symlink(target, folder.path().join(name)).unwrap();
        }
        let project = read_project(&folder.path().join("Dockerfile"), Recipe::Dockerfile).unwrap();
        assert_eq!(paths(&project), ["Dockerfile", "sub/b", "sub/in"]);
        assert_eq!(project.left_out[&Reason::Outside].examples, ["absolute", "root", "sub/out"]);
    }

    #[test]
    fn large_files_and_too_many_are_left_out() {
        let folder = folder(&[("Dockerfile", "FROM alpine\n")]);
        fs::File::create(folder.path().join("a-model.bin")).unwrap().set_len(FILE_LIMIT + 1).unwrap();
        for number in 0..COUNT_LIMIT + 7 {
            fs::write(folder.path().join(format!("f{number}")), "").unwrap();
        }
        let project = read_project(&folder.path().join("Dockerfile"), Recipe::Dockerfile).unwrap();
        assert_eq!(project.entries.len(), COUNT_LIMIT);
        assert_eq!(project.left_out[&Reason::Large].examples, ["a-model.bin"]);
        assert_eq!((project.left_out[&Reason::NoRoom].count, project.left_out[&Reason::NoRoom].examples.len()), (8, 3));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let folder = folder(&[]);
        let error = read_project(&folder.path().join("Dockerfile"), Recipe::Dockerfile).unwrap_err();
        assert!(error.contains("Dockerfile: "), "{error}");
    }
}
