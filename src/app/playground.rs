//! The playground: a Docker host of one's own, with the stage, the terminal and the timeline.
//!
//! Promises: every command can be taken back. Must not know: how it is drawn.

use std::time::Duration;

use super::command::{Action, Command};
use super::desk::{Desk, Pane};
use super::key::{Key, KeyCode};
use super::message::{Size, Target};
use super::moments;
use super::overlay::Confirm;
use super::screen::{Context, Request};
use super::settings::Motion as MotionChoice;
use super::transcript::{self, Waiting};
use crate::timeline::Timeline;
use crate::world::{self, World, WorldSettings};

/// The panes of the playground, in the order in which Tab goes round.
const PANES: &[Pane] = &[Pane::Terminal, Pane::Stage];

/// The playground screen.
#[derive(Debug, Clone)]
pub struct PlaygroundScreen {
    pub timeline: Timeline,
    pub desk: Desk,
    motion: MotionChoice,
}

impl PlaygroundScreen {
    /// The screen as it opens: a fresh machine.
    pub fn new(settings: &WorldSettings, seed: u64) -> Self {
        Self::of(World::new(&WorldSettings { seed, ..settings.clone() }), "")
    }

    /// The screen as it opens on a world in which something stands ready, with a line that is offered to be run.
    pub fn of(world: World, line: &str) -> Self {
        let timeline = Timeline::new(world);
        let mut desk = Desk::new(PANES);
        desk.show.rest([&timeline]);
        desk.line.field.set(line);
        Self { timeline, desk, motion: MotionChoice::Full }
    }

    /// Types these commands, and shows where they lead.
    pub fn prepare(&mut self, commands: &[&str]) {
        for command in commands {
            self.timeline.act(world::Action::Line((*command).to_owned()));
        }
        self.rest();
    }

    pub fn title(&self) -> String {
        "Playground".to_owned()
    }

    pub fn commands(&self) -> Vec<Command> {
        let key = Key::plain;
        let mut commands = Vec::new();
        if let Some(commands) = self.desk.open_commands() {
            return commands;
        }
        if self.typing() {
            commands.extend(self.desk.terminal_commands(&self.timeline, None));
            commands.extend(self.desk.machine_commands(&self.timeline));
            commands.extend(self.walking(&[key(KeyCode::Function(6))], &[key(KeyCode::Function(7))]));
            commands.push(Command::new(&[key(KeyCode::Function(4))], "inspect", Action::Inspect));
            commands.extend(self.desk.pane_commands());
            commands.push(Command::new(&[key(KeyCode::Escape)], "more keys", Action::Back));
            return commands;
        }
        commands.push(Command::new(&[Key::char('t')], "type", Action::Accept));
        commands.extend(self.walking(
            &[Key::char('u'), key(KeyCode::Left), Key::char('['), key(KeyCode::Function(6))],
            &[Key::char('U'), key(KeyCode::Right), Key::char(']'), key(KeyCode::Function(7))],
        ));
        commands.extend(self.desk.machine_commands(&self.timeline));
        if !self.timeline.steps().is_empty() {
            commands.push(Command::new(&[Key::char('r')], "reset", Action::Reset));
            commands.push(Command::hidden(&[Key::char('{')], "to the failure before", Action::PreviousMark));
            commands.push(Command::hidden(&[Key::char('}')], "to the next failure", Action::NextMark));
            commands.push(Command::hidden(&[key(KeyCode::Home)], "to the beginning", Action::FirstStep));
            commands.push(Command::hidden(&[key(KeyCode::End)], "to the end", Action::LastStep));
        }
        if !self.timeline.branches().is_empty() {
            commands.push(Command::new(&[Key::char('b')], "branches", Action::Branches));
        }
        commands.extend(self.desk.stage_commands());
        commands.push(Command::hidden(&[key(KeyCode::Function(4))], "inspect", Action::Inspect));
        commands.extend(self.desk.pane_commands());
        commands.push(Command::new(&[Key::char('q'), key(KeyCode::Escape)], "leave", Action::Back));
        commands
    }

    fn walking(&self, undo: &[Key], redo: &[Key]) -> Vec<Command> {
        let mut commands = Vec::new();
        if self.timeline.position() > 0 {
            commands.push(Command::new(undo, "undo", Action::Undo));
        }
        if self.timeline.is_in_the_past() {
            commands.push(Command::new(redo, "redo", Action::Redo));
        }
        commands
    }

    pub fn typing(&self) -> bool {
        self.desk.typing()
    }

    pub fn perform(&mut self, action: Action, context: &mut Context<'_>) {
        self.motion = context.settings.motion;
        if self.desk.perform(action, &self.timeline, context) {
            return;
        }
        match action {
            Action::Accept if !self.typing() => self.desk.pane = Pane::Terminal,
            Action::Accept if self.timeline.is_in_the_past() => {
                let later = self.timeline.steps().len() - self.timeline.position();
                let commands = if later == 1 { "The command" } else { "The commands" };
                context.ask_for(Request::Ask(Confirm {
                    question: format!(
                        "Begin a new branch here? {commands} after this point ({later}) will be set aside."
                    ),
                    yes: "new branch",
                    no: "stay",
                    action: Action::Branch,
                }));
            }
            Action::Accept | Action::Branch if self.desk.opens_editor(&self.timeline, context) => {}
            Action::Accept | Action::Branch => {
                let line = self.desk.take_line();
                self.act(world::Action::Line(line));
            }
            Action::Interrupt if transcript::waiting(&self.timeline) == Waiting::Prompt => self.desk.line.clear(),
            Action::Interrupt => self.act(world::Action::Interrupt),
            Action::NextMachine => {
                if let Some(action) = Desk::next_machine(&self.timeline) {
                    self.act(action);
                }
            }
            Action::EndInput => self.act(world::Action::EndOfInput),
            Action::PreviousMark | Action::NextMark => {
                let moments = moments::of_timeline(&self.timeline);
                let forward = action == Action::NextMark;
                if let Some(place) = moments::marked(&moments, self.timeline.position(), forward) {
                    self.go_to_moment(place);
                }
            }
            Action::Branches => context.ask_for(Request::Choose(moments::branches(&self.timeline))),
            Action::SwitchBranch(number) => {
                self.timeline.switch(number);
                self.rest();
            }
            Action::Undo => {
                self.timeline.undo();
                self.rest();
            }
            Action::Redo => {
                self.timeline.redo();
                self.rest();
            }
            Action::FirstStep | Action::Reset => {
                self.timeline.jump(0);
                self.rest();
                if action == Action::Reset {
                    context.ask_for(Request::Tell(
                        "Back at the beginning. What you did is still there: redo brings it back.".to_owned(),
                    ));
                }
            }
            Action::LastStep => {
                self.timeline.jump(usize::MAX);
                self.rest();
            }
            Action::Back if self.typing() => self.desk.pane = Pane::Stage,
            Action::Back => context.ask_for(Request::Close),
            _ => {}
        }
    }

    pub fn key(&mut self, key: Key, _context: &mut Context<'_>) {
        self.desk.edit(key, &self.timeline);
        // Any key that means nothing else here ends the motion.
        self.desk.show.finish();
    }

    pub fn paste(&mut self, text: &str, _context: &mut Context<'_>) {
        self.desk.paste(text);
    }

    pub fn click(&mut self, target: &Target, context: &mut Context<'_>) {
        if !self.desk.click(target, &self.timeline, context)
            && let Target::Moment(place) = target
        {
            self.go_to_moment(*place);
        }
    }

    fn go_to_moment(&mut self, place: usize) {
        self.timeline.jump(place);
        self.rest();
    }

    pub fn scroll(&mut self, target: Option<&Target>, lines: i16, _context: &mut Context<'_>) {
        self.desk.wheel(target, lines);
    }

    pub fn tick(&mut self, passed: Duration, _context: &mut Context<'_>) {
        self.desk.show.tick(passed);
    }

    pub fn moving(&self) -> bool {
        self.desk.show.moving()
    }

    pub fn minimum_size(&self) -> Size {
        Size::new(60, 16)
    }

    /// Does something in the world that was no line of the terminal.
    pub fn do_in_world(&mut self, action: world::Action, context: &mut Context<'_>) {
        self.motion = context.settings.motion;
        self.act(action);
    }

    fn act(&mut self, action: world::Action) {
        let from = self.timeline.position();
        self.timeline.act(action);
        self.desk.terminal_scroll = 0;
        self.desk.show.play([(&self.timeline, from.min(self.timeline.position()))], self.motion);
    }

    fn rest(&mut self) {
        self.desk.show.rest([&self.timeline]);
    }
}
