//! The load that users put on a service, as a chart: a row for each figure, a bar for each second.
//!
//! Promises: as `card`; the newest second is at the right end, and its value is written beside it; each row is scaled by its own largest
//! value, but the processors by all that there are. Must not know: how a load comes about.

use ratatui::style::Style;
use ratatui::text::Span;

use super::Look;
use super::card::{Card, between, fit, side_by_side};
use super::layout::Detail;
use crate::stage::scene::LoadScene;
use crate::world::load::report::Sample;

/// Cells for the name of a row, and for its value.
const NAME: usize = 12;
const VALUE: usize = 9;
/// The widest chart: seconds beyond it are put together.
const WIDEST: usize = 60;

/// A figure of a second.
struct Figure {
    name: &'static str,
    of: fn(&Sample) -> f64,
    written: fn(f64) -> String,
    /// The value that fills a bar; none for the largest that there was.
    full: Option<f64>,
    bad: bool,
}

const FIGURES: [Figure; 6] = [
    Figure { name: "answers/s", of: |second| f64::from(second.answered), written: whole, full: None, bad: false },
    Figure { name: "failed/s", of: |second| f64::from(second.failed), written: whole, full: None, bad: true },
    Figure { name: "95% within", of: |second| second.p95, written: time, full: None, bad: false },
    Figure { name: "processors", of: |second| second.processors, written: percent, full: Some(1.0), bad: false },
    Figure { name: "waiting", of: |second| f64::from(second.waiting), written: whole, full: None, bad: false },
    Figure { name: "at once", of: |second| f64::from(second.servers), written: whole, full: None, bad: false },
];
/// How many figures are drawn where room is scarce.
const FEW: usize = 4;

/// The chart; where there is only room for a line, the last second in words.
pub fn card(look: &Look<'_>, load: &LoadScene, width: u16, detail: Detail) -> Card {
    let cells = usize::from(width);
    let mut card = Card::new(width);
    let users = if load.users == 1 { "1 user".to_owned() } else { format!("{} users", load.users) };
    let who = format!("{users} {} {}", look.symbols.right, load.target);
    let (state, style) = if load.under_way { ("under way", look.theme.accent) } else { ("over", look.theme.dim) };
    let seconds = format!("{} s, {state}", load.samples.last().map_or(0, |second| second.second));
    let head = vec![Span::styled(who, look.theme.text)];
    card.push(between(head, vec![Span::styled(seconds, style)], cells, look.symbols), None, 1.0);
    let Some(last) = load.samples.last() else { return card };
    if detail <= Detail::Line {
        let figures = FIGURES.iter().take(FEW).filter(|figure| !figure.bad || (figure.of)(last) > 0.0);
        let words: Vec<String> =
            figures.map(|figure| format!("{} {}", figure.name, (figure.written)((figure.of)(last)))).collect();
        if let Some(row) = side_by_side(&words, cells).into_iter().next() {
            card.push(fit(vec![Span::styled(row, look.theme.dim)], cells, look.symbols), None, 1.0);
        }
        return card;
    }
    let count = if detail == Detail::Full { FIGURES.len() } else { FEW };
    for figure in FIGURES.iter().take(count) {
        card.push(fit(row(look, load, figure, cells), cells, look.symbols), None, 1.0);
    }
    card
}

fn row(look: &Look<'_>, load: &LoadScene, figure: &Figure, cells: usize) -> Vec<Span<'static>> {
    let values: Vec<f64> = load.samples.iter().map(|second| (figure.of)(second)).collect();
    let room = cells.saturating_sub(NAME + VALUE).min(WIDEST);
    let shown = together(&values, room);
    let full = figure.full.unwrap_or_else(|| shown.iter().copied().fold(0.0, f64::max));
    let bars: String = shown.iter().map(|value| bar(look, *value, full)).collect();
    let last = values.last().copied().unwrap_or_default();
    let style = if figure.bad && last > 0.0 { look.theme.bad } else { look.theme.accent };
    vec![
        Span::styled(format!("{:<NAME$}", figure.name), look.theme.dim),
        Span::styled(bars, Style { add_modifier: ratatui::style::Modifier::empty(), ..style }),
        Span::raw(" ".repeat(room - shown.len())),
        Span::styled(format!("{:>VALUE$}", (figure.written)(last)), look.theme.text),
    ]
}

/// The values, so many of them put together into one by their mean that they fit.
fn together(values: &[f64], room: usize) -> Vec<f64> {
    let each = values.len().div_ceil(room.max(1)).max(1);
    let means = values.chunks(each).map(|chunk| chunk.iter().sum::<f64>() / chunk.len() as f64);
    means.take(room).collect()
}

/// The sign for a value: the lowest also for nothing, so that a second without any is seen to have been there.
fn bar(look: &Look<'_>, value: f64, full: f64) -> &'static str {
    let bars = &look.symbols.bars;
    let share = if full > 0.0 { (value / full).clamp(0.0, 1.0) } else { 0.0 };
    let at = (share * (bars.len() - 1) as f64).round() as usize;
    bars.get(at).copied().unwrap_or_default()
}

fn whole(value: f64) -> String {
    format!("{value:.0}")
}

fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

/// Seconds in words.
fn time(seconds: f64) -> String {
    if seconds < 0.01 {
        format!("{:.1} ms", seconds * 1000.0)
    } else if seconds < 1.0 {
        format!("{:.0} ms", seconds * 1000.0)
    } else {
        format!("{seconds:.1} s")
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

    #[test]
    fn times_are_written_in_the_unit_that_can_be_read() {
        assert_eq!(
            (time(0.0013).as_str(), time(0.0234).as_str(), time(1.26).as_str(), percent(0.984).as_str()),
            ("1.3 ms", "23 ms", "1.3 s", "98%")
        );
    }
}
