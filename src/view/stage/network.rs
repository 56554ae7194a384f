//! Networks with their members, the paths of requests, and the registry as cards.
//!
//! Promises: a request that does not arrive says where it ended and why, by a sign and in words. Must not know: where a card is put.

use ratatui::text::Span;

use super::Look;
use super::card::{Card, Part, between, fit, spans_width};
use super::image::{marker, shade, short, size, strip};
use super::layout::Detail;
use crate::stage::scene::{BuildScene, NetworkScene, RegistryScene, RequestScene, Subject};
use crate::view::wrap::{width, wrap_text};

/// Members that a network names; of more, the first.
const MEMBERS: usize = 12;

/// A network: its name and what it is; with more detail, who is in it at which address.
pub fn network(look: &Look<'_>, network: &NetworkScene, cells: u16, detail: Detail) -> Card {
    let subject = Subject::Network(network.name.as_str().into());
    let pointed = look.points_at(&subject);
    let theme = look.theme;
    let mut card = Card::new(cells);
    let mut left = marker(look, pointed);
    left.push(Span::styled(network.name.clone(), if pointed { theme.highlight } else { theme.strong }));
    let members = &network.members;
    if detail < Detail::Short {
        let names: Vec<&str> = members.iter().take(MEMBERS).map(|member| member.name.as_str()).collect();
        let names = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
        left.push(Span::styled(format!("  {names}"), theme.dim));
        card.push(fit(left, usize::from(cells), look.symbols), Some(subject), network.presence);
        return card;
    }
    let about = network.subnet.clone().unwrap_or_else(|| network.driver.clone());
    card.push(
        between(left, vec![Span::styled(about, theme.dim)], usize::from(cells), look.symbols),
        Some(subject),
        network.presence,
    );
    if members.is_empty() {
        let words = vec![Span::styled("  nobody is in it", theme.dim)];
        card.push(fit(words, usize::from(cells), look.symbols), None, network.presence);
    }
    let mut rows = Rows::new(look, cells, "  ");
    for member in members.iter().take(MEMBERS) {
        let words = match &member.address {
            Some(address) => format!("{} {address}", member.name),
            None => member.name.clone(),
        };
        rows.word(vec![Span::styled(words, theme.text)], Some(Subject::Container(member.container.clone())), "   ");
    }
    if let Some(more) = members.len().checked_sub(MEMBERS).filter(|more| *more > 0) {
        rows.word(vec![Span::styled(format!("{} {more} more", look.symbols.ellipsis), theme.dim)], None, "   ");
    }
    rows.finish(&mut card);
    card
}

/// The path of a request: what it met, from left to right.
pub fn request(look: &Look<'_>, request: &RequestScene, cells: u16) -> Card {
    let (theme, symbols) = (look.theme, look.symbols);
    let mut card = Card::new(cells);
    let mut rows = Rows::new(look, cells, "  ");
    let last = request.hops.len().saturating_sub(1);
    for (number, hop) in request.hops.iter().enumerate() {
        let failed = number == last && request.failed.is_some();
        let arrived = number == last && request.failed.is_none();
        let (sign, style) = match (failed, arrived) {
            (true, _) => (format!("{} ", symbols.unmet), theme.bad),
            (_, true) => (format!("{} ", symbols.met), theme.good),
            _ => (String::new(), theme.text),
        };
        let mut words = Vec::new();
        if number > 0 {
            words.push(Span::styled(format!("{} ", symbols.right), theme.accent));
        }
        words.push(Span::styled(sign, style));
        words.push(Span::styled(hop.words.clone(), style));
        rows.word(words, hop.subject.clone(), " ");
    }
    rows.finish(&mut card);
    if let Some(reason) = &request.failed {
        for line in wrap_text(reason, theme.bad, usize::from(cells).saturating_sub(4)) {
            let mut spans = vec![Span::raw("    ")];
            spans.extend(line.spans);
            card.push(fit(spans, usize::from(cells), symbols), None, 1.0);
        }
    }
    card
}

/// An image in the registry: its layers; those that had not to travel are counted.
pub fn registry(look: &Look<'_>, registry: &RegistryScene, cells: u16) -> Card {
    let theme = look.theme;
    let mut card = Card::new(cells);
    let pointed = look.points_at(&Subject::Registry);
    let mut head = marker(look, pointed);
    head.push(Span::styled(registry.name.clone(), if pointed { theme.highlight } else { theme.strong }));
    let about = Span::styled(about_layers(registry), theme.dim);
    let (cells, subject) = (usize::from(cells), Some(Subject::Registry));
    let there = || registry.layers.iter().filter(|layer| layer.progress >= 1.0).map(|layer| (layer.id, layer.shade));
    let words = width(&about.content);
    if spans_width(&head) + words + 2 <= cells {
        head.push(Span::raw("  "));
        let room = cells.saturating_sub(spans_width(&head) + words + 1);
        head.extend(strip(look, there(), room));
        card.push(between(head, vec![about], cells, look.symbols), subject, 1.0);
        return card;
    }
    card.push(fit(head, cells, look.symbols), subject.clone(), 1.0);
    let mut below = vec![Span::raw("  "), about];
    if cells > words + 4 {
        below.push(Span::raw("  "));
        below.extend(strip(look, there(), cells - words - 4));
    }
    card.push(fit(below, cells, look.symbols), subject, 1.0);
    card
}

/// How many layers there are, have come, and were where they were to go.
fn about_layers(registry: &RegistryScene) -> String {
    let count = registry.layers.len();
    let there = registry.layers.iter().filter(|layer| layer.progress >= 1.0).count();
    let layers = format!("{count} layer{}", if count == 1 { "" } else { "s" });
    if there < count {
        return format!("{there} of {layers}");
    }
    let place = if registry.pushed { "there" } else { "here" };
    match registry.layers.iter().filter(|layer| layer.known).count() {
        0 => layers,
        1 => format!("{layers}, 1 was {place} already"),
        known => format!("{layers}, {known} were {place} already"),
    }
}

/// The build as a card: its steps, which of them came from the cache, what each added.
pub fn build(look: &Look<'_>, build: &BuildScene, cells: u16, detail: Detail) -> Card {
    let (theme, symbols) = (look.theme, look.symbols);
    let mut card = Card::new(cells);
    let cached = build.steps.iter().filter(|step| step.cached).count();
    if detail < Detail::Brief {
        let words = format!("{} steps, {cached} from the cache", build.total);
        card.push(fit(vec![Span::styled(words, theme.text)], usize::from(cells), symbols), None, 1.0);
        return card;
    }
    for step in &build.steps {
        let done = step.progress >= 1.0;
        let (sign, style) = match (step.failed, done, step.cached) {
            (true, ..) => (symbols.unmet, theme.bad),
            (_, true, _) => (symbols.done, theme.good),
            (_, false, _) => (symbols.selected, theme.accent),
        };
        let left = vec![
            Span::styled(format!("{sign} "), style),
            Span::styled(format!("{}/{} ", step.number, build.total), theme.dim),
            Span::styled(step.instruction.clone(), if step.failed { theme.bad } else { theme.text }),
        ];
        let mut right = Vec::new();
        if let Some((id, kind, bytes)) = step.layer.filter(|_| detail >= Detail::Short) {
            let style = theme.layer(usize::from(kind.0));
            right.push(Span::styled(format!("{} {} ", shade(look, kind), short(id)), style));
            right.push(Span::styled(size(bytes), theme.dim));
        }
        match (step.cached, done) {
            (true, _) => right.push(Span::styled(if right.is_empty() { "CACHED" } else { " CACHED" }, theme.good)),
            (false, true) => {}
            (false, false) => right = super::card::gauge(step.progress, 6, theme.accent, theme.dim, symbols),
        }
        let subject = step.layer.map(|(id, ..)| Subject::Layer(id));
        card.push(between(left, right, usize::from(cells), symbols), subject, 1.0);
    }
    card
}

/// Words beside each other, in as many rows as they need; none is parted.
struct Rows<'a> {
    look: &'a Look<'a>,
    cells: u16,
    indent: &'static str,
    done: Vec<(Vec<Span<'static>>, Vec<Part>)>,
    spans: Vec<Span<'static>>,
    parts: Vec<Part>,
}

impl<'a> Rows<'a> {
    fn new(look: &'a Look<'a>, cells: u16, indent: &'static str) -> Self {
        Self { look, cells, indent, done: Vec::new(), spans: vec![Span::raw(indent)], parts: Vec::new() }
    }

    fn word(&mut self, words: Vec<Span<'static>>, subject: Option<Subject>, gap: &'static str) {
        let used = spans_width(&self.spans);
        let wide = spans_width(&words);
        let first = used <= width(self.indent);
        let gap_cells = if first { 0 } else { width(gap) };
        if !first && used + gap_cells + wide > usize::from(self.cells) {
            self.end_row();
            return self.word(words, subject, gap);
        }
        if !first {
            self.spans.push(Span::raw(gap));
        }
        if let (Some(subject), Ok(column), Ok(width)) = (subject, u16::try_from(used + gap_cells), u16::try_from(wide))
        {
            self.parts.push(Part { column, width, subject });
        }
        self.spans.extend(words);
    }

    fn end_row(&mut self) {
        let spans = std::mem::replace(&mut self.spans, vec![Span::raw(self.indent)]);
        self.done.push((spans, std::mem::take(&mut self.parts)));
    }

    fn finish(mut self, card: &mut Card) {
        if spans_width(&self.spans) > width(self.indent) {
            self.end_row();
        }
        for (spans, parts) in self.done {
            card.push_parts(fit(spans, usize::from(self.cells), self.look.symbols), parts);
        }
    }
}
