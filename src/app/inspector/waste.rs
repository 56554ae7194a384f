//! Bytes of an image that nobody can read any more: hidden by a later layer, and still stored and pulled.
//!
//! Promises: a file counts as wasted if a layer above it deletes or replaces its path; the cause is named. Must not know: the screen.

use super::thing::{Thing, image};
use super::{Opens, Row, Source};
use crate::client::units::human_size;
use crate::stage::scene::Shade;
use crate::world::World;
use crate::world::filesystem::entry::Node;
use crate::world::filesystem::union::{Origin, UnionMount};

/// A file that is hidden.
struct Hidden {
    path: String,
    bytes: u64,
    /// The number of the layer that holds it, from 0.
    layer: usize,
    cause: String,
}

/// What is wasted, the most first, below the sum.
pub fn rows(world: &World, thing: &Thing) -> Vec<Row> {
    let Some((_, image)) = image(world, thing) else { return Vec::new() };
    let union = UnionMount::new(image.layers().to_vec());
    let mut hidden = hidden(&union);
    hidden.sort_by(|one, other| (other.bytes, &one.path).cmp(&(one.bytes, &other.path)));
    let wasted: u64 = hidden.iter().map(|file| file.bytes).sum();
    let all = image.size().max(1);
    let used = 1.0 - wasted as f32 / all as f32;
    let sum = Row {
        share: Some(used),
        ..Row::new(
            format!("{} of {} can be read", human_size(all.saturating_sub(wasted)), human_size(image.size())),
            "",
        )
    };
    let mut rows = vec![sum];
    if hidden.is_empty() {
        rows.push(Row::heading("Nothing is wasted: no layer hides a file of another.", ""));
        return rows;
    }
    rows.push(Row::heading(format!("{} are hidden, and still stored and pulled", human_size(wasted)), ""));
    rows.extend(hidden.into_iter().map(|file| {
        let id = image.layers().get(file.layer).map(|layer| layer.diff_id());
        let source = id.map_or(Source::None, |id| Source::Layer(file.layer + 1, Shade::of(id), id));
        let right = format!("{}  {}", file.cause, human_size(file.bytes));
        Row { source, opens: Opens::Layer(file.layer), ..Row::new(file.path, right) }
    }));
    rows
}

fn hidden(union: &UnionMount) -> Vec<Hidden> {
    let layers = union.lowers();
    let mut found = Vec::new();
    for (number, layer) in layers.iter().enumerate() {
        for (path, change) in layer.changes() {
            let Some(Node::File(content)) = change.entry().map(|entry| &entry.node) else { continue };
            let visible = union.lookup(path).is_some_and(|seen| seen.origin == Origin::Lower(number));
            if visible {
                continue;
            }
            let above = || layers.iter().enumerate().skip(number + 1);
            let replaced = above().find(|(_, layer)| layer.get(path).is_some());
            let cause = match replaced {
                Some((by, layer)) if layer.get(path).is_some_and(|change| change.entry().is_none()) => {
                    format!("deleted in layer {}", by + 1)
                }
                Some((by, _)) => format!("replaced in layer {}", by + 1),
                // Not the file itself, but a directory above it went.
                None => "deleted with its directory".to_owned(),
            };
            found.push(Hidden { path: path.to_string(), bytes: content.size(), layer: number, cause });
        }
    }
    found
}
