//! The steps of a lesson as a list to jump in, and what each is called.
//!
//! Promises: every step is in the list, and none is locked. Must not know: how the list is drawn.

use super::LessonScreen;
use crate::app::command::Action;
use crate::app::overlay::{Choice, Choices};
use crate::lesson::format::{Step, StepKind};

/// The longest name in the list, in characters; of a longer one the beginning is shown.
const LONGEST_NAME: usize = 44;

/// The list, with the step that is shown selected.
pub fn choices(screen: &LessonScreen) -> Choices {
    let player = &screen.player;
    let entries = player.lesson().steps.iter().enumerate().map(|(number, step)| {
        let state = match number {
            _ if screen.finished => "done",
            _ if number == player.at() => "you are here",
            _ if number <= player.furthest() => "seen",
            _ => "",
        };
        Choice::new(name(number, step), state, Action::GoToStep(number))
    });
    let mut choices = Choices::new("Go to a step", entries.collect());
    choices.selected = player.at();
    choices
}

/// What stands over a step: its kind, unless it only says something, and its title.
pub fn heading(step: &Step) -> Option<String> {
    let kind = match &step.kind {
        StepKind::Say(_) => None,
        StepKind::Demo(_) => Some("Watch"),
        StepKind::Predict(_) => Some("Predict"),
        StepKind::Do(_) => Some("Your turn"),
        StepKind::Compare(_) => Some("Compare"),
        StepKind::Quiz(_) => Some("Question"),
    };
    let title = step.header.title.as_ref().map(|title| title.value.as_str());
    match (kind, title) {
        (Some(kind), Some(title)) => Some(format!("{kind}: {title}")),
        (one, other) => one.or(other).map(str::to_owned),
    }
}

fn name(number: usize, step: &Step) -> String {
    let heading = heading(step).unwrap_or_else(|| format!("Step {}", number + 1));
    if heading.chars().count() <= LONGEST_NAME {
        return heading;
    }
    heading.chars().take(LONGEST_NAME - 1).chain(['…']).collect()
}
