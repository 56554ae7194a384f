//! The home screen: continue, the lessons by module, practice; and a search over them.
//!
//! Promises: the first row is always what to do next, and is selected at the start. Nothing is locked. Must not know: how it is drawn.

use std::time::Duration;

use super::command::{Action, Command};
use super::course::{Course, CourseModule, LessonEntry};
use super::key::{Key, KeyCode};
use super::message::{Size, Target};
use super::prepared;
use super::screen::{Context, Request};
use crate::learner::progress::{Progress, Standing};

/// The most characters a search can have.
const LONGEST_SEARCH: usize = 60;
/// How many rows PageUp and PageDown move.
const PAGE: usize = 8;

/// The home screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Home {
    /// The selected row of `rows`, counted from 0; kept within it.
    pub selected: usize,
    /// The words searched for, while searching.
    pub search: Option<String>,
}

/// A row that can be selected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Row<'a> {
    /// What to do next: begin, go on where the learner was, or the next lesson.
    Next(&'a CourseModule, &'a LessonEntry),
    Lesson(&'a CourseModule, &'a LessonEntry),
    /// So many questions are due for review.
    Reviews(usize),
    Playground,
    /// Playgrounds on which something is at work already.
    Prepared,
    Quiz,
    Settings,
}

impl Home {
    /// The rows as shown: what comes next, the lessons, practice; or, while searching, those that hold every word searched for.
    pub fn rows<'a>(&self, course: &'a Course, progress: &Progress, today: u32) -> Vec<Row<'a>> {
        let lessons = course.lessons().map(|(module, lesson)| Row::Lesson(module, lesson));
        let practice = [Row::Playground, Row::Prepared, Row::Quiz, Row::Settings];
        let due = progress.due(today).len();
        match &self.search {
            None => next_lesson(course, progress)
                .map(|(module, lesson)| Row::Next(module, lesson))
                .into_iter()
                .chain((due > 0).then_some(Row::Reviews(due)))
                .chain(lessons)
                .chain(practice)
                .collect(),
            Some(search) => {
                let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
                let holds_all = |row: &Row<'_>| {
                    let text = searchable(row).to_lowercase();
                    words.iter().all(|word| text.contains(word))
                };
                lessons.chain(practice).filter(holds_all).collect()
            }
        }
    }

    pub fn title(&self) -> String {
        String::new()
    }

    pub fn commands(&self) -> Vec<Command> {
        let key = Key::plain;
        let mut commands = vec![
            Command::new(&[key(KeyCode::Up), Key::char('k')], "choose", Action::Up),
            Command::new(&[key(KeyCode::Down), Key::char('j')], "choose", Action::Down),
            Command::new(&[key(KeyCode::Enter)], "open", Action::Accept),
        ];
        if self.search.is_some() {
            commands.push(Command::new(&[key(KeyCode::Escape)], "end search", Action::Back));
        } else {
            commands.push(Command::new(&[Key::char('/')], "search", Action::Search));
            commands.push(Command::new(&[Key::char('p')], "playground", Action::OpenPlayground));
            commands.push(Command::new(&[Key::char('z')], "quiz", Action::OpenQuiz));
            commands.push(Command::new(&[Key::char('q')], "quit", Action::Quit));
            commands.push(Command::new(&[Key::char('s')], "settings", Action::OpenSettings));
        }
        commands.push(Command::hidden(&[key(KeyCode::PageUp)], "a page up", Action::PageUp));
        commands.push(Command::hidden(&[key(KeyCode::PageDown)], "a page down", Action::PageDown));
        commands.push(Command::hidden(&[key(KeyCode::Home), Key::char('g')], "first", Action::First));
        commands.push(Command::hidden(&[key(KeyCode::End), Key::char('G')], "last", Action::Last));
        commands
    }

    pub fn typing(&self) -> bool {
        self.search.is_some()
    }

    pub fn perform(&mut self, action: Action, context: &mut Context<'_>) {
        let count = self.rows(context.course, context.progress, context.settings.surroundings.today).len();
        let last = count.saturating_sub(1);
        self.selected = match action {
            Action::Up => self.selected.saturating_sub(1),
            Action::Down => self.selected + 1,
            Action::PageUp => self.selected.saturating_sub(PAGE),
            Action::PageDown => self.selected + PAGE,
            Action::First => 0,
            Action::Last => last,
            _ => self.selected,
        }
        .min(last);
        match action {
            Action::Accept => self.open(context),
            Action::Search => self.search_for(Some(String::new())),
            Action::Back if self.search.is_some() => self.search_for(None),
            Action::OpenPlayground => context.ask_for(Request::OpenPlayground),
            Action::OpenQuiz => context.ask_for(Request::OpenQuiz),
            Action::OpenSettings => context.ask_for(Request::OpenSettings),
            _ => {}
        }
    }

    pub fn key(&mut self, key: Key, _context: &mut Context<'_>) {
        let Some(mut search) = self.search.clone() else { return };
        if let Some(character) = key.text() {
            if search.chars().count() < LONGEST_SEARCH {
                search.push(character);
            }
        } else if key == Key::plain(KeyCode::Backspace) {
            search.pop();
        } else if key == Key::control('u') {
            search.clear();
        } else {
            return;
        }
        self.search_for(Some(search));
    }

    pub fn paste(&mut self, text: &str, context: &mut Context<'_>) {
        for character in text.chars().filter(|character| !character.is_control()).take(LONGEST_SEARCH) {
            self.key(Key::char(character), context);
        }
    }

    pub fn click(&mut self, target: &Target, context: &mut Context<'_>) {
        if let Target::Item(row) = *target {
            if row == self.selected {
                self.open(context);
            } else if row < self.rows(context.course, context.progress, context.settings.surroundings.today).len() {
                self.selected = row;
            }
        }
    }

    pub fn scroll(&mut self, _target: Option<&Target>, lines: i16, context: &mut Context<'_>) {
        let action = if lines < 0 { Action::Up } else { Action::Down };
        for _ in 0..lines.unsigned_abs() {
            self.perform(action, context);
        }
    }

    pub fn tick(&mut self, _passed: Duration, _context: &mut Context<'_>) {}

    pub fn moving(&self) -> bool {
        false
    }

    pub fn minimum_size(&self) -> Size {
        Size::new(34, 8)
    }

    fn search_for(&mut self, search: Option<String>) {
        self.search = search;
        self.selected = 0;
    }

    fn open(&mut self, context: &mut Context<'_>) {
        let rows = self.rows(context.course, context.progress, context.settings.surroundings.today);
        match rows.get(self.selected) {
            Some(Row::Next(_, lesson) | Row::Lesson(_, lesson)) => {
                let id = lesson.id.clone();
                context.ask_for(Request::OpenLesson(id));
            }
            Some(Row::Reviews(_)) => context.ask_for(Request::OpenReviews),
            Some(Row::Playground) => context.ask_for(Request::OpenPlayground),
            Some(Row::Prepared) => context.ask_for(Request::Choose(prepared::choices())),
            Some(Row::Quiz) => context.ask_for(Request::OpenQuiz),
            Some(Row::Settings) => context.ask_for(Request::OpenSettings),
            None => {}
        }
    }
}

/// The text of a row that a search looks through.
fn searchable(row: &Row<'_>) -> String {
    match row {
        Row::Next(module, lesson) | Row::Lesson(module, lesson) => {
            format!(
                "{}.{} {} {} {} {}",
                module.number,
                lesson.number,
                lesson.title,
                module.title,
                lesson.id,
                lesson.objectives.join(" ")
            )
        }
        Row::Playground => "playground practice docker command line".to_owned(),
        Row::Prepared => {
            "prepared playgrounds presets several machines website build leftovers crowd team desktops".to_owned()
        }
        Row::Quiz => "quiz practice questions".to_owned(),
        Row::Reviews(_) => "reviews due questions".to_owned(),
        Row::Settings => "settings theme motion speed keys mouse ascii".to_owned(),
    }
}

/// What to do next: the lesson opened last, unless it is done; then the first after it that is not done; then the first not done at all.
pub fn next_lesson<'a>(course: &'a Course, progress: &Progress) -> Option<(&'a CourseModule, &'a LessonEntry)> {
    let not_done = |(_, lesson): &(&CourseModule, &LessonEntry)| progress.standing(&lesson.id) != Standing::Done;
    let last = progress.last_lesson.as_deref();
    let from_last =
        course.lessons().skip_while(|(_, lesson)| last.is_some_and(|last| lesson.id != last)).find(not_done);
    from_last.or_else(|| course.lessons().find(not_done))
}
