//! The lessons that come with the program, kept inside it.
//!
//! Promises: one lesson that cannot be read does not keep the others from being shown; none is read before it is opened, for what the
//! home screen says of them was listed when the program was built (`build.rs`). Must not know: what lessons say.

use crate::app::course::{Course, CourseFile};
use crate::lesson::summary::Summary;

/// A summary as the build script writes it.
struct Listed {
    id: &'static str,
    title: &'static str,
    minutes: u32,
    steps: usize,
    objectives: &'static [&'static str],
}

/// The files by their path below `lessons/`, sorted, each with its text and its summary, if it has one.
const FILES: &[(&str, &str, Option<Listed>)] = include!(concat!(env!("OUT_DIR"), "/course.rs"));

impl From<&Listed> for Summary {
    fn from(listed: &Listed) -> Self {
        Self {
            id: listed.id.to_owned(),
            title: listed.title.to_owned(),
            minutes: listed.minutes,
            steps: listed.steps,
            objectives: listed.objectives.iter().map(|&objective| objective.to_owned()).collect(),
        }
    }
}

/// The shipped lessons' files, by their path below `lessons/`, in the order of the course.
pub fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.iter().map(|(path, text, _)| (*path, *text))
}

/// The course of the shipped lessons, and the names of those files that could not be summed up.
pub fn load() -> (Course, Vec<String>) {
    let listed = FILES.iter().filter_map(|(path, text, listed)| {
        Some(CourseFile { path: (*path).to_owned(), text: (*text).into(), summary: listed.as_ref()?.into() })
    });
    let unread = FILES.iter().filter(|(_, _, listed)| listed.is_none()).map(|(path, ..)| (*path).to_owned());
    (Course::new(listed), unread.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::read::read_lesson;

    #[test]
    fn what_is_listed_of_a_lesson_is_what_the_lesson_says() {
        assert!(!FILES.is_empty());
        for (path, text, listed) in FILES {
            let lesson = read_lesson(path, text.as_bytes()).unwrap();
            let says = Summary {
                id: lesson.id.value,
                title: lesson.title.value,
                minutes: lesson.minutes.value,
                steps: lesson.steps.iter().count(),
                objectives: lesson.objectives.iter().map(|objective| objective.value.clone()).collect(),
            };
            assert_eq!(listed.as_ref().map(Summary::from), Some(says), "{path}");
        }
    }
}
