//! Draws the inspector over the screen.
//!
//! Promises: the selected row is in sight. Must not know: how to change anything.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::canvas::Canvas;
use super::wrap::width;
use crate::app::inspector::{Inspector, Page, Row, Source};

/// Cells between the window and the edge of the screen.
const MARGIN: (u16, u16) = (4, 2);

/// Draws the window.
pub fn draw(canvas: &mut Canvas<'_>, inspector: &Inspector) {
    let screen = canvas.area();
    let margin = if screen.width >= 100 { MARGIN.0 } else { 1 };
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
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let mut pages = Vec::new();
    for page in Page::ALL {
        let here = page == inspector.page;
        let sign = if here { canvas.symbols.selected } else { " " };
        let style = if here { canvas.theme.accent } else { canvas.theme.dim };
        pages.push(Span::styled(format!("{sign} {}   ", page.name()), style));
    }
    if inspector.page == Page::Files {
        pages.push(Span::styled(inspector.directory.clone(), canvas.theme.code));
    }
    canvas.line(Rect { height: inner.height.min(1), ..inner }, &Line::from(pages));
    let list = Rect { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner };
    draw_rows(canvas, inspector, list);
}

fn draw_rows(canvas: &mut Canvas<'_>, inspector: &Inspector, area: Rect) {
    let rows = inspector.rows();
    if rows.is_empty() {
        let dim = canvas.theme.dim;
        canvas.text(area.x, area.y, area.width, "Nothing here.", dim);
        return;
    }
    let height = usize::from(area.height);
    let scroll = (inspector.selected + 1 + height / 3).saturating_sub(height).min(rows.len().saturating_sub(height));
    let label_width = rows.iter().map(|row| width(&row.left)).max().unwrap_or(0).clamp(12, 22);
    for ((number, row), at) in rows.iter().enumerate().skip(scroll).zip(area.y..area.bottom()) {
        let place = Rect { y: at, height: 1, ..area };
        if inspector.page == Page::Configuration {
            let line = Line::from(vec![
                Span::styled(format!("  {:<label_width$}  ", row.left), canvas.theme.dim),
                Span::styled(row.right.clone(), canvas.theme.text),
            ]);
            canvas.line(place, &line);
        } else {
            draw_entry(canvas, row, place);
        }
        if number == inspector.selected {
            let (selection, accent, sign) = (canvas.theme.selection, canvas.theme.accent, canvas.symbols.selected);
            canvas.style(place, selection);
            canvas.text(place.x, at, 1, sign, Style { bg: selection.bg, ..accent });
        }
    }
    let (symbols, accent) = (canvas.symbols, canvas.theme.accent);
    if scroll > 0 {
        canvas.text_right(Rect { height: 1, ..area }, symbols.up, accent);
    }
    if rows.len() > scroll + height && area.height > 0 {
        canvas.text_right(Rect { y: area.bottom() - 1, height: 1, ..area }, symbols.down, accent);
    }
}

fn draw_entry(canvas: &mut Canvas<'_>, row: &Row, place: Rect) {
    let theme = canvas.theme.clone();
    let symbols = canvas.symbols;
    let (origin, style) = match row.source {
        Source::None => (String::new(), theme.dim),
        Source::Init => (format!("{} Docker's init layer", symbols.read_only), theme.dim),
        Source::Writable => (format!("{} writable layer", symbols.writable), theme.writable),
        Source::Hidden => (format!("{} hidden by a whiteout", symbols.whiteout), theme.bad),
        Source::Layer(number, shade, id) => {
            let signs = symbols.shades;
            let sign = signs.get(usize::from(shade.0) % signs.len()).copied().unwrap_or(" ");
            let short: String = id.hex().chars().take(4).collect();
            (format!("{sign} layer {number}  {short}"), theme.layer(usize::from(shade.0)))
        }
    };
    let right = format!("{:>10}  {origin:<22}", row.right);
    let cells = u16::try_from(width(&right)).unwrap_or(0);
    let room = place.width.saturating_sub(cells + 3);
    let words = match (row.source, &row.opens) {
        (Source::Hidden, _) => theme.whiteout,
        (_, Some(_)) => theme.strong,
        _ => theme.text,
    };
    canvas.text(place.x + 2, place.y, room, &row.left, words);
    if place.width > cells + 10 {
        let column = place.right() - cells;
        canvas.text(column, place.y, 12, &format!("{:>10}  ", row.right), theme.dim);
        canvas.text(column + 12, place.y, cells - 12, &origin, style);
    }
}
