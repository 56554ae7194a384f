//! The table of contents of the course: what the home screen lists.
//!
//! Promises: the order in which the modules and lessons are taught, which is that of their folders and files; a lesson is read when it is
//! opened, not before. Must not know: what a lesson's steps say, or what the learner did.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lesson::format::Lesson;
use crate::lesson::read::read_lesson;
use crate::lesson::summary::Summary;

/// A lesson's file, as a course is made of.
#[derive(Debug, Clone)]
pub struct CourseFile {
    /// Below the course's folder: `2-images/1-image-and-container.toml`.
    pub path: String,
    pub text: Cow<'static, str>,
    pub summary: Summary,
}

impl CourseFile {
    /// The file with this text; none if its text cannot be summed up.
    pub fn new(path: impl Into<String>, text: impl Into<Cow<'static, str>>) -> Option<Self> {
        let text = text.into();
        Some(Self { path: path.into(), summary: Summary::of(&text)?, text })
    }
}

/// All modules, in order, and the lessons in them.
#[derive(Debug, Clone, Default)]
pub struct Course {
    pub modules: Vec<CourseModule>,
    /// The lessons' files, by the lessons' ids.
    files: BTreeMap<String, (String, Cow<'static, str>)>,
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
    /// The course of these lessons. The number and the name of a module are those of its folder. Of two lessons with one id the first
    /// is kept.
    pub fn new(files: impl IntoIterator<Item = CourseFile>) -> Self {
        let mut files: Vec<CourseFile> = files.into_iter().collect();
        files.sort_by_cached_key(|file| {
            let (folder, name) = file.folder_and_name();
            (number(folder), folder.to_owned(), number(name), name.to_owned())
        });
        let mut course = Self::default();
        let mut last_folder = None;
        for file in files {
            if course.files.contains_key(&file.summary.id) {
                continue;
            }
            let folder = file.folder_and_name().0.to_owned();
            if last_folder.as_ref() != Some(&folder) {
                let number = number(&folder).unwrap_or(course.modules.len() + 1);
                course.modules.push(CourseModule { number, title: module_title(&folder), lessons: Vec::new() });
                last_folder = Some(folder);
            }
            course.files.insert(file.summary.id.clone(), (file.path, file.text));
            if let Some(module) = course.modules.last_mut() {
                module.lessons.push(LessonEntry::of(file.summary, module.lessons.len() + 1));
            }
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

    /// The lesson itself, by its id; none if there is no such lesson, or it cannot be read.
    pub fn lesson(&self, id: &str) -> Option<Arc<Lesson>> {
        let (path, text) = self.files.get(id)?;
        read_lesson(path, text.as_bytes()).ok().map(Arc::new)
    }

    /// All lessons that can be read, in the order taught.
    pub fn read_all(&self) -> impl Iterator<Item = Arc<Lesson>> {
        self.lessons().filter_map(|(_, entry)| self.lesson(&entry.id))
    }
}

impl CourseFile {
    fn folder_and_name(&self) -> (&str, &str) {
        self.path.rsplit_once('/').unwrap_or(("", &self.path))
    }
}

impl LessonEntry {
    fn of(summary: Summary, number: usize) -> Self {
        let Summary { id, title, minutes, steps, objectives } = summary;
        Self { id, number, title, minutes, steps, objectives }
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
