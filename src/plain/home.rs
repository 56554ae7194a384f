//! The home screen as lines: the course, where the learner stands, and everything that can be opened from there.
//!
//! Promises: every lesson has a line with its number, by which it is opened; what was opened leads back here. Must not know: where it is
//! printed.

use super::commands::{self, Command, HOME};
use super::words::{Page, count};
use super::{Ending, LessonSession, PlaygroundSession, QuizSession, Session};
use crate::app::course::{Course, CourseModule, LessonEntry};
use crate::app::home::next_lesson;
use crate::app::prepared::{self, EMPTY};
use crate::app::quiz::due_questions;
use crate::learner::progress::{Progress, Standing};
use crate::worlds::Worlds;

/// The home screen, and what was opened from it.
#[derive(Debug, Clone)]
pub struct HomeSession {
    course: Course,
    worlds: Worlds,
    seed: u64,
    /// In days since 1970-01-01.
    today: u32,
    opened: Option<Box<Session>>,
}

impl HomeSession {
    /// Home, with nothing opened.
    pub fn new(course: Course, worlds: Worlds, seed: u64, today: u32) -> Self {
        Self { course, worlds, seed, today, opened: None }
    }

    pub(super) fn start(&self, progress: &Progress) -> String {
        let mut page = Page::default();
        page.wrapped(
            "",
            "Layerlab shows what Docker does: a whole Docker world in memory. Nothing here touches your machine.",
        );
        self.list(&mut page, progress, |_| true);
        page.gap();
        page.line("Type the number of a lesson. Besides, there are:");
        commands::help(&mut page, HOME);
        page.wrapped("", "In a terminal, `layerlab` opens the full screen; `layerlab --help` tells the ways in, such as `layerlab --plain learn 2.1`.");
        self.what_next(&mut page, progress);
        page.finish()
    }

    pub(super) fn prompt(&self) -> Option<String> {
        self.opened.as_ref().map(|opened| opened.prompt())
    }

    pub(super) fn farewell(&self) -> String {
        self.opened.as_ref().map_or_else(String::new, |opened| opened.farewell())
    }

    pub(super) fn answer(&mut self, line: &str, progress: &mut Progress) -> (String, Ending) {
        let mut page = Page::default();
        if let Some(opened) = &mut self.opened {
            let (text, ending) = opened.answer(line, progress);
            if ending == Ending::Over {
                self.opened = None;
                page.gap();
                page.line("You are home again. :list shows the lessons.");
                self.what_next(&mut page, progress);
            }
            return (text + &page.finish(), Ending::GoesOn);
        }
        match commands::read(line, HOME) {
            Some(Err(sentence)) => page.wrapped("", &sentence),
            Some(Ok((Command::Quit, _))) => return (String::new(), Ending::Over),
            Some(Ok((command, argument))) => self.obey(command, argument, &mut page, progress),
            None => self.open_lesson(line.trim(), &mut page, progress),
        }
        (page.finish(), Ending::GoesOn)
    }

    fn obey(&mut self, command: Command, argument: &str, page: &mut Page, progress: &mut Progress) {
        match command {
            Command::List => {
                self.list(page, progress, |_| true);
                self.what_next(page, progress);
            }
            Command::Find => {
                let words: Vec<String> = argument.split_whitespace().map(str::to_lowercase).collect();
                self.list(page, progress, |lesson| {
                    let text = format!("{} {}", lesson.title, lesson.objectives.join(" ")).to_lowercase();
                    words.iter().all(|word| text.contains(word))
                });
            }
            Command::Quiz => {
                let quiz = QuizSession::new(self.course.read_all(), self.worlds.settings(), self.seed, self.today);
                self.open(Session::Quiz(Box::new(quiz)), page, progress);
            }
            Command::Review => {
                let due: Vec<String> = progress.due(self.today).into_iter().map(str::to_owned).collect();
                if due.is_empty() {
                    page.line("No question is due today.");
                } else {
                    let questions = due_questions(&self.course, &due, self.worlds.settings());
                    let quiz = QuizSession::of(questions, self.seed, self.today);
                    self.open(Session::Quiz(Box::new(quiz)), page, progress);
                }
            }
            Command::Play => {
                let prepared = if argument.is_empty() { Ok(EMPTY) } else { prepared::named(argument) };
                match prepared {
                    Ok(prepared) => {
                        let playground = PlaygroundSession::new(self.worlds.settings(), self.seed, &prepared, None);
                        self.open(Session::Playground(Box::new(playground)), page, progress);
                    }
                    Err(sentence) => page.wrapped("", &format!("{sentence}.")),
                }
            }
            _ => {
                page.wrapped("", "The number of a lesson opens it, and Enter what comes next. Besides, there are:");
                commands::help(page, HOME);
            }
        }
    }

    /// The lesson that was named; without a name, what comes next.
    fn open_lesson(&mut self, name: &str, page: &mut Page, progress: &mut Progress) {
        let found = match name {
            "" => next_lesson(&self.course, progress),
            name => self.course.find(name),
        };
        let id = found.map(|(_, lesson)| lesson.id.clone());
        let lesson =
            id.and_then(|id| LessonSession::open(&id, &self.course, self.worlds.settings(), progress, self.today));
        match lesson {
            Some(lesson) => self.open(Session::Lesson(Box::new(lesson)), page, progress),
            None if name.is_empty() => page.line("Every lesson is done; the number of one opens it again."),
            None => page.wrapped("", &format!("There is no lesson called {name:?}: :list shows those that there are.")),
        }
    }

    fn open(&mut self, mut session: Session, page: &mut Page, progress: &mut Progress) {
        session.start(progress).lines().for_each(|line| page.line(line));
        self.opened = Some(Box::new(session));
    }

    fn list(&self, page: &mut Page, progress: &Progress, wanted: impl Fn(&LessonEntry) -> bool) {
        let mut found = false;
        for module in &self.course.modules {
            let lessons: Vec<&LessonEntry> = module.lessons.iter().filter(|lesson| wanted(lesson)).collect();
            if lessons.is_empty() {
                continue;
            }
            found = true;
            page.gap();
            page.line(&format!("{}  {}", module.number, module.title));
            for lesson in lessons {
                let standing = standing(progress, lesson);
                let words = format!("{} ({} min, {standing})", lesson.title, lesson.minutes);
                page.wrapped(&format!("   {}  ", number(module, lesson)), &words);
            }
        }
        if !found {
            page.line("There is no such lesson.");
        }
    }

    fn what_next(&self, page: &mut Page, progress: &Progress) {
        page.gap();
        let due = progress.due(self.today).len();
        if due > 0 {
            page.line(&format!("Due for review: {}. :review asks them.", count(due, "question")));
        }
        match next_lesson(&self.course, progress) {
            Some((module, lesson)) => {
                page.wrapped("", &format!("(Enter: {} {})", number(module, lesson), lesson.title));
            }
            None => page.line("(Every lesson is done.)"),
        }
    }
}

/// `2.3`.
fn number(module: &CourseModule, lesson: &LessonEntry) -> String {
    format!("{}.{}", module.number, lesson.number)
}

fn standing(progress: &Progress, lesson: &LessonEntry) -> String {
    match progress.standing(&lesson.id) {
        Standing::Done => "done".to_owned(),
        Standing::NotYet => "not yet begun".to_owned(),
        Standing::Started => {
            let step = progress.lessons.get(&lesson.id).map_or(0, |lesson| lesson.step);
            format!("at step {} of {}", (step + 1).min(lesson.steps), lesson.steps)
        }
    }
}
