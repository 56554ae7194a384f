//! What the simulated terminal shows: prompts, lines typed, and what was written, read off the timeline.
//!
//! Promises: follows from the timeline and where we stand in it; `clear` clears; the newest lines are always there, the oldest beyond a
//! limit are not. Must not know: how wide the terminal is, or colours.

use super::line::completion::EDIT;
use crate::timeline::{Step, Timeline};
use crate::world::process::descriptor::Stream;
use crate::world::{Action, Ending};

/// The most lines that can be scrolled back to.
pub const LINES_KEPT: usize = 2000;
/// The most characters of one line that are shown.
const LONGEST_LINE: usize = 4000;
/// Where a tab stops, in characters.
const TAB_STOP: usize = 8;
/// What stands before the cursor while the host's shell has not been started.
const FIRST_PROMPT: &str = "# ";

/// What stands before the further lines of one that goes on (the shell's PS2).
pub const CONTINUED: &str = "> ";

/// What a piece of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    Prompt,
    Typed,
    Output,
    /// What a command that failed says of it.
    Error,
}

/// A line: its pieces, from left to right.
pub type TerminalLine = Vec<(Ink, String)>;

/// What the terminal waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// The shell, for a command.
    Prompt,
    /// A program, for input.
    Input,
    /// Nothing: a program runs on until it is stopped.
    Running,
    /// Nothing: a program has done the most that one action does, and would do more.
    Exhausted,
}

/// What the terminal waits for where we stand.
pub fn waiting(timeline: &Timeline) -> Waiting {
    match timeline.current().map(|step| step.outcome.ending) {
        None | Some(Ending::Finished(_)) => Waiting::Prompt,
        Some(Ending::AwaitsInput) => Waiting::Input,
        Some(Ending::Running) => Waiting::Running,
        Some(Ending::Limit) => Waiting::Exhausted,
    }
}

/// The text before the cursor where we stand.
pub fn prompt(timeline: &Timeline, position: usize) -> String {
    match timeline.world_at(position).console().prompt.as_ref() {
        Some(prompt) => prompt.text.clone(),
        None if position == 0 => FIRST_PROMPT.to_owned(),
        None => String::new(),
    }
}

/// The text before what a step typed: another machine's, where the step sat down there first.
fn prompt_before(timeline: &Timeline, at: usize, step: &Step) -> String {
    match &step.action {
        Action::Sit(_) => String::new(),
        Action::LineAt { machine, .. } => {
            timeline.world_at(at).prompt_at(machine).map_or_else(String::new, |prompt| prompt.text.clone())
        }
        _ => prompt(timeline, at),
    }
}

/// All lines up to where we stand; the last one is that in which the learner types, without what is typed.
pub fn lines(timeline: &Timeline) -> Vec<TerminalLine> {
    let position = timeline.position();
    let mut writer = Writer { lines: vec![Vec::new()], column: 0 };
    let first = first_shown(timeline, position);
    for (at, step) in timeline.steps().iter().enumerate().take(position).skip(first) {
        writer.write(Ink::Prompt, &prompt_before(timeline, at, step));
        writer.step(step);
    }
    writer.write(Ink::Prompt, &prompt(timeline, position));
    let surplus = writer.lines.len().saturating_sub(LINES_KEPT);
    writer.lines.drain(..surplus);
    writer.lines
}

/// What a step wrote, as the lines that a terminal would end up with, without what was typed.
pub fn written(step: &Step) -> Vec<String> {
    let mut writer = Writer { lines: vec![Vec::new()], column: 0 };
    writer.output(step);
    if writer.lines.last().is_some_and(Vec::is_empty) {
        writer.lines.pop();
    }
    writer.lines.iter().map(|line| line.iter().map(|(_, text)| text.as_str()).collect()).collect()
}

/// The lines typed before, the newest first.
pub fn history(timeline: &Timeline) -> Vec<&str> {
    let typed = timeline.steps().iter().take(timeline.position()).rev().filter_map(|step| match &step.action {
        Action::Line(line) | Action::LineAt { line, .. } if !line.trim().is_empty() => Some(line.as_str()),
        _ => None,
    });
    let mut lines: Vec<&str> = typed.take(LINES_KEPT).collect();
    lines.dedup();
    lines
}

/// The first step that can still matter: each takes at least one line.
fn first_shown(timeline: &Timeline, position: usize) -> usize {
    let mut lines = 0;
    for (at, step) in timeline.steps().iter().enumerate().take(position).rev() {
        let breaks = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count();
        lines += 1 + step.outcome.output.iter().map(|chunk| breaks(&chunk.bytes)).sum::<usize>();
        if lines >= LINES_KEPT {
            return at;
        }
    }
    0
}

struct Writer {
    lines: Vec<TerminalLine>,
    /// How many characters the last line has.
    column: usize,
}

impl Writer {
    fn step(&mut self, step: &Step) {
        match &step.action {
            Action::Line(line) | Action::LineAt { line, .. } | Action::Command(line) => {
                for (number, line) in line.split('\n').enumerate() {
                    if number > 0 {
                        self.write(Ink::Prompt, CONTINUED);
                    }
                    self.write(Ink::Typed, &format!("{line}\n"));
                }
            }
            Action::Write { path, .. } => self.write(Ink::Typed, &format!("{EDIT} {path}\n")),
            Action::Interrupt => self.write(Ink::Typed, "^C\n"),
            Action::EndOfInput => self.write(Ink::Typed, "^D\n"),
            Action::Wait(_) | Action::Sit(_) => {}
        }
        self.output(step);
    }

    fn output(&mut self, step: &Step) {
        // Progress goes to the error stream too: only what a failed command says there is bad news.
        let failed =
            matches!(step.outcome.ending, Ending::Finished(code) if code != 0) || step.outcome.ending == Ending::Limit;
        for chunk in &step.outcome.output {
            let ink = if chunk.stream == Stream::Stderr && failed { Ink::Error } else { Ink::Output };
            self.write(ink, &String::from_utf8_lossy(&chunk.bytes));
        }
        if step.outcome.dropped > 0 {
            self.fresh_line();
            self.write(Ink::Error, &format!("({} more bytes were written and not kept)\n", step.outcome.dropped));
        }
        if matches!(step.outcome.ending, Ending::Finished(_)) {
            self.fresh_line();
        }
    }

    fn fresh_line(&mut self) {
        if self.column > 0 {
            self.new_line();
        }
    }

    fn new_line(&mut self) {
        self.lines.push(Vec::new());
        self.column = 0;
    }

    /// Writes text as a terminal would: line ends, returns and tabs move; of the escape sequences, those that clear are obeyed and all
    /// others left out. Other control characters stay; drawing shows them.
    fn write(&mut self, ink: Ink, text: &str) {
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            rest = &rest[character.len_utf8()..];
            match character {
                '\n' => self.new_line(),
                '\r' if rest.starts_with('\n') => {}
                '\r' => {
                    if let Some(line) = self.lines.last_mut() {
                        line.clear();
                    }
                    self.column = 0;
                }
                '\t' => {
                    for _ in 0..TAB_STOP - self.column % TAB_STOP {
                        self.put(ink, ' ');
                    }
                }
                '\u{1b}' => rest = self.escape(rest),
                other => self.put(ink, other),
            }
        }
    }

    /// Takes an escape sequence (ECMA-48: `[`, parameters, a final byte from `@` to `~`), and gives what follows it.
    fn escape<'a>(&mut self, text: &'a str) -> &'a str {
        let Some(sequence) = text.strip_prefix('[') else { return text };
        let Some(end) = sequence.find(|sign: char| ('@'..='~').contains(&sign)) else { return "" };
        let (parameters, rest) = sequence.split_at(end);
        if rest.starts_with('J') && !parameters.starts_with('1') {
            self.lines = vec![Vec::new()];
            self.column = 0;
        }
        &rest[1..]
    }

    fn put(&mut self, ink: Ink, character: char) {
        if self.column >= LONGEST_LINE {
            return;
        }
        self.column += 1;
        let Some(line) = self.lines.last_mut() else { return };
        match line.last_mut() {
            Some((last, text)) if *last == ink => text.push(character),
            _ => line.push((ink, character.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let mut writer = Writer { lines: vec![Vec::new()], column: 0 };
        writer.write(Ink::Output, text);
        writer.lines.iter().map(|line| line.iter().map(|(_, text)| text.as_str()).collect()).collect()
    }

    #[test]
    fn text_moves_as_on_a_terminal() {
        assert_eq!(shown("a\tb\r\nc"), ["a       b", "c"]);
        assert_eq!(shown("10%\r20%\rdone\n"), ["done", ""]);
    }

    #[test]
    fn clearing_clears_and_colours_are_left_out() {
        assert_eq!(shown("old\n\u{1b}[H\u{1b}[2Jnew"), ["new"]);
        assert_eq!(shown("\u{1b}[1;31mred\u{1b}[0m \u{1b}[K."), ["red ."]);
        assert_eq!(shown("\u{1b}["), [""]);
    }
}
