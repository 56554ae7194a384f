//! A lesson as lines, step by step.
//!
//! Promises: the steps, orders and progress of the full screen; no step is locked; what is said to be typed works. Must not know: where
//! lines come from. How a step is put into words is in `lesson/step`.

mod step;

use super::commands::{self, Command, LESSON};
use super::editing::{self, Editing};
use super::words::{PROMPT, Page, count};
use super::{Ending, console, playground};
use crate::app::course::Course;
use crate::app::lesson::{continue_at, order_of_options};
use crate::app::transcript::{Waiting, prompt, waiting};
use crate::learner::progress::{Prediction, Progress};
use crate::lesson::format::StepKind;
use crate::lesson::player::{Confidence, Player};
use crate::world::{Action, WorldSettings};

/// A lesson under way.
#[derive(Debug, Clone)]
pub struct LessonSession {
    /// The lesson, by id.
    id: String,
    /// `2.3`, or the id where the course does not number it.
    number: String,
    player: Player,
    /// The lesson after this one: its number and title.
    following: Option<(String, String)>,
    /// What the seed of random orders is.
    seed: u64,
    /// In days since 1970-01-01.
    today: u32,
    /// The goals as they were last shown: which are met, and what was seen.
    goals_shown: Vec<(bool, String)>,
    /// The lesson was taken to its end.
    finished: bool,
    editing: Option<Editing>,
}

impl LessonSession {
    /// The lesson with this id, at the step where the learner was, on a day; none if the course does not have it.
    pub fn open(id: &str, course: &Course, worlds: &WorldSettings, progress: &Progress, today: u32) -> Option<Self> {
        let lesson = course.lesson(id)?;
        let mut entries = course.lessons().skip_while(|(_, entry)| entry.id != id);
        let mut named = || {
            let (module, entry) = entries.next()?;
            Some((format!("{}.{}", module.number, entry.number), entry.title.clone()))
        };
        let number = named().map_or_else(|| id.to_owned(), |(number, _)| number);
        let following = named();
        let mut player = Player::new(lesson, worlds);
        player.jump(continue_at(progress, id).min(player.lesson().steps.len().saturating_sub(1)));
        let seed = worlds.seed;
        let id = id.to_owned();
        Some(Self {
            id,
            number,
            player,
            following,
            seed,
            today,
            goals_shown: Vec::new(),
            finished: false,
            editing: None,
        })
    }

    pub(super) fn start(&mut self, progress: &mut Progress) -> String {
        progress.reach(&self.id, self.player.at());
        let mut page = Page::default();
        let lesson = self.player.lesson();
        page.wrapped("", &format!("{} {}", self.number, lesson.title.value));
        page.gap();
        let steps = count(lesson.steps.len(), "step");
        page.wrapped("", &format!("{steps}, about {} minutes. Enter goes on, a number answers, and in a task you type commands. `:help` says what else there is, `:quit` leaves.", lesson.minutes.value));
        if self.player.at() > 0 {
            page.wrapped("", &format!("You go on at step {}; `:back` leads to those before.", self.player.at() + 1));
        } else {
            page.gap();
            page.line("Afterwards you can:");
            lesson.objectives.iter().for_each(|objective| page.markdown("- ", &objective.value));
        }
        self.arrive(&mut page);
        page.finish()
    }

    pub(super) fn prompt(&self) -> String {
        if self.editing.is_some() {
            return editing::PROMPT.to_owned();
        }
        let timeline = self.player.timeline();
        match self.player.step().kind {
            StepKind::Do(_) => prompt(timeline, timeline.position()),
            _ => PROMPT.to_owned(),
        }
    }

    pub(super) fn farewell(&self) -> String {
        let mut page = Page::default();
        if self.finished {
            return page.finish();
        }
        let steps = self.player.lesson().steps.len();
        page.wrapped(
            "",
            &format!("You are at step {} of {steps}; your place is kept. Go on with", self.player.at() + 1),
        );
        page.line(&format!("  layerlab --plain learn {}", self.number));
        page.finish()
    }

    pub(super) fn answer(&mut self, line: &str, progress: &mut Progress) -> (String, Ending) {
        let mut page = Page::default();
        if let Some(editing) = self.editing.take() {
            let (editing, written) = editing.take(line, &mut page);
            self.editing = editing;
            if let Some(action) = written {
                self.act(&mut page, action);
            }
            return (page.finish(), Ending::GoesOn);
        }
        match commands::read(line, LESSON) {
            Some(Err(sentence)) => page.wrapped("", &sentence),
            Some(Ok((Command::Quit, _))) => return (self.farewell(), Ending::Over),
            Some(Ok((command, argument))) => self.obey(command, argument, &mut page, progress),
            None => self.take(line, &mut page, progress),
        }
        if self.finished {
            return (page.finish(), Ending::Over);
        }
        progress.reach(&self.id, self.player.at());
        (page.finish(), Ending::GoesOn)
    }

    /// What the step that is shown is.
    #[cfg(test)]
    pub(super) fn step_kind(&self) -> StepKind {
        self.player.step().kind.clone()
    }

    /// A line that is no command of ours: what it means depends on the step.
    fn take(&mut self, line: &str, page: &mut Page, progress: &mut Progress) {
        let empty = line.trim().is_empty();
        let at_prompt = waiting(self.player.timeline()) == Waiting::Prompt;
        match &self.player.step().kind {
            StepKind::Do(_) if at_prompt && editing::is_asked_for(line) => page.wrapped("", editing::ADVICE),
            StepKind::Do(_) if !at_prompt || !empty => {
                self.act(page, Action::Line(line.to_owned()));
            }
            StepKind::Do(_) if !self.player.is_complete() => page.wrapped(
                "",
                "The task is not done yet: type commands. `:goals` says what is missing, `:hint` helps, `:solution` plays the solution, `:next` goes on without.",
            ),
            StepKind::Predict(_) | StepKind::Quiz(_) if self.player.awaits_choice() => self.choose(line, page, progress),
            _ if empty => self.forward(page, progress),
            _ => page.wrapped("", "There is nothing to answer here: Enter goes on, `:help` says what else there is."),
        }
    }

    fn obey(&mut self, command: Command, argument: &str, page: &mut Page, progress: &mut Progress) {
        let task = matches!(self.player.step().kind, StepKind::Do(_));
        let at_prompt = waiting(self.player.timeline()) == Waiting::Prompt;
        match command {
            Command::Next => self.skip(page, progress),
            Command::Back if self.player.back() => self.arrive(page),
            Command::Back => page.line("This is the first step."),
            Command::Go => self.go(argument, page),
            Command::Steps => self.steps(page),
            Command::Look if at_prompt => console::look(page, self.player.timeline().world()),
            Command::Look => console::state(page, self.player.timeline()),
            Command::Help
            | Command::Quit
            | Command::List
            | Command::Find
            | Command::Quiz
            | Command::Review
            | Command::Play => {
                page.wrapped("", "Enter goes on, a number answers a question, and in a task a line is given to the shell. Besides, there are:");
                commands::help(page, LESSON);
            }
            _ if !task => page.line("This is for tasks, and this step is none."),
            Command::Edit if !at_prompt => console::state(page, self.player.timeline()),
            Command::Edit => self.editing = Editing::begin(argument, self.player.timeline(), page),
            Command::Sit => {
                if let Some(action) = console::seat(page, self.player.timeline(), argument) {
                    self.act(page, action);
                }
            }
            Command::Goals => self.goals(page),
            Command::Hint => self.hint(page),
            Command::Solution => {
                let from = self.player.record().began;
                self.player.show_solution();
                page.line("The solution:");
                console::played(page, self.player.timeline(), from);
                self.goals(page);
                self.after(page);
                self.what_next(page);
            }
            Command::Reset => {
                self.player.reset();
                page.line("The task begins anew.");
                self.goals(page);
            }
            Command::Undo | Command::Redo => {
                let began = self.player.record().began;
                if command == Command::Undo && self.player.timeline().position() <= began {
                    page.line("There is nothing to take back in this step.");
                } else {
                    playground::walk(self.player.timeline_mut(), page, command);
                    self.changed_goals(page);
                }
            }
            Command::EndInput if at_prompt => page.wrapped("", "No program reads. :quit leaves the lesson."),
            Command::EndInput => self.act(page, Action::EndOfInput),
            Command::Interrupt => self.act(page, Action::Interrupt),
        }
    }

    /// Does what the learner typed in a task.
    fn act(&mut self, page: &mut Page, action: Action) {
        let was_complete = self.player.is_complete();
        self.player.act(action);
        let timeline = self.player.timeline();
        console::outcome(page, timeline, timeline.position().saturating_sub(1));
        console::state(page, timeline);
        self.changed_goals(page);
        if !was_complete && self.player.is_complete() {
            page.line("Reached.");
            self.after(page);
            self.what_next(page);
        }
    }

    fn choose(&mut self, line: &str, page: &mut Page, progress: &mut Progress) {
        let order = order_of_options(&self.player, self.seed);
        let (line, confidence) = step::confidence(line);
        let number = line.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let from = self.player.record().ended;
        match number.and_then(|place| order.get(place).copied()) {
            Some(option) => {
                self.player.timeline_mut().jump(from);
                self.player.choose(option, confidence);
                let right = self.player.record().right == Some(option);
                progress.predict(&self.id, Prediction { step: self.player.at(), choice: option, right });
                let known = right && confidence != Some(Confidence::Guess);
                progress.review(&format!("{}/{}", self.id, self.player.at()), known, self.today);
            }
            None if line.trim().is_empty() => {
                self.player.timeline_mut().jump(from);
                self.player.complete();
            }
            None => {
                page.wrapped("", &format!("Type a number from 1 to {}, with g, f or c behind it if you like (a guess, fairly sure, certain), or Enter to see the answer.", order.len()));
                return;
            }
        }
        console::played(page, self.player.timeline(), from);
        self.verdict(page);
        self.what_next(page);
    }

    /// Enter: the next command of a demonstration or comparison; once all is shown, the next step.
    fn forward(&mut self, page: &mut Page, progress: &mut Progress) {
        if self.player.is_complete() {
            return self.leave(page, progress);
        }
        let from = self.player.record().ended;
        self.player.timeline_mut().jump(from);
        let lanes: Vec<usize> = self.player.record().lanes.iter().map(|lane| lane.steps().len()).collect();
        self.player.play_next();
        if self.player.record().lanes.is_empty() {
            console::played(page, self.player.timeline(), from);
        } else {
            self.lanes(page, &lanes);
        }
        self.what_next(page);
    }

    /// `:go`: what lies between is played unseen.
    fn go(&mut self, number: &str, page: &mut Page) {
        let steps = self.player.lesson().steps.len();
        match number.parse::<usize>().ok().filter(|number| (1..=steps).contains(number)) {
            Some(number) => {
                self.player.jump(number - 1);
                self.arrive(page);
            }
            None => page.line(&format!("The steps are 1 to {steps}.")),
        }
    }

    /// `:next`: whatever the step still has to show is played unseen.
    fn skip(&mut self, page: &mut Page, progress: &mut Progress) {
        if !self.player.is_complete() {
            if matches!(self.player.step().kind, StepKind::Do(_)) {
                page.line("The solution of this task was played for you. `:back` returns to it.");
            }
            self.player.complete();
        }
        self.leave(page, progress);
    }

    fn leave(&mut self, page: &mut Page, progress: &mut Progress) {
        if self.player.next() {
            self.arrive(page);
            return;
        }
        self.finished = true;
        progress.finish(&self.id);
        self.end(page);
        reviews(page, progress, self.today);
    }
}

/// Says which questions are due again, and how they are asked.
fn reviews(page: &mut Page, progress: &Progress, today: u32) {
    let due = progress.due(today).len();
    if due > 0 {
        let due = count(due, "question");
        page.wrapped("", &format!("Due for review: {due}. `layerlab --plain quiz` asks what is due first."));
    }
}
