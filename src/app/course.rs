//! The table of contents of the course: what the home screen lists.
//!
//! Promises: the order in which the modules and lessons are taught, which is that of their folders and files. Must not know: what a
//! lesson's steps say, or what the learner did.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lesson::format::Lesson;

/// All modules, in order, and the lessons in them.
#[derive(Debug, Clone, Default)]
pub struct Course {
    pub modules: Vec<CourseModule>,
    /// The lessons themselves, by id.
    lessons: BTreeMap<String, Arc<Lesson>>,
}

/// A module: some lessons on one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourseModule {
    /// As taught, from 1.
    pub number: usize,
    pub title: String,
    pub lessons: Vec<LessonEntry>,
}

/// What is known of a lesson without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LessonEntry {
    /// The lesson's own id, as its file says.
    pub id: String,
    /// As taught, within its module, from 1.
    pub number: usize,
    pub title: String,
    /// How long it takes, in minutes.
    pub minutes: u32,
    /// How many steps it has.
    pub steps: usize,
    /// What the learner can do afterwards.
    pub objectives: Vec<String>,
}

impl Course {
    /// The course of these lessons, each with the path of its file below the course's folder: `2-images/1-image-and-container.toml`.
    /// The number and the name of a module are those of its folder. Of two lessons with one id the first is kept.
    pub fn new(lessons: impl IntoIterator<Item = (String, Lesson)>) -> Self {
        let by_path: BTreeMap<(Option<usize>, String, Option<usize>, String), Lesson> = lessons
            .into_iter()
            .map(|(path, lesson)| {
                let (folder, file) = path.rsplit_once('/').unwrap_or(("", &path));
                ((number(folder), folder.to_owned(), number(file), file.to_owned()), lesson)
            })
            .collect();
        let mut course = Self::default();
        let mut last_folder = None;
        for ((_, folder, _, _), lesson) in by_path {
            let id = lesson.id.value.clone();
            if course.lessons.contains_key(&id) {
                continue;
            }
            if last_folder.as_ref() != Some(&folder) {
                let number = number(&folder).unwrap_or(course.modules.len() + 1);
                course.modules.push(CourseModule { number, title: module_title(&folder), lessons: Vec::new() });
                last_folder = Some(folder);
            }
            if let Some(module) = course.modules.last_mut() {
                module.lessons.push(LessonEntry::of(&lesson, module.lessons.len() + 1));
            }
            course.lessons.insert(id, Arc::new(lesson));
        }
        course
    }

    /// Every lesson with its module, in the order taught.
    pub fn lessons(&self) -> impl Iterator<Item = (&CourseModule, &LessonEntry)> {
        self.modules.iter().flat_map(|module| module.lessons.iter().map(move |lesson| (module, lesson)))
    }

    /// The lesson called so, by its id (`copy-on-write`) or its number (`2.3`).
    pub fn find(&self, name: &str) -> Option<(&CourseModule, &LessonEntry)> {
        self.lessons()
            .find(|(module, lesson)| lesson.id == name || format!("{}.{}", module.number, lesson.number) == name)
    }

    /// The lesson itself, by its id.
    pub fn lesson(&self, id: &str) -> Option<&Arc<Lesson>> {
        self.lessons.get(id)
    }
}

impl LessonEntry {
    fn of(lesson: &Lesson, number: usize) -> Self {
        Self {
            id: lesson.id.value.clone(),
            number,
            title: lesson.title.value.clone(),
            minutes: lesson.minutes.value,
            steps: lesson.steps.iter().count(),
            objectives: lesson.objectives.iter().map(|objective| objective.value.clone()).collect(),
        }
    }
}

/// The number that a folder's or a file's name begins with.
fn number(name: &str) -> Option<usize> {
    let digits = name.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(name.len());
    name.get(..digits)?.parse().ok()
}

/// `2-images-and-containers` is called «Images and containers».
fn module_title(folder: &str) -> String {
    let words = folder.trim_start_matches(|sign: char| sign.is_ascii_digit() || sign == '-').replace('-', " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => "Lessons".to_owned(),
    }
}
