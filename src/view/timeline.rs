//! Draws the timeline: a mark for each command, and where we stand among them.
//!
//! Promises: however many steps there are, where we stand is in sight. Must not know: what a step did.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::canvas::Canvas;
use crate::timeline::Timeline;

/// Cells that the timeline asks for.
pub const WIDTH: u16 = 26;
/// The most marks that are drawn.
const MARKS: usize = 8;

/// Draws it at the right end of `area`.
pub fn draw(canvas: &mut Canvas<'_>, area: Rect, timeline: &Timeline) {
    if area.width < WIDTH {
        return;
    }
    let (symbols, theme) = (canvas.symbols, canvas.theme.clone());
    let (position, steps) = (timeline.position(), timeline.steps().len());
    // Places are counted from 0, the beginning; a window of them around where we stand is drawn.
    let first = position.saturating_sub(MARKS / 2).min((steps + 1).saturating_sub(MARKS));
    let last = (first + MARKS - 1).min(steps);
    let mut spans = vec![Span::styled(format!("{position}/{steps} "), theme.dim)];
    let left_end = if first > 0 { symbols.ellipsis } else { symbols.pane.tee_right };
    spans.push(Span::styled(left_end, theme.border));
    for place in first..=last {
        if place > first {
            spans.push(Span::styled(symbols.line, theme.border));
        }
        let (sign, style) = match place.cmp(&position) {
            std::cmp::Ordering::Less => (symbols.step, theme.dim),
            std::cmp::Ordering::Equal => (symbols.step_here, theme.accent),
            std::cmp::Ordering::Greater => (symbols.step_ahead, theme.dim),
        };
        spans.push(Span::styled(sign, style));
    }
    let right_end = if last < steps { symbols.ellipsis } else { symbols.pane.tee_left };
    spans.push(Span::styled(right_end, theme.border));
    let line = Line::from(spans);
    let cells = u16::try_from(line.width()).unwrap_or(0).min(area.width.saturating_sub(1));
    canvas.line(Rect { x: area.right() - cells - 1, width: cells, ..area }, &line);
}
