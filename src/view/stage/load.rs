//! The load that users put on a service, as a chart: a row for each figure, from near several, a bar for each second.
//!
//! Promises: as `card`; the newest second is at the right end, and its value is written beside it; each row is scaled by its own largest
//! value, but the processors by all that there are. Must not know: how a load comes about.

use std::sync::Arc;

use ratatui::style::Style;
use ratatui::text::Span;

use super::Look;
use super::card::{Card, between, fit, side_by_side};
use super::layout::Detail;
use crate::app::desk::Zoom;
use crate::stage::figure::{FIGURES, Figure};
use crate::stage::scene::{LoadScene, Subject};
use crate::world::load::report::Sample;

/// Cells for the name of a row, and for its value.
const NAME: usize = 12;
const VALUE: usize = 9;
/// The widest chart: seconds beyond it are put together.
const WIDEST: usize = 60;

/// How many figures are drawn where room is scarce.
const FEW: usize = 4;
/// Rows of a figure that is looked at from near, with all room and with less.
const TALL: usize = 3;
const LESS_TALL: usize = 2;

/// The chart; where there is only room for a line, the last second in words. From near, each figure has several rows.
pub fn card(look: &Look<'_>, machine: &Arc<str>, load: &LoadScene, width: u16, detail: Detail) -> Card {
    let cells = usize::from(width);
    let subject = Subject::Load(machine.clone());
    let near = look.is_near(&subject) || look.zoom == Zoom::Detail;
    let mut card = Card::new(width);
    let users = if load.users == 1 { "1 user".to_owned() } else { format!("{} users", load.users) };
    let who = format!("{users} {} {}", look.symbols.right, load.target);
    let (state, style) = if load.under_way { ("under way", look.theme.accent) } else { ("over", look.theme.dim) };
    let seconds = format!("{} s, {state}", load.samples.last().map_or(0, |second| second.second));
    let head = vec![Span::styled(who, look.theme.text)];
    card.push(between(head, vec![Span::styled(seconds, style)], cells, look.symbols), Some(subject), 1.0);
    let Some(last) = load.samples.last() else { return card };
    if detail <= Detail::Line {
        let figures = FIGURES.iter().take(FEW).filter(|figure| !figure.bad || (figure.of)(last) > 0.0);
        let words: Vec<String> = figures.map(|figure| format!("{} {}", figure.name, figure.written(last))).collect();
        if let Some(row) = side_by_side(&words, cells).into_iter().next() {
            card.push(fit(vec![Span::styled(row, look.theme.dim)], cells, look.symbols), None, 1.0);
        }
        return card;
    }
    let count = if detail == Detail::Full { FIGURES.len() } else { FEW };
    let height = match (near, detail) {
        (true, Detail::Full) => TALL,
        (true, Detail::Short) => LESS_TALL,
        _ => 1,
    };
    for figure in FIGURES.iter().take(count) {
        for row in rows(look, load, figure, cells, height) {
            card.push(fit(row, cells, look.symbols), None, 1.0);
        }
    }
    if height > 1 {
        card.push(fit(axis(look, load, cells), cells, look.symbols), None, 1.0);
    }
    card
}

/// A figure in so many rows: its name and what fills the uppermost cell above, the value of the last second below.
fn rows(look: &Look<'_>, load: &LoadScene, figure: &Figure, cells: usize, height: usize) -> Vec<Vec<Span<'static>>> {
    let values: Vec<f64> = load.samples.iter().map(|second| (figure.of)(second)).collect();
    let room = cells.saturating_sub(NAME + VALUE).min(WIDEST);
    let shown = together(&values, room);
    let full = figure.full.unwrap_or_else(|| shown.iter().copied().fold(0.0, f64::max));
    let last = values.last().copied().unwrap_or_default();
    let style = if figure.bad && last > 0.0 { look.theme.bad } else { look.theme.accent };
    let row = |above: usize| {
        let from_below = height - 1 - above;
        let bars: String = shown.iter().map(|value| bar(look, *value, full, height, from_below)).collect();
        let name = if above == 0 { figure.name } else { "" };
        let value = match from_below {
            0 => Span::styled(format!("{:>VALUE$}", (figure.words)(last)), look.theme.text),
            _ if above == 0 => Span::styled(format!("{:>VALUE$}", (figure.words)(full)), look.theme.dim),
            _ => Span::raw(" ".repeat(VALUE)),
        };
        vec![
            Span::styled(format!("{name:<NAME$}"), look.theme.dim),
            Span::styled(bars, Style { add_modifier: ratatui::style::Modifier::empty(), ..style }),
            Span::raw(" ".repeat(room - shown.len())),
            value,
        ]
    };
    (0..height).map(row).collect()
}

/// The seconds below the bars: the first and the last.
fn axis(look: &Look<'_>, load: &LoadScene, cells: usize) -> Vec<Span<'static>> {
    let room = cells.saturating_sub(NAME + VALUE).min(WIDEST);
    let bars = load.samples.len().div_ceil(load.samples.len().div_ceil(room.max(1)).max(1));
    let seconds = |sample: Option<&Arc<Sample>>| sample.map_or(0, |sample| sample.second);
    let (first, last) = (seconds(load.samples.first()), format!("{} s", seconds(load.samples.last())));
    let first = if bars > last.len() + 4 { format!("{first} s") } else { String::new() };
    let between = bars.saturating_sub(first.len());
    vec![Span::styled(format!("{:NAME$}{first}{last:>between$}", ""), look.theme.dim)]
}

/// The values, so many of them put together into one by their mean that they fit.
fn together(values: &[f64], room: usize) -> Vec<f64> {
    let each = values.len().div_ceil(room.max(1)).max(1);
    let means = values.chunks(each).map(|chunk| chunk.iter().sum::<f64>() / chunk.len() as f64);
    means.take(room).collect()
}

/// The sign for a value in one of `height` rows, counted from below. The lowest row is never empty, so that a second without any is seen to
/// have been there.
fn bar(look: &Look<'_>, value: f64, full: f64, height: usize, from_below: usize) -> &'static str {
    let bars = &look.symbols.bars;
    let share = if full > 0.0 { (value / full).clamp(0.0, 1.0) } else { 0.0 };
    let steps = height * bars.len() - 1;
    let filled = (share * steps as f64).round() as usize + 1;
    match filled.saturating_sub(from_below * bars.len()) {
        0 => " ",
        here => bars[here.min(bars.len()) - 1],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_seconds_than_cells_are_put_together_and_none_is_lost() {
        assert_eq!(together(&[1.0, 3.0, 5.0], 9), [1.0, 3.0, 5.0]);
        assert_eq!(together(&[1.0, 3.0, 5.0], 2), [2.0, 5.0]);
        for room in 1..70 {
            let values = vec![2.0; 200];
            let shown = together(&values, room);
            assert!(shown.len() <= room && shown.iter().all(|value| *value == 2.0), "{room}: {shown:?}");
        }
        assert!(together(&[1.0], 0).is_empty());
    }
}
