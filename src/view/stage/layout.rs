//! Which things stand where on the stage, and in how much detail.
//!
//! Promises: detail is given up before room runs out, first by what is neither pointed at nor selected; the order of things does not change
//! with the room; any number of containers has a picture. Must not know: what a card looks like.

use std::collections::BTreeMap;

use ratatui::layout::Rect;

use super::card::Card;
use super::{Look, container, crowd, image, load, machine, network};
use crate::app::desk::Zoom;
use crate::stage::Scene;
use crate::stage::scene::{ContainerScene, MachineScene, Subject};

/// From this width on images and containers stand side by side.
const TWO_COLUMNS: u16 = 56;
/// From this width on what is around the containers has a column of its own.
const THREE_COLUMNS: u16 = 104;
/// From this width on several machines stand side by side.
const MACHINE: u16 = 70;
/// Cells between columns.
const GAP: u16 = 2;
/// Of the room of two columns, the share of the images, in hundredths; of three, that of images and of containers.
const IMAGES_SHARE: u16 = 44;
const SHARES_OF_THREE: (u16, u16) = (34, 38);

/// How much of a thing is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// A sign among others.
    Dot,
    /// A sign and a name among others.
    Name,
    Line,
    /// The files that differ and the layers, without a box of its own.
    Brief,
    Short,
    Full,
}

impl Detail {
    /// The fewest rows that a container with this detail takes.
    const fn least_rows(self) -> usize {
        match self {
            Detail::Dot | Detail::Name => 0,
            Detail::Line | Detail::Brief => 1,
            Detail::Short => 5,
            Detail::Full => 6,
        }
    }
}

/// What is tried, from the most detail to the least: for what is pointed at, and for the rest.
const DETAILS: [(Detail, Detail); 13] = [
    (Detail::Full, Detail::Full),
    (Detail::Full, Detail::Short),
    (Detail::Full, Detail::Brief),
    (Detail::Short, Detail::Short),
    (Detail::Short, Detail::Brief),
    (Detail::Brief, Detail::Brief),
    (Detail::Short, Detail::Line),
    (Detail::Brief, Detail::Line),
    (Detail::Line, Detail::Line),
    (Detail::Brief, Detail::Name),
    (Detail::Name, Detail::Name),
    (Detail::Brief, Detail::Dot),
    (Detail::Dot, Detail::Dot),
];
/// What is tried from afar.
const OVERVIEW: [(Detail, Detail); 3] =
    [(Detail::Line, Detail::Line), (Detail::Name, Detail::Name), (Detail::Dot, Detail::Dot)];
const NEAR: [(Detail, Detail); 1] = [(Detail::Full, Detail::Full)];

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
    /// Where a thing stands: its own row, its place in a row, or the card that holds it.
    pub fn place(&self, subject: &Subject) -> Option<Rect> {
        let in_rows = |wanted: &Subject| {
            self.cards.iter().find_map(|placed| {
                let at = placed.card.rows.iter().position(|row| row.subject.as_ref() == Some(wanted))?;
                Some(Rect::new(placed.column, placed.row + u16::try_from(at).ok()?, placed.card.width, 1))
            })
        };
        let in_parts = |wanted: &Subject| {
            self.cards.iter().find_map(|placed| {
                placed.card.rows.iter().zip(placed.row..).find_map(|(row, at)| {
                    let part = row.parts.iter().find(|part| part.subject == *wanted)?;
                    Some(Rect::new(placed.column + part.column, at, part.width, 1))
                })
            })
        };
        in_rows(subject).or_else(|| in_parts(subject)).or_else(|| match subject {
            Subject::File(container, _) | Subject::Writable(container) => {
                let whole = Subject::Container(container.clone());
                in_rows(&whole).or_else(|| in_parts(&whole))
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
    let margin = u16::from(width > 30);
    let width = width.saturating_sub(2 * margin);
    if count > 1 && width / count >= MACHINE {
        let each = width / count;
        for (number, machine) in (0..).zip(&scene.machines) {
            let room = Room { column: margin + number * each, row: 0, width: each - GAP, height };
            lay(look, &mut plan, machine, room);
        }
        return plan;
    }
    let mut row = 0;
    for (machine, height) in scene.machines.iter().zip(shares(look, scene, height)) {
        let room = Room { column: margin, row, width, height };
        row = lay(look, &mut plan, machine, room).saturating_add(u16::from(count > 1));
    }
    plan
}

/// How many rows each of several machines below each other gets: those on which something is pointed at have more.
fn shares(look: &Look<'_>, scene: &Scene, height: u16) -> Vec<u16> {
    let count = u16::try_from(scene.machines.len()).unwrap_or(1).max(1);
    let height = height.saturating_sub(count - 1);
    let near: Vec<bool> = scene
        .machines
        .iter()
        .map(|machine| Scene::things_of(machine).iter().any(|thing| look.is_near(thing)))
        .collect();
    let active = u16::try_from(near.iter().filter(|near| **near).count()).unwrap_or(0);
    if active == 0 || active == count {
        return vec![height / count; usize::from(count)];
    }
    // A machine that nothing happens on keeps half of what would be its part.
    let quiet = height / count / 2;
    let busy = (height - quiet * (count - active)) / active;
    near.into_iter().map(|near| if near { busy } else { quiet }).collect()
}

/// Where a machine is laid out.
struct Room {
    column: u16,
    row: u16,
    width: u16,
    height: u16,
}

/// Returns the first free row below.
fn lay(look: &Look<'_>, plan: &mut Plan, scene: &MachineScene, room: Room) -> u16 {
    let head = machine::head(look, scene, room.width);
    let roomy = room.height >= 18;
    let used = head.height() + u16::from(roomy);
    plan.add(vec![head], room.column, room.row);
    let (row, height) = (room.row + used, room.height.saturating_sub(used));
    let containers = scene.containers.len();
    let around = surroundings(look, scene, room.width, Detail::Line);
    if room.width >= THREE_COLUMNS && !around.is_empty() {
        let left = room.width * SHARES_OF_THREE.0 / 100;
        let middle = room.width * SHARES_OF_THREE.1 / 100;
        let right = room.width - left - middle - 2 * GAP;
        let images = best(look, height, 0, |pointed, rest| left_cards(look, scene, left, (pointed, rest)));
        let main = best(look, height, containers, |pointed, rest| main_cards(look, scene, middle, (pointed, rest)));
        let around = best(look, height, 0, |_, rest| surroundings(look, scene, right, rest));
        let ends = [
            plan.add(images, room.column, row),
            plan.add(main, room.column + left + GAP, row),
            plan.add(around, room.column + left + middle + 2 * GAP, row),
        ];
        return ends.into_iter().max().unwrap_or(row);
    }
    if room.width >= TWO_COLUMNS {
        let left = room.width * IMAGES_SHARE / 100;
        let right = room.width - left - GAP;
        let image_cards = best(look, height, 0, |pointed, rest| left_cards(look, scene, left, (pointed, rest)));
        let others = best(look, height, containers, |pointed, rest| right_cards(look, scene, right, (pointed, rest)));
        let one = plan.add(image_cards, room.column, row);
        let other = plan.add(others, room.column + left + GAP, row);
        return one.max(other);
    }
    // One column: the containers keep their detail longer, since what happens happens in them.
    let cards = |pointed, rest| {
        let images = if rest == Detail::Full { Detail::Full } else { Detail::Line };
        let mut cards = left_cards(look, scene, room.width, (pointed, images));
        cards.extend(right_cards(look, scene, room.width, (pointed, rest)));
        cards
    };
    plan.add(best(look, height, containers, cards), room.column, row)
}

/// The cards with the most detail that fits; if nothing fits, with the least. What so many containers surely need more room for is not
/// even tried.
fn best(look: &Look<'_>, height: u16, containers: usize, cards: impl Fn(Detail, Detail) -> Vec<Card>) -> Vec<Card> {
    let total = |cards: &[Card]| cards.iter().map(|card| u32::from(card.height())).sum::<u32>();
    let details: &[(Detail, Detail)] = match look.zoom {
        Zoom::Fit => &DETAILS,
        Zoom::Overview => &OVERVIEW,
        Zoom::Detail => &NEAR,
    };
    let near = look.pointed.len() + usize::from(look.selected.is_some());
    let mut last = None;
    for (pointed, rest) in details {
        let hopeless = rest.least_rows() * containers.saturating_sub(near) > usize::from(height);
        if hopeless && look.zoom != Zoom::Detail {
            continue;
        }
        let tried = cards(*pointed, *rest);
        if total(&tried) <= u32::from(height) {
            return tried;
        }
        last = Some(tried);
    }
    last.unwrap_or_default()
}

fn left_cards(look: &Look<'_>, scene: &MachineScene, width: u16, detail: (Detail, Detail)) -> Vec<Card> {
    let mut cards = Vec::new();
    if let Some(registry) = &scene.registry {
        cards.push(machine::heading(look, "REGISTRY", width));
        cards.push(network::registry(look, registry, width));
    }
    if !look.partial || !scene.images.is_empty() {
        cards.push(machine::heading(look, "IMAGES", width));
    }
    if scene.images.is_empty() && !look.partial {
        cards.push(machine::nothing(look, "none yet", width));
    }
    for scene in &scene.images {
        let near = look.is_near(&Subject::Image(scene.id))
            || scene.layers.iter().any(|layer| look.points_at(&Subject::Layer(layer.id)));
        cards.push(image::card(look, scene, width, if near { detail.0 } else { detail.1 }));
    }
    if let Some(build) = &scene.build {
        cards.push(machine::heading(look, "BUILD", width));
        cards.push(network::build(look, build, width, detail.0));
    }
    cards
}

fn right_cards(look: &Look<'_>, scene: &MachineScene, width: u16, detail: (Detail, Detail)) -> Vec<Card> {
    let mut cards = main_cards(look, scene, width, detail);
    cards.extend(surroundings(look, scene, width, detail.1));
    cards
}

/// Virtual machines and containers.
fn main_cards(look: &Look<'_>, scene: &MachineScene, width: u16, detail: (Detail, Detail)) -> Vec<Card> {
    let mut cards = Vec::new();
    if let Some(load) = &scene.load {
        cards.push(machine::heading(look, "LOAD", width));
        cards.push(load::card(look, &scene.name, load, width, detail.0));
    }
    if !scene.virtual_machines.is_empty() {
        cards.push(machine::heading(look, "VIRTUAL MACHINES", width));
        for scene in &scene.virtual_machines {
            let near = look.is_near(&Subject::VirtualMachine(scene.name.clone()));
            cards.push(machine::virtual_machine(look, scene, width, if near { detail.0 } else { detail.1 }));
        }
    }
    if scene.virtual_machines.is_empty() && !look.partial || !scene.containers.is_empty() {
        cards.push(machine::heading(look, &containers_heading(scene), width));
    }
    if scene.containers.is_empty() && scene.virtual_machines.is_empty() && !look.partial {
        cards.push(machine::nothing(look, "none yet", width));
    }
    if look.partial && scene.images.is_empty() && scene.containers.is_empty() && scene.virtual_machines.is_empty() {
        cards.push(machine::nothing(look, "nothing but what both have", width));
    }
    cards.extend(container_cards(look, scene, width, detail));
    cards
}

/// What is around the containers: volumes, networks, the requests of the last step.
fn surroundings(look: &Look<'_>, scene: &MachineScene, width: u16, detail: Detail) -> Vec<Card> {
    let mut cards = Vec::new();
    if !scene.volumes.is_empty() {
        cards.push(machine::heading(look, "VOLUMES", width));
        cards.extend(scene.volumes.iter().map(|volume| machine::volume(look, volume, width)));
    }
    // The default bridge alone says little: it is shown once a network was made, or, if there is room, when several
    // containers share it.
    let shared = detail > Detail::Brief;
    let telling = scene.networks.iter().any(|network| network.name != "bridge" || shared && network.members.len() > 1);
    if telling {
        cards.push(machine::heading(look, "NETWORKS", width));
        let drawn = scene.networks.iter().map(|scene| {
            let near = look.is_near(&Subject::Network(scene.name.as_str().into()));
            network::network(look, scene, width, if near { detail.max(Detail::Short) } else { detail })
        });
        cards.extend(drawn);
    }
    if !scene.requests.is_empty() {
        cards.push(machine::heading(look, if scene.requests.len() == 1 { "REQUEST" } else { "REQUESTS" }, width));
        cards.extend(scene.requests.iter().map(|request| network::request(look, request, width)));
    }
    cards
}

fn containers_heading(scene: &MachineScene) -> String {
    match scene.containers.len() {
        0..=6 => "CONTAINERS".to_owned(),
        count => format!("CONTAINERS  {count}"),
    }
}

/// The containers, each as a card; of those that only get a sign, a card for each image.
fn container_cards(look: &Look<'_>, scene: &MachineScene, width: u16, detail: (Detail, Detail)) -> Vec<Card> {
    let mut cards = Vec::new();
    let mut crowds: BTreeMap<(&str, bool), Vec<&ContainerScene>> = BTreeMap::new();
    for scene in &scene.containers {
        let selected = look.is_selected(&Subject::Container(scene.id.clone()));
        let pointed = look.pointed.iter().any(|subject| match subject {
            Subject::Container(id) | Subject::Writable(id) | Subject::File(id, _) => *id == scene.id,
            _ => false,
        });
        match if pointed || selected { detail.0 } else { detail.1 } {
            Detail::Dot => crowds.entry((&scene.image_name, false)).or_default().push(scene),
            Detail::Name => crowds.entry((&scene.image_name, true)).or_default().push(scene),
            detail => cards.push(container::card(look, scene, width, detail)),
        }
    }
    let crowds = crowds.into_iter();
    cards.extend(crowds.map(|((image, named), containers)| crowd::card(look, image, named, &containers, width)));
    cards
}
