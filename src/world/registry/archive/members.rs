//! The files in an archive of images: names and where their bytes are.
//!
//! Promises: nothing is read but headers; a name stands there once; a link leads to a file of the same archive, or is refused by name.
//! Must not know what the files mean.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tar::EntryType;

use super::ArchiveError;
use crate::world::digest::Digest;
use crate::world::filesystem::content::{Content, SharedReader};
use crate::world::filesystem::entry::Node;
use crate::world::filesystem::tar_members::{Limits, read_seekable};
use crate::world::filesystem::untar::TarError;

/// Bytes in a block of a tar stream.
const BLOCK: u64 = 512;
/// Members of an archive of images: each layer is one, and each image a few.
const MEMBERS: usize = 20_000;

/// The files of an archive.
#[derive(Debug, Default)]
pub struct Members {
    files: BTreeMap<String, Arc<Content>>,
    links: BTreeMap<String, String>,
    /// The outermost directories, as a legacy archive has one for each image.
    folders: BTreeSet<String>,
}

impl Members {
    /// The files of the archive whose bytes these are.
    ///
    /// # Errors
    /// It is no archive, or has what an archive of images has not.
    pub fn of(archive: &Arc<Content>) -> Result<Members, ArchiveError> {
        let mut members = Members::default();
        if let Content::Archive(made) = &**archive {
            for member in made.members() {
                match &member.entry.node {
                    Node::Directory => members.folder(&member.name)?,
                    Node::File(content) => members.file(&member.name, content.clone())?,
                    Node::Symlink(target) => members.link(&member.name, target)?,
                    Node::Device(_) | Node::Fifo => return Err(ArchiveError::NotAFile { name: member.name.clone() }),
                }
            }
            return Ok(members);
        }
        let limits = Limits { members: MEMBERS, bytes: u64::MAX, once: true, ..Limits::default() };
        read_seekable(SharedReader::new(Arc::clone(archive)), limits, |member| {
            let name = String::from_utf8_lossy(&member.name).into_owned();
            let target = || String::from_utf8_lossy(member.target.as_deref().unwrap_or_default()).into_owned();
            match member.header.entry_type() {
                EntryType::Directory => members.folder(&name),
                EntryType::Regular | EntryType::Continuous => {
                    // Contents are skipped, and so nobody has noticed yet. The last block is filled up, or was cut off.
                    let end = member.start.checked_add(member.size).and_then(|end| end.checked_next_multiple_of(BLOCK));
                    if end.is_none_or(|end| end > archive.size()) {
                        return Err(TarError::CutOff { path: name }.into());
                    }
                    let content = Content::Slice { of: Arc::clone(archive), start: member.start, size: member.size };
                    members.file(&name, content)
                }
                EntryType::Symlink | EntryType::Link => members.link(&name, &target()),
                _ => Err(ArchiveError::NotAFile { name }),
            }
        })?;
        Ok(members)
    }

    /// The file of that name; links are followed once.
    ///
    /// # Errors
    /// There is none.
    pub fn get(&self, name: &str) -> Result<Arc<Content>, ArchiveError> {
        let missing = || ArchiveError::Missing { name: name.to_owned() };
        let clean = cleaned(name)?;
        if let Some(content) = self.files.get(&clean) {
            return Ok(Arc::clone(content));
        }
        let target = self.links.get(&clean).ok_or_else(missing)?;
        if self.links.contains_key(target) {
            return Err(ArchiveError::LinkThroughLink { name: clean, target: target.clone() });
        }
        let found = self.files.get(target).cloned();
        found.ok_or_else(|| ArchiveError::Link { name: clean, target: target.clone() })
    }

    /// The file of that name, if there is one.
    ///
    /// # Errors
    /// A link in its place leads nowhere.
    pub fn find(&self, name: &str) -> Result<Option<Arc<Content>>, ArchiveError> {
        match self.get(name) {
            Err(ArchiveError::Missing { .. }) => Ok(None),
            found => found.map(Some),
        }
    }

    /// The blob of a digest, where OCI has it.
    pub fn blob_name(digest: Digest) -> String {
        format!("blobs/sha256/{}", digest.hex())
    }

    /// The outermost directories, sorted.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.folders.iter().map(String::as_str)
    }

    fn free(&self, name: &str) -> Result<(), ArchiveError> {
        match self.files.contains_key(name) || self.links.contains_key(name) {
            true => Err(ArchiveError::Outer(TarError::Twice { path: name.to_owned() })),
            false => Ok(()),
        }
    }

    fn folder(&mut self, name: &str) -> Result<(), ArchiveError> {
        let name = cleaned(name)?;
        self.free(&name)?;
        if !name.is_empty() && !name.contains('/') {
            self.folders.insert(name);
        }
        Ok(())
    }

    fn file(&mut self, name: &str, content: Content) -> Result<(), ArchiveError> {
        let name = cleaned(name)?;
        self.free(&name)?;
        self.files.insert(name, Arc::new(content));
        Ok(())
    }

    fn link(&mut self, name: &str, target: &str) -> Result<(), ArchiveError> {
        let name = cleaned(name)?;
        self.free(&name)?;
        let out = || ArchiveError::Link { name: name.clone(), target: target.to_owned() };
        if target.starts_with('/') {
            return Err(out());
        }
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let resolved = cleaned(&format!("{folder}/{target}")).map_err(|_| out())?;
        self.links.insert(name, resolved);
        Ok(())
    }
}

/// A name without `.`, `..` and double slashes.
///
/// # Errors
/// It leaves the archive, or is no name.
fn cleaned(name: &str) -> Result<String, ArchiveError> {
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                let leaves = || ArchiveError::Outer(TarError::LeavesRoot { path: name.to_owned() });
                parts.pop().ok_or_else(leaves)?;
            }
            part => parts.push(part),
        }
    }
    if name.contains('\0') {
        return Err(ArchiveError::Outer(TarError::NotText { path: name.to_owned() }));
    }
    Ok(parts.join("/"))
}
