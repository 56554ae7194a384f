//! Draws the home screen: what comes next, the lessons by module, practice; beside them, if there is room, what the selection holds.
//!
//! Promises: as `view` and `list`. Must not know: how to change anything.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::canvas::Canvas;
use super::frame;
use super::list::{self, ListLine, separate};
use super::markdown;
use super::symbols::Symbols;
use super::theme::Theme;
use super::wrap::{width, wrap, wrap_text};
use crate::app::App;
use crate::app::course::{CourseModule, LessonEntry};
use crate::app::home::{Home, Row};
use crate::learner::progress::{Progress, Standing};

/// From this width on the selection's details are shown beside the list.
const WIDE: u16 = 92;
/// The widest that the list grows; wider, the eye loses the row between a title and its minutes.
const LIST_WIDEST: u16 = 62;
/// From this height on there is a welcome above the list.
const TALL: u16 = 20;

/// Draws the whole screen.
pub fn draw(canvas: &mut Canvas<'_>, app: &App, home: &Home) {
    let frame = frame::draw(canvas, app);
    let lessons = app.course.lessons().count();
    let done = app.course.lessons().filter(|(_, lesson)| app.progress.standing(&lesson.id) == Standing::Done).count();
    let status = if done > 0 {
        format!("{done} of {lessons} lessons done ")
    } else {
        "See Docker happen, as Engine 28 does it ".to_owned()
    };
    let dim = canvas.theme.dim;
    if usize::from(frame.title_right.width) > width(&status) {
        canvas.text_right(frame.title_right, &status, dim);
    }
    let mut body = frame.body;
    body = Rect {
        x: body.x + 2,
        y: body.y + 1,
        width: body.width.saturating_sub(4),
        height: body.height.saturating_sub(1),
    };
    if body.height >= TALL && home.search.is_none() {
        body = welcome(canvas, app, body);
    }
    if home.search.is_some() {
        body = search_field(canvas, home, body);
    }
    let rows = home.rows(&app.course, &app.progress, app.settings.surroundings.today);
    if body.width < WIDE {
        draw_list(canvas, app, home, &rows, body);
        return;
    }
    let list = Rect { width: (body.width * 11 / 20).min(LIST_WIDEST), ..body };
    let details = Rect { x: list.right() + 4, width: body.width - list.width - 4, ..body };
    draw_list(canvas, app, home, &rows, list);
    if let Some(row) = rows.get(home.selected) {
        draw_details(canvas, &app.progress, row, details);
    }
}

/// Returns what is left below it.
fn welcome(canvas: &mut Canvas<'_>, app: &App, area: Rect) -> Rect {
    let newcomer = app.progress.lessons.is_empty();
    let sentence = if newcomer {
        "Docker, seen from the inside: a whole Docker world in memory. Nothing here touches your machine, so nothing can break."
    } else {
        "Welcome back."
    };
    let text = canvas.theme.text;
    let lines = wrap_text(sentence, text, usize::from(area.width.min(76)));
    let used = u16::try_from(lines.len() + 1).unwrap_or(0).min(area.height);
    canvas.lines(area, &lines, 0);
    Rect { y: area.y + used, height: area.height - used, ..area }
}

/// Returns what is left below it.
fn search_field(canvas: &mut Canvas<'_>, home: &Home, area: Rect) -> Rect {
    let search = home.search.as_deref().unwrap_or_default();
    let theme = &canvas.theme;
    let line = Line::from(vec![Span::styled("Search  ", theme.dim), Span::styled(search.to_owned(), theme.strong)]);
    let used = canvas.line(Rect { height: area.height.min(1), ..area }, &line);
    canvas.cursor(area.x + used.max(8), area.y);
    let used = area.height.min(2);
    Rect { y: area.y + used, height: area.height - used, ..area }
}

fn draw_list(canvas: &mut Canvas<'_>, app: &App, home: &Home, rows: &[Row<'_>], area: Rect) {
    if rows.is_empty() {
        let dim = canvas.theme.dim;
        let lines = wrap_text("Nothing holds all these words. Esc ends the search.", dim, usize::from(area.width));
        canvas.lines(area, &lines, 0);
        return;
    }
    let lines = list_lines(rows, &app.progress, &canvas.theme, canvas.symbols);
    list::draw(canvas, area, &lines, home.selected);
}

fn list_lines(rows: &[Row<'_>], progress: &Progress, theme: &Theme, symbols: &Symbols) -> Vec<ListLine> {
    let mut lines = Vec::new();
    let mut module = None;
    let mut practice = false;
    for (number, row) in rows.iter().enumerate() {
        match row {
            Row::Next(module, lesson) => {
                lines.push(next_line(module, lesson, progress, theme, number));
                lines.push(ListLine::heading("", "", theme));
            }
            Row::Lesson(of, lesson) => {
                if module != Some(of.number) {
                    separate(&mut lines, theme);
                    module = Some(of.number);
                    lines.push(ListLine::heading(
                        format!("{}  {}", of.number, of.title),
                        module_status(of, progress),
                        theme,
                    ));
                }
                lines.push(lesson_line(of, lesson, progress, theme, symbols, number));
            }
            Row::Reviews(count) => {
                // It belongs to what comes next, directly below it.
                if lines.last().is_some_and(|line: &ListLine| line.left.width() == 0) {
                    lines.pop();
                }
                let left = Line::from(vec![
                    Span::styled("  Review", theme.accent),
                    Span::styled(format!("   {}", questions(*count)), theme.strong),
                ]);
                lines.push(ListLine { left, right: Span::styled("due", theme.warning), row: Some(number) });
                lines.push(ListLine::heading("", "", theme));
            }
            Row::Settings => {
                separate(&mut lines, theme);
                let name = Span::styled("  Settings   ", theme.title);
                let left = Line::from(vec![name, Span::styled("theme, motion, keys, mouse", theme.dim)]);
                lines.push(ListLine { left, right: Span::default(), row: Some(number) });
            }
            Row::Playground | Row::Prepared | Row::Quiz => {
                if !std::mem::replace(&mut practice, true) {
                    separate(&mut lines, theme);
                    lines.push(ListLine::heading("Practice", "", theme));
                }
                let (name, what) = match row {
                    Row::Quiz => ("Quiz", "questions from the lessons"),
                    Row::Prepared => ("Prepared", "a website, a build, several machines"),
                    _ => ("Playground", "a Docker host of your own"),
                };
                let name = Span::styled(format!("     {name:<12}"), theme.text);
                let left = Line::from(vec![name, Span::styled(what, theme.dim)]);
                lines.push(ListLine { left, right: Span::default(), row: Some(number) });
            }
        }
    }
    lines
}

fn module_status(module: &CourseModule, progress: &Progress) -> String {
    let done = module.lessons.iter().filter(|lesson| progress.standing(&lesson.id) == Standing::Done).count();
    match done {
        0 => String::new(),
        done => format!("{done} of {} done", module.lessons.len()),
    }
}

fn next_line(module: &CourseModule, lesson: &LessonEntry, progress: &Progress, theme: &Theme, row: usize) -> ListLine {
    let (word, right) = match progress.standing(&lesson.id) {
        Standing::Started => ("Continue", step_of(lesson, progress)),
        _ if progress.lessons.is_empty() => ("Start here", minutes(lesson)),
        _ => ("Next", minutes(lesson)),
    };
    let left = Line::from(vec![
        Span::styled(format!("  {word}"), theme.accent),
        Span::styled(format!("   {}.{} {}", module.number, lesson.number, lesson.title), theme.strong),
    ]);
    ListLine { left, right: Span::styled(right, theme.dim), row: Some(row) }
}

fn lesson_line(
    module: &CourseModule,
    lesson: &LessonEntry,
    progress: &Progress,
    theme: &Theme,
    symbols: &Symbols,
    row: usize,
) -> ListLine {
    let (sign, style, right) = match progress.standing(&lesson.id) {
        Standing::Done => (symbols.done, theme.good, "done".to_owned()),
        Standing::Started => (symbols.started, theme.warning, step_of(lesson, progress)),
        Standing::NotYet => (symbols.not_yet, theme.dim, minutes(lesson)),
    };
    let left = Line::from(vec![
        Span::styled(format!("  {sign}  "), style),
        Span::styled(format!("{}.{}  ", module.number, lesson.number), theme.dim),
        Span::styled(lesson.title.clone(), theme.text),
    ]);
    ListLine { left, right: Span::styled(right, theme.dim), row: Some(row) }
}

fn questions(count: usize) -> String {
    if count == 1 { "1 question".to_owned() } else { format!("{count} questions") }
}

fn minutes(lesson: &LessonEntry) -> String {
    format!("{} min", lesson.minutes)
}

/// «step 4 of 8»; a lesson that has changed since can have fewer steps than were reached.
fn step_of(lesson: &LessonEntry, progress: &Progress) -> String {
    let reached = progress.lessons.get(&lesson.id).map_or(0, |lesson| lesson.step);
    format!("step {} of {}", (reached + 1).min(lesson.steps.max(1)), lesson.steps)
}

fn draw_details(canvas: &mut Canvas<'_>, progress: &Progress, row: &Row<'_>, area: Rect) {
    let cells = usize::from(area.width.saturating_sub(6));
    let (title, lines) = match row {
        Row::Next(module, lesson) | Row::Lesson(module, lesson) => {
            lesson_details(canvas, progress, module, lesson, cells)
        }
        Row::Playground => (
            "Playground".to_owned(),
            wrap_text(
                "A Linux machine with Docker on it, and the whole docker command line. Type a command, and watch images, layers and \
                 containers change. Every command can be undone.",
                canvas.theme.text,
                cells,
            ),
        ),
        Row::Reviews(count) => (
            "Review".to_owned(),
            wrap_text(
                &format!(
                    "{} from your lessons, asked again shortly before you would forget. What you know comes later each time; what went \
                     wrong comes back tomorrow.",
                    questions(*count)
                ),
                canvas.theme.text,
                cells,
            ),
        ),
        Row::Prepared => (
            "Prepared playgrounds".to_owned(),
            wrap_text(
                "Begin where something is at work already: a web server with a cache and a volume, a Dockerfile to build, things to \
                 clean up, forty containers, or several machines. Each was put there by commands that you can take back.",
                canvas.theme.text,
                cells,
            ),
        ),
        Row::Settings => (
            "Settings".to_owned(),
            wrap_text(
                "Theme, motion and its speed, signs, mouse, and keys of your own. A change is seen and kept at once.",
                canvas.theme.text,
                cells,
            ),
        ),
        Row::Quiz => (
            "Quiz".to_owned(),
            wrap_text(
                "Questions from the lessons in a new order. Each option is explained. Those that went wrong come back.",
                canvas.theme.text,
                cells,
            ),
        ),
    };
    canvas.note(area, &title, &lines);
}

fn lesson_details(
    canvas: &Canvas<'_>,
    progress: &Progress,
    module: &CourseModule,
    lesson: &LessonEntry,
    cells: usize,
) -> (String, Vec<Line<'static>>) {
    let theme = &canvas.theme;
    let mut lines = wrap_text(&lesson.title, theme.title, cells);
    let about = format!("{} · {} · {} steps", module.title, minutes(lesson), lesson.steps);
    lines.extend(wrap_text(&about, theme.dim, cells));
    if !lesson.objectives.is_empty() {
        lines.push(Line::default());
        lines.push(Line::styled("Afterwards you can", theme.dim));
        for objective in &lesson.objectives {
            let mut spans = vec![Span::styled(format!("{} ", canvas.symbols.bullet), theme.accent)];
            spans.extend(markdown::sentence(objective, theme));
            lines.extend(wrap(&spans, cells, 2));
        }
    }
    let standing = match progress.standing(&lesson.id) {
        Standing::Done => Some(("You have done this lesson. Enter takes it again.".to_owned(), theme.good)),
        Standing::Started => Some((format!("You are at {}.", step_of(lesson, progress)), theme.warning)),
        Standing::NotYet => None,
    };
    if let Some((sentence, style)) = standing {
        lines.push(Line::default());
        lines.extend(wrap_text(&sentence, style, cells));
    }
    (format!("{}.{}", module.number, lesson.number), lines)
}
