//! Many containers in little room: a sign for each, by image.
//!
//! Promises: as many signs as there are containers, in their order; how many are in which state is said in words too. Must not know: where
//! a card is put.

use ratatui::style::Modifier;
use ratatui::text::Span;

use super::Look;
use super::card::{Card, Part, between, fit};
use super::container::state;
use crate::stage::scene::{ContainerScene, ContainerState, Subject};
use crate::view::wrap::{truncate, width as wide};

/// Rows of signs with gaps between them; where more would be needed, the gaps go.
const ROWS_WITH_GAPS: usize = 4;

/// The most cells of a name.
const NAME: usize = 18;

/// The containers of one image as a card, with or without their names.
pub fn card(look: &Look<'_>, image: &str, named: bool, containers: &[&ContainerScene], width: u16) -> Card {
    let (theme, symbols) = (look.theme, look.symbols);
    let mut card = Card::new(width);
    let head = vec![Span::styled(image.to_owned(), theme.strong)];
    let about = vec![Span::styled(counted(containers), theme.text)];
    card.push(between(head, about, usize::from(width), symbols), None, 1.0);
    // The cells of a container: its sign, a gap, and maybe its name.
    let longest = containers.iter().map(|container| wide(&container.name)).max().unwrap_or(0).min(NAME);
    let cells = match named {
        true => u16::try_from(longest + 4).unwrap_or(width).min(width).max(1),
        false if containers.len() * 2 > usize::from(width) * ROWS_WITH_GAPS => 1,
        false => 2,
    };
    let a_row = usize::from((width / cells).max(1));
    for row in containers.chunks(a_row) {
        let mut spans = Vec::new();
        let mut parts = Vec::new();
        for (number, container) in (0..).zip(row) {
            let subject = Subject::Container(container.id.clone());
            let (sign, style) = state(look, container.state);
            let style = if look.is_selected(&subject) {
                theme.selection.add_modifier(Modifier::REVERSED)
            } else if look.points_at(&subject) {
                theme.highlight.add_modifier(Modifier::REVERSED)
            } else {
                style
            };
            spans.push(Span::styled(sign, style));
            let mut rest = usize::from(cells - 1);
            if named {
                let name = truncate(&container.name, longest, symbols.ellipsis);
                rest = rest.saturating_sub(wide(&name) + 1);
                spans.push(Span::raw(" "));
                spans.push(Span::styled(name, theme.text));
            }
            spans.push(Span::raw(" ".repeat(rest)));
            let width = if named { cells.saturating_sub(2).max(1) } else { 1 };
            parts.push(Part { column: number * cells, width, subject });
        }
        card.push_parts(fit(spans, usize::from(width), symbols), parts);
    }
    let selected = containers.iter().find(|container| look.is_selected(&Subject::Container(container.id.clone())));
    if let Some(container) = selected {
        let (sign, style) = state(look, container.state);
        let words = vec![
            Span::styled(format!("{} {sign} ", symbols.selected), style),
            Span::styled(container.name.clone(), theme.strong),
            Span::styled(format!("  {}", container.status), style),
            Span::styled(format!("  {}", container.ports.join("  ")), theme.dim),
        ];
        card.push(fit(words, usize::from(width), symbols), None, 1.0);
    }
    card
}

/// «198 running, 2 exited».
fn counted(containers: &[&ContainerScene]) -> String {
    let words = [
        (ContainerState::Running, "running"),
        (ContainerState::Paused, "paused"),
        (ContainerState::Restarting, "restarting"),
        (ContainerState::Created, "created"),
        (ContainerState::Exited, "exited"),
        (ContainerState::Removing, "going"),
        (ContainerState::Dead, "dead"),
    ];
    let counts = words.into_iter().filter_map(|(state, word)| {
        let count = containers.iter().filter(|container| container.state == state).count();
        (count > 0).then(|| format!("{count} {word}"))
    });
    counts.collect::<Vec<_>>().join(", ")
}
