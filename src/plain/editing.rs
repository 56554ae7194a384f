//! A file written line by line: what stands in for the editor where there is no screen.
//!
//! Promises: nothing is written before the line that ends it, and a file is never cut. Must not know: who the lines come from.

use super::words::Page;
use crate::app::desk::open_in_editor;
use crate::app::editor::LARGEST;
use crate::app::line::completion::EDIT;
use crate::timeline::Timeline;
use crate::world::Action;

/// The line that ends a file.
const END: &str = ".";
/// What stands before the cursor meanwhile.
pub const PROMPT: &str = "| ";
/// What is said to who types `edit FILE` as on the full screen.
pub const ADVICE: &str = "Among plain lines, :edit FILE writes a file anew.";

/// Whether a line asks for the editor of the full screen.
pub fn is_asked_for(line: &str) -> bool {
    line.split_whitespace().next() == Some(EDIT)
}

/// A file being written.
#[derive(Debug, Clone)]
pub struct Editing {
    path: String,
    text: String,
}

impl Editing {
    /// Shows the file as it is, and begins to take its new lines. None if it cannot be edited, which is said.
    pub fn begin(path: &str, timeline: &Timeline, page: &mut Page) -> Option<Self> {
        let editor = match open_in_editor(path, timeline) {
            Ok(editor) => editor,
            Err(sentence) => {
                page.wrapped("", &sentence);
                return None;
            }
        };
        let text = editor.content();
        if text.trim().is_empty() {
            page.line(&format!("{} is empty or not there yet.", editor.path()));
        } else {
            page.line(&format!("{}:", editor.path()));
            text.lines().enumerate().for_each(|(number, line)| page.line(&format!("{:>4}  {line}", number + 1)));
        }
        page.wrapped(
            "",
            "Type all of the new text; a line with a dot alone ends it. A dot at once leaves the file as it is.",
        );
        Some(Self { path: editor.path().to_owned(), text: String::new() })
    }

    /// Takes a line, and says on the page what became of the file: it goes on, or it is over. The action writes it.
    pub fn take(mut self, line: &str, page: &mut Page) -> (Option<Self>, Option<Action>) {
        if line == END && self.text.is_empty() {
            page.line("The file stays as it is.");
            return (None, None);
        }
        if line == END {
            page.line("Written.");
            return (None, Some(Action::Write { path: self.path, text: self.text }));
        }
        self.text.push_str(line);
        self.text.push('\n');
        if self.text.len() > LARGEST {
            page.line("This is more than a file here can hold: it stays as it was.");
            return (None, None);
        }
        (Some(self), None)
    }
}
