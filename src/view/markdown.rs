//! The small Markdown of lessons as styled lines.
//!
//! Promises: every word of the text is there, wrapped to the width; a value that the model has not given yet shows its name. Must not
//! know: where values come from.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::symbols::Symbols;
use super::theme::Theme;
use super::wrap::wrap;
use crate::lesson::text::{Block, Inline, blocks};

/// How deep each level of a list is indented, in cells.
const LIST_INDENT: usize = 2;

/// The lines of `text`, `cells` wide; `value` gives what stands for `{name}`.
pub fn lines(
    text: &str,
    cells: usize,
    theme: &Theme,
    symbols: &Symbols,
    value: impl Fn(&str) -> Option<String>,
) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'static>> = Vec::new();
    let mut after_item = false;
    for block in blocks(text) {
        let is_item = matches!(block, Block::Item { .. });
        if !(lines.is_empty() || after_item && is_item) {
            lines.push(Line::default());
        }
        after_item = is_item;
        match block {
            Block::Paragraph(inlines) => lines.extend(wrap(&spans(&inlines, theme, &value), cells, 0)),
            Block::Item { depth, number, text } => {
                let sign = number.map_or_else(|| symbols.bullet.to_owned(), |number| format!("{number}."));
                let lead = format!("{}{sign} ", " ".repeat(LIST_INDENT.saturating_mul(depth).min(cells / 2)));
                let indent = lead.chars().count();
                let mut all = vec![Span::styled(lead, theme.accent)];
                all.extend(spans(&text, theme, &value));
                lines.extend(wrap(&all, cells, indent));
            }
            Block::Code { text, .. } => {
                for row in text.trim_end_matches('\n').split('\n') {
                    lines.extend(wrap(&[Span::styled(format!("  {row}"), theme.code)], cells, LIST_INDENT));
                }
            }
        }
    }
    lines
}

/// The text of paragraphs as one run of styled words, for places that hold no more than a sentence.
pub fn sentence(text: &str, theme: &Theme) -> Vec<Span<'static>> {
    let mut words = Vec::new();
    for block in blocks(text) {
        if let Block::Paragraph(inlines) = block {
            words.extend(spans(&inlines, theme, &|_| None));
        }
    }
    words
}

fn spans(inlines: &[Inline], theme: &Theme, value: &impl Fn(&str) -> Option<String>) -> Vec<Span<'static>> {
    inlines
        .iter()
        .map(|inline| match inline {
            Inline::Plain(words) => Span::styled(words.clone(), theme.text),
            Inline::Emphasis(words) => Span::styled(words.clone(), theme.emphasis),
            Inline::Strong(words) => Span::styled(words.clone(), theme.strong),
            Inline::Code(words) => Span::styled(words.clone(), theme.code),
            Inline::Value(name) => match value(name) {
                Some(value) => Span::styled(value, theme.strong),
                None => Span::styled(format!("{{{name}}}"), theme.dim),
            },
            Inline::Break => Span::styled("\n", Style::new()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::settings::Settings;
    use crate::view::symbols::UNICODE;

    fn shown(text: &str, cells: usize) -> Vec<String> {
        let theme = Theme::of(&Settings::default());
        let value = |name: &str| (name == "size").then(|| "188MB".to_owned());
        lines(text, cells, &theme, &UNICODE, value).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn paragraphs_lists_and_code_are_set_apart() {
        let text = "An image is *read-only*.\n\n- one layer\n- `docker diff` shows the other\n\n```\nFROM alpine\nRUN x\n```\n";
        let lines = shown(text, 22);
        assert_eq!(
            lines,
            [
                "An image is read-only.",
                "",
                "• one layer",
                "• docker diff shows",
                "  the other",
                "",
                "  FROM alpine",
                "  RUN x",
            ]
        );
    }

    #[test]
    fn a_value_is_filled_in_and_an_unknown_one_shows_its_name() {
        assert_eq!(shown("It takes {size}, or {other}.", 40), ["It takes 188MB, or {other}."]);
    }

    #[test]
    fn code_and_emphasis_look_unlike_the_text() {
        let theme = Theme::of(&Settings::default());
        let lines = lines("a `b` **c**", 40, &theme, &UNICODE, |_| None);
        let styles: Vec<Style> = lines.iter().flat_map(|line| line.spans.iter().map(|span| span.style)).collect();
        assert!(styles.contains(&theme.code) && styles.contains(&theme.strong) && styles.contains(&theme.text));
    }
}
