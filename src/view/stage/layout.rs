//! Which things stand where on the stage, and in how much detail.
//!
//! Promises: detail is given up before room runs out, first by what is not pointed at; the order of things does not change with the
//! room. Must not know: what a card looks like.

use ratatui::layout::Rect;

use super::card::Card;
use super::{Look, build, container, image, machine};
use crate::stage::Scene;
use crate::stage::scene::{MachineScene, Subject};

/// From this width on images and containers stand side by side.
const TWO_COLUMNS: u16 = 56;
/// From this width on several machines stand side by side.
const MACHINE: u16 = 70;
/// Cells between columns.
const GAP: u16 = 2;
/// Of the room of two columns, the share of the images, in hundredths.
const IMAGES_SHARE: u16 = 44;

/// How much of a thing is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    Line,
    /// The files that differ and the layers, without a box of its own.
    Brief,
    Short,
    Full,
}

/// What is tried, from the most detail to the least: for what is pointed at, and for the rest.
const DETAILS: [(Detail, Detail); 9] = [
    (Detail::Full, Detail::Full),
    (Detail::Full, Detail::Short),
    (Detail::Full, Detail::Brief),
    (Detail::Short, Detail::Short),
    (Detail::Short, Detail::Brief),
    (Detail::Brief, Detail::Brief),
    (Detail::Short, Detail::Line),
    (Detail::Brief, Detail::Line),
    (Detail::Line, Detail::Line),
];

/// A card at its place.
pub struct Placed {
    pub card: Card,
    pub column: u16,
    pub row: u16,
}

/// All cards at their places.
#[derive(Default)]
pub struct Plan {
    pub cards: Vec<Placed>,
    /// Rows in all.
    pub height: u16,
}

impl Plan {
    /// Where a thing stands: its own row, or the card that holds it.
    pub fn place(&self, subject: &Subject) -> Option<Rect> {
        let in_rows = |wanted: &Subject| {
            self.cards.iter().find_map(|placed| {
                let at = placed.card.rows.iter().position(|row| row.subject.as_ref() == Some(wanted))?;
                Some(Rect::new(placed.column, placed.row + u16::try_from(at).ok()?, placed.card.width, 1))
            })
        };
        in_rows(subject).or_else(|| match subject {
            Subject::File(container, _) | Subject::Writable(container) => {
                in_rows(&Subject::Container(container.clone()))
            }
            _ => None,
        })
    }

    fn add(&mut self, cards: Vec<Card>, column: u16, row: u16) -> u16 {
        let mut row = row;
        for card in cards {
            let height = card.height();
            self.cards.push(Placed { card, column, row });
            row = row.saturating_add(height);
        }
        self.height = self.height.max(row);
        row
    }
}

/// Lays a scene out for a room of this size.
pub fn plan(look: &Look<'_>, scene: &Scene, width: u16, height: u16) -> Plan {
    let mut plan = Plan::default();
    let count = u16::try_from(scene.machines.len()).unwrap_or(1).max(1);
    let registry =
        scene.travels.iter().flat_map(|travel| [&travel.from, &travel.to]).any(|end| *end == Subject::Registry)
            || look.points_at(&Subject::Registry);
    let margin = u16::from(width > 30);
    let width = width.saturating_sub(2 * margin);
    if count > 1 && width / count >= MACHINE {
        let each = width / count;
        for (number, machine) in (0..).zip(&scene.machines) {
            lay(
                look,
                &mut plan,
                machine,
                Room { column: margin + number * each, row: 0, width: each - GAP, height },
                registry,
            );
        }
        return plan;
    }
    let mut row = 0;
    for machine in &scene.machines {
        let room = Room { column: margin, row, width, height: height / count };
        row = lay(look, &mut plan, machine, room, registry).saturating_add(u16::from(count > 1));
    }
    plan
}

/// Where a machine is laid out.
struct Room {
    column: u16,
    row: u16,
    width: u16,
    height: u16,
}

/// Returns the first free row below.
fn lay(look: &Look<'_>, plan: &mut Plan, scene: &MachineScene, room: Room, registry: bool) -> u16 {
    let head = machine::head(look, scene, room.width);
    let roomy = room.height >= 18;
    let used = head.height() + u16::from(roomy);
    plan.add(vec![head], room.column, room.row);
    let (row, height) = (room.row + used, room.height.saturating_sub(used));
    if room.width >= TWO_COLUMNS {
        let left = room.width * IMAGES_SHARE / 100;
        let right = room.width - left - GAP;
        let images = best(height, |pointed, rest| left_cards(look, scene, left, (pointed, rest), registry));
        let containers = best(height, |pointed, rest| right_cards(look, scene, right, (pointed, rest)));
        let one = plan.add(images, room.column, row);
        let other = plan.add(containers, room.column + left + GAP, row);
        return one.max(other);
    }
    // One column: the containers keep their detail longer, since what happens happens in them.
    let cards = |pointed, rest| {
        let images = if rest == Detail::Full { Detail::Full } else { Detail::Line };
        let mut cards = left_cards(look, scene, room.width, (pointed, images), registry);
        cards.extend(right_cards(look, scene, room.width, (pointed, rest)));
        cards
    };
    plan.add(best(height, cards), room.column, row)
}

/// The cards with the most detail that fits; if nothing fits, with the least.
fn best(height: u16, cards: impl Fn(Detail, Detail) -> Vec<Card>) -> Vec<Card> {
    let total = |cards: &[Card]| cards.iter().map(|card| u32::from(card.height())).sum::<u32>();
    for (pointed, rest) in DETAILS {
        let tried = cards(pointed, rest);
        if total(&tried) <= u32::from(height) {
            return tried;
        }
    }
    cards(Detail::Line, Detail::Line)
}

fn left_cards(
    look: &Look<'_>,
    scene: &MachineScene,
    width: u16,
    detail: (Detail, Detail),
    registry: bool,
) -> Vec<Card> {
    let mut cards = Vec::new();
    if !look.partial || registry || !scene.images.is_empty() {
        cards.push(machine::heading(look, "IMAGES", registry, width));
    }
    if scene.images.is_empty() && !look.partial {
        cards.push(machine::nothing(look, "none yet", width));
    }
    for scene in &scene.images {
        let pointed = look.points_at(&Subject::Image(scene.id))
            || scene.layers.iter().any(|layer| look.points_at(&Subject::Layer(layer.id)));
        cards.push(image::card(look, scene, width, if pointed { detail.0 } else { detail.1 }));
    }
    if let Some(build) = &scene.build {
        cards.push(machine::heading(look, "BUILD", false, width));
        cards.push(build::card(look, build, width));
    }
    cards
}

fn right_cards(look: &Look<'_>, scene: &MachineScene, width: u16, detail: (Detail, Detail)) -> Vec<Card> {
    let mut cards = Vec::new();
    if !scene.virtual_machines.is_empty() {
        cards.push(machine::heading(look, "VIRTUAL MACHINES", false, width));
        for scene in &scene.virtual_machines {
            let pointed = look.points_at(&Subject::VirtualMachine(scene.name.clone()));
            cards.push(machine::virtual_machine(look, scene, width, if pointed { detail.0 } else { detail.1 }));
        }
    }
    if scene.virtual_machines.is_empty() && !look.partial || !scene.containers.is_empty() {
        cards.push(machine::heading(look, "CONTAINERS", false, width));
    }
    if scene.containers.is_empty() && scene.virtual_machines.is_empty() && !look.partial {
        cards.push(machine::nothing(look, "none yet", width));
    }
    if look.partial && scene.images.is_empty() && scene.containers.is_empty() && scene.virtual_machines.is_empty() {
        cards.push(machine::nothing(look, "nothing but what both have", width));
    }
    for scene in &scene.containers {
        let pointed = look.pointed.iter().any(|subject| match subject {
            Subject::Container(id) | Subject::Writable(id) | Subject::File(id, _) => *id == scene.id,
            _ => false,
        });
        cards.push(container::card(look, scene, width, if pointed { detail.0 } else { detail.1 }));
    }
    if !scene.volumes.is_empty() {
        cards.push(machine::heading(look, "VOLUMES", false, width));
        cards.extend(scene.volumes.iter().map(|volume| machine::volume(look, volume, width)));
    }
    // The default bridge alone says little: it is shown once a network was made, or, if there is room, when several
    // containers share it.
    let shared = detail.1 > Detail::Brief;
    let telling = scene.networks.iter().any(|network| network.name != "bridge" || shared && network.members.len() > 1);
    if telling {
        cards.push(machine::heading(look, "NETWORKS", false, width));
        cards.extend(scene.networks.iter().map(|network| machine::network(look, network, width)));
    }
    cards
}
