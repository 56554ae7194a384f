//! The panes of the lesson screen and the playground: where they are at each size, and the lines between them.
//!
//! Promises: panes never overlap and never leave the body; lines that meet are joined; the pane with the keyboard is marked by a sign as
//! well as by colour. Must not know: what is in a pane.

use std::collections::BTreeMap;

use ratatui::layout::Rect;
use ratatui::text::Line;

use super::canvas::Canvas;
use super::wrap::wrap_text;
use crate::app::desk::{Attention, Desk, Pane, Zoom};
use crate::app::message::Target;

/// Below this many columns or rows the lesson and the stage take turns.
const TABS_BELOW: (u16, u16) = (72, 18);
/// From this many columns and rows on, the terminal has its full height at all times.
const ROOMY: (u16, u16) = (100, 26);
/// The narrowest and widest that the lesson's pane is, beside the stage.
const LESSON_WIDTH: (u16, u16) = (37, 46);
/// The lesson's part of the width, in hundredths: beside the terminal, and while the learner reads where room is scarce.
const LESSON_SHARE: u16 = 36;
const READING_SHARE: u16 = 56;
/// In narrower panes a sentence of why can need three rows.
const WHY_NARROW: u16 = 70;

/// The panes, with their lines around them; those that have no room are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panes {
    pub lesson: Option<Rect>,
    pub stage: Option<Rect>,
    pub why: Rect,
    pub terminal: Rect,
}

/// Lays the panes out in `body`. `moving` says that something moves on the stage, which is then shown if it has to take turns; `attention`
/// what needs its room most: where room is scarce, the terminal makes way for words to be read, and for worlds to be compared.
pub fn lay(body: Rect, desk: &Desk, moving: bool, attention: Attention) -> Panes {
    let has_lesson = desk.panes().contains(&Pane::Lesson);
    let tabs = body.width < TABS_BELOW.0 || body.height < TABS_BELOW.1;
    let roomy = body.width >= ROOMY.0 && body.height >= ROOMY.1;
    let why_rows = if body.width < WHY_NARROW { 3 } else { 2 };
    let focused = desk.pane == Pane::Terminal;
    let terminal_rows = if roomy {
        (body.height / 4).clamp(6, 12)
    } else if tabs {
        if focused { 4 } else { 1 }
    } else if focused || !has_lesson {
        (body.height / 4 + 1).clamp(4, 8)
    } else if attention != Attention::Terminal && desk.pane != Pane::Terminal {
        0
    } else {
        2
    };
    // Each pane has a line above; the last one below. Without rows of its own the terminal is only that last line.
    let terminal_height = if terminal_rows == 0 { 1 } else { terminal_rows + 2 }.min(body.height);
    let terminal = Rect { y: body.bottom() - terminal_height, height: terminal_height, ..body };
    let above = body.height - terminal_height;
    let why_height = (why_rows + 1).min(above);
    let why = Rect { y: terminal.y - why_height, height: (why_height + 1).min(body.height), ..body };
    let top = Rect { height: (above - why_height + 1).min(body.height), ..body };
    let (lesson, stage) = if !has_lesson {
        (None, Some(top))
    } else if tabs {
        let stage = moving || desk.pane == Pane::Stage;
        if stage { (None, Some(top)) } else { (Some(top), None) }
    } else {
        let share = if terminal_rows == 0 && attention == Attention::Words { READING_SHARE } else { LESSON_SHARE };
        let width = (body.width * share / 100).clamp(LESSON_WIDTH.0, LESSON_WIDTH.1);
        let lesson = Rect { width, ..top };
        (Some(lesson), Some(Rect { x: lesson.right() - 1, width: top.width - width + 1, ..top }))
    };
    Panes { lesson, stage, why, terminal }
}

/// Draws the lines between the panes and their titles; `pointed` has the names of those that the lesson points at.
pub fn draw(canvas: &mut Canvas<'_>, panes: &Panes, desk: &Desk, terminal_title: &str, pointed: &[&str]) {
    let stage_title = match desk.stage.zoom {
        Zoom::Fit => "Stage",
        Zoom::Overview => "Stage from afar",
        Zoom::Detail => "Stage in detail",
    };
    let named = [
        (panes.lesson, "Lesson", Some(Pane::Lesson), false),
        (panes.stage, stage_title, Some(Pane::Stage), pointed.contains(&"stage")),
        (Some(panes.why), "Why", None, pointed.contains(&"why")),
        (Some(panes.terminal), terminal_title, Some(Pane::Terminal), pointed.contains(&"terminal")),
    ];
    let mut lines = Lines::default();
    for (area, ..) in &named {
        lines.add(area.unwrap_or_default());
    }
    lines.draw(canvas);
    for (area, title, pane, is_pointed) in named {
        let Some(area) = area.filter(|area| area.width > 4 && area.height > 1) else { continue };
        let number = pane.and_then(|pane| desk.panes().iter().position(|known| *known == pane));
        let focused = number.is_some() && pane == Some(desk.pane);
        if focused {
            let style = canvas.theme.border_focus;
            edge(canvas, area, style);
        }
        let (sign, style) = if is_pointed {
            (format!("{} ", canvas.symbols.selected), canvas.theme.highlight)
        } else if focused {
            (format!("{} ", canvas.symbols.selected), canvas.theme.accent)
        } else {
            (String::new(), canvas.theme.title)
        };
        canvas.text(area.x + 2, area.y, area.width - 4, &format!(" {sign}{title} "), style);
        if let Some(number) = number {
            canvas.target(area, Target::Pane(number));
        }
    }
    tabs(canvas, panes, desk);
}

/// Where the lesson and the stage take turns, the one that is not shown is named beside the other.
fn tabs(canvas: &mut Canvas<'_>, panes: &Panes, desk: &Desk) {
    let (area, other, pane) = match (panes.lesson, panes.stage) {
        (Some(area), None) => (area, "Stage", Pane::Stage),
        (None, Some(area)) if desk.panes().contains(&Pane::Lesson) => (area, "Lesson", Pane::Lesson),
        _ => return,
    };
    let words = format!(" Tab: {other} ");
    let cells = u16::try_from(words.len()).unwrap_or(0);
    if area.width > cells + 20 {
        let dim = canvas.theme.dim;
        let place = Rect { x: area.right() - cells - 2, width: cells, height: 1, ..area };
        canvas.text(place.x, place.y, cells, &words, dim);
        if let Some(number) = desk.panes().iter().position(|known| *known == pane) {
            canvas.target(place, Target::Pane(number));
        }
    }
}

/// What is within the lines of a pane, with a cell of air at both sides.
pub fn inside(pane: Rect) -> Rect {
    Rect {
        x: pane.x.saturating_add(2),
        y: pane.y.saturating_add(1),
        width: pane.width.saturating_sub(4),
        height: pane.height.saturating_sub(2),
    }
}

/// Draws the line of why: the sentences of all lanes, or what the pane is for.
pub fn draw_why(canvas: &mut Canvas<'_>, area: Rect, sentences: &[Option<&str>]) {
    let text = canvas.theme.text;
    let said: Vec<&str> = sentences.iter().flatten().copied().collect();
    let lines: Vec<Line<'_>> = if said.is_empty() {
        let dim = canvas.theme.dim;
        wrap_text("Each change on the stage is explained here.", dim, usize::from(area.width))
    } else {
        said.iter().flat_map(|sentence| wrap_text(sentence, text, usize::from(area.width))).collect()
    };
    canvas.lines(area, &lines, 0);
}

fn edge(canvas: &mut Canvas<'_>, area: Rect, style: ratatui::style::Style) {
    let (right, bottom) = (area.right() - 1, area.bottom() - 1);
    for place in [
        Rect { height: 1, ..area },
        Rect { y: bottom, height: 1, ..area },
        Rect { width: 1, ..area },
        Rect { x: right, width: 1, ..area },
    ] {
        canvas.style(place, style);
    }
}

/// The lines of boxes that share edges: for each cell, which of its four neighbours it is joined with.
#[derive(Default)]
struct Lines(BTreeMap<(u16, u16), u8>);

const UP: u8 = 1;
const DOWN: u8 = 2;
const LEFT: u8 = 4;
const RIGHT: u8 = 8;

impl Lines {
    fn add(&mut self, area: Rect) {
        if area.width < 2 || area.height < 2 {
            return;
        }
        let (right, bottom) = (area.right() - 1, area.bottom() - 1);
        for column in area.x..=right {
            for row in [area.y, bottom] {
                let mut joined = 0;
                joined |= if column > area.x { LEFT } else { 0 };
                joined |= if column < right { RIGHT } else { 0 };
                *self.0.entry((column, row)).or_default() |= joined;
            }
        }
        for row in area.y..=bottom {
            for column in [area.x, right] {
                let mut joined = 0;
                joined |= if row > area.y { UP } else { 0 };
                joined |= if row < bottom { DOWN } else { 0 };
                *self.0.entry((column, row)).or_default() |= joined;
            }
        }
    }

    fn draw(&self, canvas: &mut Canvas<'_>) {
        let (signs, style) = (canvas.symbols.pane, canvas.theme.border);
        for ((column, row), joined) in &self.0 {
            let vertical = joined & (UP | DOWN);
            let horizontal = joined & (LEFT | RIGHT);
            let sign = match (vertical, horizontal) {
                (0, _) => signs.horizontal,
                (_, 0) => signs.vertical,
                (DOWN, RIGHT) => signs.top_left,
                (DOWN, LEFT) => signs.top_right,
                (UP, RIGHT) => signs.bottom_left,
                (UP, LEFT) => signs.bottom_right,
                (DOWN, _) => signs.tee_down,
                (UP, _) => signs.tee_up,
                (_, RIGHT) => signs.tee_right,
                (_, LEFT) => signs.tee_left,
                _ => signs.cross,
            };
            canvas.fill(Rect::new(*column, *row, 1, 1), sign, style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_stay_within_the_body_and_use_all_of_it() {
        for panes in [&[Pane::Lesson, Pane::Stage, Pane::Terminal][..], &[Pane::Terminal, Pane::Stage][..]] {
            let mut desk = Desk::new(if panes.len() == 3 {
                &[Pane::Lesson, Pane::Stage, Pane::Terminal]
            } else {
                &[Pane::Terminal, Pane::Stage]
            });
            for number in 0..panes.len() {
                desk.focus(number);
                for width in 60..200 {
                    for height in 14..60 {
                        let body = Rect::new(0, 1, width, height);
                        for attention in [Attention::Words, Attention::Stage, Attention::Terminal] {
                            let laid = lay(body, &desk, false, attention);
                            for part in [laid.lesson, laid.stage, Some(laid.why)].into_iter().flatten() {
                                assert_eq!(body.intersection(part), part, "{body} {laid:?}");
                                assert!(part.width >= 2 && part.height >= 3, "{body} {laid:?}");
                            }
                            assert_eq!(body.intersection(laid.terminal), laid.terminal, "{body} {laid:?}");
                            assert_eq!(laid.terminal.bottom(), body.bottom());
                            assert_eq!(laid.why.bottom(), laid.terminal.y + 1);
                        }
                    }
                }
            }
        }
    }
}
