//! The lessons that come with the program, kept inside it.
//!
//! Promises: one lesson that cannot be read does not keep the others from being shown. Must not know: what lessons say.

use rust_embed::Embed;

use crate::app::course::Course;
use crate::lesson::read::read_lesson;

#[derive(Embed)]
#[folder = "lessons/"]
#[include = "*/*.toml"]
struct Files;

/// The shipped lessons' files, by their path below `lessons/`, in the order of the course.
pub fn files() -> Vec<(String, Vec<u8>)> {
    let mut names: Vec<_> = Files::iter().collect();
    names.sort();
    names.into_iter().filter_map(|name| Some((name.to_string(), Files::get(&name)?.data.into_owned()))).collect()
}

/// The course of the shipped lessons, and the names of those files that could not be read.
pub fn load() -> (Course, Vec<String>) {
    let mut unread = Vec::new();
    let mut lessons = Vec::new();
    for name in Files::iter() {
        let lesson = Files::get(&name).and_then(|file| read_lesson(&name, &file.data).ok());
        match lesson {
            Some(lesson) => lessons.push((name.into_owned(), lesson)),
            None => unread.push(name.into_owned()),
        }
    }
    (Course::new(lessons), unread)
}
