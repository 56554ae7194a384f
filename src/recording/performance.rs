//! Plays a lesson through the app as a learner would who knows the answers, and hands over each picture with its time.
//!
//! Promises: everything happens by the app's own messages; the times follow from the words and the motion alone; it ends. Must not know: what
//! becomes of the pictures.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use thiserror::Error;

use crate::app::App;
use crate::app::command::Action;
use crate::app::key::{Key, KeyCode};
use crate::app::lesson::LessonScreen;
use crate::app::message::{Message, Target};
use crate::app::moments;
use crate::app::overlay::Overlay;
use crate::app::screen::Screen;
use crate::lesson::format::{Command, StepKind};
use crate::view::draw;

/// The most pictures of a recording.
const MOST_FRAMES: usize = 50_000;
/// The most that is done in one step of a lesson, beyond which it is left as it is.
const MOST_MOVES: usize = 200;
/// The time between two pictures while something moves.
const MOTION_INTERVAL: Duration = Duration::from_millis(50);
/// The time from one typed character to the next.
const TYPING: Duration = Duration::from_millis(40);
/// The time that a reader needs for a word, and the least and the most that a text is shown.
const WORD: Duration = Duration::from_millis(240);
const LEAST_READING: Duration = Duration::from_millis(1500);
const MOST_READING: Duration = Duration::from_secs(15);
/// How long the outcome of a command is shown.
const OUTCOME: Duration = Duration::from_millis(2500);

/// A picture of the performance.
#[derive(Debug, Clone)]
pub struct Frame {
    /// When it is shown, from the beginning.
    pub at: Duration,
    pub picture: Buffer,
    /// Where the cursor stands, if it is shown.
    pub cursor: Option<Position>,
    /// What there is to say where the performance rests: at the beginning of a step, and after each command.
    pub page: Option<Page>,
}

/// A place where the performance rests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The number of the step, from 1.
    pub step: usize,
    /// `Step 3 of 13: Copy-up`.
    pub heading: String,
    /// The command that was run, if one was.
    pub command: Option<String>,
    /// Why things are as they are now.
    pub why: Vec<String>,
    /// How long it rests.
    pub rest: Duration,
}

/// Why there is no recording.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PerformanceError {
    #[error("this lesson cannot be opened")]
    NoLesson,
    #[error("this lesson gives more than {MOST_FRAMES} pictures; a smaller --motion gives fewer")]
    TooLong,
}

/// Plays the lesson that the app has open from its first step to its end.
///
/// # Errors
/// No lesson is open, or it takes too many pictures.
pub fn perform(app: App, show: impl FnMut(&Frame)) -> Result<(), PerformanceError> {
    let mut performance = Performance { app, at: Duration::ZERO, frames: 0, show };
    let steps = performance.lesson()?.player.lesson().steps.len();
    for _ in 0..steps {
        performance.step()?;
        if performance.lesson()?.finished {
            break;
        }
    }
    Ok(())
}

struct Performance<F> {
    app: App,
    at: Duration,
    frames: usize,
    show: F,
}

impl<F: FnMut(&Frame)> Performance<F> {
    fn lesson(&self) -> Result<&LessonScreen, PerformanceError> {
        match self.app.screen() {
            Screen::Lesson(lesson) => Ok(lesson),
            _ => Err(PerformanceError::NoLesson),
        }
    }

    /// The step that is shown, up to the beginning of the next.
    fn step(&mut self) -> Result<(), PerformanceError> {
        let reading = reading(self.lesson()?);
        self.rest(None, reading)?;
        for _ in 0..MOST_MOVES {
            if self.lesson()?.player.is_complete() {
                break;
            }
            match self.lesson()?.player.step().kind.clone() {
                StepKind::Do(task) => {
                    for command in task.solution.iter() {
                        self.type_command(command)?;
                    }
                    if !self.lesson()?.player.is_complete() {
                        self.perform(Action::Solve);
                        self.outcome()?;
                    }
                }
                StepKind::Predict(_) | StepKind::Quiz(_) => {
                    self.answer()?;
                    self.outcome()?;
                }
                StepKind::Say(_) | StepKind::Demo(_) | StepKind::Compare(_) => {
                    self.perform(Action::NextStep);
                    self.outcome()?;
                }
            }
        }
        self.perform(Action::NextStep);
        if self.lesson()?.finished {
            self.rest(None, MOST_READING / 3)?;
        }
        Ok(())
    }

    /// Takes the option that the model will find right.
    fn answer(&mut self) -> Result<(), PerformanceError> {
        let lesson = self.lesson()?;
        let mut probe = lesson.player.clone();
        probe.complete();
        let right = probe.record().right;
        let shown = lesson.order().into_iter().position(|option| Some(option) == right);
        if let Some(number) = shown.and_then(|shown| u8::try_from(shown + 1).ok()) {
            self.perform(Action::Choose(number));
        }
        if self.lesson()?.player.awaits_choice() {
            self.perform(Action::Confidence(3));
        }
        if self.lesson()?.player.awaits_choice() {
            self.perform(Action::NextStep);
        }
        Ok(())
    }

    /// Types a command into the terminal of its machine, and runs it.
    fn type_command(&mut self, command: &Command) -> Result<(), PerformanceError> {
        if !self.lesson()?.typing() {
            self.perform(Action::Accept);
        }
        self.sit_down_at(command)?;
        if command.line.contains('\n') {
            self.app.update(Message::Paste(command.line.clone()));
            self.draw(None)?;
        } else {
            for sign in command.line.chars() {
                self.app.update(Message::Key(Key::char(sign)));
                self.draw(None)?;
                self.at += TYPING;
            }
        }
        self.app.update(Message::Key(Key::plain(KeyCode::Enter)));
        self.outcome()
    }

    /// Where there are several machines, a command without one belongs to the first.
    fn sit_down_at(&mut self, command: &Command) -> Result<(), PerformanceError> {
        let world = self.lesson()?.player.timeline().world();
        let machines = world.machines().count();
        let first = world.first().map(|machine| machine.name.to_string());
        let Some(wanted) = command.on.clone().or(first) else { return Ok(()) };
        for _ in 1..machines {
            if self.lesson()?.player.timeline().world().here() == wanted {
                break;
            }
            self.perform(Action::NextMachine);
        }
        Ok(())
    }

    fn perform(&mut self, action: Action) {
        self.app.update(Message::Click(Target::Action(action)));
        if matches!(self.app.overlay, Some(Overlay::Confirm(_))) {
            self.app.update(Message::Click(Target::Action(Action::Accept)));
        }
    }

    /// Shows how a command came to its end, and rests there.
    fn outcome(&mut self) -> Result<(), PerformanceError> {
        while self.app.moving() {
            self.draw(None)?;
            self.at += MOTION_INTERVAL;
            self.app.update(Message::Tick(MOTION_INTERVAL));
        }
        let timeline = self.lesson()?.player.timeline();
        let command = timeline.current().map(|step| moments::typed(&step.action));
        self.rest(command, OUTCOME)
    }

    fn rest(&mut self, command: Option<String>, rest: Duration) -> Result<(), PerformanceError> {
        let lesson = self.lesson()?;
        let (player, step) = (&lesson.player, lesson.player.at() + 1);
        let title = player.step().header.title.as_ref().map(|title| format!(": {}", title.value));
        let heading = match lesson.finished {
            true => "Lesson done".to_owned(),
            false => format!("Step {step} of {}{}", player.lesson().steps.len(), title.unwrap_or_default()),
        };
        let why = lesson.desk.show.why().into_iter().flatten().map(str::to_owned).collect();
        self.draw(Some(Page { step, heading, command, why, rest }))?;
        self.at += rest;
        Ok(())
    }

    fn draw(&mut self, page: Option<Page>) -> Result<(), PerformanceError> {
        self.frames += 1;
        if self.frames > MOST_FRAMES {
            return Err(PerformanceError::TooLong);
        }
        let mut picture = Buffer::empty(Rect::new(0, 0, self.app.size.columns, self.app.size.rows));
        let drawn = draw(&self.app, &mut picture);
        (self.show)(&Frame { at: self.at, picture, cursor: drawn.cursor, page });
        Ok(())
    }
}

/// How long it takes to read what a step says.
fn reading(lesson: &LessonScreen) -> Duration {
    let words = |text: &str| text.split_whitespace().count();
    let text = |text: Option<&str>| text.map_or(0, words);
    let options: usize = lesson.player.options().iter().map(|option| words(&option.value)).sum();
    let count = options
        + match &lesson.player.step().kind {
            StepKind::Say(say) => words(&say.text.value),
            StepKind::Demo(demo) => text(demo.text.as_ref().map(|text| text.value.as_str())),
            StepKind::Predict(predict) => {
                text(predict.text.as_ref().map(|text| text.value.as_str())) + words(&predict.question.value)
            }
            StepKind::Do(task) => words(&task.task.value),
            StepKind::Compare(compare) => words(&compare.text.value),
            StepKind::Quiz(quiz) => words(&quiz.question.value),
        };
    (WORD * u32::try_from(count).unwrap_or(u32::MAX).min(1000)).clamp(LEAST_READING, MOST_READING)
}
