//! Draws the timeline: a mark for each command, and where we stand among them.
//!
//! Promises: however many steps there are, where we stand is in sight, and what led there is named; a failure and a reached task have a
//! sign of their own; branches that were left are counted. Must not know: what a step did.

use std::cmp::Ordering;

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::canvas::Canvas;
use super::wrap::width;
use crate::app::message::Target;
use crate::app::moments::{Moment, words};
use crate::timeline::Timeline;

/// Of the width, the part that marks may take, in hundredths.
const MARKS_SHARE: u16 = 62;
/// The most marks that are drawn.
const MOST_MARKS: usize = 64;

/// Draws it over the line at the lower edge of a pane; `pointed` says that the lesson points at it.
pub fn draw(canvas: &mut Canvas<'_>, pane: Rect, timeline: &Timeline, moments: &[Moment], pointed: bool) {
    if pane.height == 0 || pane.width < 24 {
        return;
    }
    let row = Rect { x: pane.x + 2, y: pane.bottom() - 1, width: pane.width - 4, height: 1 };
    let (symbols, theme) = (canvas.symbols, canvas.theme.clone());
    let (position, steps) = (timeline.position(), timeline.steps().len());
    let sign = if pointed { format!(" {}", symbols.selected) } else { String::new() };
    let branches = match timeline.branches().len() {
        0 => String::new(),
        1 => "(+1 branch) ".to_owned(),
        count => format!("(+{count} branches) "),
    };
    let label = format!("{sign} {position}/{steps} {branches}");
    let room = usize::from(row.width * MARKS_SHARE / 100).saturating_sub(width(&label) + 2);
    let count = room.div_ceil(2).clamp(3, MOST_MARKS);
    // Places are counted from 0, the beginning; a window of them around where we stand is drawn.
    let first = position.saturating_sub(count / 2).min((steps + 1).saturating_sub(count));
    let last = (first + count - 1).min(steps);
    let mut pieces = vec![(Span::styled(label, if pointed { theme.highlight } else { theme.text }), None)];
    let left_end = if first > 0 { symbols.ellipsis } else { symbols.pane.tee_right };
    pieces.push((Span::styled(left_end, theme.border), None));
    for place in first..=last {
        let moment = moments.get(place).copied().unwrap_or_default();
        if place > first {
            let before = moments.get(place - 1).copied().unwrap_or_default();
            let line = if before.divides { symbols.pane.vertical } else { symbols.line };
            pieces.push((Span::styled(line, theme.border), None));
        }
        pieces.push((mark(canvas, moment, place.cmp(&position)), Some(place)));
    }
    let right_end = if last < steps { symbols.ellipsis } else { symbols.pane.tee_left };
    pieces.push((Span::styled(right_end, theme.border), None));
    pieces.push((Span::styled(format!(" {} ", words(timeline, position)), theme.dim), None));
    let mut column = row.x;
    for (span, place) in pieces {
        let room = Rect { x: column, width: row.right().saturating_sub(column), ..row };
        let used = canvas.line(room, &Line::from(span));
        if let Some(place) = place {
            canvas.target(Rect { width: used, ..room }, Target::Moment(place));
        }
        column = column.saturating_add(used);
    }
}

/// The sign of a place that lies before, behind, or where we stand.
fn mark(canvas: &Canvas<'_>, moment: Moment, place: Ordering) -> Span<'static> {
    let (symbols, theme) = (canvas.symbols, &canvas.theme);
    let sign = match place {
        Ordering::Equal => symbols.step_here,
        _ if moment.reached => symbols.met,
        _ if moment.failed => symbols.unmet,
        Ordering::Less => symbols.step,
        Ordering::Greater => symbols.step_ahead,
    };
    let style = match place {
        _ if moment.reached => theme.good,
        _ if moment.failed => theme.bad,
        Ordering::Equal => theme.accent,
        _ => theme.dim,
    };
    Span::styled(sign, style)
}
