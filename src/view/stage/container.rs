//! Containers as cards: the writable layer, dotted, on the image's layers, solid; the state; processes, ports, mounts.
//!
//! Promises: a state has a sign and a word; a file says by a letter how it differs (A, C, D, as `docker diff`). Must not know: where a
//! card is put.

use ratatui::style::Style;
use ratatui::text::Span;

use super::Look;
use super::card::{Card, between, fit, level, side_by_side, spans_width, walled};
use super::image::{marker, size, strip};
use super::layout::Detail;
use crate::client::units::bytes_size;
use crate::stage::scene::{ContainerScene, ContainerState, FileChange, FileScene, Subject};

/// Files that a card with all detail names; of more, the first.
const FILES: usize = 6;
/// Files that a brief card names.
const FEW_FILES: usize = 2;
/// Processes that a card names.
const PROCESSES: usize = 4;

/// The container as a card.
pub fn card(look: &Look<'_>, container: &ContainerScene, width: u16, detail: Detail) -> Card {
    let subject = Subject::Container(container.id.clone());
    let pointed = look.points_at(&subject);
    let mut card = Card::new(width);
    let cells = usize::from(width);
    let (theme, symbols) = (look.theme, look.symbols);
    let (sign, style) = state(look, container.state);
    let mut head = marker(look, pointed);
    head.push(Span::styled(format!("{sign} "), style));
    head.push(Span::styled(container.name.clone(), if pointed { theme.highlight } else { theme.strong }));
    let status = vec![Span::styled(container.status.clone(), style)];
    // In little room a container that differs in nothing from its image has nothing more to show.
    if detail == Detail::Line || detail == Detail::Brief && container.writable.files.is_empty() {
        if !container.writable.files.is_empty() {
            head.push(Span::styled(
                format!("  {} {}", symbols.writable, size(container.writable.size)),
                theme.writable,
            ));
        }
        head.push(Span::styled(format!("  {}", container.image_name), theme.dim));
        card.push(between(head, status, cells, symbols), Some(subject), container.presence);
        return card;
    }
    if detail == Detail::Brief {
        head.push(Span::styled(format!("  {} {}", symbols.writable, size(container.writable.size)), theme.writable));
        card.push(between(head, status, cells, symbols), Some(subject), container.presence);
        files(look, container, &mut card, detail, theme.writable);
        layers(look, container, &mut card);
        return card;
    }
    card.push(between(head, status, cells, symbols), Some(subject), container.presence);
    writable(look, container, &mut card, detail);
    image_part(look, container, &mut card);
    if detail == Detail::Full {
        let more = details(look, container, cells);
        for (row, presence) in more {
            card.push(row, None, presence * container.presence);
        }
    } else if let Some(row) = first_process(look, container, cells) {
        card.push(row, None, container.presence);
    }
    card
}

/// The writable layer: the upper part of the box.
fn writable(look: &Look<'_>, container: &ContainerScene, card: &mut Card, detail: Detail) {
    let (theme, symbols) = (look.theme, look.symbols);
    let subject = Subject::Writable(container.id.clone());
    let pointed = look.points_at(&subject);
    let style = if pointed { theme.highlight } else { theme.writable };
    let cells = usize::from(card.width);
    let presence = container.writable.presence * container.presence;
    let mut words = marker(look, pointed);
    words.push(Span::styled(format!("{} writable layer", symbols.writable), style));
    let bytes = vec![Span::styled(size(container.writable.size), style)];
    let dotted = &symbols.dotted;
    let top = level((dotted.top_left, dotted.top_right), dotted.horizontal, style, (words, bytes), cells, symbols);
    card.push(top, Some(subject), presence);
    files(look, container, card, detail, style);
}

/// The files of the writable layer, a row each.
fn files(look: &Look<'_>, container: &ContainerScene, card: &mut Card, detail: Detail, style: Style) {
    let (theme, symbols) = (look.theme, look.symbols);
    let cells = usize::from(card.width);
    let presence = container.writable.presence * container.presence;
    let (dotted, files) = (&symbols.dotted, &container.writable.files);
    let shown = match detail {
        Detail::Full => FILES,
        Detail::Brief => FEW_FILES,
        Detail::Short | Detail::Line | Detail::Name | Detail::Dot => 1,
    };
    // One more is named rather than counted.
    let shown = if files.len() == shown + 1 && container.writable.more == 0 { shown + 1 } else { shown };
    let first = first_pointed(look, container).filter(|at| *at >= shown).map_or(0, |at| at + 1 - shown);
    for file in files.iter().skip(first).take(shown) {
        let subject = Subject::File(container.id.clone(), file.path.clone());
        let content = file_row(look, file, look.points_at(&subject), cells.saturating_sub(4));
        card.push(walled(dotted, style, content, cells, symbols), Some(subject), presence);
    }
    let more = files.len().saturating_sub(first + shown) + first + container.writable.more as usize;
    if files.is_empty() {
        let content = vec![Span::styled("empty: all is as in the image", theme.dim)];
        card.push(walled(dotted, style, content, cells, symbols), None, presence);
    } else if more > 0 {
        let content = vec![Span::styled(format!("{} {more} more", symbols.ellipsis), theme.dim)];
        card.push(walled(dotted, style, content, cells, symbols), None, presence);
    }
}

fn first_pointed(look: &Look<'_>, container: &ContainerScene) -> Option<usize> {
    let is_pointed = |file: &FileScene| look.points_at(&Subject::File(container.id.clone(), file.path.clone()));
    container.writable.files.iter().position(is_pointed)
}

fn file_row(look: &Look<'_>, file: &FileScene, pointed: bool, cells: usize) -> Vec<Span<'static>> {
    let (theme, symbols) = (look.theme, look.symbols);
    let (letter, style) = match file.change {
        FileChange::Added => ("A", theme.good),
        FileChange::Changed => ("C", theme.warning),
        FileChange::Deleted => ("D", theme.bad),
    };
    let words = match file.change {
        FileChange::Deleted => theme.whiteout,
        _ if pointed => theme.highlight,
        _ => theme.text,
    };
    let right = match file.change {
        FileChange::Deleted => format!("{} whiteout", symbols.whiteout),
        _ => size(file.size),
    };
    let room = cells.saturating_sub(right.chars().count() + 5);
    let mut left = marker(look, pointed);
    left.push(Span::styled(format!("{letter}  "), style));
    left.push(Span::styled(shorten(&file.path, room, symbols.ellipsis), words));
    between(left, vec![Span::styled(right, theme.dim)], cells, symbols)
}

/// A path that is too long loses its middle: the file's name is what one looks for.
fn shorten(path: &str, cells: usize, ellipsis: &str) -> String {
    let count = path.chars().count();
    if count <= cells || cells < 4 {
        return path.to_owned();
    }
    let end: String = path.chars().skip(count - (cells - 1)).collect();
    format!("{ellipsis}{end}")
}

/// The image's layers: the lower part of the box, read-only.
fn image_part(look: &Look<'_>, container: &ContainerScene, card: &mut Card) {
    let (theme, symbols) = (look.theme, look.symbols);
    let cells = usize::from(card.width);
    let border = theme.border;
    let signs = &symbols.solid;
    card.push(
        level((signs.tee_right, signs.tee_left), signs.horizontal, border, (Vec::new(), Vec::new()), cells, symbols),
        None,
        container.presence,
    );
    layers(look, container, card);
    card.push(
        level(
            (signs.bottom_left, signs.bottom_right),
            signs.horizontal,
            border,
            (Vec::new(), Vec::new()),
            cells,
            symbols,
        ),
        None,
        container.presence,
    );
}

/// The row of the image's layers.
fn layers(look: &Look<'_>, container: &ContainerScene, card: &mut Card) {
    let (theme, symbols) = (look.theme, look.symbols);
    let cells = usize::from(card.width);
    let name = vec![
        Span::styled(container.image_name.clone(), theme.text),
        Span::styled(format!(" {}", symbols.read_only), theme.dim),
    ];
    let inner = cells.saturating_sub(4);
    let room = inner.saturating_sub(spans_width(&name) + 1);
    let layers = strip(look, container.layers.iter().copied(), room);
    let content = between(layers, name, inner, symbols);
    card.push(
        walled(&symbols.solid, theme.border, content, cells, symbols),
        Some(Subject::Image(container.image)),
        container.presence,
    );
}

/// Processes, ports, addresses, mounts, memory: a row each.
fn details(look: &Look<'_>, container: &ContainerScene, cells: usize) -> Vec<(Vec<Span<'static>>, f32)> {
    let (theme, symbols) = (look.theme, look.symbols);
    let mut rows = Vec::new();
    // One more is named rather than counted.
    let named = if container.processes.len() == PROCESSES + 1 { PROCESSES + 1 } else { PROCESSES };
    for process in container.processes.iter().take(named) {
        rows.push((process_row(look, process.pid, process.host_pid, &process.command, cells), process.presence));
    }
    let more = container.processes.len().saturating_sub(named);
    if more > 0 {
        rows.push((
            fit(vec![Span::styled(format!("  {} {more} more processes", symbols.ellipsis), theme.dim)], cells, symbols),
            1.0,
        ));
    }
    let mut words = Vec::new();
    words.extend(container.ports.iter().map(|port| format!("port {port}")));
    words.extend(container.addresses.iter().map(|(network, address)| format!("{network} {address}")));
    if container.memory > 0 {
        // In the units of `docker stats`, in which limits are given.
        let limit = container.memory_limit.map_or_else(String::new, |limit| format!(" of {}", bytes_size(limit)));
        words.push(format!("memory {}{limit}", bytes_size(container.memory)));
    }
    for line in side_by_side(&words, cells.saturating_sub(2)) {
        rows.push((fit(vec![Span::styled(format!("  {line}"), theme.dim)], cells, symbols), 1.0));
    }
    for (target, source) in &container.mounts {
        let content = vec![
            Span::styled(format!("  {} ", symbols.writable), theme.writable),
            Span::styled(format!("{source} at {target}"), theme.text),
        ];
        rows.push((fit(content, cells, symbols), 1.0));
    }
    rows
}

fn first_process(look: &Look<'_>, container: &ContainerScene, cells: usize) -> Option<Vec<Span<'static>>> {
    let process = container.processes.first()?;
    Some(process_row(look, process.pid, process.host_pid, &process.command, cells))
}

fn process_row(look: &Look<'_>, pid: u32, host_pid: u32, command: &str, cells: usize) -> Vec<Span<'static>> {
    let theme = look.theme;
    let left = vec![Span::styled(format!("  PID {pid} "), theme.strong), Span::styled(command.to_owned(), theme.text)];
    between(left, vec![Span::styled(format!("host PID {host_pid}"), theme.dim)], cells, look.symbols)
}

/// The sign and the look of a state.
pub fn state(look: &Look<'_>, state: ContainerState) -> (&'static str, Style) {
    let (theme, symbols) = (look.theme, look.symbols);
    match state {
        ContainerState::Running => (symbols.running, theme.good),
        ContainerState::Paused => (symbols.paused, theme.warning),
        ContainerState::Restarting => (symbols.started, theme.warning),
        ContainerState::Created => (symbols.created, theme.dim),
        ContainerState::Exited => (symbols.exited, theme.dim),
        ContainerState::Removing => (symbols.whiteout, theme.dim),
        ContainerState::Dead => (symbols.dead, theme.bad),
    }
}
