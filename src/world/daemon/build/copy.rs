//! COPY and ADD: which files are taken, and where they are put.
//!
//! Promises: as BuildKit does it (`solver/llbsolver/file`, `fsutil/copy`): a directory's contents are copied, not the directory; what is
//! taken belongs to root unless `--chown` says otherwise; dates are kept. Must not know: steps, the cache.

use std::io::Read;

use super::super::{glob, tree, user};
use super::configure::absolute;
use super::graph::CopyWork;
use super::ignore::Patterns;
use super::validate;
use crate::world::clock::Time;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::{Entry, Metadata, Node};
use crate::world::filesystem::errno::Errno;
use crate::world::filesystem::layer::Layer;
use crate::world::filesystem::path;
use crate::world::filesystem::union::UnionMount;
use crate::world::filesystem::untar::{Limits, TarError};
use crate::world::process::tools::mode;

/// The largest archive that ADD unpacks, in bytes.
const ARCHIVE_LIMIT: u64 = 256 << 20;
/// Most files that one instruction copies.
const FILE_LIMIT: usize = 200_000;

/// Why files cannot be copied.
#[derive(Debug, thiserror::Error)]
pub(super) enum CopyError {
    /// BuildKit finds it while it computes the cache key.
    #[error("\"{0}\": not found")]
    NotFound(String),
    #[error("{0}")]
    Pattern(#[from] glob::BadPattern),
    #[error("mkdir {0}: not a directory")]
    NotDirectory(String),
    #[error("cannot copy to non-directory: {0}")]
    OntoFile(String),
    #[error("cannot copy to {path}: {errno}")]
    Write { path: String, errno: Errno },
    #[error("failed to unpack {name}: {error}")]
    Archive { name: String, error: TarError },
    #[error("ADD of {0} is not modelled in Layerlab: it needs the Internet")]
    Remote(String),
    #[error("more than {FILE_LIMIT} files in one instruction")]
    TooMany,
}

/// One source, found.
#[derive(Clone, Debug)]
pub(super) struct Selected {
    /// Its path at the source.
    pub path: String,
    /// The file, or the directory's contents: path below the source (empty for a file itself) → entry.
    pub entries: Vec<(String, Entry)>,
    pub is_directory: bool,
}

/// Finds the sources of an instruction.
///
/// # Errors
/// A source that is not there.
pub(super) fn select(source: &UnionMount, work: &CopyWork) -> Result<Vec<Selected>, CopyError> {
    let mut selected = Vec::new();
    let exclude = Patterns::new(&work.exclude);
    let mut left = FILE_LIMIT;
    for named in &work.paths {
        if validate::is_url(named) || validate::is_git(named) {
            return Err(CopyError::Remote(named.clone()));
        }
        let wanted = absolute("/", named);
        let paths = if glob::is_pattern(&wanted) { expand(source, &wanted)? } else { vec![wanted] };
        for path in paths {
            let not_found = || CopyError::NotFound(path.clone());
            let real = tree::follow(source, &path).map_err(|_| not_found())?;
            let entry = &source.lookup(&real).ok_or_else(not_found)?.entry;
            let is_directory = entry.is_directory();
            let mut entries = Vec::new();
            if is_directory {
                collect(source, &real, "", &exclude, &mut entries, &mut left)?;
            } else if !exclude.matches(path.trim_start_matches('/')) {
                entries.push((String::new(), (*entry).clone()));
            }
            selected.push(Selected { path, entries, is_directory });
        }
    }
    Ok(selected)
}

fn collect(
    source: &UnionMount,
    directory: &str,
    below: &str,
    exclude: &Patterns,
    entries: &mut Vec<(String, Entry)>,
    left: &mut usize,
) -> Result<(), CopyError> {
    for found in source.list(directory).unwrap_or_default() {
        let relative = if below.is_empty() { found.name.to_owned() } else { format!("{below}/{}", found.name) };
        if exclude.matches(&relative) {
            continue;
        }
        *left = left.checked_sub(1).ok_or(CopyError::TooMany)?;
        entries.push((relative.clone(), found.entry.clone()));
        if found.entry.is_directory() {
            collect(source, &path::join(directory, found.name), &relative, exclude, entries, left)?;
        }
    }
    Ok(())
}

/// The paths that match a pattern, name by name.
fn expand(source: &UnionMount, pattern: &str) -> Result<Vec<String>, CopyError> {
    let mut paths = vec!["/".to_owned()];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        let mut next = Vec::new();
        for directory in &paths {
            for found in source.list(directory).unwrap_or_default() {
                if glob::matches(part, found.name)? {
                    next.push(path::join(directory, found.name));
                }
            }
        }
        paths = next;
    }
    Ok(paths)
}

/// Puts what was selected into a file system.
///
/// # Errors
/// A destination that cannot be written.
pub(super) fn apply(
    target: &mut UnionMount,
    selected: &[Selected],
    work: &CopyWork,
    now: Time,
) -> Result<(), CopyError> {
    let owner = work.chown.as_ref().map(|text| owner(target, text));
    let mut writer = Writer { target, owner, mode: work.chmod.as_deref(), now };
    let named = work.destination.trim_end_matches('/');
    let named = if named.is_empty() { "/" } else { named };
    let destination = tree::follow(writer.target, named).map_err(|errno| write_error(named, errno))?;
    let into = work.destination.ends_with('/') || writer.is_directory(&destination);
    for source in selected {
        if work.parents {
            let place = absolute(&destination, source.path.trim_start_matches('/'));
            writer.put_all(&place, source)?;
        } else if source.is_directory {
            if writer.target.lookup(&destination).is_some_and(|found| !found.entry.is_directory()) {
                return Err(CopyError::OntoFile(destination));
            }
            writer.directories(&destination)?;
            writer.put_all(&destination, source)?;
        } else {
            let place = if into { path::join(&destination, path::name(&source.path)) } else { destination.clone() };
            match source.entries.first().filter(|_| work.unpack).and_then(|(_, entry)| archive(entry)) {
                Some(bytes) => writer.unpack(&destination, path::name(&source.path), &bytes)?,
                None => writer.put_all(&place, source)?,
            }
        }
    }
    for heredoc in &work.heredocs {
        let place = if into { path::join(&destination, &heredoc.name) } else { destination.clone() };
        let entry = Entry::file(Content::text(&heredoc.content), Metadata::root(0o644, now));
        writer.put(&place, &entry)?;
    }
    Ok(())
}

fn write_error(path: &str, errno: Errno) -> CopyError {
    CopyError::Write { path: path.to_owned(), errno }
}

/// The numbers behind `user[:group]` of `--chown`. A bare number is the group's too (Docker's documentation, «COPY --chown»); a name that
/// is not known is root's, without a word, in Docker 28.5.2.
fn owner(target: &UnionMount, text: &str) -> (u32, u32) {
    if let Ok(number) = text.parse::<u32>() {
        return (number, number);
    }
    let (name, group) = text.split_once(':').unwrap_or((text, ""));
    let found = |text: &str| user::find(target, text, &[]).map(|found| (found.credentials.uid, found.credentials.gid));
    let (uid, own_group) = found(name).unwrap_or((0, 0));
    let gid = if group.is_empty() { own_group } else { found(&format!("0:{group}")).map_or(0, |(_, gid)| gid) };
    (uid, gid)
}

struct Writer<'a> {
    target: &'a mut UnionMount,
    owner: Option<(u32, u32)>,
    /// `--chmod`; it was checked before.
    mode: Option<&'a str>,
    now: Time,
}

impl Writer<'_> {
    fn is_directory(&self, path: &str) -> bool {
        self.target.lookup(path).is_some_and(|found| found.entry.is_directory())
    }

    fn owned(&self, metadata: Metadata) -> Metadata {
        let (uid, gid) = self.owner.unwrap_or((0, 0));
        Metadata { uid, gid, ..metadata }
    }

    /// Makes a directory and those above it that are missing.
    fn directories(&mut self, directory: &str) -> Result<(), CopyError> {
        let mut missing = Vec::new();
        let mut at = Some(directory);
        while let Some(path) = at.filter(|path| self.target.lookup(path).is_none()) {
            missing.push(path);
            at = path::parent(path);
        }
        for path in missing.into_iter().rev() {
            let metadata = self.owned(Metadata::root(0o755, self.now));
            self.target.make_directory(path, metadata).map_err(|errno| write_error(path, errno))?;
        }
        if self.is_directory(directory) { Ok(()) } else { Err(CopyError::NotDirectory(directory.to_owned())) }
    }

    fn put_all(&mut self, place: &str, source: &Selected) -> Result<(), CopyError> {
        if source.is_directory {
            self.directories(place)?;
        }
        for (relative, entry) in &source.entries {
            let at = if relative.is_empty() { place.to_owned() } else { absolute(place, relative) };
            self.put(&at, entry)?;
        }
        Ok(())
    }

    fn put(&mut self, place: &str, entry: &Entry) -> Result<(), CopyError> {
        let mut metadata = self.owned(entry.metadata);
        if let Some(text) = self.mode.filter(|_| !matches!(entry.node, Node::Symlink(_))) {
            metadata.mode = mode::change(text, metadata.mode, entry.is_directory(), 0).unwrap_or(metadata.mode);
        }
        self.write(place, Entry { metadata, node: entry.node.clone() })
    }

    fn write(&mut self, place: &str, entry: Entry) -> Result<(), CopyError> {
        if let Some(parent) = path::parent(place) {
            self.directories(parent)?;
        }
        let failed = |errno| write_error(place, errno);
        let known = self.target.lookup(place).map(|found| found.entry.is_directory());
        match (known, entry.is_directory()) {
            (Some(true), true) => self.target.set_metadata(place, entry.metadata).map_err(failed)?,
            (Some(true), false) => return Err(failed(Errno::EISDIR)),
            (Some(false), _) => {
                self.target.unlink(place).map_err(failed)?;
                self.target.create(place, entry).map_err(failed)?
            }
            (None, _) => self.target.create(place, entry).map_err(failed)?,
        };
        Ok(())
    }

    fn unpack(&mut self, destination: &str, name: &str, bytes: &[u8]) -> Result<(), CopyError> {
        let layer = Layer::from_tar(bytes, Limits::default())
            .map_err(|error| CopyError::Archive { name: name.to_owned(), error })?;
        self.directories(destination)?;
        for (path, change) in layer.changes() {
            if let Some(entry) = change.entry() {
                let place = absolute(destination, path.trim_start_matches('/'));
                let metadata = if self.owner.is_some() { self.owned(entry.metadata) } else { entry.metadata };
                self.write(&place, Entry { metadata, node: entry.node.clone() })?;
            }
        }
        Ok(())
    }
}

/// The tar bytes of a file that is an archive, uncompressed or with gzip.
fn archive(entry: &Entry) -> Option<Vec<u8>> {
    let Node::File(content) = &entry.node else { return None };
    let bytes = if content.is_held() { content.bytes(ARCHIVE_LIMIT).ok()? } else { return None };
    let is_tar = |bytes: &[u8]| bytes.get(257..262) == Some(b"ustar".as_slice());
    if is_tar(&bytes) {
        return Some(bytes.to_vec());
    }
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return None;
    }
    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(&*bytes).take(ARCHIVE_LIMIT).read_to_end(&mut unpacked).ok()?;
    is_tar(&unpacked).then_some(unpacked)
}
