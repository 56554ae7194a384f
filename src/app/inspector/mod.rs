//! The inspector: one thing looked into: its files with the layer each comes from, its configuration, history, processes, limits, and
//! the requests that a command sent.
//!
//! Promises: reads a world that it keeps for itself, so that nothing changes under the learner's eyes; every number is the model's.
//! Must not know: how it is drawn. Start reading at [`Inspector`]; what can be looked into is in `thing`, each page has its own file.

mod about;
mod contents;
mod history;
mod load;
mod processes;
mod requests;
mod thing;
mod tree;
mod waste;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use contents::Contents;
pub use thing::{Page, Thing};

use self::requests::Sent;
use super::command::{Action, Command};
use super::key::{Key, KeyCode};
use super::message::Target;
use super::moments;
use crate::stage::scene::{Shade, Subject};
use crate::timeline::Timeline;
use crate::world::World;
use crate::world::digest::Digest;

/// The most rows that a page shows.
const ROWS: usize = 5000;
/// How many rows PageUp and PageDown move.
const PAGE: usize = 12;
/// The most characters that are searched for.
const LONGEST_SEARCH: usize = 60;

/// Where a row comes from.
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
}

/// What Enter does on a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Opens {
    Nothing,
    /// A directory: its path, and whether it is open.
    Directory(String, bool),
    File(String),
    /// A layer, by its number from 0.
    Layer(usize),
    Thing(Subject),
    /// A request of the command, by its number from 0.
    Request(usize),
}

/// A row of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// How deep it stands in a tree.
    pub depth: usize,
    pub left: String,
    pub right: String,
    /// `A`, `C` or `D`, as `docker diff` has it.
    pub change: Option<char>,
    pub source: Source,
    pub opens: Opens,
    /// How much of something is used, as a gauge.
    pub share: Option<f32>,
    pub is_heading: bool,
}

impl Row {
    /// A row with a name and a value.
    pub fn new(left: impl Into<String>, right: impl Into<String>) -> Self {
        Self {
            depth: 0,
            left: left.into(),
            right: right.into(),
            change: None,
            source: Source::None,
            opens: Opens::Nothing,
            share: None,
            is_heading: false,
        }
    }

    /// A row that only says what those below it are.
    pub fn heading(left: impl Into<String>, right: impl Into<String>) -> Self {
        Self { is_heading: true, ..Self::new(left, right) }
    }
}

/// The inspector.
#[derive(Debug, Clone)]
pub struct Inspector {
    world: World,
    /// What the last command sent to the daemon, and the command.
    sent: Arc<[Sent]>,
    command: String,
    things: Vec<Thing>,
    at: usize,
    page: Page,
    /// The selected row.
    pub selected: usize,
    /// The directories that are open.
    open: BTreeSet<String>,
    /// Only this layer's files are shown, by its number from 0.
    layer: Option<usize>,
    /// Only what differs from the image is shown.
    only_changes: bool,
    /// What is searched for among the files.
    pub search: Option<String>,
    /// A file or a request that is read.
    pub contents: Option<Contents>,
    /// The rows of the page, as the rest says.
    rows: Arc<[Row]>,
}

impl Inspector {
    /// An inspector of what is in the world where a timeline stands; it begins with the first of `wanted` that it can look into, else with
    /// the newest container, else with the first image.
    pub fn new(timeline: &Timeline, wanted: &[Subject]) -> Self {
        let world = timeline.world().clone();
        let events = timeline.current().map(|step| step.outcome.events.as_slice()).unwrap_or_default();
        let sent: Arc<[Sent]> = requests::sent(events).into();
        let command = moments::words(timeline, timeline.position());
        let things = thing::all(&world, !sent.is_empty());
        let wanted = things.iter().position(|thing| wanted.iter().any(|subject| thing.is(subject)));
        let first = things.iter().position(|thing| !matches!(thing, Thing::Command)).unwrap_or(0);
        let mut inspector = Self {
            world,
            sent,
            command,
            things,
            at: wanted.unwrap_or(first),
            page: Page::Files,
            selected: 0,
            open: BTreeSet::new(),
            layer: None,
            only_changes: false,
            search: None,
            contents: None,
            rows: Arc::from([]),
        };
        inspector.look_at(inspector.at);
        inspector
    }

    /// Everything that can be looked into, in order, each with what kind of thing it is; and which of it is looked into.
    pub fn things(&self) -> (impl Iterator<Item = (&'static str, String)> + '_, usize) {
        (self.things.iter().map(|thing| (thing.kind(), thing.name(&self.world))), self.at)
    }

    /// What is looked into.
    pub fn thing(&self) -> Option<&Thing> {
        self.things.get(self.at)
    }

    /// The pages that it has, and which one is shown.
    pub fn pages(&self) -> (&'static [Page], Page) {
        (self.thing().map_or(&[], Thing::pages), self.page)
    }

    /// What is looked into, in words.
    pub fn title(&self) -> String {
        let Some(thing) = self.thing() else { return "Nothing to look into yet".to_owned() };
        match thing {
            Thing::Command => format!("Command {}", self.command),
            _ => thing.title(&self.world),
        }
    }

    /// What narrows the page down, in words.
    pub fn narrowed(&self) -> Option<String> {
        if let Some(search) = &self.search {
            return Some(format!("search: {search}"));
        }
        match (self.layer, self.only_changes) {
            (Some(layer), _) => Some(format!("layer {} alone", layer + 1)),
            (None, true) => Some("only what differs from the image".to_owned()),
            _ => None,
        }
    }

    /// Whether keys that write a character are text.
    pub fn typing(&self) -> bool {
        self.search.is_some()
    }

    /// What can be done in it.
    pub fn commands(&self) -> Vec<Command> {
        let key = Key::plain;
        let mut commands = vec![
            Command::new(&[key(KeyCode::Up), Key::char('k')], "choose", Action::Up),
            Command::new(&[key(KeyCode::Down), Key::char('j')], "choose", Action::Down),
        ];
        commands.push(Command::hidden(&[key(KeyCode::PageUp)], "a page up", Action::PageUp));
        commands.push(Command::hidden(&[key(KeyCode::PageDown), Key::char(' ')], "a page down", Action::PageDown));
        commands.push(Command::hidden(&[key(KeyCode::Home), Key::char('g')], "first", Action::First));
        commands.push(Command::hidden(&[key(KeyCode::End), Key::char('G')], "last", Action::Last));
        if self.contents.is_some() {
            let keys = [key(KeyCode::Escape), key(KeyCode::Left), Key::char('q'), key(KeyCode::Enter)];
            commands.push(Command::new(&keys, "back", Action::Left));
            return commands;
        }
        if self.search.is_some() {
            commands.push(Command::new(&[key(KeyCode::Enter)], "open", Action::Accept));
            commands.push(Command::new(&[key(KeyCode::Escape)], "end search", Action::Back));
            return commands;
        }
        commands.push(Command::new(&[key(KeyCode::Enter), key(KeyCode::Right)], "open", Action::Accept));
        commands.push(Command::new(&[key(KeyCode::Tab)], "page", Action::NextPane));
        commands.push(Command::hidden(&[key(KeyCode::BackTab)], "page before", Action::PreviousPane));
        if self.things.len() > 1 {
            commands.push(Command::new(&[Key::char('n')], "next thing", Action::NextStep));
            commands.push(Command::hidden(&[Key::char('p')], "thing before", Action::PreviousStep));
        }
        commands.push(Command::new(&[key(KeyCode::Escape), Key::char('q'), Key::char('i')], "close", Action::Back));
        commands.push(Command::hidden(&[key(KeyCode::Left), key(KeyCode::Backspace)], "close, or go up", Action::Left));
        if self.page == Page::Files {
            commands.push(Command::new(&[Key::char('/')], "search", Action::Search));
            if matches!(self.thing(), Some(Thing::Container(..))) {
                commands.push(Command::new(&[Key::char('c')], "changes", Action::OnlyChanges));
            }
        }
        commands
    }

    /// Does what was asked. False when the inspector is to be closed.
    pub fn perform(&mut self, action: Action) -> bool {
        if let Some(contents) = &mut self.contents {
            if action == Action::Left {
                self.contents = None;
            } else {
                contents.perform(action, PAGE);
            }
            return true;
        }
        let rows = Arc::clone(&self.rows);
        let last = rows.len().saturating_sub(1);
        match action {
            Action::Up => self.selected = self.selected.saturating_sub(1),
            Action::Down => self.selected += 1,
            Action::PageUp => self.selected = self.selected.saturating_sub(PAGE),
            Action::PageDown => self.selected += PAGE,
            Action::First => self.selected = 0,
            Action::Last => self.selected = last,
            Action::Accept => {
                if let Some(row) = rows.get(self.selected) {
                    self.open(&row.opens.clone());
                }
            }
            Action::Left => self.close_row(&rows),
            Action::NextPane | Action::PreviousPane => {
                let pages = self.pages().0;
                let at = pages.iter().position(|page| *page == self.page).unwrap_or(0);
                let by = if action == Action::NextPane { 1 } else { pages.len().saturating_sub(1) };
                if let Some(page) = pages.get((at + by) % pages.len().max(1)) {
                    self.show_page(*page);
                }
            }
            Action::NextStep | Action::PreviousStep => {
                let count = self.things.len().max(1);
                let by = if action == Action::NextStep { 1 } else { count - 1 };
                self.look_at((self.at + by) % count);
            }
            Action::Search => (self.search, self.selected) = (Some(String::new()), 0),
            Action::OnlyChanges => (self.only_changes, self.selected) = (!self.only_changes, 0),
            Action::Back if self.search.is_some() => (self.search, self.selected) = (None, 0),
            Action::Back => return false,
            _ => {}
        }
        self.refresh();
        true
    }

    /// Takes a key for the search.
    pub fn key(&mut self, key: Key) {
        let Some(search) = &mut self.search else { return };
        if let Some(character) = key.text() {
            if search.chars().count() < LONGEST_SEARCH {
                search.push(character);
            }
        } else if key == Key::plain(KeyCode::Backspace) {
            search.pop();
        }
        self.selected = 0;
        self.refresh();
    }

    /// A click: on a row selects it, and opens the selected one; on a thing or a page shows it.
    pub fn click(&mut self, target: &Target) {
        match *target {
            Target::InspectorThing(number) => self.look_at(number),
            Target::InspectorPage(number) => {
                if let Some(page) = self.pages().0.get(number) {
                    self.show_page(*page);
                    self.refresh();
                }
            }
            Target::OverlayItem(row) if self.contents.is_none() => {
                if self.selected == row {
                    self.perform(Action::Accept);
                } else {
                    self.selected = row.min(self.rows.len().saturating_sub(1));
                }
            }
            _ => {}
        }
    }

    /// Looks into thing number `at`.
    pub fn look_at(&mut self, at: usize) {
        self.at = at.min(self.things.len().saturating_sub(1));
        (self.selected, self.layer, self.only_changes) = (0, None, false);
        (self.search, self.contents) = (None, None);
        self.open.clear();
        let page = self.pages().0.first().copied().unwrap_or(Page::Files);
        self.page = if self.pages().0.contains(&self.page) { self.page } else { page };
        self.refresh();
    }

    fn show_page(&mut self, page: Page) {
        (self.page, self.selected, self.layer, self.search) = (page, 0, None, None);
    }

    fn open(&mut self, opens: &Opens) {
        match opens {
            Opens::Nothing => {}
            Opens::Directory(path, true) => {
                self.open.remove(path);
            }
            Opens::Directory(path, false) => self.open_directory(path),
            Opens::File(path) => {
                let found = self.thing().and_then(|thing| tree::content(&self.world, thing, self.layer, path));
                self.contents = found.map(|(content, about)| Contents::of_file(path, content.as_ref(), about));
            }
            Opens::Layer(number) => {
                self.show_page(Page::Files);
                self.layer = Some(*number);
                self.open = tree::directories_of_layer(&self.world, self.thing(), *number);
            }
            Opens::Thing(subject) => {
                if let Some(at) = self.things.iter().position(|thing| thing.is(subject)) {
                    self.look_at(at);
                }
            }
            Opens::Request(number) => {
                self.contents = self.sent.get(*number).map(|sent| Contents::of_text(sent.title(), &sent.text()));
            }
        }
    }

    /// Opens a directory and those that hold it; from a search one comes back to the tree, where it is selected.
    fn open_directory(&mut self, path: &str) {
        let mut above = path;
        while !above.is_empty() {
            self.open.insert(above.to_owned());
            above = above.rsplit_once('/').map_or("", |(above, _)| above);
        }
        if self.search.take().is_some() || self.only_changes {
            self.only_changes = false;
            self.refresh();
            let is_it = |row: &Row| matches!(&row.opens, Opens::Directory(known, _) if known == path);
            self.selected = self.rows.iter().position(is_it).unwrap_or(0);
        }
    }

    /// ← : closes the directory, or goes up to the one that holds the row; then gives up what narrows the page.
    fn close_row(&mut self, rows: &[Row]) {
        let Some(row) = rows.get(self.selected) else { return };
        if let Opens::Directory(path, true) = &row.opens {
            self.open.remove(path);
        } else if row.depth > 0 {
            let above = rows.iter().take(self.selected).rposition(|other| other.depth < row.depth);
            self.selected = above.unwrap_or(0);
        } else {
            (self.layer, self.only_changes) = (None, false);
        }
    }

    /// The rows of the page.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Reads the rows anew, after something has changed; the selection stays among them.
    fn refresh(&mut self) {
        self.rows = self.read().into();
        self.selected = self.selected.min(self.rows.len().saturating_sub(1));
    }

    fn read(&self) -> Vec<Row> {
        let Some(thing) = self.thing() else { return Vec::new() };
        let mut rows = match self.page {
            Page::Files => {
                let wanted = tree::Wanted {
                    open: &self.open,
                    layer: self.layer,
                    only_changes: self.only_changes,
                    search: self.search.as_deref().unwrap_or_default(),
                };
                tree::rows(&self.world, thing, &wanted)
            }
            Page::Layers => history::layers(&self.world, thing),
            Page::History => history::history(&self.world, thing),
            Page::Configuration => about::rows(&self.world, thing),
            Page::Members => about::members(&self.world, thing),
            Page::Processes => processes::processes(&self.world, thing),
            Page::Limits => processes::limits(&self.world, thing),
            Page::Requests => requests::rows(&self.sent),
            Page::Waste => waste::rows(&self.world, thing),
            Page::Seconds => load::seconds(&self.world, thing),
        };
        rows.truncate(ROWS);
        rows
    }
}
