//! The quiz screen: one question at a time, each option explained, the wrong ones again, and how it went.
//!
//! Promises: the questions are those of the course's lessons; an answer is kept in the learner's progress. Must not know: how it is
//! drawn, who decides which answer is right.

use std::sync::Arc;
use std::time::Duration;

use super::command::{Action, Command};
use super::course::Course;
use super::key::{Key, KeyCode};
use super::message::{Size, Target};
use super::screen::{Context, Request};
use crate::lesson::format::Lesson;
use crate::quiz::{Question, Round, questions};
use crate::world::WorldSettings;

/// The most choices that keys are shown for.
const KEYS: u8 = 9;

/// The questions whose IDs are `due`, in the order of their lessons.
pub fn due_questions(course: &Course, due: &[String], worlds: &WorldSettings) -> Vec<Question> {
    let of_lesson = |id: &str| due.iter().any(|question| question.split_once('/').is_some_and(|(of, _)| of == id));
    let wanted = course.lessons().filter(|(_, entry)| of_lesson(&entry.id));
    let lessons = wanted.filter_map(|(_, entry)| course.lesson(&entry.id));
    lessons.flat_map(|lesson| questions(&lesson, worlds)).filter(|question| due.contains(&question.id)).collect()
}

/// The quiz screen.
#[derive(Debug, Clone)]
pub struct QuizScreen {
    questions: Arc<[Question]>,
    round: Round,
    /// The order of this round.
    seed: u64,
    /// The choice that is pointed at, as it is shown, from 0.
    pub selected: usize,
    /// Lines scrolled off the top.
    pub scroll: usize,
}

impl QuizScreen {
    /// A round of all questions of these lessons, asked of worlds with these settings, in the order of `seed`.
    pub fn new(lessons: impl IntoIterator<Item = Arc<Lesson>>, worlds: &WorldSettings, seed: u64) -> Self {
        let questions: Arc<[Question]> = lessons.into_iter().flat_map(|lesson| questions(&lesson, worlds)).collect();
        Self { round: Round::new(questions.to_vec(), seed), questions, seed, selected: 0, scroll: 0 }
    }

    /// A round of those questions whose IDs are `due`.
    pub fn reviews(course: &Course, due: &[String], worlds: &WorldSettings, seed: u64) -> Self {
        let questions = due_questions(course, due, worlds);
        Self { round: Round::new(questions.clone(), seed), questions: questions.into(), seed, selected: 0, scroll: 0 }
    }

    /// The round under way.
    pub fn round(&self) -> &Round {
        &self.round
    }

    /// The question with this ID.
    pub fn question(&self, id: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.id == id)
    }

    pub fn title(&self) -> String {
        "Quiz".to_owned()
    }

    pub fn commands(&self) -> Vec<Command> {
        let key = Key::plain;
        let mut commands = Vec::new();
        if self.round.question().is_none() {
            if !self.questions.is_empty() {
                commands.push(Command::new(&[Key::char('r'), key(KeyCode::Enter)], "again", Action::Reset));
            }
        } else if self.round.chosen().is_some() {
            commands.push(Command::new(&[key(KeyCode::Enter), key(KeyCode::Right)], "next", Action::NextStep));
        } else {
            let count = u8::try_from(self.round.order().len()).unwrap_or(KEYS).min(KEYS);
            for number in 1..=count {
                commands.push(Command::new(&[Key::char(char::from(b'0' + number))], "answer", Action::Choose(number)));
            }
            commands.push(Command::hidden(&[key(KeyCode::Up), Key::char('k')], "choice above", Action::Up));
            commands.push(Command::hidden(&[key(KeyCode::Down), Key::char('j')], "choice below", Action::Down));
            commands.push(Command::hidden(&[key(KeyCode::Enter)], "answer with the choice", Action::Accept));
        }
        commands.push(Command::hidden(&[key(KeyCode::PageUp)], "scroll up", Action::PageUp));
        commands.push(Command::hidden(&[key(KeyCode::PageDown)], "scroll down", Action::PageDown));
        commands.push(Command::new(&[key(KeyCode::Escape), Key::char('q')], "home", Action::Back));
        commands
    }

    pub fn typing(&self) -> bool {
        false
    }

    pub fn perform(&mut self, action: Action, context: &mut Context<'_>) {
        match action {
            Action::Back => context.ask_for(Request::Close),
            Action::Choose(number) => self.answer(usize::from(number).saturating_sub(1), context),
            Action::Accept => self.answer(self.selected, context),
            Action::Up => self.selected = self.selected.saturating_sub(1),
            Action::Down => self.selected = (self.selected + 1).min(self.round.order().len().saturating_sub(1)),
            Action::NextStep => {
                self.round.advance();
                (self.selected, self.scroll) = (0, 0);
            }
            Action::Reset => {
                self.seed = self.seed.wrapping_add(1);
                self.round = Round::new(self.questions.to_vec(), self.seed);
                (self.selected, self.scroll) = (0, 0);
            }
            Action::PageUp => self.scroll = self.scroll.saturating_sub(8),
            Action::PageDown => self.scroll = self.scroll.saturating_add(8).min(500),
            _ => {}
        }
    }

    fn answer(&mut self, place: usize, context: &mut Context<'_>) {
        let Some(id) = self.round.question().map(|question| question.id.clone()) else { return };
        let repeated = self.round.is_repeated();
        if let Some(right) = self.round.choose(place) {
            self.selected = place;
            self.scroll = 0;
            context.progress.answer(&id, right);
            // What is right only after it was explained is not known yet.
            if !repeated {
                context.progress.review(&id, right, context.settings.surroundings.today);
            }
        }
    }

    pub fn key(&mut self, _key: Key, _context: &mut Context<'_>) {}

    pub fn paste(&mut self, _text: &str, _context: &mut Context<'_>) {}

    pub fn click(&mut self, target: &Target, context: &mut Context<'_>) {
        if let Target::Item(place) = target {
            self.answer(*place, context);
        }
    }

    pub fn scroll(&mut self, _target: Option<&Target>, lines: i16, _context: &mut Context<'_>) {
        self.scroll = self.scroll.saturating_add_signed(isize::from(lines)).min(500);
    }

    pub fn tick(&mut self, _passed: Duration, _context: &mut Context<'_>) {}

    pub fn moving(&self) -> bool {
        false
    }

    pub fn minimum_size(&self) -> Size {
        Size::new(60, 16)
    }
}
