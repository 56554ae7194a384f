//! `catalogue.toml`: which registries, repositories and tags there are.
//!
//! Promises: every tag names an image file that is there. Must not read images.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::Diagnostics;
use crate::world::clock::Time;
use crate::world::registry::{BANDWIDTH, DOCKER_HUB};
use crate::world::table::{Entry, Placed, Reader, Table};

use super::INDEX_FILE;

/// Tags of one repository at most.
const TAGS: usize = 1_000;

/// What `catalogue.toml` says.
#[derive(Debug)]
pub struct Index {
    pub hosts: BTreeMap<Arc<str>, HostSettings>,
    pub repositories: Vec<Repository>,
    /// Bytes a second.
    pub bandwidth: u64,
    pub host: Host,
}

/// What a registry's host does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostSettings {
    /// Whether it takes images from `docker push`.
    pub accepts_push: bool,
    /// Names and passwords. Without users, the registry asks nobody who they are.
    pub users: BTreeMap<Arc<str>, Arc<str>>,
}

/// The images of a tag, one for each platform.
pub type ImageNames = Arc<[Arc<str>]>;

/// The machine that a catalogue wants its images to be tried on. What is not said is the learner's laptop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// What `hostname` prints.
    pub name: Option<String>,
    pub cpus: Option<u32>,
    /// Bytes.
    pub memory: Option<u64>,
    /// What `uname -r` prints.
    pub kernel: Option<String>,
    /// The address of the name server in `/etc/resolv.conf`.
    pub nameserver: Option<String>,
    /// When worlds begin.
    pub start: Option<Time>,
}

/// One repository of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// The registry's host: `docker.io`.
    pub host: Arc<str>,
    /// The full name: `library/nginx`.
    pub name: Arc<str>,
    /// What it is, in a line, as `docker search` shows; empty if nothing is said.
    pub about: String,
    /// Which images each tag names, from when on; oldest first.
    pub tags: BTreeMap<Arc<str>, Vec<(Time, ImageNames)>>,
}

impl Index {
    /// Reads the file. `images` are the names of the image files.
    ///
    /// # Errors
    /// All mistakes.
    pub fn read(bytes: &[u8], images: &[&str]) -> Result<Index, Diagnostics> {
        let mut reader = Reader::new(INDEX_FILE);
        let index = reader.parse(bytes, |reader, table| read_index(reader, table, images));
        match index {
            Some(index) if !reader.found.has_errors() => Ok(index),
            _ => Err(reader.found),
        }
    }
}

fn read_index(reader: &mut Reader, table: &mut Table<'_, '_>, images: &[&str]) -> Option<Index> {
    table.required_number("format", 1..=1, reader);
    let bandwidth = table.number("bandwidth", 1..=i64::MAX, reader).and_then(|bytes| u64::try_from(bytes).ok());
    let host = table.table("host", reader, |reader, table| Host {
        name: table.text("name", reader),
        cpus: table.number("cpus", 1..=1024, reader).and_then(|cpus| u32::try_from(cpus).ok()),
        memory: table.number("memory", 1..=i64::MAX, reader).and_then(|bytes| u64::try_from(bytes).ok()),
        kernel: table.text("kernel", reader),
        nameserver: table.text("nameserver", reader),
        start: table.moment("start", reader),
    });
    let mut hosts = BTreeMap::from([(Arc::from(DOCKER_HUB), HostSettings::default())]);
    for entry in table.entries("registries", reader) {
        let settings = entry.table("registry", reader, |reader, table| {
            let accepts_push = table.flag("push", reader);
            let users = table.text_map("users", reader).into_iter();
            HostSettings { accepts_push, users: users.map(|(user, password)| (user.into(), password.into())).collect() }
        });
        hosts.insert(Arc::from(entry.key.value.as_str()), settings.unwrap_or_default());
    }
    let entries = table.entries("repositories", reader);
    let mut repositories = Vec::new();
    for entry in &entries {
        if let Some(repository) = read_repository(reader, entry, images) {
            hosts.entry(Arc::clone(&repository.host)).or_default();
            repositories.push(repository);
        }
    }
    repositories.sort_by(|left, right| (&left.host, &left.name).cmp(&(&right.host, &right.name)));
    Some(Index { hosts, repositories, bandwidth: bandwidth.unwrap_or(BANDWIDTH), host: host.unwrap_or_default() })
}

fn read_repository(reader: &mut Reader, entry: &Entry<'_, '_>, images: &[&str]) -> Option<Repository> {
    let (host, name) = split(&entry.key.value);
    if !name.split('/').all(is_component) {
        let mistake = reader.error(entry.key.span, format!("`{}` is not a repository name", entry.key.value));
        reader.report(
            mistake.expected("lower-case letters and digits, parts set apart by `/`, words by `.`, `_` or `-`"),
        );
        return None;
    }
    entry.table("repository", reader, |reader, table| {
        let about = table.text("about", reader).unwrap_or_default();
        let entries = table.entries("tags", reader);
        if entries.is_empty() {
            let mistake = reader.error(table.place("tags"), format!("`{}` has no tags", entry.key.value));
            reader.report(mistake.note(
                "a repository without a tag cannot be pulled: name an image, as in `tags = { latest = \"nginx\" }`",
            ));
        }
        if entries.len() > TAGS {
            reader.mistake(table.place("tags"), format!("{} tags, at most {TAGS} are allowed", entries.len()));
        }
        let mut tags: BTreeMap<Arc<str>, Vec<(Time, ImageNames)>> = BTreeMap::new();
        for (name, named) in read_tags(reader, &entries, images) {
            tags.entry(name).or_default().push((Time::EPOCH, named));
        }
        // Tags that move, and tags that come, as time passes.
        let moved = table.tables("moved", reader, |reader, table| {
            if !table.has("at") {
                table.missing("at", reader);
            }
            let at = table.moment("at", reader)?;
            let entries = table.entries("tags", reader);
            Some((at, read_tags(reader, &entries, images)))
        });
        for (at, named) in moved {
            for (name, images) in named {
                tags.entry(name).or_default().push((at, images));
            }
        }
        for moves in tags.values_mut() {
            moves.sort_by_key(|(at, _)| *at);
        }
        Repository { host: Arc::from(host.as_str()), name: Arc::from(name.as_str()), about, tags }
    })
}

/// Tags with the images that they name.
fn read_tags(reader: &mut Reader, entries: &[Entry<'_, '_>], images: &[&str]) -> Vec<(Arc<str>, ImageNames)> {
    let mut tags = Vec::new();
    for tag in entries.iter().take(TAGS) {
        check_tag(reader, &tag.key);
        let named = tag.texts(reader);
        for image in &named {
            if !images.contains(&image.value.as_str()) {
                let mistake =
                    reader.error(image.span, format!("there is no image `{}`", image.value)).label("no such file");
                let mistake = mistake.did_you_mean(&image.value, images.iter().copied());
                reader.report(mistake.expected(format!("the file images/{}.toml", image.value)));
            }
        }
        let named: ImageNames = named.iter().map(|image| Arc::from(image.value.as_str())).collect();
        if !named.is_empty() {
            tags.push((Arc::from(tag.key.value.as_str()), named));
        }
    }
    tags
}

/// Tells the registry's host from the path as Docker does: the first part is a host if it has a dot or a colon, or is `localhost`.
fn split(written: &str) -> (String, String) {
    match written.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host.to_owned(), path.to_owned()),
        Some(_) => (DOCKER_HUB.to_owned(), written.to_owned()),
        None => (DOCKER_HUB.to_owned(), format!("library/{written}")),
    }
}

/// `[a-z0-9]+` with `.`, `_`, `__` or dashes between (distribution/reference, `path-component`).
fn is_component(part: &str) -> bool {
    let alphanumeric = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    alphanumeric(part.as_bytes().first())
        && alphanumeric(part.as_bytes().last())
        && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte))
}

/// `[\w][\w.-]{0,127}` (distribution/reference, `tag`).
fn check_tag(reader: &mut Reader, tag: &Placed<String>) {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let fits = tag.value.len() <= 128
        && tag.value.bytes().next().is_some_and(word)
        && tag.value.bytes().all(|byte| word(byte) || byte == b'.' || byte == b'-');
    if !fits {
        let mistake = reader.error(tag.span, format!("`{}` is not a tag", tag.value));
        reader.report(
            mistake.expected("at most 128 letters, digits, `_`, `.` and `-`, and none of the last two at the start"),
        );
    }
}
