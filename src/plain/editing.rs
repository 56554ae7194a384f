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

/// What a line made of it.
pub enum Edited {
    /// More lines are awaited.
    GoesOn(Editing),
    /// The file stays as it is, for the reason said.
    Left(&'static str),
    /// The file is to be written.
    Written(Action),
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

    /// Takes a line.
    pub fn take(mut self, line: &str) -> Edited {
        if line == END {
            return match self.text.is_empty() {
                true => Edited::Left("The file stays as it is."),
                false => Edited::Written(Action::Write { path: self.path, text: self.text }),
            };
        }
        self.text.push_str(line);
        self.text.push('\n');
        if self.text.len() > LARGEST {
            return Edited::Left("This is more than a file here can hold: it stays as it was.");
        }
        Edited::GoesOn(self)
    }
}
