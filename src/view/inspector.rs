//! Draws the inspector over the screen: at the left everything there is, in the middle a page of the thing that is looked into.
//!
//! Promises: the selected row is in sight. Must not know: how to change anything.

#[cfg(test)]
mod tests;

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::canvas::Canvas;
use super::stage::gauge;
use super::wrap::{truncate, width};
use crate::app::inspector::{Contents, Inspector, Opens, Page, Row, Source};
use crate::app::message::Target;

/// Cells between the window and the edge of a large screen.
const MARGIN: (u16, u16) = (4, 2);
/// From this width on, everything there is is listed beside the page.
const WITH_LIST: u16 = 96;
const LIST_WIDTH: u16 = 26;
/// Cells of a gauge.
const GAUGE: usize = 20;

/// Draws the window.
pub fn draw(canvas: &mut Canvas<'_>, inspector: &Inspector) {
    let screen = canvas.area();
    let margin = if screen.width >= 100 { MARGIN.0 } else { 0 };
    let rows = if screen.height >= 30 { MARGIN.1 } else { 1 };
    let area = Rect {
        x: screen.x + margin,
        y: screen.y + rows,
        width: screen.width.saturating_sub(2 * margin),
        height: screen.height.saturating_sub(rows + 1),
    };
    canvas.clear(area);
    let (signs, border, style) = (canvas.symbols.solid, canvas.theme.border_focus, canvas.theme.title);
    let inner = canvas.outline(area, &signs, &inspector.title(), border, style);
    let mut inner = Rect { x: inner.x.saturating_add(1), width: inner.width.saturating_sub(2), ..inner };
    if inner.width >= WITH_LIST {
        draw_list(canvas, inspector, Rect { width: LIST_WIDTH, ..inner });
        let (sign, border) = (canvas.symbols.pane.vertical, canvas.theme.border);
        canvas.fill(Rect { x: inner.x + LIST_WIDTH, width: 1, ..inner }, sign, border);
        inner = Rect { x: inner.x + LIST_WIDTH + 2, width: inner.width - LIST_WIDTH - 2, ..inner };
    }
    if let Some(contents) = &inspector.contents {
        draw_contents(canvas, contents, inner);
        return;
    }
    draw_pages(canvas, inspector, Rect { height: inner.height.min(1), ..inner });
    let list = Rect { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner };
    draw_rows(canvas, inspector, list);
}

/// Everything that can be looked into.
fn draw_list(canvas: &mut Canvas<'_>, inspector: &Inspector, area: Rect) {
    let (things, at) = inspector.things();
    let mut rows: Vec<(Option<usize>, String)> = Vec::new();
    let mut last = "";
    for (number, (kind, name)) in things.enumerate() {
        if std::mem::replace(&mut last, kind) != kind {
            rows.push((None, kind.to_uppercase()));
        }
        rows.push((Some(number), name));
    }
    let height = usize::from(area.height);
    let here = rows.iter().position(|(number, _)| *number == Some(at)).unwrap_or(0);
    let first = (here + 1 + height / 3).saturating_sub(height).min(rows.len().saturating_sub(height));
    let theme = canvas.theme.clone();
    for ((number, name), y) in rows.iter().skip(first).zip(area.y..area.bottom()) {
        let place = Rect { y, height: 1, width: area.width - 1, ..area };
        let Some(number) = *number else {
            canvas.text(place.x, y, place.width, name, theme.dim);
            continue;
        };
        let style = if number == at { theme.strong } else { theme.text };
        canvas.text(place.x + 2, y, place.width.saturating_sub(2), name, style);
        if number == at {
            let sign = canvas.symbols.selected;
            canvas.text(place.x, y, 1, sign, theme.accent);
        }
        canvas.target(place, Target::InspectorThing(number));
    }
}

fn draw_pages(canvas: &mut Canvas<'_>, inspector: &Inspector, area: Rect) {
    let (pages, here) = inspector.pages();
    let theme = canvas.theme.clone();
    let mut column = area.x;
    for (number, page) in pages.iter().enumerate() {
        let (sign, style) = if *page == here { (canvas.symbols.selected, theme.accent) } else { (" ", theme.dim) };
        let words = format!("{sign} {}  ", page.name());
        let used = canvas.text(column, area.y, area.right().saturating_sub(column), &words, style);
        canvas.target(Rect { x: column, width: used, ..area }, Target::InspectorPage(number));
        column += used;
    }
    if let Some(words) = inspector.narrowed() {
        let cells = u16::try_from(width(&words)).unwrap_or(0).min(area.right().saturating_sub(column + 1));
        canvas.text(area.right().saturating_sub(cells), area.y, cells, &words, theme.warning);
    }
}

fn draw_rows(canvas: &mut Canvas<'_>, inspector: &Inspector, area: Rect) {
    let rows = inspector.rows();
    let (_, page) = inspector.pages();
    if rows.is_empty() {
        let dim = canvas.theme.dim;
        let words = match (page, inspector.narrowed()) {
            (Page::Files, Some(_)) => "No file here.",
            (Page::Files, None) => "No files.",
            _ => "Nothing here.",
        };
        canvas.text(area.x, area.y, area.width, words, dim);
        return;
    }
    let height = usize::from(area.height);
    let scroll = (inspector.selected + 1 + height / 3).saturating_sub(height).min(rows.len().saturating_sub(height));
    let labels = rows.iter().map(|row| width(&row.left)).max().unwrap_or(0).clamp(12, 24);
    for ((number, row), y) in rows.iter().enumerate().skip(scroll).zip(area.y..area.bottom()) {
        let place = Rect { y, height: 1, ..area };
        match page {
            Page::Configuration | Page::Limits | Page::Members | Page::Seconds => draw_pair(canvas, row, labels, place),
            _ => draw_entry(canvas, row, place),
        }
        if number == inspector.selected && !row.is_heading {
            let (selection, accent, sign) = (canvas.theme.selection, canvas.theme.accent, canvas.symbols.selected);
            canvas.style(place, selection);
            canvas.text(place.x, y, 1, sign, Style { bg: selection.bg, ..accent });
        }
        canvas.target(place, Target::OverlayItem(number));
    }
    edges(canvas, area, scroll > 0, rows.len() > scroll + height);
}

fn edges(canvas: &mut Canvas<'_>, area: Rect, above: bool, below: bool) {
    let (symbols, accent) = (canvas.symbols, canvas.theme.accent);
    if above {
        canvas.text_right(Rect { height: area.height.min(1), ..area }, symbols.up, accent);
    }
    if below && area.height > 0 {
        canvas.text_right(Rect { y: area.bottom() - 1, height: 1, ..area }, symbols.down, accent);
    }
}

/// A name and a value; with a gauge where something is used up.
fn draw_pair(canvas: &mut Canvas<'_>, row: &Row, labels: usize, place: Rect) {
    let theme = canvas.theme.clone();
    if row.is_heading {
        canvas.text(place.x + 2, place.y, place.width.saturating_sub(2), &row.left, theme.dim);
        return;
    }
    let name = truncate(&row.left, labels, canvas.symbols.ellipsis);
    let padding = " ".repeat(labels - width(&name) + 2);
    let mut spans = vec![Span::styled(format!("  {name}{padding}"), theme.dim)];
    if let Some(share) = row.share {
        spans.extend(gauge(share, GAUGE, theme.accent, theme.dim, canvas.symbols));
        spans.push(Span::raw("  "));
    }
    spans.push(Span::styled(row.right.clone(), theme.text));
    if matches!(row.opens, Opens::Thing(_)) {
        spans.push(Span::styled(format!(" {}", canvas.symbols.right), theme.accent));
    }
    canvas.line(place, &Line::from(spans));
}

/// A row of a tree or a list: what it is, how it differs, how large it is, and where it comes from.
fn draw_entry(canvas: &mut Canvas<'_>, row: &Row, place: Rect) {
    let theme = canvas.theme.clone();
    let symbols = canvas.symbols;
    if row.is_heading {
        canvas.text(place.x + 2, place.y, place.width.saturating_sub(2), &row.left, theme.dim);
        return;
    }
    let (origin, style) = origin(canvas, row.source);
    let origin_cells = if row.source == Source::None { 0 } else { 24 };
    let change = match row.change {
        Some('A') => ("A ", theme.good),
        Some('C') => ("C ", theme.warning),
        Some('D') => ("D ", theme.bad),
        _ => ("  ", theme.dim),
    };
    let sign = match row.opens {
        Opens::Directory(_, true) => format!("{} ", symbols.open),
        Opens::Directory(_, false) => format!("{} ", symbols.closed),
        _ => "  ".to_owned(),
    };
    let words = match (row.change, &row.opens) {
        (Some('D'), _) => theme.whiteout,
        (_, Opens::Directory(..)) => theme.strong,
        _ => theme.text,
    };
    let right_cells = u16::try_from(width(&row.right) + 2 + origin_cells).unwrap_or(place.width);
    let indent = " ".repeat(row.depth * 2);
    let left = Line::from(vec![
        Span::raw("  "),
        Span::styled(change.0, change.1),
        Span::raw(indent),
        Span::styled(sign, theme.accent),
        Span::styled(row.left.clone(), words),
    ]);
    let mut room = place.width;
    if place.width > right_cells + 16 {
        room = place.width - right_cells;
        let right = Rect { x: place.x + room, width: right_cells, ..place };
        let size = Rect { width: right_cells - u16::try_from(origin_cells).unwrap_or(0), ..right };
        canvas.text_right(size, &row.right, theme.dim);
        canvas.text(size.right() + 2, place.y, place.right().saturating_sub(size.right() + 2), &origin, style);
    }
    let mut spans = left.spans;
    if let Some(share) = row.share {
        spans.push(Span::raw("   "));
        spans.extend(gauge(share, GAUGE, theme.good, theme.bad, symbols));
    }
    canvas.line(Rect { width: room.saturating_sub(1), ..place }, &Line::from(spans));
}

fn origin(canvas: &Canvas<'_>, source: Source) -> (String, Style) {
    let (theme, symbols) = (&canvas.theme, canvas.symbols);
    match source {
        Source::None => (String::new(), theme.dim),
        Source::Init => (format!("{} Docker's init layer", symbols.read_only), theme.dim),
        Source::Writable => (format!("{} writable layer", symbols.writable), theme.writable),
        Source::Layer(number, shade, id) => {
            let signs = symbols.shades;
            let sign = signs.get(usize::from(shade.0) % signs.len()).copied().unwrap_or(" ");
            let short: String = id.hex().chars().take(4).collect();
            (format!("{sign} layer {number}  {short}"), theme.layer(usize::from(shade.0)))
        }
    }
}

/// A file or a request that is read.
fn draw_contents(canvas: &mut Canvas<'_>, contents: &Contents, area: Rect) {
    let theme = canvas.theme.clone();
    canvas.text(area.x, area.y, area.width, &contents.title, theme.code);
    if !contents.about.is_empty() {
        let cells = u16::try_from(width(&contents.about)).unwrap_or(0);
        if usize::from(area.width) > width(&contents.title) + usize::from(cells) + 3 {
            canvas.text(area.right() - cells, area.y, cells, &contents.about, theme.dim);
        }
    }
    let text = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
    let height = usize::from(text.height);
    let scroll = contents.scroll.min(contents.lines.len().saturating_sub(height.max(1)));
    for (line, y) in contents.lines.iter().skip(scroll).zip(text.y..text.bottom()) {
        canvas.text(text.x, y, text.width, line, theme.text);
    }
    edges(canvas, text, scroll > 0, contents.lines.len() > scroll + height);
}
