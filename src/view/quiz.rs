//! Draws the quiz screen: the question and its choices; once answered, why each is right or wrong; at the end, how it went.
//!
//! Promises: as `view`; right and wrong are told by a sign and a word, not only by colour. Must not know: how to change the screen.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::canvas::Canvas;
use super::frame;
use super::markdown;
use super::wrap::{width, wrap_text};
use crate::app::App;
use crate::app::message::Target;
use crate::app::quiz::QuizScreen;
use crate::quiz::{Question, Round};

/// The widest that text grows: longer lines are hard to read.
const WIDEST: u16 = 92;

/// A line, and the choice (as shown, from 0) that it belongs to.
type ChoiceLine = (Line<'static>, Option<usize>);

/// Draws the whole screen.
pub fn draw(canvas: &mut Canvas<'_>, app: &App, screen: &QuizScreen) {
    let frame = frame::draw(canvas, app);
    let (all, left) = screen.round().left();
    if left > 0 {
        let status = format!("{} of {all} answered right ", all - left);
        if usize::from(frame.title_right.width) > width(&status) {
            let dim = canvas.theme.dim;
            canvas.text_right(frame.title_right, &status, dim);
        }
    }
    let body = frame.body;
    let across = body.width.saturating_sub(4).min(WIDEST);
    let area = Rect {
        x: body.x + (body.width.saturating_sub(across)) / 2,
        y: body.y + 1,
        width: across,
        height: body.height.saturating_sub(1),
    };
    let cells = usize::from(area.width);
    let lines = match screen.round().question() {
        Some(question) => question_lines(canvas, screen, question, cells),
        None => result_lines(canvas, screen, cells).into_iter().map(|line| (line, None)).collect(),
    };
    let height = usize::from(area.height);
    let scroll = screen.scroll.min(lines.len().saturating_sub(height));
    for ((line, choice), y) in lines.iter().skip(scroll).zip(area.y..area.bottom()) {
        let row = Rect { y, height: 1, ..area };
        canvas.line(row, line);
        if let Some(choice) = choice {
            canvas.target(row, Target::Item(*choice));
        }
    }
    let (symbols, dim) = (canvas.symbols, canvas.theme.dim);
    if scroll > 0 {
        canvas.text_right(Rect { height: area.height.min(1), ..area }, symbols.up, dim);
    }
    if lines.len() > scroll + height && area.height > 0 {
        canvas.text_right(Rect { y: area.bottom() - 1, height: 1, ..area }, symbols.down, dim);
    }
}

fn question_lines(canvas: &Canvas<'_>, screen: &QuizScreen, question: &Question, cells: usize) -> Vec<ChoiceLine> {
    let (theme, symbols, round) = (&canvas.theme, canvas.symbols, screen.round());
    let text = |text: &str, cells: usize| markdown::lines(text, cells, theme, symbols, |_| None);
    let again = if round.is_repeated() { "  ·  once more" } else { "" };
    let mut lines = vec![Line::styled(format!("{}{again}", question.lesson), theme.dim), Line::default()];
    if round.chosen().is_none() && !question.scene.is_empty() {
        lines.push(Line::styled("These commands were run:", theme.dim));
        lines.extend(question.scene.iter().map(|command| shell_line(command, theme.dim)));
        lines.push(Line::default());
    }
    if !question.commands.is_empty() {
        let words = if round.chosen().is_none() { "Now this is about to run:" } else { "This ran:" };
        lines.push(Line::styled(words, theme.dim));
        lines.extend(question.commands.iter().map(|command| shell_line(command, theme.code)));
        lines.push(Line::default());
    }
    lines.extend(text(&question.text, cells));
    lines.push(Line::default());
    let mut lines: Vec<ChoiceLine> = lines.into_iter().map(|line| (line, None)).collect();
    for (place, number) in round.order().iter().enumerate() {
        let Some(choice) = question.choices.get(*number) else { continue };
        let (sign, style) = mark(canvas, round, question, *number, place == screen.selected);
        let lead = format!(" {sign} {}  ", place + 1);
        let indent = width(&lead);
        for (row, line) in text(&choice.text, cells.saturating_sub(indent)).into_iter().enumerate() {
            let lead = if row == 0 { lead.clone() } else { " ".repeat(indent) };
            let mut spans = vec![Span::styled(lead, style)];
            spans.extend(line.spans);
            lines.push((Line::from(spans), Some(place)));
        }
        if round.chosen().is_some() {
            for line in text(&choice.why, cells.saturating_sub(indent + 2)) {
                let mut spans = vec![Span::raw(" ".repeat(indent + 2))];
                spans.extend(line.spans.into_iter().map(|span| Span { style: theme.dim.patch(span.style), ..span }));
                lines.push((Line::from(spans), None));
            }
            lines.push((Line::default(), None));
        }
    }
    if let Some(chosen) = round.chosen() {
        let (words, style) = match chosen == question.right {
            true => ("Right.", theme.good),
            false => ("Not quite. This one comes again at the end.", theme.bad),
        };
        lines.push((Line::styled(words, style), None));
    } else {
        lines.push((Line::default(), None));
        lines.push((Line::styled("Press the number of your answer.", theme.dim), None));
    }
    lines
}

fn shell_line(command: &str, style: Style) -> Line<'static> {
    Line::styled(format!("  $ {command}"), style)
}

/// The sign before a choice, and its style.
fn mark(
    canvas: &Canvas<'_>,
    round: &Round,
    question: &Question,
    number: usize,
    selected: bool,
) -> (&'static str, Style) {
    let theme = &canvas.theme;
    match round.chosen() {
        Some(_) if number == question.right => (canvas.symbols.met, theme.good),
        Some(chosen) if chosen == number => (canvas.symbols.unmet, theme.bad),
        Some(_) => (" ", theme.dim),
        None if selected => (canvas.symbols.selected, theme.accent),
        None => (" ", theme.key),
    }
}

fn result_lines(canvas: &Canvas<'_>, screen: &QuizScreen, cells: usize) -> Vec<Line<'static>> {
    let theme = &canvas.theme;
    let result = screen.round().result();
    if result.questions == 0 {
        return wrap_text("The lessons have no questions yet.", theme.text, cells);
    }
    let words = match result.missed.len() {
        0 => "Every question right at the first try.".to_owned(),
        1 => "One question needed more than one try. Its lesson:".to_owned(),
        count => format!("{count} questions needed more than one try. Their lessons:"),
    };
    let mut lines = vec![
        Line::styled("Done", theme.title),
        Line::default(),
        Line::styled(format!("{} of {} right at the first try.", result.right_at_once, result.questions), theme.strong),
        Line::default(),
    ];
    lines.extend(wrap_text(&words, theme.text, cells));
    let mut named = Vec::new();
    for question in result.missed.iter().filter_map(|id| screen.question(id)) {
        if !named.contains(&question.lesson) {
            named.push(question.lesson.clone());
            let line = format!(" {} {}", canvas.symbols.bullet, question.lesson);
            lines.extend(wrap_text(&line, theme.text, cells));
        }
    }
    lines
}
