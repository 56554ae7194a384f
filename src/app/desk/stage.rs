//! The stage's part of the desk: what is selected there, how near one looks, and the motion.
//!
//! Promises: what is selected is a thing of the scene that is shown, or nothing. Must not know: how a scene is drawn.

use super::{Desk, Pane};
use crate::app::command::{Action, Command};
use crate::app::inspector::Inspector;
use crate::app::key::{Key, KeyCode};
use crate::app::screen::{Context, Request};
use crate::app::transcript::{self, Waiting};
use crate::stage::scene::Subject;
use crate::timeline::Timeline;
use crate::world;

/// How near one looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Zoom {
    /// As much detail as there is room for.
    #[default]
    Fit,
    /// A row or less for each thing.
    Overview,
    /// All detail of everything; what has no room is scrolled to.
    Detail,
}

impl Zoom {
    const fn next(self) -> Zoom {
        match self {
            Zoom::Fit => Zoom::Overview,
            Zoom::Overview => Zoom::Detail,
            Zoom::Detail => Zoom::Fit,
        }
    }
}

/// How the stage is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StageView {
    /// Rows scrolled off the top.
    pub scroll: usize,
    /// What the learner has selected.
    pub selected: Option<Subject>,
    /// What is selected is kept in sight.
    pub follow: bool,
    pub zoom: Zoom,
}

impl StageView {
    /// Back to the top, with nothing selected.
    pub fn reset(&mut self) {
        *self = Self { zoom: self.zoom, ..Self::default() };
    }
}

impl Desk {
    /// The commands of the stage: motion and its speed, near and far, inspection.
    pub fn stage_commands(&self) -> Vec<Command> {
        let mut commands = Vec::new();
        if self.pane == Pane::Stage {
            commands.push(Command::new(&[Key::plain(KeyCode::Enter), Key::char('i')], "inspect", Action::Inspect));
            commands.push(Command::new(&[Key::char('z')], "zoom", Action::Zoom));
        } else {
            commands.push(Command::new(&[Key::char('i')], "inspect", Action::Inspect));
            commands.push(Command::hidden(&[Key::char('z')], "the stage nearer or further", Action::Zoom));
        }
        commands.extend([
            Command::hidden(&[Key::char('p')], "pause, or play again", Action::PlayPause),
            Command::hidden(&[Key::char('.')], "motion, one beat", Action::NextBeat),
            Command::hidden(&[Key::char('+'), Key::char('=')], "motion faster", Action::Faster),
            Command::hidden(&[Key::char('-')], "motion slower", Action::Slower),
        ]);
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

    /// Does what is asked of the stage. False when the action is not the stage's.
    pub(super) fn perform_on_stage(&mut self, action: Action, timeline: &Timeline, context: &mut Context<'_>) -> bool {
        match action {
            Action::PlayPause => self.show.pause(),
            Action::NextBeat => self.show.next_beat(),
            Action::Faster => self.show.change_speed(true),
            Action::Slower => self.show.change_speed(false),
            Action::Zoom => {
                self.stage.zoom = self.stage.zoom.next();
                self.stage.follow = true;
            }
            Action::Up if self.pane == Pane::Stage => self.select_thing(false),
            Action::Down if self.pane == Pane::Stage => self.select_thing(true),
            Action::Inspect => {
                let wanted: Vec<Subject> = self.stage.selected.iter().cloned().collect();
                let inspector = Inspector::new(timeline, &wanted);
                context.ask_for(Request::Inspect(Box::new(inspector)));
            }
            _ => return false,
        }
        true
    }

    /// Selects the next thing of the scene, or the one before.
    fn select_thing(&mut self, forward: bool) {
        let scenes = self.show.scenes();
        let things: Vec<Subject> = scenes.iter().flat_map(|scene| scene.things()).collect();
        let here = self.stage.selected.as_ref().and_then(|selected| things.iter().position(|thing| thing == selected));
        let next = match (here, forward) {
            (None, true) => 0,
            (None, false) => things.len().saturating_sub(1),
            (Some(at), true) => (at + 1).min(things.len().saturating_sub(1)),
            (Some(at), false) => at.saturating_sub(1),
        };
        self.stage.selected = things.get(next).cloned();
        self.stage.follow = true;
    }
}
