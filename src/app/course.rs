//! The table of contents of the course: what the home screen lists.
//!
//! Promises: the order in which the modules and lessons are taught. Must not know: what a lesson's steps say, or what the learner did.

/// All modules, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Course {
    pub modules: Vec<CourseModule>,
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
    /// Every lesson with its module, in the order taught.
    pub fn lessons(&self) -> impl Iterator<Item = (&CourseModule, &LessonEntry)> {
        self.modules.iter().flat_map(|module| module.lessons.iter().map(move |lesson| (module, lesson)))
    }

    /// The lesson with this id.
    pub fn find(&self, id: &str) -> Option<(&CourseModule, &LessonEntry)> {
        self.lessons().find(|(_, lesson)| lesson.id == id)
    }
}
