//! The files of a thing as a tree: of a container, an image, one layer of it, or a volume.
//!
//! Promises: each file says which layer it comes from and how it differs; a deleted file is shown where it was, with the layer that hides
//! it. Must not know: how a tree is drawn.

use std::collections::{BTreeMap, BTreeSet};

use super::thing::{Thing, container, image};
use super::{Opens, Row, Source};
use crate::client::units::human_size;
use crate::stage::scene::Shade;
use crate::world::World;
use crate::world::daemon::volume::mountpoint;
use crate::world::filesystem::content::Content;
use crate::world::filesystem::diff::DiffKind;
use crate::world::filesystem::entry::{Entry, Node};
use crate::world::filesystem::union::{Origin, UnionMount};
use crate::world::process::vfs::join;

/// What is to be shown of a tree.
pub struct Wanted<'a> {
    /// The directories that are open.
    pub open: &'a BTreeSet<String>,
    /// One layer alone, by its number from 0.
    pub layer: Option<usize>,
    /// Only what differs from the image.
    pub only_changes: bool,
    /// Only paths that hold this text.
    pub search: &'a str,
}

/// A file or directory of a tree.
struct Found {
    /// Absolute.
    path: String,
    entry: Entry,
    source: Source,
    change: Option<char>,
}

/// The files of a thing, in a form in which directories can be listed.
enum Files {
    /// Layers in union; those from number `image_layers` on are not the image's.
    Union { union: Box<UnionMount>, image_layers: usize, changes: BTreeMap<String, char> },
    /// One layer: its changes, and the layers below it.
    Layer { number: usize, below: Box<UnionMount>, image: UnionMount },
    /// A directory of a machine's disk.
    Directory { root: String },
}

/// The rows of the tree.
pub fn rows(world: &World, thing: &Thing, wanted: &Wanted<'_>) -> Vec<Row> {
    let Some(files) = files(world, thing, wanted.layer) else { return Vec::new() };
    let tree = Tree { world, thing, files, wanted };
    let mut rows = Vec::new();
    if wanted.only_changes || !wanted.search.is_empty() {
        tree.flat(&mut rows);
    } else {
        tree.below("/", 0, &mut rows);
    }
    rows
}

/// What is in a file, and where it comes from, in words.
pub fn content(world: &World, thing: &Thing, layer: Option<usize>, path: &str) -> Option<(Option<Content>, String)> {
    let files = files(world, thing, layer)?;
    let nothing = BTreeSet::new();
    let wanted = Wanted { open: &nothing, layer, only_changes: false, search: "" };
    let tree = Tree { world, thing, files, wanted: &wanted };
    let found = tree.list(path.rsplit_once('/').map_or("/", |(above, _)| if above.is_empty() { "/" } else { above }));
    let found = found.into_iter().find(|found| found.path == path)?;
    let about = match found.source {
        Source::None => String::new(),
        Source::Writable => "from the writable layer".to_owned(),
        Source::Init => "from the layer that Docker puts under every container".to_owned(),
        Source::Layer(number, _, id) => format!("from layer {number}, {}", id.short()),
    };
    match found.entry.node {
        Node::File(content) => Some((Some(content), about)),
        _ => Some((None, about)),
    }
}

/// The directories of a layer that hold something: all of them are open when it is looked at alone.
pub fn directories_of_layer(world: &World, thing: Option<&Thing>, number: usize) -> BTreeSet<String> {
    let layer = thing.and_then(|thing| image(world, thing)).and_then(|(_, image)| image.layers().get(number).cloned());
    let Some(layer) = layer else { return BTreeSet::new() };
    let mut open = BTreeSet::new();
    for path in layer.changes().keys() {
        let mut path = &**path;
        while let Some((above, _)) = path.rsplit_once('/').filter(|(above, _)| !above.is_empty()) {
            open.insert(above.to_owned());
            path = above;
        }
        // A layer of a whole system would be a wall of names.
        if open.len() > 60 {
            return BTreeSet::new();
        }
    }
    open
}

fn files(world: &World, thing: &Thing, layer: Option<usize>) -> Option<Files> {
    match thing {
        Thing::Volume(_, name) => Some(Files::Directory { root: mountpoint(name) }),
        Thing::Container(..) => {
            let (machine, container) = container(world, thing)?;
            let layers = image(world, thing).map_or(usize::MAX, |(_, image)| image.layers().len());
            let union = machine.kernel.union(container.root)?.clone();
            let changes = union.diff().into_iter().map(|entry| (entry.path.to_string(), letter(entry.kind))).collect();
            Some(Files::Union { union: Box::new(union), image_layers: layers, changes })
        }
        Thing::Image(..) => {
            let (_, image) = image(world, thing)?;
            let layers = image.layers();
            let whole = UnionMount::new(layers.to_vec());
            match layer {
                Some(number) => {
                    let below = layers.get(..number)?.to_vec();
                    Some(Files::Layer { number, below: Box::new(UnionMount::new(below)), image: whole })
                }
                None => {
                    Some(Files::Union { union: Box::new(whole), image_layers: usize::MAX, changes: BTreeMap::new() })
                }
            }
        }
        _ => None,
    }
}

fn letter(kind: DiffKind) -> char {
    kind.letter()
}

struct Tree<'a> {
    world: &'a World,
    thing: &'a Thing,
    files: Files,
    wanted: &'a Wanted<'a>,
}

impl Tree<'_> {
    /// The rows of a directory and of those open below it.
    fn below(&self, directory: &str, depth: usize, rows: &mut Vec<Row>) {
        for found in self.list(directory) {
            if rows.len() >= super::ROWS {
                return;
            }
            let open = self.wanted.open.contains(&found.path);
            let name = found.path.rsplit('/').next().unwrap_or_default().to_owned();
            rows.push(row(&found, name, depth, open));
            if open && found.entry.is_directory() && found.change != Some('D') {
                self.below(&found.path, depth + 1, rows);
            }
        }
    }

    /// All paths that differ, or that hold what is searched for.
    fn flat(&self, rows: &mut Vec<Row>) {
        let search = self.wanted.search.to_lowercase();
        for found in self.all() {
            let matches = found.path.to_lowercase().contains(&search);
            if matches && (!self.wanted.only_changes || found.change.is_some()) {
                rows.push(row(&found, found.path.clone(), 0, false));
            }
            if rows.len() >= super::ROWS {
                return;
            }
        }
    }

    /// Everything there is, sorted by path.
    fn all(&self) -> Vec<Found> {
        match &self.files {
            Files::Union { union, image_layers, changes } => {
                let lower = union.lowers().iter().flat_map(|layer| layer.changes().keys().map(|path| &**path));
                let paths: BTreeSet<&str> = lower.chain(changes.keys().map(String::as_str)).collect();
                let found = |path: &str| {
                    let change = changes.get(path).copied();
                    let (entry, source) = match union.lookup(path) {
                        Some(found) => (found.entry.clone(), source(union, found.origin, *image_layers)),
                        None => (hidden(union, path).filter(|_| change.is_some())?, Source::Writable),
                    };
                    Some(Found { path: path.to_owned(), entry, source, change })
                };
                paths.into_iter().filter_map(found).collect()
            }
            Files::Layer { .. } | Files::Directory { .. } => {
                let mut all = Vec::new();
                let mut directories = vec!["/".to_owned()];
                while let Some(directory) = directories.pop() {
                    for found in self.list(&directory) {
                        if found.entry.is_directory() && found.change != Some('D') {
                            directories.push(found.path.clone());
                        }
                        all.push(found);
                    }
                    if all.len() >= super::ROWS {
                        break;
                    }
                }
                all.sort_by(|one, other| one.path.cmp(&other.path));
                all
            }
        }
    }

    /// What is in a directory, sorted by name; what was deleted there is among it.
    fn list(&self, directory: &str) -> Vec<Found> {
        let mut found = match &self.files {
            Files::Union { union, image_layers, changes } => of_union(union, *image_layers, changes, directory),
            Files::Layer { number, below, image } => of_layer(*number, below, image, directory),
            Files::Directory { root } => self.of_directory(root, directory),
        };
        found.sort_by(|one, other| one.path.cmp(&other.path));
        found
    }

    fn of_directory(&self, root: &str, directory: &str) -> Vec<Found> {
        let Some(machine) = self.thing.machine(self.world) else { return Vec::new() };
        let caller = machine.root();
        let place = if directory == "/" { root.to_owned() } else { format!("{root}{directory}") };
        let names = machine.kernel.list(&caller, &place).unwrap_or_default();
        let found = names.into_iter().filter_map(|name| {
            let entry = machine.kernel.status(&caller, &join(&place, &name), false).ok()?.entry;
            Some(Found { path: join(directory, &name), entry, source: Source::None, change: None })
        });
        found.collect()
    }
}

fn of_union(union: &UnionMount, image_layers: usize, changes: &BTreeMap<String, char>, directory: &str) -> Vec<Found> {
    let entries = union.list(directory).unwrap_or_default().into_iter();
    let mut found: Vec<Found> = entries
        .map(|entry| {
            let path = join(directory, entry.name);
            let change = changes.get(&path).copied();
            Found { path, entry: entry.entry.clone(), source: source(union, entry.origin, image_layers), change }
        })
        .collect();
    let prefix = if directory == "/" { "/".to_owned() } else { format!("{directory}/") };
    let deleted = changes.iter().filter(|(path, change)| {
        **change == 'D' && path.strip_prefix(&prefix).is_some_and(|name| !name.is_empty() && !name.contains('/'))
    });
    found.extend(deleted.filter_map(|(path, change)| {
        let entry = hidden(union, path)?;
        Some(Found { path: path.clone(), entry, source: Source::Writable, change: Some(*change) })
    }));
    found
}

/// What the layers have at a path, whatever the writable layer says.
fn hidden(union: &UnionMount, path: &str) -> Option<Entry> {
    UnionMount::new(union.lowers().to_vec()).lookup(path).map(|found| found.entry.clone())
}

/// What one layer says about a directory: what it adds, changes and deletes there.
fn of_layer(number: usize, below: &UnionMount, image: &UnionMount, directory: &str) -> Vec<Found> {
    let Some(layer) = image.lowers().get(number) else { return Vec::new() };
    let source = Source::Layer(number + 1, Shade::of(layer.diff_id()), layer.diff_id());
    let prefix = if directory == "/" { "/".to_owned() } else { format!("{directory}/") };
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    for (path, change) in layer.changes() {
        let Some(name) = path.strip_prefix(&prefix).filter(|name| !name.is_empty()) else { continue };
        if let Some((child, _)) = name.split_once('/') {
            // A directory that the layer does not mention itself: something below it is in the layer.
            let path = format!("{prefix}{child}");
            let entry = image.lookup(&path).or_else(|| below.lookup(&path)).map(|found| found.entry.clone());
            if let Some(entry) = entry.filter(Entry::is_directory) {
                found.entry(path.clone()).or_insert(Found { path, entry, source, change: None });
            }
            continue;
        }
        let before = below.lookup(path).map(|found| found.entry);
        let (entry, letter) = match (change.entry(), before) {
            (Some(entry), None) => (entry.clone(), Some('A')),
            (Some(entry), Some(before)) if entry.is_directory() && before.is_directory() => (entry.clone(), None),
            (Some(entry), Some(_)) => (entry.clone(), Some('C')),
            (None, Some(before)) => (before.clone(), Some('D')),
            (None, None) => continue,
        };
        found.insert(path.to_string(), Found { path: path.to_string(), entry, source, change: letter });
    }
    found.into_values().collect()
}

fn row(found: &Found, name: String, depth: usize, open: bool) -> Row {
    let deleted = found.change == Some('D');
    let directory = found.entry.is_directory();
    let left = match &found.entry.node {
        Node::Directory => format!("{name}/"),
        Node::Symlink(target) => format!("{name} → {target}"),
        _ => name,
    };
    let right = match (deleted, directory) {
        (true, _) => "deleted".to_owned(),
        (_, true) => String::new(),
        _ => human_size(found.entry.node.size()),
    };
    let opens = match (deleted, directory, &found.entry.node) {
        (true, ..) => Opens::Nothing,
        (_, true, _) => Opens::Directory(found.path.clone(), open),
        (.., Node::File(_)) => Opens::File(found.path.clone()),
        _ => Opens::Nothing,
    };
    Row { depth, change: found.change, source: found.source, opens, ..Row::new(left, right) }
}

fn source(union: &UnionMount, origin: Origin, image_layers: usize) -> Source {
    match origin {
        Origin::Upper => Source::Writable,
        Origin::Lower(index) if index >= image_layers => Source::Init,
        Origin::Lower(index) => union
            .lowers()
            .get(index)
            .map_or(Source::None, |layer| Source::Layer(index + 1, Shade::of(layer.diff_id()), layer.diff_id())),
    }
}
