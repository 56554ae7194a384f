//! What the lesson and the playground have in common: the panes, the line being typed, the motion on the stage, the scrolling.
//!
//! Promises: keys that write a character go into the terminal exactly while it is the pane with the keyboard, or a search is open.
//! Must not know: lessons, how a pane is drawn. `terminal` has the keys of the terminal, `stage` those of the stage.

pub mod find;
mod stage;
mod terminal;

pub use stage::{StageView, Zoom};
pub use terminal::open_in_editor;

use self::find::Find;
use super::command::{Action, Command};
use super::key::{Key, KeyCode};
use super::line::LineEditor;
use super::message::Target;
use super::screen::Context;
use super::show::Show;
use crate::timeline::Timeline;

/// How many lines PageUp and PageDown move.
const PAGE: usize = 8;
/// The furthest that a pane is scrolled; drawing stops at the last line.
const FURTHEST: usize = 5000;

/// A part of the screen that can have the keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    Lesson,
    Stage,
    Terminal,
}

/// What of a screen most needs its room, where room is scarce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attention {
    /// Words to be read: there is nothing to type.
    Words,
    /// Several worlds side by side, which have no terminal in common.
    Stage,
    /// The terminal and what goes with it.
    Terminal,
}

/// The shared part of a screen with a stage and a terminal.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The panes there are, in the order in which Tab goes round.
    panes: &'static [Pane],
    pub pane: Pane,
    pub line: LineEditor,
    pub show: Show,
    /// Lines scrolled off the lesson's text: off its top, or, when what came last is to be read, off its bottom.
    pub lesson_scroll: usize,
    pub lesson_from_end: bool,
    pub stage: StageView,
    /// Lines scrolled off the bottom of the terminal.
    pub terminal_scroll: usize,
    /// A search in what the terminal shows.
    pub find: Option<Find>,
}

impl Desk {
    /// A desk with these panes; the first has the keyboard.
    pub fn new(panes: &'static [Pane]) -> Self {
        let pane = panes.first().copied().unwrap_or(Pane::Terminal);
        Self {
            panes,
            pane,
            line: LineEditor::default(),
            show: Show::empty(),
            lesson_scroll: 0,
            lesson_from_end: false,
            stage: StageView::default(),
            terminal_scroll: 0,
            find: None,
        }
    }

    /// Whether keys that write a character are text.
    pub fn typing(&self) -> bool {
        self.pane == Pane::Terminal || self.find.is_some()
    }

    /// The panes there are.
    pub fn panes(&self) -> &'static [Pane] {
        self.panes
    }

    /// Gives the keyboard to pane number `number`.
    pub fn focus(&mut self, number: usize) {
        if let Some(pane) = self.panes.get(number) {
            self.pane = *pane;
        }
    }

    fn go_round(&mut self, by: usize) {
        let at = self.panes.iter().position(|pane| *pane == self.pane).unwrap_or(0);
        self.focus((at + by) % self.panes.len().max(1));
    }

    /// The commands of what is open over the panes and takes all keys: a menu, a search. None while nothing is.
    pub fn open_commands(&self) -> Option<Vec<Command>> {
        match &self.find {
            Some(_) => Some(find::commands()),
            None if self.pane == Pane::Terminal => self.line_commands(),
            None => None,
        }
    }

    /// The commands that scroll and go round the panes.
    pub fn pane_commands(&self) -> Vec<Command> {
        let key = Key::plain;
        let mut commands = Vec::new();
        // Where something is typed, Tab completes it.
        if self.pane != Pane::Terminal || self.line.field.is_empty() {
            commands.push(Command::new(&[key(KeyCode::Tab)], "pane", Action::NextPane));
        }
        commands.push(Command::hidden(&[key(KeyCode::BackTab)], "pane before", Action::PreviousPane));
        commands.push(Command::hidden(&[key(KeyCode::PageUp)], "scroll up", Action::PageUp));
        commands.push(Command::hidden(&[key(KeyCode::PageDown)], "scroll down", Action::PageDown));
        let finding = if self.typing() {
            vec![key(KeyCode::Function(5))]
        } else {
            vec![Key::char('/'), key(KeyCode::Function(5))]
        };
        commands.push(Command::hidden(&finding, "find in the terminal", Action::Search));
        let copying = if self.typing() {
            vec![key(KeyCode::Function(9))]
        } else {
            vec![Key::char('y'), key(KeyCode::Function(9))]
        };
        commands.push(Command::hidden(&copying, "copy a command or its output", Action::Copy));
        if !self.typing() {
            let (up, down) = match self.pane {
                Pane::Stage => ("the thing before", "the next thing"),
                _ => ("a line up", "a line down"),
            };
            commands.push(Command::hidden(&[key(KeyCode::Up), Key::char('k')], up, Action::Up));
            commands.push(Command::hidden(&[key(KeyCode::Down), Key::char('j')], down, Action::Down));
        }
        commands
    }

    /// Does what is the same on all screens with a desk. False when the action is the screen's.
    pub fn perform(&mut self, action: Action, timeline: &Timeline, context: &mut Context<'_>) -> bool {
        if self.perform_in_open(action, timeline) || self.perform_on_stage(action, timeline, context) {
            return true;
        }
        match action {
            Action::NextPane => self.go_round(1),
            Action::PreviousPane => self.go_round(self.panes.len().saturating_sub(1)),
            Action::Search => self.find = Some(Find::default()),
            Action::Copy => self.ask_what_to_copy(timeline, context),
            Action::CopyPart(part) => self.copy(part, timeline, context),
            Action::Complete => self.line.complete(timeline),
            Action::RecallOlder => {
                self.edit(Key::plain(KeyCode::Up), timeline);
            }
            Action::Up => self.scroll(self.pane, -1),
            Action::Down => self.scroll(self.pane, 1),
            Action::PageUp => self.scroll(self.pane, -(PAGE as i32)),
            Action::PageDown => self.scroll(self.pane, PAGE as i32),
            _ => return false,
        }
        true
    }

    /// Shows the lesson's text from its beginning.
    pub fn read_from_start(&mut self) {
        (self.lesson_scroll, self.lesson_from_end) = (0, false);
    }

    /// Shows the end of the lesson's text: what has just come to it.
    pub fn read_the_end(&mut self) {
        (self.lesson_scroll, self.lesson_from_end) = (0, true);
    }

    /// Takes the wheel over a pane, or over the one that has the keyboard.
    pub fn wheel(&mut self, target: Option<&Target>, lines: i16) {
        let pane = match target {
            Some(Target::Pane(number)) => self.panes.get(*number).copied(),
            Some(Target::Thing(_)) => Some(Pane::Stage),
            _ => None,
        };
        self.scroll(pane.unwrap_or(self.pane), i32::from(lines));
    }

    /// Takes a click on a pane, on a word of the menu, or on a thing. False when it is the screen's.
    pub fn click(&mut self, target: &Target, timeline: &Timeline, context: &mut Context<'_>) -> bool {
        match target {
            Target::Pane(number) => self.focus(*number),
            Target::Candidate(number) => {
                if let Some(menu) = &mut self.line.menu {
                    menu.selected = *number;
                    self.line.take_selected();
                }
            }
            Target::Thing(subject) => {
                if self.panes.contains(&Pane::Stage) {
                    self.pane = Pane::Stage;
                }
                if self.stage.selected.as_ref() == Some(subject) {
                    return self.perform(Action::Inspect, timeline, context);
                }
                self.stage.selected = Some(subject.clone());
            }
            _ => return false,
        }
        true
    }

    /// Scrolls a pane by lines: down, or up below zero.
    pub fn scroll(&mut self, pane: Pane, lines: i32) {
        let (place, lines) = match pane {
            Pane::Lesson if self.lesson_from_end => (&mut self.lesson_scroll, -lines),
            Pane::Lesson => (&mut self.lesson_scroll, lines),
            Pane::Stage => {
                // Who scrolls looks elsewhere than at what was selected.
                self.stage.follow = false;
                (&mut self.stage.scroll, lines)
            }
            // The terminal is scrolled from its end.
            Pane::Terminal => (&mut self.terminal_scroll, -lines),
        };
        let amount = usize::try_from(lines.unsigned_abs()).unwrap_or(FURTHEST);
        *place = if lines < 0 { place.saturating_sub(amount) } else { (*place + amount).min(FURTHEST) };
    }
}
