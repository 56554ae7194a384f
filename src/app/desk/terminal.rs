//! The terminal's part of the desk: its commands and keys, what is open above its line, and what can be copied from it.
//!
//! Promises: a command is listed exactly while it does something. Must not know: what running a line means; that is the screen's.

use super::{Desk, Pane};
use crate::app::command::{Action, Command, CopyPart};
use crate::app::editor::{Editor, LARGEST};
use crate::app::key::{Key, KeyCode};
use crate::app::line::completion::EDIT;
use crate::app::line::words::situation;
use crate::app::message::Effect;
use crate::app::overlay::{Choice, Choices};
use crate::app::screen::{Context, Request};
use crate::app::transcript::{self, Waiting};
use crate::timeline::Timeline;
use crate::world;
use crate::world::filesystem::errno::Errno;
use crate::world::process::vfs::join;

impl Desk {
    /// The commands of the terminal while it has the keyboard. `next` is what an empty line and → do.
    pub fn terminal_commands(&self, timeline: &Timeline, next: Option<&'static str>) -> Vec<Command> {
        let key = Key::plain;
        let mut commands = Vec::new();
        let waiting = transcript::waiting(timeline);
        let empty = self.line.field.is_empty();
        if !empty || waiting == Waiting::Input {
            let label = if waiting == Waiting::Input { "send" } else { "run" };
            commands.push(Command::new(&[key(KeyCode::Enter)], label, Action::Accept));
        }
        if !empty {
            commands.push(Command::new(&[key(KeyCode::Tab)], "complete", Action::Complete));
        }
        if waiting != Waiting::Prompt || !empty {
            let label = if waiting == Waiting::Prompt { "clear line" } else { "stop" };
            commands.push(Command::new(&[Key::control('c')], label, Action::Interrupt));
        }
        if waiting == Waiting::Input && empty {
            commands.push(Command::new(&[Key::control('d')], "end input", Action::EndInput));
        }
        if empty {
            if let Some(next) = next.filter(|_| waiting == Waiting::Prompt) {
                commands.push(Command::new(&[key(KeyCode::Right), key(KeyCode::Enter)], next, Action::NextStep));
            }
            if next.is_some() {
                commands.push(Command::new(&[key(KeyCode::Left)], "back", Action::PreviousStep));
            }
        }
        if empty && !transcript::history(timeline).is_empty() {
            commands.push(Command::hidden(&[key(KeyCode::Up)], "line before", Action::RecallOlder));
        }
        commands
    }

    /// The commands while a menu or a search through the history is open.
    pub(super) fn line_commands(&self) -> Option<Vec<Command>> {
        let key = Key::plain;
        if self.line.menu.is_some() {
            return Some(vec![
                Command::new(&[key(KeyCode::Up), key(KeyCode::BackTab)], "choose", Action::Up),
                Command::new(&[key(KeyCode::Down), key(KeyCode::Tab)], "choose", Action::Down),
                Command::new(&[key(KeyCode::Enter), key(KeyCode::Right)], "take", Action::Accept),
                Command::new(&[key(KeyCode::Escape), Key::control('c')], "close", Action::Back),
            ]);
        }
        self.line.search.as_ref()?;
        Some(vec![
            Command::new(&[key(KeyCode::Enter)], "run", Action::Accept),
            Command::new(&[key(KeyCode::Escape), key(KeyCode::Tab)], "edit", Action::Down),
            Command::new(&[Key::control('c')], "cancel", Action::Back),
        ])
    }

    /// Does what a menu or a search is asked. False when nothing is open, or when the line is now to be run.
    pub(super) fn perform_in_open(&mut self, action: Action, timeline: &Timeline) -> bool {
        if let Some(find) = &mut self.find {
            match action {
                Action::Up => find.go(true, timeline),
                Action::Down => find.go(false, timeline),
                Action::Back => self.find = None,
                _ => return false,
            }
            return true;
        }
        if self.line.menu.is_some() {
            match action {
                Action::Up => self.line.select(false),
                Action::Down => self.line.select(true),
                Action::Accept => self.line.take_selected(),
                Action::Back => self.line.close(),
                _ => return false,
            }
            return true;
        }
        if self.line.search.is_some() {
            match action {
                Action::Accept => {
                    self.line.take_found(timeline);
                    return self.line.field.is_empty();
                }
                Action::Down => self.line.take_found(timeline),
                Action::Back => self.line.close(),
                _ => return false,
            }
            return true;
        }
        false
    }

    /// Takes a key for what is being typed.
    pub fn edit(&mut self, key: Key, timeline: &Timeline) -> bool {
        if let Some(find) = &mut self.find {
            return find.key(key);
        }
        let taken = self.pane == Pane::Terminal && self.line.key(key, timeline);
        if taken {
            self.terminal_scroll = 0;
        }
        taken
    }

    /// Takes pasted text; several lines stay several lines until Enter runs them.
    pub fn paste(&mut self, text: &str) {
        if let Some(find) = &mut self.find {
            text.chars().filter(|sign| !sign.is_control()).for_each(|sign| {
                find.key(Key::char(sign));
            });
        } else if self.pane == Pane::Terminal {
            self.line.close();
            self.line.field.insert(text.trim_end_matches('\n'));
            self.terminal_scroll = 0;
        }
    }

    /// Gives the line that was typed, and empties it.
    pub fn take_line(&mut self) -> String {
        let line = self.line.field.text().to_owned();
        self.line.clear();
        line
    }

    /// Opens the editor if the line asks for it: `edit FILE`, at the shell's own prompt. False for all other lines.
    pub fn opens_editor(&mut self, timeline: &Timeline, context: &mut Context<'_>) -> bool {
        let line = self.line.field.text();
        let found = situation(&format!("{line} "));
        let Some((program, arguments)) = found.words.split_first() else { return false };
        if program != EDIT || transcript::waiting(timeline) != Waiting::Prompt {
            return false;
        }
        let request = match arguments {
            [path] => match open_in_editor(path, timeline) {
                Ok(editor) => Request::Edit(Box::new(editor)),
                Err(sentence) => Request::Tell(sentence),
            },
            _ => Request::Tell("Say which file: edit FILE".to_owned()),
        };
        if matches!(request, Request::Edit(_)) {
            self.line.clear();
        }
        context.ask_for(request);
        true
    }

    pub(super) fn ask_what_to_copy(&self, timeline: &Timeline, context: &mut Context<'_>) {
        if timeline.current().is_none() {
            context.ask_for(Request::Tell("There is nothing to copy yet.".to_owned()));
            return;
        }
        let choices = [
            (CopyPart::Command, "the command"),
            (CopyPart::Output, "its output"),
            (CopyPart::Both, "both"),
            (CopyPart::Everything, "all that the terminal shows"),
        ];
        let entries = choices.map(|(part, label)| Choice::new(label, "", Action::CopyPart(part)));
        context.ask_for(Request::Choose(Choices::new("Copy to the clipboard", entries.to_vec())));
    }

    pub(super) fn copy(&self, part: CopyPart, timeline: &Timeline, context: &mut Context<'_>) {
        let Some(step) = timeline.current() else { return };
        let command = match &step.action {
            world::Action::Line(line) | world::Action::Command(line) => line.clone(),
            _ => String::new(),
        };
        let output = || transcript::written(step).join("\n");
        let text = match part {
            CopyPart::Command => command,
            CopyPart::Output => output(),
            CopyPart::Both => format!("{command}\n{}", output()),
            CopyPart::Everything => {
                let lines = transcript::lines(timeline);
                let texts = lines.iter().map(|line| line.iter().map(|(_, text)| text.as_str()).collect::<String>());
                texts.collect::<Vec<_>>().join("\n")
            }
        };
        context.ask_for(Request::Effect(Effect::Copy(text)));
        context.ask_for(Request::Tell("Copied, if your terminal allows programs to copy (OSC 52).".to_owned()));
    }
}

/// The file as the shell sees it, in an editor.
///
/// # Errors
/// A sentence that says why it cannot be edited.
pub fn open_in_editor(path: &str, timeline: &Timeline) -> Result<Editor, String> {
    let Some((machine, caller)) = timeline.world().reader() else { return Err("There is no machine here.".to_owned()) };
    let absolute = if path.starts_with('/') { path.to_owned() } else { join(&caller.working_directory, path) };
    let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX);
    match machine.kernel.read_whole(&caller, &absolute, limit) {
        Ok(bytes) => match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(Editor::new(&absolute, text)),
            Err(_) => Err(format!("{path} is not a text: it cannot be edited.")),
        },
        Err(Errno::ENOENT) => Ok(Editor::new(&absolute, "")),
        Err(Errno::EISDIR) => Err(format!("{path} is a directory.")),
        Err(Errno::EFBIG) => Err(format!("{path} is larger than the {limit} bytes that can be edited.")),
        Err(errno) => Err(format!("{path}: {errno}")),
    }
}
