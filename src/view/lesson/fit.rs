//! Whether a lesson's words fit the screen, at the smallest size with the stage beside them and at a roomy one.
//!
//! Promises: what is found is what the lesson screen would show, for it is laid out by the same code. The rule: each text fits the lesson's
//! pane; all that is read before answering fits the pane. Only a task, whose goals are beside it while one types, may take two panes of the
//! smallest screen. Must not know: files.

use std::sync::Arc;

use ratatui::layout::Rect;

use super::words;
use crate::app::course::Course;
use crate::app::lesson::LessonScreen;
use crate::app::settings::Settings;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::lesson::format::{Lesson, StepKind};
use crate::view::theme::Theme;
use crate::view::{markdown, panes, symbols};
use crate::world::WorldSettings;

/// Columns and rows of a screen, and how many panes the words of a task may fill there.
const SIZES: [(u16, u16, usize); 2] = [(80, 24, 2), (120, 40, 1)];

/// Reports every text, and every step as a whole, that does not fit. `file` and `source` are the lesson's own, to point at.
pub fn check(file: &str, source: &str, lesson: &Arc<Lesson>, settings: &WorldSettings) -> Diagnostics {
    let mut found = Diagnostics::new();
    found.add_source(file, source);
    let (theme, symbols) = (Theme::of(&Settings::default()), &symbols::UNICODE);
    let mut screen = LessonScreen::new(&lesson.id.value, lesson.clone(), &Course::default(), settings, 0);
    loop {
        let Some(step) = lesson.steps.get(screen.player.at()) else { return found };
        'sizes: for (width, height, pages) in SIZES {
            // One row above the panes has the title, one below has the keys.
            let body = Rect { x: 0, y: 1, width, height: height - 2 };
            let Some(pane) = panes::lay(body, &screen.desk, false, screen.attention()).lesson.map(panes::inside) else {
                continue;
            };
            let (cells, rows) = (usize::from(pane.width), usize::from(pane.height));
            for text in step.texts().into_iter().filter(|text| Some(*text) != step.header.notes.as_ref()) {
                let value = |name: &str| Some(screen.player.fill(&format!("{{{name}}}")));
                let needed = markdown::lines(&text.value, cells, &theme, symbols, value).len();
                if needed > rows {
                    let title = format!("the text does not fit the screen at {width} by {height}");
                    let error = Diagnostic::error(file, title).at(text.span);
                    found.push(error.label(format!("{needed} rows")).expected(format!("at most {rows} rows")));
                    break 'sizes;
                }
            }
            let pages = if matches!(step.kind, StepKind::Do(_)) { pages } else { 1 };
            let needed = words::lines(&screen, cells, &theme, symbols).len();
            if needed > rows * pages {
                let title = format!("the step does not fit the screen at {width} by {height}");
                let error = Diagnostic::error(file, title).at(step.span);
                found.push(error.label(format!("{needed} rows")).expected(format!("at most {} rows", rows * pages)));
                break;
            }
        }
        if !screen.player.next() {
            return found;
        }
    }
}
