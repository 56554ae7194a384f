//! Images and their layers as cards.
//!
//! Promises: the top layer is drawn on top; a solid border, and the sign for read-only. Must not know: where a card is put.

use ratatui::style::Style;
use ratatui::text::Span;

use super::Look;
use super::card::{Card, between, gauge, level, spans_width, walled};
use super::layout::Detail;
use crate::client::units::human_size_with_precision;
use crate::stage::scene::{ImageScene, LayerScene, Shade, Subject};
use crate::world::digest::Digest;

/// Layers that a card with little room names.
const FEW_LAYERS: usize = 3;
/// Digits of a layer's short ID on the stage.
pub const ID_DIGITS: usize = 4;

/// The image as a card.
pub fn card(look: &Look<'_>, image: &ImageScene, width: u16, detail: Detail) -> Card {
    let subject = Subject::Image(image.id);
    let pointed = look.points_at(&subject);
    let mut card = Card::new(width);
    let cells = usize::from(width);
    let (theme, symbols) = (look.theme, look.symbols);
    let size = Span::styled(size(image.size), theme.dim);
    let mut head = marker(look, pointed);
    head.push(Span::styled(name(image), if pointed { theme.highlight } else { theme.strong }));
    if detail == Detail::Line {
        let mut left = head;
        left.push(Span::raw(" "));
        let room = cells.saturating_sub(spans_width(&left) + 8);
        left.extend(strip(look, image.layers.iter().map(|layer| (layer.id, layer.shade)), room));
        card.push(between(left, vec![size], cells, symbols), Some(subject), image.presence);
        return card;
    }
    let border = if pointed { theme.highlight } else { theme.border };
    let lock = Span::styled(format!(" {}", symbols.read_only), theme.dim);
    let top = level(
        (symbols.solid.top_left, symbols.solid.top_right),
        symbols.solid.horizontal,
        border,
        (head, vec![size, lock]),
        cells,
        symbols,
    );
    card.push(top, Some(subject), image.presence);
    let shown = if detail == Detail::Full { usize::MAX } else { FEW_LAYERS };
    for layer in image.layers.iter().rev().take(shown) {
        let content = layer_row(look, layer, cells.saturating_sub(4));
        card.push(
            walled(&symbols.solid, border, content, cells, symbols),
            Some(Subject::Layer(layer.id)),
            image.presence,
        );
    }
    let more = image.layers.len().saturating_sub(shown);
    if more > 0 {
        let words = format!("{} {more} more below", symbols.ellipsis);
        let content = vec![Span::styled(words, theme.dim)];
        card.push(walled(&symbols.solid, border, content, cells, symbols), None, image.presence);
    }
    if image.layers.is_empty() {
        let content = vec![Span::styled("no layers yet", theme.dim)];
        card.push(walled(&symbols.solid, border, content, cells, symbols), None, image.presence);
    }
    let users = match image.containers {
        0 => Vec::new(),
        1 => vec![Span::styled("1 container", theme.dim)],
        count => vec![Span::styled(format!("{count} containers"), theme.dim)],
    };
    let bottom = level(
        (symbols.solid.bottom_left, symbols.solid.bottom_right),
        symbols.solid.horizontal,
        border,
        (Vec::new(), users),
        cells,
        symbols,
    );
    card.push(bottom, None, image.presence);
    card
}

fn layer_row(look: &Look<'_>, layer: &LayerScene, cells: usize) -> Vec<Span<'static>> {
    let (theme, symbols) = (look.theme, look.symbols);
    let style = theme.layer(usize::from(layer.shade.0));
    let pointed = look.points_at(&Subject::Layer(layer.id));
    let words = if pointed { theme.highlight } else { theme.text };
    let mut left = vec![
        Span::styled(
            if pointed { symbols.selected } else { shade(look, layer.shade) },
            if pointed { theme.highlight } else { style },
        ),
        Span::styled(shade(look, layer.shade), style),
        Span::raw(" "),
        Span::styled(short(layer.id), style),
        Span::raw("  "),
    ];
    let right = if layer.progress < 1.0 {
        let percent = format!(" {:>3.0}%", layer.progress * 100.0);
        let mut spans = gauge(layer.progress, 8, theme.accent, theme.dim, symbols);
        spans.push(Span::styled(percent, theme.dim));
        spans
    } else {
        vec![Span::styled(size(layer.size), theme.dim)]
    };
    left.push(Span::styled(layer.made_by.clone(), words));
    between(left, right, cells, symbols)
}

/// Layers as a strip of shades, the lowest first, with their IDs if there is room.
pub fn strip(look: &Look<'_>, layers: impl Iterator<Item = (Digest, Shade)>, cells: usize) -> Vec<Span<'static>> {
    let layers: Vec<(Digest, Shade)> = layers.collect();
    let with_ids = layers.len() * (ID_DIGITS + 3);
    let mut spans = Vec::new();
    if with_ids <= cells + 1 {
        for (number, (id, kind)) in layers.into_iter().enumerate() {
            let style = look.theme.layer(usize::from(kind.0));
            let gap = if number > 0 { " " } else { "" };
            let pointed = look.points_at(&Subject::Layer(id));
            let style = if pointed { look.theme.highlight } else { style };
            let sign = if pointed { look.symbols.selected } else { shade(look, kind) };
            spans.push(Span::styled(format!("{gap}{sign} {}", short(id)), style));
        }
        return spans;
    }
    let surplus = layers.len() > cells;
    let shown = if surplus { cells.saturating_sub(1) } else { layers.len() };
    for (_, kind) in layers.into_iter().take(shown) {
        spans.push(Span::styled(shade(look, kind), look.theme.layer(usize::from(kind.0))));
    }
    if surplus {
        spans.push(Span::styled(look.symbols.ellipsis, look.theme.dim));
    }
    spans
}

/// The sign of a shade.
pub fn shade(look: &Look<'_>, shade: Shade) -> &'static str {
    let signs = look.symbols.shades;
    signs.get(usize::from(shade.0) % signs.len()).copied().unwrap_or(" ")
}

/// The short ID of a layer, as it is shown everywhere on the stage.
pub fn short(id: Digest) -> String {
    id.hex().chars().take(ID_DIGITS).collect()
}

/// A size as `docker images` writes it.
pub fn size(bytes: u64) -> String {
    human_size_with_precision(bytes, 3)
}

/// The sign before what is pointed at.
pub fn marker(look: &Look<'_>, pointed: bool) -> Vec<Span<'static>> {
    if pointed {
        vec![Span::styled(look.symbols.selected, look.theme.highlight), Span::styled(" ", Style::new())]
    } else {
        Vec::new()
    }
}

fn name(image: &ImageScene) -> String {
    if image.tags.is_empty() { format!("<none> {}", short(image.id)) } else { image.tags.join(", ") }
}
