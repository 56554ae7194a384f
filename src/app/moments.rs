//! The places of a timeline, as marks: where a command failed, where a task was reached, where a step of the lesson begins.
//!
//! Promises: one mark for each place, the beginning included; every branch that was left can be chosen. Must not know: how a mark is drawn.

use super::command as app;
use super::overlay::{Choice, Choices};
use crate::lesson::player::Player;
use crate::timeline::{Branch, Step, Timeline};
use crate::world::{Action, Ending};

/// A place of a timeline: after so many commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moment {
    /// The command that led here ended with another exit code than 0, or did not end by itself.
    pub failed: bool,
    /// The goals of a task were met here.
    pub reached: bool,
    /// A step of the lesson begins behind it.
    pub divides: bool,
}

/// The marks of a timeline without a lesson.
pub fn of_timeline(timeline: &Timeline) -> Vec<Moment> {
    let steps = timeline.steps().iter().map(|step| Moment { failed: failed(step), ..Moment::default() });
    std::iter::once(Moment::default()).chain(steps).collect()
}

/// The marks of a lesson's timeline.
pub fn of_lesson(player: &Player) -> Vec<Moment> {
    let mut moments = of_timeline(player.timeline());
    for record in (0..=player.furthest()).filter_map(|step| player.record_of(step)) {
        if let Some(moment) = record.reached_at.and_then(|place| moments.get_mut(place)) {
            moment.reached = true;
        }
        if let Some(moment) = moments.get_mut(record.ended).filter(|_| record.ended > record.began) {
            moment.divides = true;
        }
    }
    moments
}

/// Whether a command ended with another exit code than 0, or did not end by itself.
pub fn failed(step: &Step) -> bool {
    matches!(step.outcome.ending, Ending::Finished(code) if code != 0) || step.outcome.ending == Ending::Limit
}

/// The nearest place before or after `position` that has a mark of its own.
pub fn marked(moments: &[Moment], position: usize, forward: bool) -> Option<usize> {
    let telling = |place: &usize| moments.get(*place).is_some_and(|moment| moment.failed || moment.reached);
    if forward { (position + 1..moments.len()).find(telling) } else { (0..position).rev().find(telling) }
}

/// The branches of a timeline that were left, the newest first, to go back to one of them.
pub fn branches(timeline: &Timeline) -> Choices {
    let entry = |(number, branch): (usize, &Branch)| {
        let first = branch.steps.first().map(|step| typed(&step.action)).unwrap_or_default();
        let count = branch.steps.len();
        let commands = if count == 1 { "command" } else { "commands" };
        let about = format!("{count} {commands}, parted after {}", branch.parted_after);
        Choice::new(first, about, app::Action::SwitchBranch(number))
    };
    Choices::new("Branches that were left", timeline.branches().iter().enumerate().rev().map(entry).collect())
}

/// What led to a place, in the words that were typed.
pub fn words(timeline: &Timeline, place: usize) -> String {
    let step = place.checked_sub(1).and_then(|index| timeline.steps().get(index));
    step.map_or_else(|| "the beginning".to_owned(), |step| typed(&step.action))
}

/// What was done, in the words that were typed.
pub fn typed(action: &Action) -> String {
    match action {
        Action::Line(line) | Action::LineAt { line, .. } | Action::Command(line) => line.replace('\n', " "),
        Action::Write { path, .. } => format!("edit {path}"),
        Action::Interrupt => "Ctrl-C".to_owned(),
        Action::EndOfInput => "Ctrl-D".to_owned(),
        Action::Wait(time) => format!("{} s pass", time.as_secs()),
        Action::Sit(machine) => format!("sit down at {machine}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(places: &[(bool, bool)]) -> Vec<Moment> {
        places.iter().map(|(failed, reached)| Moment { failed: *failed, reached: *reached, divides: false }).collect()
    }

    #[test]
    fn the_nearest_mark_is_found_in_both_directions() {
        let moments = moments(&[(false, false), (true, false), (false, false), (false, true), (false, false)]);
        assert_eq!(marked(&moments, 0, true), Some(1));
        assert_eq!(marked(&moments, 1, true), Some(3));
        assert_eq!(marked(&moments, 3, true), None);
        assert_eq!(marked(&moments, 3, false), Some(1));
        assert_eq!(marked(&moments, 1, false), None);
    }
}
