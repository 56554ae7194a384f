//! The files of one step: read from an image file, and laid as a layer over the layers below.
//!
//! Promises: a layer holds exactly what the step says, and the directories that lead there, as the layers below have them. Must not
//! know images or history.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Files;
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::world::clock::Time;
use crate::world::digest::Digest;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::entry::{Change, Entry, Metadata};
use crate::world::filesystem::layer::Layer;
use crate::world::filesystem::path;
use crate::world::filesystem::union::UnionMount;
use crate::world::table::{Placed, Reader, Table};

/// Bytes of one synthetic file at most.
const FILE_SIZE: i64 = 2 << 30;
/// Files of one step at most.
const FILES: usize = 20_000;

/// One path of a step.
#[derive(Clone, Debug)]
pub struct FileRecipe {
    path: Placed<String>,
    node: NodeRecipe,
    mode: Option<u32>,
    /// User and group.
    owner: (u32, u32),
    modified: Option<Time>,
    opaque: bool,
}

#[derive(Clone, Debug)]
enum NodeRecipe {
    Directory,
    Text(Arc<str>),
    /// The bytes of a file of the catalogue's folder.
    From(String),
    /// Bytes made up: the seed is the path's, unless it is said.
    Synthetic {
        size: u64,
        seed: Option<u64>,
    },
    Program {
        name: Arc<str>,
        size: u64,
    },
    Symlink(Arc<str>),
    Whiteout,
}

impl FileRecipe {
    /// The file of the folder that its bytes come from, if they do.
    pub fn taken_from(&self) -> Option<&str> {
        match &self.node {
            NodeRecipe::From(file) => Some(file),
            _ => None,
        }
    }

    fn change(&self, modified: Time, files: &Files) -> Change {
        let modified = self.modified.unwrap_or(modified);
        let metadata =
            |mode| Metadata { mode: self.mode.unwrap_or(mode), uid: self.owner.0, gid: self.owner.1, modified };
        let entry = match &self.node {
            NodeRecipe::Whiteout => return Change::Whiteout,
            NodeRecipe::Directory => {
                return Change::Put { entry: Entry::directory(metadata(0o755)), opaque: self.opaque };
            }
            NodeRecipe::Text(text) => Entry::file(Content::text(text), metadata(0o644)),
            NodeRecipe::From(file) => {
                let bytes: &[u8] = files.get(file.as_str()).map_or(b"", |bytes| bytes);
                Entry::file(Content::Inline(Arc::from(bytes)), metadata(0o644))
            }
            NodeRecipe::Synthetic { size, seed } => {
                let seed = seed.unwrap_or_else(|| seed_of(&self.path.value));
                Entry::file(Content::Synthetic { size: *size, seed }, metadata(0o644))
            }
            NodeRecipe::Program { name, size } => {
                Entry::file(Content::Program { name: Arc::clone(name), size: *size }, metadata(0o755))
            }
            NodeRecipe::Symlink(target) => Entry::symlink(Arc::clone(target), metadata(0o777)),
        };
        Change::put(entry)
    }
}

/// Files of the same path in different images have the same made-up bytes, as the same library has.
fn seed_of(path: &str) -> u64 {
    let mut seed = [0; 8];
    seed.copy_from_slice(&Digest::of(path).bytes()[..8]);
    u64::from_le_bytes(seed)
}

/// Reads every key of a step that tells of files; `None` if it has none of them.
pub fn read(reader: &mut Reader, step: &mut Table<'_, '_>, folder: &Files) -> Option<Vec<FileRecipe>> {
    let keys = ["files", "directories", "programs", "data", "links"];
    let present = keys.map(|key| step.has(key));
    let any = present.contains(&true);
    let mut all = step.tables("files", reader, |reader, table| read_file(reader, table, folder));
    for group in step.tables("directories", reader, read_directories) {
        all.extend(group);
    }
    for group in step.tables("programs", reader, |reader, table| read_sized(reader, table, true)) {
        all.extend(group);
    }
    for group in step.tables("data", reader, |reader, table| read_sized(reader, table, false)) {
        all.extend(group);
    }
    for group in step.tables("links", reader, read_links) {
        all.extend(group);
    }
    if all.len() > FILES {
        reader.mistake(step.span, format!("{} files in one step, at most {FILES} are allowed", all.len()));
        all.truncate(FILES);
    }
    let layer = step.flag("layer", reader);
    (any || layer).then_some(all)
}

/// What all groups of files may say about them.
struct Common {
    mode: Option<u32>,
    owner: (u32, u32),
    modified: Option<Time>,
}

fn read_common(reader: &mut Reader, table: &mut Table<'_, '_>) -> Common {
    let mode = table.placed_text("mode", reader).and_then(|text| {
        let mode = u32::from_str_radix(&text.value, 8).ok().filter(|mode| *mode <= 0o7777);
        if mode.is_none() {
            let mistake = reader.error(text.span, format!("`{}` is not a mode", text.value));
            reader.report(mistake.expected("octal digits in a string, such as \"0755\" or \"1777\""));
        }
        mode
    });
    let owner = table.placed_text("owner", reader).and_then(|text| {
        let (user, group) = text.value.split_once(':').unwrap_or((&text.value, &text.value));
        let owner = user.parse().ok().zip(group.parse().ok());
        if owner.is_none() {
            let mistake = reader.error(text.span, format!("`{}` is not an owner", text.value));
            reader.report(mistake.expected("numbers of a user and a group in a string, such as \"999:999\""));
        }
        owner
    });
    Common { mode, owner: owner.unwrap_or_default(), modified: table.moment("modified", reader) }
}

impl Common {
    fn file(&self, path: Placed<String>, node: NodeRecipe) -> FileRecipe {
        FileRecipe { path, node, mode: self.mode, owner: self.owner, modified: self.modified, opaque: false }
    }
}

const CONTENTS: [&str; 7] = ["text", "from", "size", "program", "symlink", "directory", "whiteout"];

fn read_file(reader: &mut Reader, table: &mut Table<'_, '_>, folder: &Files) -> Option<FileRecipe> {
    let common = read_common(reader, table);
    let path = table.required_text("path", reader);
    let opaque = table.flag("opaque", reader);
    let size = table.number("size", 0..=FILE_SIZE, reader).and_then(|size| u64::try_from(size).ok());
    let seed = table.number("seed", 0..=i64::MAX, reader).and_then(|seed| u64::try_from(seed).ok());
    let given: Vec<&str> = CONTENTS.into_iter().filter(|key| table.has(key)).filter(|key| *key != "size").collect();
    let text = table.text("text", reader).map(|text| NodeRecipe::Text(Arc::from(text)));
    let from = table.placed_text("from", reader).map(|from| {
        if !folder.contains_key(from.value.as_str()) {
            let known = folder.keys().map(AsRef::as_ref);
            let mistake = reader.error(from.span, format!("the catalogue's folder has no file `{}`", from.value));
            reader.report(mistake.label("no such file").did_you_mean(&from.value, known));
        }
        NodeRecipe::From(from.value)
    });
    let program = table.placed_text("program", reader).map(|name| NodeRecipe::Program {
        name: Arc::from(program_name(reader, &name)),
        size: size.unwrap_or(PROGRAM_SIZE),
    });
    let symlink = table.text("symlink", reader).map(|target| NodeRecipe::Symlink(Arc::from(target)));
    let directory = table.flag("directory", reader).then_some(NodeRecipe::Directory);
    let whiteout = table.flag("whiteout", reader).then_some(NodeRecipe::Whiteout);
    let synthetic = size.filter(|_| given.is_empty()).map(|size| NodeRecipe::Synthetic { size, seed });
    let path = path?;
    if given.len() > 1 {
        let names = given.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" and ");
        reader.mistake(table.span, format!("`{}` has both {names}: a file has one content", path.value));
        return None;
    }
    let node = text.or(from).or(program).or(symlink).or(directory).or(whiteout).or(synthetic);
    if node.is_none() && given.is_empty() {
        let mistake = reader.error(table.span, format!("`{}` has no content", path.value));
        reader.report(mistake.expected(format!("one of: {}", CONTENTS.map(|key| format!("`{key}`")).join(", "))));
    }
    Some(FileRecipe { opaque, ..common.file(path, node?) })
}

/// Bytes of a program that does not say its size.
const PROGRAM_SIZE: u64 = 65_536;

fn program_name(reader: &mut Reader, name: &Placed<String>) -> String {
    let fits = !name.value.is_empty() && name.value.chars().all(|sign| sign.is_ascii_graphic() && sign != '/');
    if !fits {
        let mistake = reader.error(name.span, format!("`{}` is not a program's name", name.value));
        reader
            .report(mistake.expected("letters, digits and signs without `/` and white space, such as `redis-server`"));
    }
    name.value.clone()
}

fn read_directories(reader: &mut Reader, table: &mut Table<'_, '_>) -> Option<Vec<FileRecipe>> {
    let common = read_common(reader, table);
    if !table.has("paths") {
        table.missing("paths", reader);
    }
    let paths = table.words("paths", reader);
    Some(paths.into_iter().map(|path| common.file(path, NodeRecipe::Directory)).collect())
}

/// `programs` and `data`: a directory, and names with sizes.
fn read_sized(reader: &mut Reader, table: &mut Table<'_, '_>, programs: bool) -> Option<Vec<FileRecipe>> {
    let common = read_common(reader, table);
    let directory = table.required_text("in", reader);
    if !table.has("sizes") {
        table.missing("sizes", reader);
    }
    let entries = table.entries("sizes", reader);
    let directory = directory?;
    let file = |entry: crate::world::table::Entry<'_, '_>| {
        let size = entry.number(0..=FILE_SIZE, reader).and_then(|size| u64::try_from(size).ok())?;
        let node = if programs {
            NodeRecipe::Program { name: Arc::from(program_name(reader, &entry.key)), size }
        } else {
            NodeRecipe::Synthetic { size, seed: None }
        };
        let path = Placed { value: path::join(&directory.value, &entry.key.value), span: entry.key.span };
        Some(common.file(path, node))
    };
    Some(entries.into_iter().filter_map(file).collect())
}

fn read_links(reader: &mut Reader, table: &mut Table<'_, '_>) -> Option<Vec<FileRecipe>> {
    let common = read_common(reader, table);
    let directory = table.required_text("in", reader);
    let target = table.required_text("to", reader);
    if !table.has("names") {
        table.missing("names", reader);
    }
    let names = table.words("names", reader);
    let (directory, target) = (directory?, target?);
    let target: Arc<str> = Arc::from(target.value.as_str());
    let link = |name: Placed<String>| {
        let path = Placed { value: path::join(&directory.value, &name.value), span: name.span };
        common.file(path, NodeRecipe::Symlink(Arc::clone(&target)))
    };
    Some(names.into_iter().map(link).collect())
}

/// Makes the layer. `below` are the layers under it, `modified` is the date of what does not say its own. `None` if there are mistakes,
/// which are then in `found`.
pub fn lay(
    recipes: &[FileRecipe],
    modified: Time,
    below: &UnionMount,
    files: &Files,
    file: &str,
    found: &mut Diagnostics,
) -> Option<Layer> {
    let mut changes: BTreeMap<Arc<str>, Change> = BTreeMap::new();
    let mut places: BTreeMap<&str, Span> = BTreeMap::new();
    let mut mistakes = Vec::new();
    for recipe in recipes {
        let written = recipe.path.value.as_str();
        let error = |title: String| Diagnostic::error(file, title).at(recipe.path.span);
        if let Err(errno) = path::check(written) {
            let mistake = error(format!("`{written}` cannot be a path: {errno}"));
            mistakes.push(mistake.expected("an absolute path without `.`, `..`, `//` and a `/` at the end"));
            continue;
        }
        if places.insert(written, recipe.path.span).is_some() {
            mistakes.push(error(format!("`{written}` is in this step twice")));
            continue;
        }
        if matches!(recipe.node, NodeRecipe::Whiteout) && below.lookup(written).is_none() {
            mistakes.push(error(format!("`{written}` is not in the layers below: there is nothing to delete")));
        }
        changes.insert(Arc::from(written), recipe.change(modified, files));
    }
    for (written, span) in &places {
        for parent in path::ancestors(written).filter(|parent| *parent != "/") {
            let own = changes.get(parent).map(|change| change.entry().is_some_and(Entry::is_directory));
            let stands = own.or_else(|| below.lookup(parent).map(|found| found.entry.is_directory()));
            match stands {
                Some(false) => {
                    let title = format!("`{written}` cannot be there: `{parent}` is not a directory");
                    let mistake = Diagnostic::error(file, title).at(*span);
                    mistakes.push(
                        mistake.note("if it is a symbolic link to a directory, write the path that the link leads to"),
                    );
                    break;
                }
                Some(true) if own.is_none() => {
                    if let Some(entry) = below.lookup(parent).map(|found| found.entry.clone()) {
                        changes.insert(Arc::from(parent), Change::put(entry));
                    }
                }
                Some(true) => {}
                None => {
                    changes.insert(Arc::from(parent), Change::put(Entry::directory(Metadata::root(0o755, modified))));
                }
            }
        }
    }
    if mistakes.is_empty() {
        match Layer::new(changes) {
            Ok(layer) => return Some(layer),
            Err(errno) => mistakes.push(Diagnostic::error(file, format!("the files of a step make no layer: {errno}"))),
        }
    }
    for mistake in mistakes {
        found.push(mistake);
    }
    None
}
