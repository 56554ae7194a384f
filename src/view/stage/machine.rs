//! A machine's head with its gauges; virtual machines, volumes and networks as cards.
//!
//! Promises: as `card`. Must not know: where a card is put.

use ratatui::text::Span;

use super::Look;
use super::card::{Card, between, fit, gauge, level, spans_width, walled};
use super::image::{marker, size};
use super::layout::Detail;
use crate::client::units::bytes_size;
use crate::stage::scene::{Gauge, MachineScene, NetworkScene, Subject, VirtualMachineScene, VolumeScene};

/// The narrowest head in which all stands in one row.
const ONE_ROW: usize = 100;
/// In a narrower head gauges have half their length.
const NARROW: usize = 50;
/// Cells of a gauge.
const GAUGE: usize = 8;

/// The head of a machine.
pub fn head(look: &Look<'_>, machine: &MachineScene, width: u16) -> Card {
    let subject = Subject::Machine(machine.name.clone());
    let pointed = look.points_at(&subject);
    let (theme, symbols, cells) = (look.theme, look.symbols, usize::from(width));
    let mut card = Card::new(width);
    let mut name = marker(look, pointed);
    name.push(Span::styled(machine.name.to_string(), if pointed { theme.highlight } else { theme.title }));
    let about = format!("  {}  kernel {}  {} CPU", machine.platform, machine.kernel, machine.cpus);
    let gauge_cells = if cells < NARROW { GAUGE / 2 } else { GAUGE };
    let mut gauges = measure(look, "memory", machine.memory, gauge_cells);
    gauges.push(Span::raw("  "));
    gauges.extend(measure(look, "disk", machine.disk, gauge_cells));
    if cells >= ONE_ROW {
        name.push(Span::styled(about, theme.dim));
        card.push(between(name, gauges, cells, symbols), Some(subject), 1.0);
    } else if cells >= spans_width(&gauges) + spans_width(&name) + 2 {
        card.push(between(name, gauges, cells, symbols), Some(subject), 1.0);
    } else {
        card.push(fit(name, cells, symbols), Some(subject), 1.0);
        card.push(fit(gauges, cells, symbols), None, 1.0);
    }
    card
}

fn measure(look: &Look<'_>, word: &str, measured: Gauge, cells: usize) -> Vec<Span<'static>> {
    let theme = look.theme;
    let mut spans = vec![Span::styled(format!("{word} "), theme.dim)];
    spans.extend(gauge(measured.share(), cells, theme.accent, theme.dim, look.symbols));
    spans.push(Span::styled(format!(" {}", size(measured.used)), theme.text));
    spans
}

/// A virtual machine: its boot stages, what it takes, what runs in it.
pub fn virtual_machine(look: &Look<'_>, machine: &VirtualMachineScene, width: u16, detail: Detail) -> Card {
    let subject = Subject::VirtualMachine(machine.name.clone());
    let pointed = look.points_at(&subject);
    let (theme, symbols, cells) = (look.theme, look.symbols, usize::from(width));
    let mut card = Card::new(width);
    let presence = machine.presence;
    let (sign, word, style) =
        if machine.running { (symbols.running, "on", theme.good) } else { (symbols.exited, "off", theme.dim) };
    let mut name = marker(look, pointed);
    name.push(Span::styled(format!("{sign} "), style));
    name.push(Span::styled(machine.name.to_string(), if pointed { theme.highlight } else { theme.strong }));
    let state = vec![Span::styled(format!("virtual machine, {word}"), style)];
    if detail == Detail::Line {
        card.push(between(name, state, cells, symbols), Some(subject), presence);
        return card;
    }
    let border = if pointed { theme.highlight } else { theme.border };
    let signs = &symbols.solid;
    card.push(
        level((signs.top_left, signs.top_right), signs.horizontal, border, (name, state), cells, symbols),
        Some(subject),
        presence,
    );
    let mut rows = vec![vec![Span::styled(format!("{}  kernel {}", machine.guest, machine.kernel), theme.text)]];
    let widest = machine.stages.iter().map(|stage| stage.name.chars().count()).max().unwrap_or(0);
    if detail == Detail::Full {
        for stage in &machine.stages {
            let done = stage.progress >= 1.0;
            let mark = if done { symbols.done } else { symbols.not_yet };
            let mut row = vec![
                Span::styled(format!("{mark} "), if done { theme.good } else { theme.dim }),
                Span::styled(
                    format!("{:<widest$} ", stage.name),
                    if stage.progress > 0.0 { theme.text } else { theme.dim },
                ),
            ];
            let room = cells.saturating_sub(widest + 8).min(20);
            row.extend(gauge(stage.progress, room, theme.accent, theme.dim, symbols));
            rows.push(row);
        }
    } else {
        let done = machine.stages.iter().filter(|stage| stage.progress >= 1.0).count();
        rows.push(vec![Span::styled(format!("boot: {done} of {} stages", machine.stages.len()), theme.dim)]);
    }
    let taken = format!("memory {} reserved   disk {}", bytes_size(machine.memory), bytes_size(machine.disk));
    rows.push(vec![Span::styled(taken, theme.text)]);
    rows.extend(machine.services.iter().map(|service| vec![Span::styled(format!("runs {service}"), theme.text)]));
    if let Some(time) = machine.first_answer {
        let words = format!("first answer after {}.{} s", time / 1000, time % 1000 / 100);
        rows.push(vec![Span::styled(words, theme.good)]);
    }
    for row in rows {
        card.push(walled(signs, border, row, cells, symbols), None, presence);
    }
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
        presence,
    );
    card
}

/// A volume: a row.
pub fn volume(look: &Look<'_>, volume: &VolumeScene, width: u16) -> Card {
    let subject = Subject::Volume(volume.name.clone());
    let pointed = look.points_at(&subject);
    let theme = look.theme;
    let mut card = Card::new(width);
    let mut left = marker(look, pointed);
    left.push(Span::styled(format!("{} ", look.symbols.writable), theme.writable));
    left.push(Span::styled(volume.name.to_string(), if pointed { theme.highlight } else { theme.text }));
    let users =
        if volume.used_by.is_empty() { "unused".to_owned() } else { format!("in {}", volume.used_by.join(", ")) };
    left.push(Span::styled(format!("  {users}"), theme.dim));
    let right = vec![Span::styled(size(volume.size), theme.dim)];
    card.push(between(left, right, usize::from(width), look.symbols), Some(subject), volume.presence);
    card
}

/// A network: a row.
pub fn network(look: &Look<'_>, network: &NetworkScene, width: u16) -> Card {
    let subject = Subject::Network(network.name.as_str().into());
    let pointed = look.points_at(&subject);
    let theme = look.theme;
    let mut card = Card::new(width);
    let mut left = marker(look, pointed);
    left.push(Span::styled(network.name.clone(), if pointed { theme.highlight } else { theme.text }));
    let members = if network.members.is_empty() { "nobody".to_owned() } else { network.members.join(", ") };
    left.push(Span::styled(format!("  {members}"), theme.dim));
    card.push(fit(left, usize::from(width), look.symbols), Some(subject), 1.0);
    card
}

/// A heading over cards, with the place where things come from the registry at its right end.
pub fn heading(look: &Look<'_>, words: &str, registry: bool, width: u16) -> Card {
    let mut card = Card::new(width);
    let subject = registry.then_some(Subject::Registry);
    let right = if registry {
        vec![Span::styled(format!("registry {}", look.symbols.down), look.theme.accent)]
    } else {
        Vec::new()
    };
    let left = vec![Span::styled(words.to_owned(), look.theme.dim)];
    card.push(between(left, right, usize::from(width), look.symbols), subject, 1.0);
    card
}

/// Words in place of what is not there yet.
pub fn nothing(look: &Look<'_>, words: &str, width: u16) -> Card {
    let mut card = Card::new(width);
    card.push(fit(vec![Span::styled(words.to_owned(), look.theme.dim)], usize::from(width), look.symbols), None, 1.0);
    card
}
