//! A machine's head with its gauges; virtual machines and volumes as cards.
//!
//! Promises: as `card`. Must not know: where a card is put.

use ratatui::text::Span;

use super::Look;
use super::card::{Card, between, fit, gauge, level, side_by_side, spans_width, walled};
use super::image::{marker, size};
use super::layout::Detail;
use crate::stage::scene::{Gauge, MachineScene, Subject, VirtualMachineScene, VolumeScene};

/// The narrowest head in which all stands in one row.
const ONE_ROW: usize = 100;
/// Gauges, from the longest to none but the number: how many cells, and whether the whole is named.
const GAUGES: [(usize, bool); 5] = [(8, true), (8, false), (SHORT_GAUGE, false), (2, false), (0, false)];
/// Cells of a short gauge.
const SHORT_GAUGE: usize = 4;

/// The head of a machine.
pub fn head(look: &Look<'_>, machine: &MachineScene, width: u16) -> Card {
    let subject = Subject::Machine(machine.name.clone());
    let pointed = look.points_at(&subject);
    let (theme, symbols, cells) = (look.theme, look.symbols, usize::from(width));
    let mut card = Card::new(width);
    let mut name = marker(look, pointed);
    name.push(Span::styled(machine.name.to_string(), if pointed { theme.highlight } else { theme.title }));
    let about = format!("  {}  kernel {}  {} CPU", machine.platform, machine.kernel, machine.cpus);
    let gauges = |(gauge_cells, total): (usize, bool)| {
        let mut gauges = measure(look, "memory", machine.memory, gauge_cells, total);
        gauges.push(Span::raw("  "));
        gauges.extend(measure(look, "disk", machine.disk, gauge_cells, total));
        gauges
    };
    let fitting = |room: usize| GAUGES.into_iter().find(|kind| spans_width(&gauges(*kind)) <= room);
    if look.partial {
        // The lanes' machines are one and the same: its name says nothing.
        card.push(fit(gauges(fitting(cells).unwrap_or((0, false))), cells, symbols), Some(subject), 1.0);
        return card;
    }
    if cells >= ONE_ROW {
        name.push(Span::styled(about, theme.dim));
    }
    // Beside the name if a gauge of some length fits there, else below it: a number is never cut.
    let beside = cells.saturating_sub(spans_width(&name) + 2);
    match fitting(beside).filter(|(gauge_cells, _)| *gauge_cells >= SHORT_GAUGE) {
        Some(kind) => card.push(between(name, gauges(kind), cells, symbols), Some(subject), 1.0),
        None => {
            card.push(fit(name, cells, symbols), Some(subject), 1.0);
            card.push(fit(gauges(fitting(cells).unwrap_or((0, false))), cells, symbols), None, 1.0);
        }
    }
    card
}

fn measure(look: &Look<'_>, word: &str, measured: Gauge, cells: usize, total: bool) -> Vec<Span<'static>> {
    let theme = look.theme;
    let mut spans = vec![Span::styled(format!("{word} "), theme.dim)];
    if cells > 0 {
        spans.extend(gauge(measured.share(), cells, theme.accent, theme.dim, look.symbols));
        spans.push(Span::raw(" "));
    }
    spans.push(Span::styled(size(measured.used), theme.text));
    if total {
        spans.push(Span::styled(format!(" of {}", size(measured.total)), theme.dim));
    }
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
    let roomy = cells >= spans_width(&name) + "virtual machine, off".len() + 10;
    let state = vec![Span::styled(if roomy { format!("virtual machine, {word}") } else { word.to_owned() }, style)];
    if detail == Detail::Line {
        let room = cells.saturating_sub(spans_width(&name) + 2 + word.len() + 1);
        let taken = [format!("memory {}", size(machine.memory)), format!("disk {}", size(machine.disk))];
        let first = side_by_side(&taken, room).into_iter().next().unwrap_or_default();
        name.push(Span::styled(format!("  {first}"), theme.text));
        card.push(between(name, vec![Span::styled(word, style)], cells, symbols), Some(subject), presence);
        return card;
    }
    if detail == Detail::Brief {
        card.push(between(name, state, cells, symbols), Some(subject), presence);
        for row in brief(look, machine, cells.saturating_sub(2)) {
            let mut spans = vec![Span::raw("  ")];
            spans.extend(row);
            card.push(fit(spans, cells, symbols), None, presence);
        }
        return card;
    }
    let border = if pointed { theme.highlight } else { theme.border };
    let signs = &symbols.solid;
    card.push(
        level((signs.top_left, signs.top_right), signs.horizontal, border, (name, state), cells, symbols),
        Some(subject),
        presence,
    );
    let inner = cells.saturating_sub(4);
    let system = [machine.guest.clone(), format!("kernel {}", machine.kernel)];
    let mut rows: Vec<_> =
        side_by_side(&system, inner).into_iter().map(|row| vec![Span::styled(row, theme.text)]).collect();
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
    let memory = if machine.memory > 0 {
        format!("memory {} reserved", size(machine.memory))
    } else {
        "no memory taken".to_owned()
    };
    let taken = [memory, format!("disk {}", size(machine.disk))];
    rows.extend(side_by_side(&taken, inner).into_iter().map(|row| vec![Span::styled(row, theme.text)]));
    rows.extend(machine.services.iter().map(|service| vec![Span::styled(format!("runs {service}"), theme.text)]));
    if let Some(time) = machine.first_answer {
        rows.push(vec![Span::styled(first_answer(time), theme.good)]);
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

/// How far its boot is, what it takes, and its first answer: a row each.
fn brief(look: &Look<'_>, machine: &VirtualMachineScene, cells: usize) -> Vec<Vec<Span<'static>>> {
    let theme = look.theme;
    let mut rows = Vec::new();
    if machine.running && !machine.stages.is_empty() {
        let all = machine.stages.len();
        let done = machine.stages.iter().filter(|stage| stage.progress >= 1.0).count();
        let now = machine.stages.iter().find(|stage| stage.progress < 1.0);
        let words = now.map_or_else(|| "booted".to_owned(), |stage| stage.name.clone());
        let mut row = vec![Span::styled("boot ", theme.dim)];
        row.extend(gauge(done as f32 / all as f32, all * 2, theme.accent, theme.dim, look.symbols));
        row.push(Span::styled(format!(" {words}"), theme.text));
        rows.push(row);
    }
    let taken = [format!("memory {}", size(machine.memory)), format!("disk {}", size(machine.disk))];
    rows.extend(side_by_side(&taken, cells).into_iter().map(|row| vec![Span::styled(row, theme.text)]));
    if let Some(time) = machine.first_answer {
        rows.push(vec![Span::styled(first_answer(time), theme.good)]);
    }
    rows
}

/// `time` is in milliseconds.
fn first_answer(time: u64) -> String {
    format!("first answer after {}.{} s", time / 1000, time % 1000 / 100)
}

/// A volume: a row.
pub fn volume(look: &Look<'_>, volume: &VolumeScene, width: u16) -> Card {
    let subject = Subject::Volume(volume.name.clone());
    let pointed = look.points_at(&subject);
    let theme = look.theme;
    let mut card = Card::new(width);
    let mut left = marker(look, pointed);
    left.push(Span::styled(format!("{} ", look.symbols.writable), theme.writable));
    // Volumes without a name of their own are called by 64 digits.
    let anonymous = volume.name.len() == 64 && volume.name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let name: String = volume.name.chars().take(if anonymous { 12 } else { usize::MAX }).collect();
    left.push(Span::styled(name, if pointed { theme.highlight } else { theme.text }));
    let users =
        if volume.used_by.is_empty() { "unused".to_owned() } else { format!("in {}", volume.used_by.join(", ")) };
    left.push(Span::styled(format!("  {users}"), theme.dim));
    let right = vec![Span::styled(size(volume.size), theme.dim)];
    card.push(between(left, right, usize::from(width), look.symbols), Some(subject), volume.presence);
    card
}

/// A heading over cards.
pub fn heading(look: &Look<'_>, words: &str, width: u16) -> Card {
    let mut card = Card::new(width);
    card.push(fit(vec![Span::styled(words.to_owned(), look.theme.dim)], usize::from(width), look.symbols), None, 1.0);
    card
}

/// Words in place of what is not there yet.
pub fn nothing(look: &Look<'_>, words: &str, width: u16) -> Card {
    let mut card = Card::new(width);
    card.push(fit(vec![Span::styled(words.to_owned(), look.theme.dim)], usize::from(width), look.symbols), None, 1.0);
    card
}
