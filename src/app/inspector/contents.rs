//! What is in a file, or in a request, to be read.
//!
//! Promises: a text is shown as it is; what is no text is said to be none. Must not know: how it is drawn.

use crate::app::command::Action;
use crate::client::units::human_size;
use crate::world::filesystem::content::Content;

/// The most bytes of a file that are shown.
const SHOWN: u64 = 256 * 1024;

/// Something that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    pub title: String,
    /// Where it comes from, or what it is.
    pub about: String,
    pub lines: Vec<String>,
    /// Lines scrolled off the top.
    pub scroll: usize,
}

impl Contents {
    /// A text of several lines.
    pub fn of_text(title: String, text: &str) -> Self {
        Self { title, about: String::new(), lines: text.lines().map(str::to_owned).collect(), scroll: 0 }
    }

    /// A file: `about` says where it comes from.
    pub fn of_file(path: &str, content: Option<&Content>, about: String) -> Self {
        let size = content.map_or(0, Content::size);
        let text = match content {
            Some(Content::Program { name, .. }) => Err(format!("This is a program: {name}, {}.", human_size(size))),
            Some(Content::Synthetic { .. }) => {
                Err(format!("{} of made-up bytes: Layerlab knows only how many there are.", human_size(size)))
            }
            Some(content) => match content.bytes(SHOWN) {
                Ok(bytes) => match std::str::from_utf8(&bytes) {
                    Ok(text) => Ok(text.to_owned()),
                    Err(_) => Err(format!("{} that are no text.", human_size(size))),
                },
                Err(_) => Err(format!("{}: too much to be shown here.", human_size(size))),
            },
            None => Err("Nothing to read: this is no regular file.".to_owned()),
        };
        let lines = match text {
            Ok(text) if text.is_empty() => vec!["(empty)".to_owned()],
            Ok(text) => text.lines().map(str::to_owned).collect(),
            Err(words) => vec![words],
        };
        Self { title: path.to_owned(), about, lines, scroll: 0 }
    }

    /// Scrolls.
    pub fn perform(&mut self, action: Action, page: usize) {
        let last = self.lines.len().saturating_sub(1);
        self.scroll = match action {
            Action::Up => self.scroll.saturating_sub(1),
            Action::Down => self.scroll + 1,
            Action::PageUp => self.scroll.saturating_sub(page),
            Action::PageDown => self.scroll + page,
            Action::First => 0,
            Action::Last => last,
            _ => self.scroll,
        }
        .min(last);
    }
}
