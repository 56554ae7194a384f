//! A lesson being played: where the learner is, what they predicted, what they reached.
//!
//! Promises: the same answers and commands give the same pictures; going back and forward again changes nothing; no step
//! is locked: going on plays what the learner has not (the commands of a demo or prediction, the solution of a task).
//! Must not know: keys, the screen, files.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::condition::Observed;
use super::format::{Command, Lesson, Located, PredictOption, Step, StepKind, When};
use super::observe::{GoalState, Viewpoint, show};
use super::scene::{action, begin};
use crate::timeline::Timeline;
use crate::world::{Action, Outcome, WorldSettings};

/// How sure a learner says they are of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    Guess,
    Unsure,
    Sure,
}

/// What is kept of a step that was entered.
#[derive(Clone, Debug, Default)]
pub struct StepRecord {
    /// How many steps of the timeline were there when it began.
    pub began: usize,
    /// How many there were when it was left, or are now.
    pub ended: usize,
    /// Which of the step's own commands were played.
    pub played: usize,
    /// The option that was chosen, by its number in the file, from 0.
    pub chosen: Option<usize>,
    pub confidence: Option<Confidence>,
    /// The option that the model found right.
    pub right: Option<usize>,
    /// How many rungs of the ladder of hints were asked for.
    pub hints: usize,
    /// Whether the goal was reached by the learner's own commands.
    pub reached: bool,
    /// How many steps of the timeline there were then.
    pub reached_at: Option<usize>,
    /// Whether the solution was played for the learner.
    pub shown: bool,
    /// The lanes of a comparison, once they were begun.
    pub lanes: Vec<Timeline>,
}

/// Where a lesson stands on a branch of its timeline.
#[derive(Clone, Debug)]
struct Place {
    at: usize,
    furthest: usize,
    records: BTreeMap<usize, StepRecord>,
}

/// A lesson under way.
#[derive(Clone, Debug)]
pub struct Player {
    lesson: Arc<Lesson>,
    timeline: Timeline,
    at: usize,
    records: BTreeMap<usize, StepRecord>,
    /// The furthest step that was entered.
    furthest: usize,
    /// Where the lesson stood on the branches of the timeline that were left, by their IDs.
    left: BTreeMap<u64, Place>,
    /// Commands of the start that did not succeed, with how they ended: a mistake of the lesson.
    pub failed_start: Vec<(Command, Arc<Outcome>)>,
}

impl Player {
    /// A lesson at its first step.
    pub fn new(lesson: Arc<Lesson>, settings: &WorldSettings) -> Player {
        let (world, failed_start) = begin(&lesson, settings);
        let timeline = Timeline::new(world);
        let records = BTreeMap::from([(0, StepRecord::default())]);
        Player { lesson, timeline, at: 0, records, furthest: 0, left: BTreeMap::new(), failed_start }
    }

    /// The lesson.
    pub fn lesson(&self) -> &Lesson {
        &self.lesson
    }

    /// The number of the step that is shown, from 0.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The step that is shown.
    pub fn step(&self) -> &Step {
        &self.lesson.steps[self.at.min(self.lesson.steps.len() - 1)]
    }

    /// What is kept of the step that is shown.
    pub fn record(&self) -> StepRecord {
        self.records.get(&self.at).cloned().unwrap_or_default()
    }

    /// What is kept of a step, if it was entered.
    pub fn record_of(&self, step: usize) -> Option<&StepRecord> {
        self.records.get(&step)
    }

    fn record_mut(&mut self) -> &mut StepRecord {
        self.records.entry(self.at).or_default()
    }

    /// The furthest step that was entered.
    pub fn furthest(&self) -> usize {
        self.furthest
    }

    /// The timeline of the whole lesson.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The timeline, to be walked by the learner: undo, redo, jump.
    pub fn timeline_mut(&mut self) -> &mut Timeline {
        &mut self.timeline
    }

    /// Where the step that is shown looks from.
    pub fn viewpoint(&self) -> Viewpoint<'_> {
        Viewpoint { timeline: &self.timeline, since: self.records.get(&self.at).map_or(0, |record| record.began) }
    }

    /// The options' texts of a prediction or a question.
    pub fn options(&self) -> Vec<&Located<String>> {
        match &self.step().kind {
            StepKind::Predict(predict) => predict.options.iter().map(|option| &option.text).collect(),
            StepKind::Quiz(quiz) => quiz.options.iter().map(|option| &option.text).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether the learner must still choose before the step goes on.
    pub fn awaits_choice(&self) -> bool {
        let record = self.record();
        !self.options().is_empty() && record.chosen.is_none() && record.right.is_none() && !record.shown
    }

    /// Whether all that the step has to show was shown.
    pub fn is_complete(&self) -> bool {
        let record = self.record();
        match &self.step().kind {
            StepKind::Say(_) => true,
            StepKind::Demo(demo) => record.played >= demo.commands.len(),
            StepKind::Predict(_) | StepKind::Quiz(_) => {
                record.right.is_some() || record.chosen.is_some() || record.shown
            }
            StepKind::Do(_) => record.reached || record.shown,
            StepKind::Compare(compare) => {
                let done = |lane: &Timeline, commands: usize| lane.steps().len() >= commands;
                let lanes = compare.lanes.iter().zip(&record.lanes);
                record.lanes.len() == compare.lanes.len()
                    && lanes.into_iter().all(|(lane, t)| done(t, lane.commands.len()))
            }
        }
    }

    /// The learner commits to an option. For a prediction, its commands then run and the model decides.
    pub fn choose(&mut self, option: usize, confidence: Option<Confidence>) {
        if !self.awaits_choice() || option >= self.options().len() {
            return;
        }
        let record = self.record_mut();
        record.chosen = Some(option);
        record.confidence = confidence;
        self.settle();
    }

    /// Says how sure one is, before or after choosing.
    pub fn set_confidence(&mut self, confidence: Confidence) {
        self.record_mut().confidence = Some(confidence);
    }

    /// Finds the right option: by running a prediction's commands, or from a question's text.
    fn settle(&mut self) {
        let lesson = self.lesson.clone();
        let Some(step) = lesson.steps.get(self.at) else { return };
        let right = match &step.kind {
            StepKind::Predict(predict) => {
                self.play_rest(&predict.commands);
                let viewpoint = self.viewpoint();
                let holds = |option: &PredictOption| match (&option.when, &predict.observe) {
                    (When::Conditions(conditions), _) => conditions.iter().all(|condition| viewpoint.holds(condition)),
                    (When::Value(tests), Some(observation)) => {
                        let seen = viewpoint.observe(observation);
                        tests
                            .iter()
                            .all(|test| test.holds(&seen, &viewpoint.before(observation), |o| viewpoint.observe(o)))
                    }
                    (When::Value(_), None) => false,
                };
                predict.options.iter().position(holds)
            }
            StepKind::Quiz(quiz) => quiz.options.iter().position(|option| option.right == Some(true)),
            _ => None,
        };
        self.record_mut().right = right;
    }

    /// Runs the next of the step's own commands. False when there is none.
    pub fn play_next(&mut self) -> bool {
        let lesson = self.lesson.clone();
        let Some(step) = lesson.steps.get(self.at) else { return false };
        let played = self.record().played;
        match &step.kind {
            StepKind::Demo(demo) => match demo.commands.get(played) {
                Some(command) => {
                    self.run(command);
                    true
                }
                None => false,
            },
            StepKind::Compare(compare) => {
                if self.record().lanes.is_empty() {
                    let lanes = vec![Timeline::new(self.timeline.world().clone()); compare.lanes.len()];
                    self.record_mut().lanes = lanes;
                }
                let mut moved = false;
                let record = self.record_mut();
                for (lane, timeline) in compare.lanes.iter().zip(&mut record.lanes) {
                    if let Some(command) = lane.commands.get(timeline.steps().len()) {
                        timeline.jump(usize::MAX);
                        let action = action(timeline.world(), command);
                        timeline.act(action);
                        moved = true;
                    }
                }
                moved
            }
            _ => false,
        }
    }

    /// Does something on the timeline. A new branch leaves the later steps of the lesson without what they were played on: they stay with
    /// the branch that is left.
    fn advance(&mut self, action: Action) -> Arc<Outcome> {
        let parts = self.timeline.is_in_the_past();
        let outcome = self.timeline.act(action).outcome.clone();
        if parts {
            self.keep_place();
            self.records.retain(|step, _| *step <= self.at);
            self.furthest = self.at;
        }
        outcome
    }

    /// Notes where the lesson stood on the branch that was just left.
    fn keep_place(&mut self) {
        let branches = self.timeline.branches();
        if let Some(last) = branches.last() {
            let place = Place { at: self.at, furthest: self.furthest, records: self.records.clone() };
            self.left.insert(last.id, place);
        }
        self.left.retain(|id, _| branches.iter().any(|branch| branch.id == *id));
    }

    /// Goes back to a branch of the timeline that was left (its number in [`Timeline::branches`]), and to where the lesson stood there.
    pub fn switch(&mut self, branch: usize) -> bool {
        let Some(id) = self.timeline.branches().get(branch).map(|branch| branch.id) else { return false };
        let place = self.left.remove(&id);
        self.timeline.switch(branch);
        self.keep_place();
        if let Some(Place { at, furthest, records }) = place {
            (self.at, self.furthest, self.records) = (at, furthest, records);
        }
        let ended = self.record().ended;
        self.timeline.jump(ended);
        true
    }

    fn run(&mut self, command: &Command) {
        let action = action(self.timeline.world(), command);
        self.advance(action);
        let position = self.timeline.position();
        let record = self.record_mut();
        record.played += 1;
        record.ended = position;
    }

    fn play_rest(&mut self, commands: &[Command]) {
        let played = self.record().played;
        for command in commands.iter().skip(played) {
            self.run(command);
        }
    }

    /// Runs a line that the learner typed, and looks whether it reached the goal.
    pub fn type_line(&mut self, line: &str) -> Arc<Outcome> {
        self.act(Action::Line(line.to_owned()))
    }

    /// Does what the learner did, and looks whether it reached the goal.
    pub fn act(&mut self, action: Action) -> Arc<Outcome> {
        let outcome = self.advance(action);
        let position = self.timeline.position();
        self.record_mut().ended = position;
        if self.goals().iter().all(|goal| goal.met) && matches!(self.step().kind, StepKind::Do(_)) {
            let record = self.record_mut();
            record.reached = true;
            record.reached_at.get_or_insert(position);
        }
        outcome
    }

    /// The goals of a task as they are now.
    pub fn goals(&self) -> Vec<GoalState> {
        match &self.step().kind {
            StepKind::Do(task) => task.goal.iter().map(|goal| self.viewpoint().goal(goal)).collect(),
            _ => Vec::new(),
        }
    }

    /// Asks for the next rung of the ladder of hints. The last rung is the solution.
    pub fn hint(&mut self) {
        let rungs = self.rungs().len();
        let record = self.record_mut();
        record.hints = (record.hints + 1).min(rungs);
    }

    /// The ladder of hints, lightest first, as the words of each rung; the last is the solution.
    pub fn rungs(&self) -> Vec<String> {
        let StepKind::Do(task) = &self.step().kind else { return Vec::new() };
        let hints = &task.hints;
        let commands: Vec<String> = task.solution.iter().map(|command| format!("`{}`", command.line)).collect();
        let answer = hints.answer.as_ref().map_or_else(String::new, |answer| format!("{} ", answer.value));
        let solution = format!("{answer}{}", commands.join("  "));
        vec![hints.nudge.value.clone(), hints.concept.value.clone(), hints.shape.value.clone(), solution]
    }

    /// Goes back to the beginning of a task, to try again.
    pub fn reset(&mut self) {
        let began = self.record().began;
        self.timeline.jump(began);
    }

    /// Plays the solution of a task for the learner.
    pub fn show_solution(&mut self) {
        let lesson = self.lesson.clone();
        let Some(StepKind::Do(task)) = lesson.steps.get(self.at).map(|step| &step.kind) else { return };
        self.reset();
        for command in task.solution.iter() {
            let action = action(self.timeline.world(), command);
            self.advance(action);
        }
        let position = self.timeline.position();
        let record = self.record_mut();
        record.shown = true;
        record.ended = position;
    }

    /// Plays all that the step has not shown yet, without the learner's choice.
    pub fn complete(&mut self) {
        match &self.step().kind {
            StepKind::Say(_) => {}
            StepKind::Demo(_) | StepKind::Compare(_) => while self.play_next() {},
            StepKind::Predict(_) | StepKind::Quiz(_) => {
                if !self.is_complete() {
                    self.settle();
                    self.record_mut().shown = true;
                }
            }
            StepKind::Do(_) => {
                if !self.is_complete() {
                    self.show_solution();
                }
            }
        }
    }

    /// Whether there is a step after this one.
    pub fn has_next(&self) -> bool {
        self.at + 1 < self.lesson.steps.len()
    }

    /// Goes to the next step, completing this one. False at the last.
    #[allow(clippy::should_implement_trait, reason = "a player is no iterator: it also goes back")]
    pub fn next(&mut self) -> bool {
        self.complete();
        if !self.has_next() {
            return false;
        }
        if !self.records.contains_key(&(self.at + 1)) {
            self.keep_lane();
        }
        let ended = self.record().ended;
        self.timeline.jump(ended);
        self.at += 1;
        self.furthest = self.furthest.max(self.at);
        let fresh = StepRecord { began: ended, ended, ..StepRecord::default() };
        let record = self.records.entry(self.at).or_insert(fresh);
        let ended = record.ended;
        self.timeline.jump(ended);
        true
    }

    /// After a comparison, the lesson goes on in the lane that it says, as if only that had been done.
    fn keep_lane(&mut self) {
        let lesson = self.lesson.clone();
        let Some(StepKind::Compare(compare)) = lesson.steps.get(self.at).map(|step| &step.kind) else { return };
        let Some(lane) =
            compare.keep.as_ref().and_then(|keep| compare.lanes.get(usize::from(keep.value).checked_sub(1)?))
        else {
            return;
        };
        self.play_rest(&lane.commands);
    }

    /// Goes to the step before. False at the first. What was done stays.
    pub fn back(&mut self) -> bool {
        if self.at == 0 {
            return false;
        }
        self.at -= 1;
        let ended = self.record().ended;
        self.timeline.jump(ended);
        true
    }

    /// Goes to a step, playing what lies between.
    pub fn jump(&mut self, step: usize) {
        while self.at > step && self.back() {}
        while self.at < step && self.next() {}
    }

    /// A text of the step with the model's values in place of `{names}`.
    pub fn fill(&self, text: &str) -> String {
        let mut filled = text.to_owned();
        for (name, observation) in &self.step().header.values {
            let place = format!("{{{name}}}");
            if filled.contains(&place) {
                let value = match self.viewpoint().observe(observation) {
                    Observed::Value(value) => show(&value, observation.show),
                    Observed::Missing(what) => format!("({what})"),
                };
                filled = filled.replace(&place, &value);
            }
        }
        filled
    }

    /// What the lanes of a comparison are measured by: a row for each measure, a value for each lane.
    pub fn measures(&self) -> Vec<(String, Vec<String>)> {
        let StepKind::Compare(compare) = &self.step().kind else { return Vec::new() };
        let record = self.record();
        let row = |measure: &super::format::Measure| {
            let values = record.lanes.iter().map(|lane| {
                let viewpoint = Viewpoint { timeline: lane, since: 0 };
                match viewpoint.observe(&measure.observation) {
                    Observed::Value(value) => show(&value, measure.observation.show),
                    Observed::Missing(_) => "–".to_owned(),
                }
            });
            (measure.label.value.clone(), values.collect())
        };
        compare.measure.iter().map(row).collect()
    }
}
