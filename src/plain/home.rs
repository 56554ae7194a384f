//! The home screen as lines: the course, where the learner stands, and how to go on.
//!
//! Promises: every lesson has a line with its number, by which it is opened. Must not know: where it is printed.

use std::fmt::{self, Display, Formatter};

use crate::app::course::{Course, LessonEntry};
use crate::learner::progress::{Progress, Standing};

/// The home screen as lines.
pub struct Home<'a> {
    pub course: &'a Course,
    pub progress: &'a Progress,
}

impl Display for Home<'_> {
    fn fmt(&self, lines: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            lines,
            "Layerlab shows what Docker does: a whole Docker world in memory. Nothing here touches your machine."
        )?;
        for module in &self.course.modules {
            writeln!(lines, "\n{}  {}", module.number, module.title)?;
            for lesson in &module.lessons {
                let standing = standing(self.progress, lesson);
                writeln!(
                    lines,
                    "   {}.{}  {} ({} min, {standing})",
                    module.number, lesson.number, lesson.title, lesson.minutes
                )?;
            }
        }
        let first = self.course.lessons().next();
        let example =
            first.map_or_else(|| "2.1".to_owned(), |(module, lesson)| format!("{}.{}", module.number, lesson.number));
        writeln!(lines, "\nIn a terminal, `layerlab` opens the full screen. Here you can go on with")?;
        writeln!(lines, "   layerlab --plain learn {example}   a lesson as text")?;
        writeln!(lines, "   layerlab --plain quiz        the lessons' questions, one after the other")?;
        writeln!(lines, "   layerlab --plain play        a Docker host of your own")?;
        writeln!(lines, "   layerlab run FILE            play a file of docker commands")?;
        writeln!(lines, "   layerlab --help              everything else")
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_to_go_on_and_holds_no_control_sequence() {
        let text = Home { course: &Course::default(), progress: &Progress::default() }.to_string();
        assert!(text.contains("layerlab --plain learn") && text.contains("--help"), "{text}");
        assert!(text.chars().all(|character| character == '\n' || !character.is_control()));
    }
}
