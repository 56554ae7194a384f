//! The inspector: one image or container looked into, its files with the layer each comes from, its configuration, its history.
//!
//! Promises: reads a world that it keeps for itself, so that nothing changes under the learner's eyes. Must not know: how it is drawn.

use super::command::{Action, Command};
use super::key::{Key, KeyCode};
use crate::client::units::human_size;
use crate::stage::scene::{Shade, Subject};
use crate::stage::still::instruction;
use crate::timeline::Timeline;
use crate::world::World;
use crate::world::digest::Digest;
use crate::world::filesystem::diff::DiffKind;
use crate::world::filesystem::entry::Node;
use crate::world::filesystem::union::{Origin, UnionMount};
use crate::world::machine::Machine;
use crate::world::registry::config::RunConfig;

/// The most rows that a page shows.
const ROWS: usize = 2000;

/// The pages of the inspector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    Files,
    Configuration,
    History,
}

impl Page {
    /// All pages, in order.
    pub const ALL: [Page; 3] = [Page::Files, Page::Configuration, Page::History];

    /// What the page is called.
    pub const fn name(self) -> &'static str {
        match self {
            Page::Files => "Files",
            Page::Configuration => "Configuration",
            Page::History => "History",
        }
    }
}

/// Where a row of the file page comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Nothing to say.
    None,
    /// A read-only layer: its number, from 1, its look and its ID.
    Layer(usize, Shade, Digest),
    /// The layer that the engine puts between image and writable layer: `.dockerenv`, and places for `/etc/hosts` and its like.
    Init,
    /// The writable layer.
    Writable,
    /// It is in a layer, and a whiteout hides it.
    Hidden,
}

/// A row of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub left: String,
    pub right: String,
    pub source: Source,
    /// The directory that it opens.
    pub opens: Option<String>,
}

/// What is looked into.
#[derive(Debug, Clone, PartialEq)]
enum Thing {
    Image(Digest),
    Container(String),
}

/// The inspector.
#[derive(Debug, Clone)]
pub struct Inspector {
    world: World,
    things: Vec<Thing>,
    at: usize,
    pub page: Page,
    /// The directory shown on the file page.
    pub directory: String,
    /// The selected row.
    pub selected: usize,
}

impl Inspector {
    /// An inspector of what is in a world; it begins with the first of `wanted` that it can look into, else with the newest container,
    /// else with the first image.
    pub fn new(timeline: &Timeline, wanted: &[Subject]) -> Self {
        let world = timeline.world().clone();
        let mut things = Vec::new();
        if let Some(machine) = world.machine() {
            let mut containers: Vec<_> = machine.daemon.containers.values().collect();
            containers.sort_by_key(|container| std::cmp::Reverse(container.created));
            things.extend(containers.into_iter().map(|container| Thing::Container(container.id.to_string())));
            things.extend(machine.daemon.images.iter().map(|image| Thing::Image(image.id())));
        }
        let is_wanted = |thing: &Thing| {
            wanted.iter().any(|subject| match (subject, thing) {
                (Subject::Image(id), Thing::Image(image)) => id == image,
                (
                    Subject::Container(id) | Subject::Writable(id) | Subject::File(id, _),
                    Thing::Container(container),
                ) => **id == **container,
                _ => false,
            })
        };
        let at = things.iter().position(is_wanted).unwrap_or(0);
        Self { world, things, at, page: Page::Files, directory: "/".to_owned(), selected: 0 }
    }

    /// What can be done in it.
    pub fn commands(&self) -> Vec<Command> {
        let key = Key::plain;
        let mut commands = vec![
            Command::new(&[key(KeyCode::Up), Key::char('k')], "choose", Action::Up),
            Command::new(&[key(KeyCode::Down), Key::char('j')], "choose", Action::Down),
        ];
        commands.push(Command::new(&[key(KeyCode::Escape), Key::char('q'), Key::char('i')], "close", Action::Back));
        if self.page == Page::Files {
            commands.push(Command::new(&[key(KeyCode::Enter), key(KeyCode::Right)], "open", Action::Accept));
            commands.push(Command::new(&[key(KeyCode::Left), key(KeyCode::Backspace)], "up", Action::Left));
        }
        commands.push(Command::new(&[key(KeyCode::Tab)], "page", Action::NextPane));
        if self.things.len() > 1 {
            commands.push(Command::new(&[Key::char('n')], "next thing", Action::NextStep));
            commands.push(Command::hidden(&[Key::char('p')], "thing before", Action::PreviousStep));
        }
        commands.push(Command::hidden(&[key(KeyCode::PageUp)], "a page up", Action::PageUp));
        commands.push(Command::hidden(&[key(KeyCode::PageDown)], "a page down", Action::PageDown));
        commands
    }

    /// Does what was asked.
    pub fn perform(&mut self, action: Action) {
        let rows = self.rows();
        let last = rows.len().saturating_sub(1);
        match action {
            Action::Up => self.selected = self.selected.saturating_sub(1),
            Action::Down => self.selected = (self.selected + 1).min(last),
            Action::PageUp => self.selected = self.selected.saturating_sub(8),
            Action::PageDown => self.selected = (self.selected + 8).min(last),
            Action::Accept => {
                if let Some(directory) = rows.get(self.selected).and_then(|row| row.opens.clone()) {
                    self.directory = directory;
                    self.selected = 0;
                }
            }
            Action::Left => {
                let above = self.directory.rsplit_once('/').map_or("", |(above, _)| above);
                self.directory = if above.is_empty() { "/".to_owned() } else { above.to_owned() };
                self.selected = 0;
            }
            Action::NextPane => {
                let at = Page::ALL.iter().position(|page| *page == self.page).unwrap_or(0);
                self.page = Page::ALL[(at + 1) % Page::ALL.len()];
                self.selected = 0;
            }
            Action::NextStep | Action::PreviousStep => {
                let count = self.things.len().max(1);
                let by = if action == Action::NextStep { 1 } else { count - 1 };
                self.at = (self.at + by) % count;
                (self.selected, self.directory) = (0, "/".to_owned());
            }
            _ => {}
        }
    }

    /// What is looked into, in words.
    pub fn title(&self) -> String {
        match (self.things.get(self.at), self.world.machine()) {
            (Some(Thing::Container(id)), Some(machine)) => {
                let container = machine.daemon.containers.get(id.as_str());
                container.map_or_else(|| "Container".to_owned(), |container| format!("Container {}", container.name))
            }
            (Some(Thing::Image(id)), Some(machine)) => {
                let name = machine.daemon.images.tags().find(|(_, image)| image == id);
                format!("Image {}", name.map_or_else(|| id.short(), |(name, _)| name.familiar()))
            }
            _ => "Nothing to look into yet".to_owned(),
        }
    }

    /// The rows of the page.
    pub fn rows(&self) -> Vec<Row> {
        let (Some(thing), Some(machine)) = (self.things.get(self.at), self.world.machine()) else { return Vec::new() };
        let mut rows = match self.page {
            Page::Files => self.files(thing, machine),
            Page::Configuration => configuration(thing, machine),
            Page::History => history(thing, machine),
        };
        rows.truncate(ROWS);
        rows
    }

    fn files(&self, thing: &Thing, machine: &Machine) -> Vec<Row> {
        match thing {
            Thing::Container(id) => {
                let Some(container) = machine.daemon.containers.get(id.as_str()) else { return Vec::new() };
                let layers =
                    machine.daemon.images.get(&container.image).map_or(usize::MAX, |image| image.layers().len());
                machine.kernel.union(container.root).map_or_else(Vec::new, |union| self.list(union, layers))
            }
            Thing::Image(id) => {
                let image = machine.daemon.images.get(id);
                image.map_or_else(Vec::new, |image| self.list(&UnionMount::new(image.layers().to_vec()), usize::MAX))
            }
        }
    }

    /// The directory's rows; lower layers from number `image_layers` on, counted from 0, are not the image's.
    fn list(&self, union: &UnionMount, image_layers: usize) -> Vec<Row> {
        let Ok(entries) = union.list(&self.directory) else { return Vec::new() };
        let prefix = if self.directory == "/" { String::new() } else { self.directory.clone() };
        let mut rows: Vec<Row> = entries
            .into_iter()
            .map(|entry| {
                let directory = entry.entry.node.is_directory();
                let left = match &entry.entry.node {
                    Node::Directory => format!("{}/", entry.name),
                    Node::Symlink(target) => format!("{} → {target}", entry.name),
                    _ => entry.name.to_owned(),
                };
                Row {
                    left,
                    right: if directory { String::new() } else { human_size(entry.entry.node.size()) },
                    source: source(union, entry.origin, image_layers),
                    opens: directory.then(|| format!("{prefix}/{}", entry.name)),
                }
            })
            .collect();
        let deleted = union.diff().into_iter().filter(|entry| entry.kind == DiffKind::Deleted);
        rows.extend(deleted.filter_map(|entry| {
            let name = entry.path.strip_prefix(&format!("{prefix}/"))?;
            let row = Row { left: name.to_owned(), right: "deleted".to_owned(), source: Source::Hidden, opens: None };
            (!name.contains('/')).then_some(row)
        }));
        rows
    }
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

fn plain(left: impl Into<String>, right: impl Into<String>) -> Row {
    Row { left: left.into(), right: right.into(), source: Source::None, opens: None }
}

fn configuration(thing: &Thing, machine: &Machine) -> Vec<Row> {
    let mut rows = Vec::new();
    let run = match thing {
        Thing::Container(id) => {
            let Some(container) = machine.daemon.containers.get(id.as_str()) else { return rows };
            rows.push(plain("ID", container.id.chars().take(12).collect::<String>()));
            rows.push(plain("Image", container.config.image.clone()));
            rows.push(plain("State", container.state.status.name()));
            rows.push(plain("Restart policy", container.host_config.restart_policy.name.clone()));
            rows.extend(
                container.mounts.iter().map(|mount| plain("Mount", format!("{} at {}", mount.source, mount.target))),
            );
            &container.config.run
        }
        Thing::Image(id) => {
            let Some(image) = machine.daemon.images.get(id) else { return rows };
            rows.push(plain("ID", id.short()));
            rows.push(plain("Size", human_size(image.size())));
            rows.push(plain("Platform", format!("{}/{}", image.config().os, image.config().architecture)));
            rows.push(plain("Layers", image.layers().len().to_string()));
            &image.config().config
        }
    };
    rows.extend(run_rows(run));
    rows
}

fn run_rows(run: &RunConfig) -> Vec<Row> {
    let words = |words: &[String]| words.join(" ");
    let mut rows = vec![
        plain("Entrypoint", run.entrypoint.as_deref().map(words).unwrap_or_default()),
        plain("Command", run.cmd.as_deref().map(words).unwrap_or_default()),
        plain("Working directory", run.working_dir.clone()),
        plain("User", run.user.clone()),
    ];
    rows.extend(run.env.iter().map(|pair| plain("Environment", pair.clone())));
    rows.retain(|row| !row.right.is_empty());
    rows
}

fn history(thing: &Thing, machine: &Machine) -> Vec<Row> {
    let image = match thing {
        Thing::Image(id) => Some(*id),
        Thing::Container(id) => machine.daemon.containers.get(id.as_str()).map(|container| container.image),
    };
    let Some(image) = image.and_then(|id| machine.daemon.images.get(&id)) else { return Vec::new() };
    let mut layers = image.layers().iter().enumerate();
    let mut rows: Vec<Row> = image
        .config()
        .history
        .iter()
        .map(|step| {
            let left = instruction(&step.created_by, &step.comment);
            let layer = if step.empty_layer { None } else { layers.next() };
            match layer {
                Some((index, layer)) => {
                    let id = layer.diff_id();
                    let source = Source::Layer(index + 1, Shade::of(id), id);
                    Row { left, right: human_size(layer.size()), source, opens: None }
                }
                None => plain(left, "no layer"),
            }
        })
        .collect();
    rows.reverse();
    rows
}
