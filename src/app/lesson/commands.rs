//! What can be done on the lesson screen now, and in which words.
//!
//! Promises: a command is listed exactly while it does something. Must not know: how the key bar looks.

use super::LessonScreen;
use crate::app::command::{Action, Command};
use crate::app::desk::Pane;
use crate::app::key::{Key, KeyCode};
use crate::lesson::format::StepKind;

/// The most options that have a key.
const OPTIONS: usize = 9;
/// The words for the options' keys in the help.
const CHOOSE: &str = "choose";

/// The commands, in the order in which the key bar shows them.
pub fn commands(screen: &LessonScreen) -> Vec<Command> {
    let key = Key::plain;
    let mut commands = Vec::new();
    if let Some(commands) = screen.desk.open_commands() {
        return commands;
    }
    if screen.typing() {
        commands.extend(screen.desk.terminal_commands(screen.player.timeline(), Some(next_label(screen))));
        if can_hint(screen) {
            commands.push(Command::new(&[key(KeyCode::Function(3))], "hint", Action::Hint));
        }
        commands.extend(undo_commands(screen, true));
        commands.extend(screen.desk.machine_commands(screen.player.timeline()));
        commands.extend(screen.desk.pane_commands());
        commands.push(Command::new(&[key(KeyCode::Escape)], "to the lesson", Action::Back));
        commands.push(Command::hidden(&[key(KeyCode::Function(4))], "inspect", Action::Inspect));
        return commands;
    }
    if screen.player.awaits_choice() {
        commands.extend(choices(screen));
    }
    let task = matches!(screen.player.step().kind, StepKind::Do(_));
    if task && !screen.player.is_complete() {
        let keys = if screen.desk.pane == Pane::Stage {
            vec![Key::char('t')]
        } else {
            vec![key(KeyCode::Enter), Key::char('t')]
        };
        commands.push(Command::new(&keys, "type", Action::Accept));
        commands.push(Command::new(&[key(KeyCode::Right), Key::char(' ')], next_label(screen), Action::NextStep));
    } else {
        let (enter, right, space) = (key(KeyCode::Enter), key(KeyCode::Right), Key::char(' '));
        let label = next_label(screen);
        let keys = match label {
            // On the stage, Enter looks into what is selected.
            _ if screen.desk.pane == Pane::Stage => vec![right, space],
            // What plays something is best known by Enter, what turns the page by the arrow.
            "run" => vec![enter, right, space],
            _ => vec![right, enter, space],
        };
        commands.push(Command::new(&keys, label, Action::NextStep));
        if task && !screen.finished {
            commands.push(Command::new(&[Key::char('t')], "try more", Action::Accept));
        }
    }
    if screen.player.at() > 0 || screen.finished {
        commands.push(Command::new(&[key(KeyCode::Left)], "back", Action::PreviousStep));
    }
    if can_hint(screen) {
        commands.push(Command::new(&[Key::char('h'), key(KeyCode::Function(3))], "hint", Action::Hint));
    }
    commands.push(Command::new(&[Key::char('q'), key(KeyCode::Escape)], "leave", Action::Back));
    commands.extend(undo_commands(screen, false));
    commands.push(Command::new(&[Key::char('l')], "steps", Action::Steps));
    if task {
        commands.push(Command::hidden(&[Key::char('s')], "show the solution", Action::Solve));
        commands.push(Command::hidden(&[Key::char('r')], "begin the task anew", Action::Reset));
    }
    commands.extend(screen.desk.pane_commands());
    commands.extend(screen.desk.stage_commands());
    commands.push(Command::hidden(&[key(KeyCode::Function(4))], "inspect", Action::Inspect));
    commands.push(Command::hidden(&[key(KeyCode::Home)], "first step", Action::FirstStep));
    commands.push(Command::hidden(&[key(KeyCode::End)], "furthest step", Action::LastStep));
    commands
}

/// What → does now, in a word or two.
pub fn next_label(screen: &LessonScreen) -> &'static str {
    if screen.finished {
        return if screen.following.is_some() { "next lesson" } else { "home" };
    }
    if screen.desk.show.under_way() {
        return "skip motion";
    }
    if screen.player.is_complete() {
        return if screen.player.has_next() { "next" } else { "finish" };
    }
    match &screen.player.step().kind {
        StepKind::Demo(_) | StepKind::Compare(_) => "run",
        StepKind::Predict(_) | StepKind::Quiz(_) => "show me",
        StepKind::Do(_) => "skip",
        StepKind::Say(_) => "next",
    }
}

fn can_hint(screen: &LessonScreen) -> bool {
    let rungs = screen.player.rungs().len();
    !screen.player.is_complete() && screen.player.record().hints < rungs
}

fn choices(screen: &LessonScreen) -> Vec<Command> {
    let count = screen.player.options().len().min(OPTIONS);
    let mut commands: Vec<Command> = (1..=count)
        .filter_map(|number| {
            let digit = char::from_digit(u32::try_from(number).ok()?, 10)?;
            Some(Command::new(&[Key::char(digit)], CHOOSE, Action::Choose(u8::try_from(number).ok()?)))
        })
        .collect();
    commands.push(Command::hidden(&[Key::char('g')], "I guess", Action::Confidence(1)));
    commands.push(Command::hidden(&[Key::char('f')], "I am fairly sure", Action::Confidence(2)));
    commands.push(Command::hidden(&[Key::char('c')], "I am certain", Action::Confidence(3)));
    commands
}

/// Undo and redo; while typing only by keys that write nothing.
fn undo_commands(screen: &LessonScreen, typing: bool) -> Vec<Command> {
    let timeline = screen.player.timeline();
    let mut commands = Vec::new();
    let own_lanes = !screen.player.record().lanes.is_empty();
    if timeline.position() > 0 && !own_lanes {
        let keys = if typing {
            vec![Key::plain(KeyCode::Function(6))]
        } else {
            vec![Key::char('u'), Key::char('['), Key::plain(KeyCode::Function(6))]
        };
        commands.push(Command::new(&keys, "undo", Action::Undo));
    }
    if timeline.is_in_the_past() && !own_lanes {
        let plain = Key::plain(KeyCode::Function(7));
        let keys = if typing { vec![plain] } else { vec![Key::char('U'), Key::char(']'), plain] };
        commands.push(Command::new(&keys, "redo", Action::Redo));
    }
    if !typing && !own_lanes && !timeline.branches().is_empty() {
        commands.push(Command::new(&[Key::char('b')], "branches", Action::Branches));
    }
    if !typing && !own_lanes {
        commands.push(Command::hidden(&[Key::char('{')], "to the mark before", Action::PreviousMark));
        commands.push(Command::hidden(&[Key::char('}')], "to the next mark", Action::NextMark));
    }
    commands
}
