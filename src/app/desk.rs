//! What the lesson and the playground have in common: the panes, the line being typed, the motion on the stage, the scrolling.
//!
//! Promises: keys that write a character go into the terminal exactly while it is the pane with the keyboard. Must not know: lessons,
//! how a pane is drawn.

use super::command::{Action, Command};
use super::field::Field;
use super::key::{Key, KeyCode};
use super::message::Target;
use super::show::Show;
use super::transcript::{self, Waiting};
use crate::timeline::Timeline;
use crate::world;

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
    pub field: Field,
    pub show: Show,
    /// Lines scrolled off the lesson's text: off its top, or, when what came last is to be read, off its bottom.
    pub lesson_scroll: usize,
    pub lesson_from_end: bool,
    /// Lines scrolled off the top of the stage.
    pub stage_scroll: usize,
    /// Lines scrolled off the bottom of the terminal.
    pub terminal_scroll: usize,
}

impl Desk {
    /// A desk with these panes; the first has the keyboard.
    pub fn new(panes: &'static [Pane]) -> Self {
        let pane = panes.first().copied().unwrap_or(Pane::Terminal);
        Self {
            panes,
            pane,
            field: Field::default(),
            show: Show::empty(),
            lesson_scroll: 0,
            lesson_from_end: false,
            stage_scroll: 0,
            terminal_scroll: 0,
        }
    }

    /// Whether the keyboard types into the terminal.
    pub fn typing(&self) -> bool {
        self.pane == Pane::Terminal
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

    /// The commands of the terminal while it has the keyboard. `next` is what an empty line and → do.
    pub fn terminal_commands(&self, timeline: &Timeline, next: Option<&'static str>) -> Vec<Command> {
        let key = Key::plain;
        let mut commands = Vec::new();
        let waiting = transcript::waiting(timeline);
        if !self.field.is_empty() || waiting == Waiting::Input {
            let label = if waiting == Waiting::Input { "send" } else { "run" };
            commands.push(Command::new(&[key(KeyCode::Enter)], label, Action::Accept));
        }
        if waiting != Waiting::Prompt || !self.field.is_empty() {
            let label = if waiting == Waiting::Prompt { "clear line" } else { "stop" };
            let command = Command::new(&[Key::control('c')], label, Action::Interrupt);
            commands.push(command);
        }
        if waiting == Waiting::Input && self.field.is_empty() {
            commands.push(Command::new(&[Key::control('d')], "end input", Action::EndInput));
        }
        if self.field.is_empty() {
            if let Some(next) = next.filter(|_| waiting == Waiting::Prompt) {
                commands.push(Command::new(&[key(KeyCode::Right), key(KeyCode::Enter)], next, Action::NextStep));
            }
            if next.is_some() {
                commands.push(Command::new(&[key(KeyCode::Left)], "back", Action::PreviousStep));
            }
            commands.push(Command::hidden(&[key(KeyCode::Up)], "line before", Action::RecallOlder));
        }
        commands
    }

    /// The command that moves to the next machine, where there are several and nothing is in the way.
    pub fn machine_commands(&self, timeline: &Timeline) -> Option<Command> {
        let several = timeline.world().machines().nth(1).is_some();
        let free = !timeline.is_in_the_past() && transcript::waiting(timeline) == Waiting::Prompt;
        let keys = [Key::plain(KeyCode::Function(8)), Key::char('m')];
        (several && free).then(|| Command::new(&keys, "next machine", Action::NextMachine))
    }

    /// What moves to the machine after the one where the learner sits, the first after the last.
    pub fn next_machine(timeline: &Timeline) -> Option<world::Action> {
        let world = timeline.world();
        let at = world.machines().position(|machine| *machine.name == *world.here())?;
        let next = world.machines().nth(at + 1).or_else(|| world.first())?;
        Some(world::Action::Sit(next.name.clone()))
    }

    /// The commands of the stage: motion and its speed.
    pub fn motion_commands(&self) -> Vec<Command> {
        vec![
            Command::hidden(&[Key::char('p')], "pause, or play again", Action::PlayPause),
            Command::hidden(&[Key::char('.')], "motion, one beat", Action::NextBeat),
            Command::hidden(&[Key::char('+'), Key::char('=')], "motion faster", Action::Faster),
            Command::hidden(&[Key::char('-')], "motion slower", Action::Slower),
        ]
    }

    /// The commands that scroll and go round the panes.
    pub fn pane_commands(&self) -> Vec<Command> {
        let key = Key::plain;
        let mut commands = vec![Command::new(&[key(KeyCode::Tab)], "pane", Action::NextPane)];
        commands.push(Command::hidden(&[key(KeyCode::BackTab)], "pane before", Action::PreviousPane));
        commands.push(Command::hidden(&[key(KeyCode::PageUp)], "scroll up", Action::PageUp));
        commands.push(Command::hidden(&[key(KeyCode::PageDown)], "scroll down", Action::PageDown));
        if !self.typing() {
            commands.push(Command::hidden(&[key(KeyCode::Up), Key::char('k')], "a line up", Action::Up));
            commands.push(Command::hidden(&[key(KeyCode::Down), Key::char('j')], "a line down", Action::Down));
        }
        commands
    }

    /// Does what is the same on all screens with a desk. False when the action is the screen's.
    pub fn perform(&mut self, action: Action, timeline: &Timeline) -> bool {
        match action {
            Action::NextPane => self.go_round(1),
            Action::PreviousPane => self.go_round(self.panes.len().saturating_sub(1)),
            Action::PlayPause => self.show.pause(),
            Action::NextBeat => self.show.next_beat(),
            Action::Faster => self.show.change_speed(true),
            Action::Slower => self.show.change_speed(false),
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
            _ => None,
        };
        self.scroll(pane.unwrap_or(self.pane), i32::from(lines));
    }

    /// Scrolls a pane by lines: down, or up below zero.
    pub fn scroll(&mut self, pane: Pane, lines: i32) {
        let (place, lines) = match pane {
            Pane::Lesson if self.lesson_from_end => (&mut self.lesson_scroll, -lines),
            Pane::Lesson => (&mut self.lesson_scroll, lines),
            Pane::Stage => (&mut self.stage_scroll, lines),
            // The terminal is scrolled from its end.
            Pane::Terminal => (&mut self.terminal_scroll, -lines),
        };
        let amount = usize::try_from(lines.unsigned_abs()).unwrap_or(FURTHEST);
        *place = if lines < 0 { place.saturating_sub(amount) } else { (*place + amount).min(FURTHEST) };
    }

    /// Takes a key for the line being typed.
    pub fn edit(&mut self, key: Key, timeline: &Timeline) -> bool {
        let taken = self.typing() && self.field.key(key, &transcript::history(timeline));
        if taken {
            self.terminal_scroll = 0;
        }
        taken
    }
}
