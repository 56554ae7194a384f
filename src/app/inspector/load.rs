//! A load, second by second, as a table.
//!
//! Promises: the oldest second first, each with all figures. Must not know: how it is drawn.

use super::{Row, Thing};
use crate::stage::figure::FIGURES;
use crate::stage::trace;
use crate::world::World;

/// Cells of a column.
const COLUMN: usize = 10;

/// A row for each second of the load; none if the thing is no load.
pub fn seconds(world: &World, thing: &Thing) -> Vec<Row> {
    let Thing::Load(machine) = thing else { return Vec::new() };
    let Some(load) = trace::load(world, machine) else { return Vec::new() };
    let line = |words: &mut dyn Iterator<Item = String>| {
        words.map(|word| format!("{word:>COLUMN$}")).collect::<Vec<_>>().join(" ")
    };
    let names = Row::new("second", line(&mut FIGURES.iter().map(|figure| figure.name.to_owned())));
    let rows = load.samples.iter().map(|second| {
        Row::new(format!("{:>6}", second.second), line(&mut FIGURES.iter().map(|figure| figure.written(second))))
    });
    std::iter::once(names).chain(rows).collect()
}
