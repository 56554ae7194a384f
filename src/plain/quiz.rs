//! The quiz as lines: one question after the other, each answer explained, the wrong ones again, and how it went.
//!
//! Promises: an answer is kept in the learner's progress. Must not know: who decides which answer is right.

use std::sync::Arc;

use super::Ending;
use super::commands::{self, Command, QUIZ};
use super::words::{Page, count};
use crate::learner::progress::Progress;
use crate::lesson::format::Lesson;
use crate::quiz::{Question, Round, questions};
use crate::world::WorldSettings;

/// A quiz under way.
#[derive(Debug, Clone)]
pub struct QuizSession {
    round: Round,
    /// Questions answered so far, those that came again too.
    answered: usize,
    /// In days since 1970-01-01.
    today: u32,
}

impl QuizSession {
    /// A round of all questions of these lessons, in the order of `seed`.
    pub fn new(lessons: impl IntoIterator<Item = Arc<Lesson>>, worlds: &WorldSettings, seed: u64, today: u32) -> Self {
        let all: Vec<Question> = lessons.into_iter().flat_map(|lesson| questions(&lesson, worlds)).collect();
        Self::of(all, seed, today)
    }

    /// A round of these questions, in the order of `seed`, on a day.
    pub fn of(questions: Vec<Question>, seed: u64, today: u32) -> Self {
        Self { round: Round::new(questions, seed), answered: 0, today }
    }

    pub(super) fn start(&mut self, progress: &Progress) -> String {
        let mut page = Page::default();
        let due = self.round.ask_first(&progress.due(self.today));
        page.line("Quiz");
        page.gap();
        let (all, _) = self.round.left();
        page.wrapped("", &format!("{} from the lessons. Type the number of your answer; what goes wrong comes again at the end. `:quit` leaves.", count(all, "question")));
        if (1..all).contains(&due) {
            page.wrapped("", &format!("Due for review: {}; these come first.", count(due, "question")));
        }
        self.ask(&mut page);
        page.finish()
    }

    pub(super) fn farewell(&self) -> String {
        let mut page = Page::default();
        self.result(&mut page);
        page.wrapped("", "Your answers are kept. `layerlab --plain quiz` asks again.");
        page.finish()
    }

    pub(super) fn answer(&mut self, line: &str, progress: &mut Progress) -> (String, Ending) {
        let mut page = Page::default();
        match commands::read(line, QUIZ) {
            Some(Err(sentence)) => page.wrapped("", &sentence),
            Some(Ok((Command::Quit, _))) => return (self.farewell(), Ending::Over),
            Some(Ok(_)) => {
                page.wrapped("", "The number of an answer takes it. Besides, there are:");
                commands::help(&mut page, QUIZ);
            }
            None => self.choose(line, progress, &mut page),
        }
        if self.round.question().is_none() {
            page.gap();
            page.line("That was the last question.");
            page.gap();
            return (page.finish() + &self.farewell(), Ending::Over);
        }
        (page.finish(), Ending::GoesOn)
    }

    fn choose(&mut self, line: &str, progress: &mut Progress, page: &mut Page) {
        let Some(question) = self.round.question().cloned() else { return };
        let order = self.round.order().to_vec();
        let place = line.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let repeated = self.round.is_repeated();
        let Some(right) = place.and_then(|place| self.round.choose(place)) else {
            page.wrapped("", &format!("Type a number from 1 to {}, or `:quit`.", order.len()));
            return;
        };
        self.answered += 1;
        progress.answer(&question.id, right);
        // What is right only after it was explained is not known yet.
        if !repeated {
            progress.review(&question.id, right, self.today);
        }
        let right_place = order.iter().position(|choice| *choice == question.right).unwrap_or_default() + 1;
        verdict(page, right, right_place);
        for (at, choice) in order.iter().filter_map(|choice| question.choices.get(*choice)).enumerate() {
            explained(page, at + 1, (&choice.text, &choice.why), at + 1 == right_place, place == Some(at));
        }
        self.round.advance();
        self.ask(page);
    }

    fn ask(&self, page: &mut Page) {
        let Some(question) = self.round.question() else { return };
        let (all, left) = self.round.left();
        page.gap();
        if self.round.is_repeated() {
            page.line(&format!("Again, {} left: {}", count(left, "question"), question.lesson));
        } else {
            page.line(&format!("Question {} of {all}: {}", self.answered + 1, question.lesson));
        }
        page.gap();
        if !question.scene.is_empty() {
            page.line("Before, there was:");
            question.scene.iter().for_each(|line| page.line(&format!("  $ {line}")));
        }
        if !question.commands.is_empty() {
            page.line("Now this runs:");
            question.commands.iter().for_each(|line| page.line(&format!("  $ {line}")));
        }
        page.gap();
        page.markdown("", &question.text);
        for (at, choice) in self.round.order().iter().filter_map(|choice| question.choices.get(*choice)).enumerate() {
            page.markdown(&format!("  {}) ", at + 1), &choice.text);
        }
        page.line(&format!("(1 to {}: your answer)", question.choices.len()));
    }

    fn result(&self, page: &mut Page) {
        let result = self.round.result();
        page.wrapped("", &format!("Result: {} of {} right at the first try.", result.right_at_once, result.questions));
    }
}

/// Whether the answer was right, in a line.
pub(super) fn verdict(page: &mut Page, right: bool, right_place: usize) {
    page.gap();
    page.line(&if right { "Right.".to_owned() } else { format!("Not so: the right answer is {right_place}.") });
}

/// An option with its explanation, whether it is right, and whether it was chosen.
pub(super) fn explained(page: &mut Page, number: usize, (text, why): (&str, &str), right: bool, chosen: bool) {
    let marks = match (right, chosen) {
        (true, true) => " (right, your answer)",
        (true, false) => " (right)",
        (false, true) => " (wrong, your answer)",
        (false, false) => " (wrong)",
    };
    page.markdown(&format!("  {number}) "), &format!("{text}{marks}"));
    page.markdown("     ", why);
}
