//! The layers of an image, and the steps that made it.
//!
//! Promises: the newest is above, as on the stage; a step that changed no file says so. Must not know: the screen.

use super::thing::{Thing, image};
use super::{Opens, Row, Source};
use crate::client::units::human_size;
use crate::stage::scene::Shade;
use crate::stage::still::instruction;
use crate::world::World;

/// The layers, the top one first; each opens its own files.
pub fn layers(world: &World, thing: &Thing) -> Vec<Row> {
    let Some((machine, image)) = image(world, thing) else { return Vec::new() };
    let mut made_by = image.config().history.iter().filter(|step| !step.empty_layer);
    let mut rows: Vec<Row> = image
        .layers()
        .iter()
        .enumerate()
        .map(|(index, layer)| {
            let id = layer.diff_id();
            let words = made_by.next().map(|step| instruction(&step.created_by, &step.comment)).unwrap_or_default();
            let others =
                machine.daemon.images.iter().filter(|other| {
                    other.id() != image.id() && other.layers().iter().any(|shared| shared.diff_id() == id)
                });
            let shared = match others.count() {
                0 => String::new(),
                1 => "shared with 1 image  ".to_owned(),
                count => format!("shared with {count} images  "),
            };
            let source = Source::Layer(index + 1, Shade::of(id), id);
            let right = format!("{shared}{}", human_size(layer.size()));
            Row { source, opens: Opens::Layer(index), ..Row::new(words, right) }
        })
        .collect();
    rows.reverse();
    rows
}

/// The steps of the history, the newest first.
pub fn history(world: &World, thing: &Thing) -> Vec<Row> {
    let Some((_, image)) = image(world, thing) else { return Vec::new() };
    let mut layers = image.layers().iter().enumerate();
    let mut rows: Vec<Row> = image
        .config()
        .history
        .iter()
        .map(|step| {
            let left = instruction(&step.created_by, &step.comment);
            match if step.empty_layer { None } else { layers.next() } {
                Some((index, layer)) => {
                    let id = layer.diff_id();
                    let source = Source::Layer(index + 1, Shade::of(id), id);
                    Row { source, ..Row::new(left, human_size(layer.size())) }
                }
                None => Row::new(left, "no layer"),
            }
        })
        .collect();
    rows.reverse();
    rows
}
