//! The same program as lines of text: for screen readers, pipes and logs.
//!
//! Promises: no control sequences, no colour, nothing said by a sign alone; a line in gives lines out, and nothing else does.
//! Must not know: the terminal, and how a screen is drawn. Start reading at [`Session`].

mod commands;
mod console;
mod editing;
mod home;
mod lesson;
mod playground;
mod quiz;
#[cfg(test)]
mod tests;
mod words;

pub use home::HomeSession;
pub use lesson::LessonSession;
pub use playground::PlaygroundSession;
pub use quiz::QuizSession;

use crate::diagnostic::shown;
use crate::learner::progress::Progress;

/// The longest line that is taken in, in bytes; what is longer is refused, not cut.
pub const LONGEST_INPUT: usize = 64 * 1024;

/// Whether a session goes on after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    GoesOn,
    Over,
}

/// Something done line by line: what is said first, an answer to each line, and a word when no more lines come.
#[derive(Debug, Clone)]
pub enum Session {
    Home(Box<HomeSession>),
    Lesson(Box<LessonSession>),
    Quiz(Box<QuizSession>),
    Playground(Box<PlaygroundSession>),
}

impl Session {
    /// What is said before the first line is read.
    pub fn start(&mut self, progress: &mut Progress) -> String {
        shown(&match self {
            Self::Home(home) => home.start(progress),
            Self::Lesson(lesson) => lesson.start(progress),
            Self::Quiz(quiz) => quiz.start(progress),
            Self::Playground(playground) => playground.start(),
        })
    }

    /// What stands before the cursor while a line is awaited.
    pub fn prompt(&self) -> String {
        shown(&match self {
            Self::Lesson(lesson) => lesson.prompt(),
            Self::Home(home) => home.prompt().unwrap_or_else(|| words::PROMPT.to_owned()),
            Self::Quiz(_) => words::PROMPT.to_owned(),
            Self::Playground(playground) => playground.prompt(),
        })
    }

    /// Takes a line and answers it.
    pub fn answer(&mut self, line: &str, progress: &mut Progress) -> (String, Ending) {
        if line.len() > LONGEST_INPUT {
            return (format!("This line is longer than {LONGEST_INPUT} bytes: it was not taken.\n"), Ending::GoesOn);
        }
        let (text, ending) = match self {
            Self::Home(home) => home.answer(line, progress),
            Self::Lesson(lesson) => lesson.answer(line, progress),
            Self::Quiz(quiz) => quiz.answer(line, progress),
            Self::Playground(playground) => playground.answer(line),
        };
        (shown(&text), ending)
    }

    /// What is said when no more lines come: where one stands, and how to go on.
    pub fn farewell(&self) -> String {
        shown(&match self {
            Self::Home(home) => home.farewell(),
            Self::Lesson(lesson) => lesson.farewell(),
            Self::Quiz(quiz) => quiz.farewell(),
            Self::Playground(playground) => playground.farewell(),
        })
    }
}
