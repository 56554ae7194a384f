//! A learner's progress: which step of each lesson was reached, how predictions went, how quiz questions went.
//!
//! Promises: `parse(print(p)) == p`; what this version cannot read is an error, never an empty progress. Must not know: files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The version of the format that this program reads and writes.
pub const FORMAT: u32 = 1;
/// The largest progress text that is read, in bytes.
pub const MAXIMUM_BYTES: usize = 1024 * 1024;
/// The most predictions kept for one lesson; beyond it the oldest go.
const MAXIMUM_PREDICTIONS: usize = 200;

/// Everything kept about a learner.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// The lesson opened last, by id: what «continue» returns to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_lesson: Option<String>,
    /// By lesson id.
    #[serde(default)]
    pub lessons: BTreeMap<String, LessonProgress>,
    /// By question id.
    #[serde(default)]
    pub questions: BTreeMap<String, QuestionProgress>,
}

/// How far a lesson was taken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LessonProgress {
    /// The step to continue at, counted from 0.
    pub step: usize,
    /// Whether the lesson was once taken to its end; it stays so when the lesson is taken again.
    pub done: bool,
    /// The predictions made, oldest first.
    #[serde(default)]
    pub predictions: Vec<Prediction>,
}

/// A prediction that the learner committed to before the model answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prediction {
    /// The step that asked, counted from 0.
    pub step: usize,
    /// The choice taken, counted from 0.
    pub choice: usize,
    pub right: bool,
}

/// How often a quiz question was answered right and wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionProgress {
    pub right: u32,
    pub wrong: u32,
    /// How many times in a row it was known.
    #[serde(default)]
    pub streak: u32,
    /// The day on which it comes again, in days since 1970-01-01.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<u32>,
}

/// Where a learner stands with a lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    NotYet,
    Started,
    Done,
}

/// Why a text is not a progress that this program can read.
#[derive(Debug, Error)]
pub enum ProgressError {
    #[error("it is larger than {MAXIMUM_BYTES} bytes")]
    TooLarge,
    #[error("it is not a progress file: {0}")]
    Damaged(#[from] serde_json::Error),
    /// Written by a later version of Layerlab: not damaged, so it must be left as it is.
    #[error("it has format {0}, and this version of Layerlab reads format {FORMAT}")]
    OtherFormat(u32),
}

/// The outermost object of the file: the version is read before anything else is.
#[derive(Deserialize)]
struct Header {
    format: u32,
}

#[derive(Serialize, Deserialize)]
struct Document {
    format: u32,
    progress: Progress,
}

/// Reads what `print` wrote.
pub fn parse(text: &str) -> Result<Progress, ProgressError> {
    if text.len() > MAXIMUM_BYTES {
        return Err(ProgressError::TooLarge);
    }
    let header: Header = serde_json::from_str(text)?;
    if header.format != FORMAT {
        return Err(ProgressError::OtherFormat(header.format));
    }
    Ok(serde_json::from_str::<Document>(text)?.progress)
}

/// The progress as text, with a line end at its end.
pub fn print(progress: &Progress) -> Result<String, ProgressError> {
    let mut text = serde_json::to_string_pretty(&Document { format: FORMAT, progress: progress.clone() })?;
    text.push('\n');
    Ok(text)
}

impl Progress {
    /// Where the learner stands with the lesson `id`.
    pub fn standing(&self, id: &str) -> Standing {
        match self.lessons.get(id) {
            Some(lesson) if lesson.done => Standing::Done,
            Some(_) => Standing::Started,
            None => Standing::NotYet,
        }
    }

    /// Notes that step `step` (from 0) of a lesson is on the screen; going back in a lesson does not lose the place.
    pub fn reach(&mut self, id: &str, step: usize) {
        self.last_lesson = Some(id.to_owned());
        let lesson = self.lessons.entry(id.to_owned()).or_default();
        lesson.step = lesson.step.max(step);
    }

    /// Notes that a lesson was taken to its end; the next visit begins at its first step.
    pub fn finish(&mut self, id: &str) {
        let lesson = self.lessons.entry(id.to_owned()).or_default();
        lesson.done = true;
        lesson.step = 0;
    }

    /// Notes a prediction; a second one at the same step takes the place of the first.
    pub fn predict(&mut self, id: &str, prediction: Prediction) {
        let predictions = &mut self.lessons.entry(id.to_owned()).or_default().predictions;
        predictions.retain(|earlier| earlier.step != prediction.step);
        if predictions.len() >= MAXIMUM_PREDICTIONS {
            predictions.remove(0);
        }
        predictions.push(prediction);
    }

    /// Notes the answer to a quiz question.
    pub fn answer(&mut self, question: &str, right: bool) {
        let counts = self.questions.entry(question.to_owned()).or_default();
        let count = if right { &mut counts.right } else { &mut counts.wrong };
        *count = count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some_progress() -> Progress {
        let mut progress = Progress::default();
        progress.reach("first-container", 3);
        progress.reach("immutability", 1);
        progress.finish("immutability");
        progress.predict("immutability", Prediction { step: 1, choice: 2, right: false });
        progress.answer("run-restarts", true);
        progress.review("run-restarts", true, 20_000);
        progress
    }

    #[test]
    fn what_is_printed_is_read_back() {
        let progress = some_progress();
        let printed = print(&progress).ok();
        assert_eq!(printed.and_then(|text| parse(&text).ok()), Some(progress));
    }

    #[test]
    fn progress_from_before_there_were_reviews_is_read() {
        let text = r#"{"format": 1, "progress": {"questions": {"a/1": {"right": 2, "wrong": 1}}}}"#;
        let read = parse(text).map(|progress| progress.questions["a/1"].clone()).ok();
        assert_eq!(read, Some(QuestionProgress { right: 2, wrong: 1, streak: 0, due: None }));
    }

    #[test]
    fn a_later_format_is_told_apart_from_damage() {
        assert!(matches!(parse(r#"{"format": 2, "anything": []}"#), Err(ProgressError::OtherFormat(2))));
        for damaged in ["", "{", "null", r#"{"format": 1}"#, r#"{"format": 1, "progress": {"lessons": 3}}"#] {
            assert!(matches!(parse(damaged), Err(ProgressError::Damaged(_))), "{damaged}");
        }
        assert!(matches!(parse(&" ".repeat(MAXIMUM_BYTES + 1)), Err(ProgressError::TooLarge)));
    }

    #[test]
    fn going_back_keeps_the_place_and_finishing_starts_anew() {
        let mut progress = some_progress();
        progress.reach("first-container", 1);
        assert_eq!(progress.lessons.get("first-container").map(|lesson| lesson.step), Some(3));
        assert_eq!(progress.standing("first-container"), Standing::Started);
        assert_eq!(progress.standing("immutability"), Standing::Done);
        assert_eq!(progress.standing("volumes"), Standing::NotYet);
        progress.reach("immutability", 1);
        assert_eq!(progress.standing("immutability"), Standing::Done, "taking a lesson again does not undo it");
    }

    #[test]
    fn a_prediction_made_again_replaces_the_first() {
        let mut progress = some_progress();
        progress.predict("immutability", Prediction { step: 1, choice: 0, right: true });
        let kept = progress.lessons.get("immutability").map(|lesson| lesson.predictions.clone());
        assert_eq!(kept, Some(vec![Prediction { step: 1, choice: 0, right: true }]));
    }
}
