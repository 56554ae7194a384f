//! The lesson screen: a lesson played step by step, with the stage, the terminal and the timeline.
//!
//! Promises: every step can be passed, none is locked; what is said to be pressed works; going back and forward changes nothing that
//! was done. Must not know: how it is drawn. Its commands are in `commands`, what a lesson points at in `highlight`.

mod commands;
mod highlight;
mod steps;

pub use steps::heading;

use std::sync::Arc;
use std::time::Duration;

use super::command::{Action, Command};
use super::course::Course;
use super::desk::{Attention, Desk, Pane};
use super::key::Key;
use super::message::{Size, Target};
use super::moments;
use super::overlay::Confirm;
use super::screen::{Context, Request};
use super::settings::Motion as MotionChoice;
use super::transcript::{self, Waiting};
use crate::learner::progress::{Prediction, Standing};
use crate::lesson::format::{Lesson, StepKind};
use crate::lesson::player::{Confidence, Player};
use crate::timeline::Timeline;
use crate::world;
use crate::world::context::Random;

/// The panes of the lesson screen, in the order in which Tab goes round.
const PANES: &[Pane] = &[Pane::Lesson, Pane::Stage, Pane::Terminal];

/// The lesson screen.
#[derive(Debug, Clone)]
pub struct LessonScreen {
    /// The lesson, by id.
    pub id: String,
    /// `2.4 Copy-on-write`.
    pub title: String,
    pub player: Player,
    pub desk: Desk,
    /// The last step is behind us.
    pub finished: bool,
    /// The lesson after this one: its id, and how it is called.
    pub following: Option<(String, String)>,
    /// What the seed of random orders is.
    seed: u64,
    motion: MotionChoice,
}

impl LessonScreen {
    /// The commands by which the task was reached, and whether each failed; none while it is not.
    pub fn own_commands(&self) -> Vec<(String, bool)> {
        let record = self.player.record();
        let steps = record.reached_at.and_then(|end| self.player.timeline().steps().get(record.began..end));
        let all = steps.unwrap_or_default();
        all.iter().map(|step| (moments::typed(&step.action), moments::failed(step))).collect()
    }

    /// What the learner attends to: the words while no command of this step has run and there is nothing to type.
    pub fn attention(&self) -> Attention {
        let record = self.player.record();
        let untouched = record.played == 0 && record.ended == record.began && record.lanes.is_empty();
        if !record.lanes.is_empty() && !self.finished {
            Attention::Stage
        } else if untouched && !matches!(self.player.step().kind, StepKind::Do(_)) && !self.finished {
            Attention::Words
        } else {
            Attention::Terminal
        }
    }

    /// The screen as it opens, at a step (from 0); what lies before that step is played.
    pub fn new(id: &str, lesson: Arc<Lesson>, course: &Course, world: &world::WorldSettings, step: usize) -> Self {
        let title = course.find(id).map_or_else(
            || lesson.title.value.clone(),
            |(module, entry)| format!("{}.{} {}", module.number, entry.number, entry.title),
        );
        let following = course.lessons().skip_while(|(_, entry)| entry.id != id).nth(1);
        let following = following
            .map(|(module, entry)| (entry.id.clone(), format!("{}.{} {}", module.number, entry.number, entry.title)));
        let mut player = Player::new(lesson, world);
        player.jump(step.min(player.lesson().steps.len().saturating_sub(1)));
        let mut screen = Self {
            id: id.to_owned(),
            title,
            player,
            desk: Desk::new(PANES),
            finished: false,
            following,
            seed: world.seed,
            motion: MotionChoice::Full,
        };
        screen.arrive();
        screen
    }

    pub fn title(&self) -> String {
        self.title.clone()
    }

    pub fn commands(&self) -> Vec<Command> {
        commands::commands(self)
    }

    pub fn typing(&self) -> bool {
        self.desk.typing()
    }

    /// The options of the step in the order in which they are shown, each by its number in the file, from 0.
    pub fn order(&self) -> Vec<usize> {
        order_of_options(&self.player, self.seed)
    }

    /// The things on the stage that the step points at.
    pub fn highlights(&self) -> Vec<crate::stage::scene::Subject> {
        highlight::subjects(&self.player)
    }

    /// The parts of the screen that the step points at: stage, why, terminal, timeline.
    pub fn pointed_panes(&self) -> Vec<&str> {
        highlight::panes(&self.player)
    }

    pub fn perform(&mut self, action: Action, context: &mut Context<'_>) {
        self.motion = context.settings.motion;
        context.progress.reach(&self.id, self.player.at());
        if self.desk.show.under_way()
            && matches!(action, Action::NextStep | Action::Accept if self.desk.line.field.is_empty())
        {
            self.desk.show.finish();
            return;
        }
        if action == Action::Inspect && self.desk.stage.selected.is_none() {
            self.desk.stage.selected = self.highlights().first().cloned();
        }
        if self.desk.perform(action, self.player.timeline(), context) {
            return;
        }
        match action {
            Action::NextStep => self.forward(context),
            Action::PreviousStep => self.backward(),
            Action::FirstStep => self.jump(0),
            Action::LastStep => self.jump(self.player.furthest()),
            Action::Steps => context.ask_for(Request::Choose(steps::choices(self))),
            Action::GoToStep(step) => self.jump(step.min(self.player.lesson().steps.len().saturating_sub(1))),
            Action::Choose(number) => self.choose(usize::from(number), context),
            Action::Confidence(level) => self.player.set_confidence(match level {
                1 => Confidence::Guess,
                2 => Confidence::Unsure,
                _ => Confidence::Sure,
            }),
            Action::Hint => {
                self.player.hint();
                self.desk.read_the_end();
            }
            Action::Solve => {
                let from = self.player.record().began;
                self.player.show_solution();
                self.desk.read_the_end();
                self.played(from);
            }
            Action::PreviousMark | Action::NextMark => {
                let moments = moments::of_lesson(&self.player);
                let position = self.player.timeline().position();
                if let Some(place) = moments::marked(&moments, position, action == Action::NextMark) {
                    self.go_to_moment(place);
                }
            }
            Action::Branches => context.ask_for(Request::Choose(moments::branches(self.player.timeline()))),
            Action::SwitchBranch(number) => {
                self.player.switch(number);
                self.rest();
            }
            Action::Undo => self.walk(Timeline::undo),
            Action::Redo => self.walk(Timeline::redo),
            Action::NextMachine => {
                if let Some(action) = Desk::next_machine(self.player.timeline()) {
                    self.act(action);
                }
            }
            Action::Reset => {
                self.player.reset();
                self.rest();
            }
            Action::Accept => self.enter(context),
            Action::Branch => self.run_line(context),
            Action::Interrupt if transcript::waiting(self.player.timeline()) == Waiting::Prompt => {
                self.desk.line.clear()
            }
            Action::Interrupt => self.act(world::Action::Interrupt),
            Action::EndInput => self.act(world::Action::EndOfInput),
            Action::Back if self.desk.typing() => self.desk.pane = Pane::Lesson,
            Action::Back => context.ask_for(Request::Close),
            _ => {}
        }
        context.progress.reach(&self.id, self.player.at());
    }

    pub fn key(&mut self, key: Key, _context: &mut Context<'_>) {
        self.desk.edit(key, self.player.timeline());
        // Any key that means nothing else here ends the motion.
        self.desk.show.finish();
    }

    pub fn paste(&mut self, text: &str, _context: &mut Context<'_>) {
        self.desk.paste(text);
    }

    pub fn click(&mut self, target: &Target, context: &mut Context<'_>) {
        if self.desk.click(target, self.player.timeline(), context) {
            return;
        }
        match target {
            Target::Item(number) if self.player.awaits_choice() => self.choose(number + 1, context),
            Target::Moment(place) => self.go_to_moment(*place),
            _ => {}
        }
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

    /// → : shows what the step has not shown; then goes to the next step; after the last one, the lesson is done.
    fn forward(&mut self, context: &mut Context<'_>) {
        if self.finished {
            context.ask_for(Request::Close);
            if let Some((id, _)) = self.following.clone() {
                context.ask_for(Request::OpenLesson(id));
            }
            return;
        }
        if !self.player.is_complete() {
            if matches!(self.player.step().kind, StepKind::Do(_)) {
                context.ask_for(Request::Ask(Confirm {
                    question: "This task is not done yet. Shall its solution be played for you?".to_owned(),
                    yes: "show the solution",
                    no: "try on",
                    action: Action::Solve,
                }));
                return;
            }
            self.go_on();
            return;
        }
        if self.player.next() {
            self.arrive();
        } else {
            self.finished = true;
            self.desk.pane = Pane::Lesson;
            self.desk.read_from_start();
            context.progress.finish(&self.id);
        }
    }

    /// Plays the next command of a demonstration or comparison, or answers a question without the learner.
    fn go_on(&mut self) {
        let ended = self.player.record().ended;
        self.player.timeline_mut().jump(ended);
        let lanes: Vec<usize> = self.player.record().lanes.iter().map(|lane| lane.steps().len()).collect();
        match &self.player.step().kind {
            StepKind::Predict(_) | StepKind::Quiz(_) => self.player.complete(),
            _ => {
                self.player.play_next();
            }
        }
        self.desk.read_from_start();
        let record = self.player.record();
        if record.lanes.is_empty() {
            self.played(ended);
        } else {
            let from = |lane: usize| lanes.get(lane).copied().unwrap_or(0);
            let parts = record.lanes.iter().enumerate().map(|(number, lane)| (lane, from(number)));
            self.desk.show.play(parts, self.motion);
        }
    }

    fn backward(&mut self) {
        if std::mem::take(&mut self.finished) {
            return;
        }
        if self.player.back() {
            self.arrive();
        }
    }

    fn jump(&mut self, step: usize) {
        self.finished = false;
        self.player.jump(step);
        self.arrive();
    }

    /// A step comes onto the screen.
    fn arrive(&mut self) {
        self.desk.read_from_start();
        self.desk.stage.reset();
        self.desk.terminal_scroll = 0;
        let task = matches!(self.player.step().kind, StepKind::Do(_));
        self.desk.pane = if task && !self.player.is_complete() { Pane::Terminal } else { Pane::Lesson };
        self.rest();
    }

    fn choose(&mut self, number: usize, context: &mut Context<'_>) {
        let Some(option) = number.checked_sub(1).and_then(|shown| self.order().get(shown).copied()) else { return };
        if !self.player.awaits_choice() {
            return;
        }
        let ended = self.player.record().ended;
        self.player.timeline_mut().jump(ended);
        let confidence = self.player.record().confidence;
        self.player.choose(option, confidence);
        let record = self.player.record();
        let right = record.right == Some(option);
        let prediction = Prediction { step: self.player.at(), choice: option, right };
        context.progress.predict(&self.id, prediction);
        let known = right && confidence != Some(Confidence::Guess);
        let question = format!("{}/{}", self.id, self.player.at());
        context.progress.review(&question, known, context.settings.surroundings.today);
        self.desk.read_from_start();
        self.played(ended);
    }

    /// Enter: runs the line in the terminal; elsewhere, what → does, and on a task it brings the keyboard to the terminal.
    fn enter(&mut self, context: &mut Context<'_>) {
        if !self.desk.typing() {
            if matches!(self.player.step().kind, StepKind::Do(_)) {
                self.desk.pane = Pane::Terminal;
            } else {
                self.forward(context);
            }
            return;
        }
        if self.player.timeline().is_in_the_past() {
            let later = self.player.timeline().steps().len() - self.player.timeline().position();
            let what = if later == 1 {
                "The command after this point is".to_owned()
            } else {
                format!("The {later} commands after this point are")
            };
            context.ask_for(Request::Ask(Confirm {
                question: format!("Begin a new branch here? {what} set aside."),
                yes: "new branch",
                no: "stay",
                action: Action::Branch,
            }));
            return;
        }
        self.run_line(context);
    }

    fn run_line(&mut self, context: &mut Context<'_>) {
        if self.desk.opens_editor(self.player.timeline(), context) {
            return;
        }
        let line = self.desk.take_line();
        self.act(world::Action::Line(line));
    }

    /// Does something in the world that was no line of the terminal.
    pub fn do_in_world(&mut self, action: world::Action, context: &mut Context<'_>) {
        self.motion = context.settings.motion;
        self.act(action);
    }

    fn act(&mut self, action: world::Action) {
        let from = self.player.timeline().position();
        let complete = self.player.is_complete();
        self.player.act(action);
        self.desk.terminal_scroll = 0;
        if !complete && self.player.is_complete() {
            self.desk.read_the_end();
        }
        self.played(from);
    }

    fn go_to_moment(&mut self, place: usize) {
        self.player.timeline_mut().jump(place);
        self.rest();
    }

    fn walk(&mut self, step: fn(&mut Timeline) -> bool) {
        step(self.player.timeline_mut());
        self.rest();
    }

    /// Shows what happened since the timeline stood at `from`.
    fn played(&mut self, from: usize) {
        let timeline = self.player.timeline();
        self.desk.show.play([(timeline, from.min(timeline.position()))], self.motion);
    }

    /// Shows where we stand.
    fn rest(&mut self) {
        let record = self.player.record();
        if record.lanes.is_empty() {
            self.desk.show.rest([self.player.timeline()]);
        } else {
            self.desk.show.rest(&record.lanes);
        }
    }
}

/// The options of a player's step in the order in which they are shown, each by its number in the file, from 0.
pub fn order_of_options(player: &Player, seed: u64) -> Vec<usize> {
    let keep = match &player.step().kind {
        StepKind::Predict(predict) => predict.keep_order,
        StepKind::Quiz(quiz) => quiz.keep_order,
        _ => Some(true),
    };
    let mut order: Vec<usize> = (0..player.options().len()).collect();
    if keep != Some(true) {
        let mut random = Random::new(seed.wrapping_mul(1009).wrapping_add(player.at() as u64));
        for last in (1..order.len()).rev() {
            let other = usize::try_from(random.below(last as u64 + 1)).unwrap_or(0);
            order.swap(last, other);
        }
    }
    order
}

/// At which step to open a lesson: where the learner was, unless the lesson is done.
pub fn continue_at(progress: &crate::learner::progress::Progress, id: &str) -> usize {
    match progress.standing(id) {
        Standing::Started => progress.lessons.get(id).map_or(0, |lesson| lesson.step),
        Standing::Done | Standing::NotYet => 0,
    }
}
