//! The members of a tar stream, one after the other, with limits on all that an archive can say.
//!
//! Promises: whatever the bytes, the answer is members or an error that names the one at fault; what is held of a member is its header
//! and its names, never its content; a size that two headers tell differently is refused. Must not know what members are for.

use std::io::{self, Read, Seek};

use tar::{Archive, Entries, EntryType, Header, PaxExtensions};

use super::path;

/// How much an archive may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Members.
    pub members: usize,
    /// Bytes of all files together.
    pub bytes: u64,
    /// Bytes in one path.
    pub path: usize,
    /// Whether a name may stand there once only; if not, the last counts.
    pub once: bool,
}

impl Default for Limits {
    /// 100 000 members, 256 MiB of files, paths as long as Linux takes.
    fn default() -> Limits {
        Limits { members: 100_000, bytes: 256 << 20, path: path::MAXIMUM_PATH, once: false }
    }
}

/// The longest list of extended headers of one member, in bytes: extended attributes are among them.
const EXTENSIONS: u64 = 1 << 20;

/// Why tar bytes could not become a layer.
#[derive(Debug, thiserror::Error)]
pub enum TarError {
    #[error("the archive cannot be read after {members} members: {source}; make it again, uncompressed, with tar")]
    Unreadable { members: usize, source: io::Error },
    #[error("the archive has more than {limit} members; split it")]
    TooManyMembers { limit: usize },
    #[error("{path:?} takes the archive's files over {limit} bytes; leave it out or make it smaller")]
    TooLarge { path: String, limit: u64 },
    #[error("{path:?} is longer than {limit} bytes; shorten it")]
    PathTooLong { path: String, limit: usize },
    #[error(
        "the headers of member {member} are longer than {limit} bytes; make the archive again without extended attributes"
    )]
    HeadersTooLong { member: usize, limit: u64 },
    #[error("{path:?} is said to have {stated} bytes and to have {size}; make the archive again")]
    SizeLies { path: String, stated: u64, size: u64 },
    #[error("{path:?} is cut off: the archive ends within it")]
    CutOff { path: String },
    #[error("{path:?} leaves the root directory; archives may not reach outside of it")]
    LeavesRoot { path: String },
    #[error("{path:?} is not UTF-8 or has a zero byte; rename it")]
    NotText { path: String },
    #[error("{path:?} lies below something that is not a directory in the same archive")]
    BelowNonDirectory { path: String },
    #[error("{path:?} is in the archive twice; leave one out")]
    Twice { path: String },
    #[error("{path:?} is a hard link to {target:?}, which is no file that stands before it in the archive")]
    MissingLinkTarget { path: String, target: String },
    #[error("{path:?} is a hard link to the absolute path {target:?}; hard links stay within their archive")]
    AbsoluteLink { path: String, target: String },
    #[error("{path:?} is a hard link to {target:?}, which is itself a link; links through links are not followed")]
    LinkThroughLink { path: String, target: String },
    #[error("{path:?} is {what}, which the model has not")]
    Unsupported { path: String, what: &'static str },
}

/// One member: its names, and where its content is.
#[derive(Debug)]
pub struct TarMember {
    pub name: Vec<u8>,
    /// What a link points at.
    pub target: Option<Vec<u8>>,
    pub header: Header,
    /// Owner and group, where they are too large for the header.
    pub owner: (Option<u64>, Option<u64>),
    /// Where its content begins in the stream.
    pub start: u64,
    /// Bytes of its content.
    pub size: u64,
}

/// What was said about the member that follows.
#[derive(Default)]
struct Announced {
    name: Option<Vec<u8>>,
    target: Option<Vec<u8>>,
    size: Option<u64>,
    owner: (Option<u64>, Option<u64>),
}

/// Hands every member to `take`, with its content, which need not be read. Says how many there were.
///
/// # Errors
/// Those of `take`; and what cannot be a tar stream, or is more than the limits allow.
pub fn read_members<E: From<TarError>>(
    input: impl Read,
    limits: Limits,
    mut take: impl FnMut(&TarMember, &mut dyn Read) -> Result<(), E>,
) -> Result<usize, E> {
    let mut archive = Archive::new(input);
    let entries = archive.entries().map_err(|source| TarError::Unreadable { members: 0, source })?;
    each(entries.raw(true), limits, |member, entry| take(member, entry))
}

/// As [`read_members`], for who wants no contents: those are not read at all.
///
/// # Errors
/// As [`read_members`].
pub fn read_seekable<E: From<TarError>>(
    input: impl Read + Seek,
    limits: Limits,
    mut take: impl FnMut(&TarMember) -> Result<(), E>,
) -> Result<usize, E> {
    let mut archive = Archive::new(input);
    let entries = archive.entries_with_seek().map_err(|source| TarError::Unreadable { members: 0, source })?;
    each(entries.raw(true), limits, |member, _| take(member))
}

fn each<R: Read, E: From<TarError>>(
    entries: Entries<'_, R>,
    limits: Limits,
    mut take: impl FnMut(&TarMember, &mut tar::Entry<'_, R>) -> Result<(), E>,
) -> Result<usize, E> {
    let mut members = 0;
    let mut announced = Announced::default();
    for entry in entries {
        let unreadable = |source| TarError::Unreadable { members, source };
        let mut entry = entry.map_err(unreadable)?;
        match entry.header().entry_type() {
            EntryType::GNULongName => announced.name = Some(long_name(&mut entry, limits).map_err(unreadable)?),
            EntryType::GNULongLink => announced.target = Some(long_name(&mut entry, limits).map_err(unreadable)?),
            EntryType::XHeader => {
                let mut bytes = Vec::new();
                (&mut entry).take(EXTENSIONS + 1).read_to_end(&mut bytes).map_err(unreadable)?;
                if bytes.len() as u64 > EXTENSIONS {
                    return Err(TarError::HeadersTooLong { member: members + 1, limit: EXTENSIONS }.into());
                }
                announced.take_extensions(&bytes).map_err(unreadable)?;
            }
            EntryType::XGlobalHeader => {}
            _ => {
                members += 1;
                if members > limits.members {
                    return Err(TarError::TooManyMembers { limit: limits.members }.into());
                }
                let member = std::mem::take(&mut announced).of(&entry)?;
                let longest = member.name.len().max(member.target.as_ref().map_or(0, Vec::len));
                if longest > limits.path {
                    let path = String::from_utf8_lossy(&member.name).into_owned();
                    return Err(TarError::PathTooLong { path, limit: limits.path }.into());
                }
                take(&member, &mut entry)?;
            }
        }
    }
    Ok(members)
}

/// A name that stands before its member. One byte more than may be is read, so that it is refused as too long.
fn long_name(entry: &mut tar::Entry<'_, impl Read>, limits: Limits) -> io::Result<Vec<u8>> {
    let mut name = Vec::new();
    entry.take(limits.path as u64 + 2).read_to_end(&mut name)?;
    if name.last() == Some(&0) {
        name.pop();
    }
    Ok(name)
}

impl Announced {
    /// The member that it was said about.
    fn of(self, entry: &tar::Entry<'_, impl Read>) -> Result<TarMember, TarError> {
        let header = entry.header().clone();
        let name = self.name.unwrap_or_else(|| header.path_bytes().into_owned());
        let target = self.target.or_else(|| header.link_name_bytes().map(|target| target.into_owned()));
        let size = entry.size();
        if let Some(stated) = self.size.filter(|stated| *stated != size) {
            return Err(TarError::SizeLies { path: String::from_utf8_lossy(&name).into_owned(), stated, size });
        }
        Ok(TarMember { name, target, header, owner: self.owner, start: entry.raw_file_position(), size })
    }

    fn take_extensions(&mut self, bytes: &[u8]) -> io::Result<()> {
        for record in PaxExtensions::new(bytes) {
            let record = record?;
            let number = || record.value().ok().and_then(|value| value.parse::<u64>().ok());
            match record.key_bytes() {
                b"path" => self.name = Some(record.value_bytes().to_vec()),
                b"linkpath" => self.target = Some(record.value_bytes().to_vec()),
                b"size" => self.size = number(),
                b"uid" => self.owner.0 = number(),
                b"gid" => self.owner.1 = number(),
                _ => {}
            }
        }
        Ok(())
    }
}
