//! A build as a card: its steps, which of them came from the cache, and how far it is.
//!
//! Promises: as `card`. Must not know: where a card is put.

use ratatui::text::Span;

use super::Look;
use super::card::{Card, between, gauge};
use crate::stage::scene::BuildScene;

/// The build as a card.
pub fn card(look: &Look<'_>, build: &BuildScene, width: u16) -> Card {
    let (theme, symbols, cells) = (look.theme, look.symbols, usize::from(width));
    let mut card = Card::new(width);
    for step in &build.steps {
        let done = step.progress >= 1.0;
        let (sign, style) = if done { (symbols.done, theme.good) } else { (symbols.selected, theme.accent) };
        let left = vec![
            Span::styled(format!("{sign} "), style),
            Span::styled(format!("{}/{} ", step.number, build.total), theme.dim),
            Span::styled(step.instruction.clone(), theme.text),
        ];
        let right = match (step.cached, done) {
            (true, _) => vec![Span::styled("CACHED", theme.good)],
            (false, true) => Vec::new(),
            (false, false) => gauge(step.progress, 6, theme.accent, theme.dim, symbols),
        };
        card.push(between(left, right, cells, symbols), None, 1.0);
    }
    card
}
