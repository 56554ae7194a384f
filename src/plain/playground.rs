//! The playground as lines: a Docker host of one's own.
//!
//! Promises: output as it is, then one line of why; every command can be taken back. Must not know: the terminal.

use super::commands::{self, Command, PLAYGROUND};
use super::editing::{self, Editing};
use super::words::Page;
use super::{Ending, console};
use crate::app::prepared::Prepared;
use crate::app::transcript::{Waiting, prompt, waiting};
use crate::project::{Opened, Own};
use crate::timeline::Timeline;
use crate::world::{Action, WorldSettings};

/// A playground under way.
#[derive(Debug, Clone)]
pub struct PlaygroundSession {
    timeline: Timeline,
    about: &'static str,
    /// What is said of what the learner brought, if they did.
    opened: Option<Opened>,
    editing: Option<Editing>,
}

impl PlaygroundSession {
    /// A prepared playground, with what the learner brought in it.
    pub fn new(settings: &WorldSettings, seed: u64, prepared: &Prepared, own: Option<&Own>) -> Self {
        let mut world = prepared.world(settings, seed);
        let opened = own.map(|own| own.open(&mut world));
        let mut timeline = Timeline::new(world);
        for command in prepared.commands {
            timeline.act(Action::Line((*command).to_owned()));
        }
        Self { timeline, about: prepared.about, opened, editing: None }
    }

    pub(super) fn start(&self) -> String {
        let mut page = Page::default();
        page.line("Playground");
        page.gap();
        page.wrapped("", "A Docker host of your own, held in memory: nothing here touches your machine. Type commands, such as `docker run alpine echo hello`. `:help` says what else there is, `:quit` leaves.");
        if !self.timeline.steps().is_empty() {
            page.gap();
            page.wrapped(
                "",
                &format!("Prepared for you: {}. This was typed, and can be taken back with :undo:", self.about),
            );
            for typed in self.timeline.steps().iter().filter_map(|step| step.action.typed()) {
                page.line(&format!("  {typed}"));
            }
        }
        if let Some(Opened { command, sentences }) = &self.opened {
            page.gap();
            sentences.iter().for_each(|sentence| page.wrapped("- ", sentence));
            page.gap();
            page.wrapped("", "Begin with");
            page.line(&format!("  {command}"));
        }
        page.finish()
    }

    pub(super) fn prompt(&self) -> String {
        if self.editing.is_some() {
            return editing::PROMPT.to_owned();
        }
        prompt(&self.timeline, self.timeline.position())
    }

    pub(super) fn farewell(&self) -> String {
        "The playground ends; what was in it is gone. `layerlab --plain play` opens a fresh one.\n".to_owned()
    }

    pub(super) fn answer(&mut self, line: &str) -> (String, Ending) {
        let mut page = Page::default();
        if let Some(editing) = self.editing.take() {
            let (editing, written) = editing.take(line, &mut page);
            self.editing = editing;
            if let Some(action) = written {
                self.act(&mut page, action);
            }
            return (page.finish(), Ending::GoesOn);
        }
        match commands::read(line, PLAYGROUND) {
            None if self.asks_for_editor(line) => page.wrapped("", editing::ADVICE),
            None => self.act(&mut page, Action::Line(line.to_owned())),
            Some(Err(sentence)) => page.wrapped("", &sentence),
            Some(Ok((Command::Quit, _))) => return (self.farewell(), Ending::Over),
            Some(Ok((command, argument))) => self.obey(command, argument, &mut page),
        }
        (page.finish(), Ending::GoesOn)
    }

    fn obey(&mut self, command: Command, argument: &str, page: &mut Page) {
        match command {
            Command::Interrupt => self.act(page, Action::Interrupt),
            Command::EndInput if waiting(&self.timeline) == Waiting::Prompt => {
                page.wrapped("", "No program reads. :quit leaves the playground.");
            }
            Command::EndInput => self.act(page, Action::EndOfInput),
            Command::Look if waiting(&self.timeline) == Waiting::Prompt => console::look(page, self.timeline.world()),
            Command::Look => console::state(page, &self.timeline),
            Command::Undo => walk(&mut self.timeline, page, Command::Undo),
            Command::Redo => walk(&mut self.timeline, page, Command::Redo),
            Command::Reset => {
                self.timeline.jump(0);
                page.wrapped("", "Back at the beginning. What you did is still there: :redo brings it back.");
            }
            Command::Edit if waiting(&self.timeline) != Waiting::Prompt => console::state(page, &self.timeline),
            Command::Edit => self.editing = Editing::begin(argument, &self.timeline, page),
            Command::Sit => {
                if let Some(action) = console::seat(page, &self.timeline, argument) {
                    self.act(page, action);
                }
            }
            _ => {
                page.wrapped("", "A line is given to the shell. Besides, there are:");
                commands::help(page, PLAYGROUND);
            }
        }
    }

    fn asks_for_editor(&self, line: &str) -> bool {
        waiting(&self.timeline) == Waiting::Prompt && editing::is_asked_for(line)
    }

    fn act(&mut self, page: &mut Page, action: Action) {
        self.timeline.act(action);
        console::told(page, &self.timeline, self.timeline.position().saturating_sub(1));
        console::state(page, &self.timeline);
    }
}

/// Takes a command back, or does it again, and says which.
pub(super) fn walk(timeline: &mut Timeline, page: &mut Page, direction: Command) {
    let line = |timeline: &Timeline| match timeline.current().and_then(|step| step.action.typed()) {
        Some(line) => format!("`{line}`"),
        _ => "the last key".to_owned(),
    };
    let undone = line(timeline);
    let sentence = match direction {
        Command::Undo if timeline.undo() => format!("Taken back: {undone}. :redo does it again."),
        Command::Undo => "There is nothing to take back.".to_owned(),
        _ if timeline.redo() => format!("Done again: {}.", line(timeline)),
        _ => "There is nothing to do again.".to_owned(),
    };
    page.wrapped("", &sentence);
}
