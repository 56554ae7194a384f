//! What can be said to a session itself: a word after a colon, which no shell line begins with.
//!
//! Promises: every word is listed, with what it does. Must not know: what a session does with it.

use super::words::Page;
use crate::diagnostic::nearest;

/// Something asked of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Next,
    Back,
    Goals,
    Hint,
    Solution,
    Reset,
    Look,
    Undo,
    Redo,
    Interrupt,
    EndInput,
    Help,
    Quit,
}

use Command::{Back, EndInput, Goals, Help, Hint, Interrupt, Look, Next, Quit, Redo, Reset, Solution, Undo};

const ALL: &[(&str, Command, &str)] = &[
    ("next", Next, "go to the next step; what this one still has to show is played"),
    ("back", Back, "go to the step before"),
    ("goals", Goals, "what the task asks for, and what is reached"),
    ("hint", Hint, "the next hint; hints cost nothing"),
    ("solution", Solution, "play the solution of the task"),
    ("reset", Reset, "begin the task anew"),
    ("look", Look, "the images and containers that there are"),
    ("undo", Undo, "take the last command back"),
    ("redo", Redo, "do again what was taken back"),
    ("ctrl-c", Interrupt, "interrupt the program that runs"),
    ("ctrl-d", EndInput, "tell the program that reads that no more comes"),
    ("help", Help, "this list"),
    ("quit", Quit, "leave"),
];

/// What a lesson can be asked.
pub const LESSON: &[Command] =
    &[Next, Back, Goals, Hint, Solution, Reset, Look, Undo, Redo, Interrupt, EndInput, Help, Quit];
/// What the playground can be asked.
pub const PLAYGROUND: &[Command] = &[Look, Undo, Redo, Interrupt, EndInput, Help, Quit];
/// What the quiz can be asked.
pub const QUIZ: &[Command] = &[Help, Quit];

/// Reads a line that begins with a colon: a command, or a sentence that says what is wrong. None for any other line.
pub fn read(line: &str, known: &[Command]) -> Option<Result<Command, String>> {
    let word = line.trim().strip_prefix(':')?.trim();
    let all = || ALL.iter().filter(|(_, command, _)| known.contains(command));
    Some(match all().find(|(name, ..)| *name == word) {
        Some((_, command, _)) => Ok(*command),
        None => {
            let meant = nearest(word, all().map(|(name, ..)| *name));
            let meant = meant.map_or_else(String::new, |name| format!(" Did you mean :{name}?"));
            Err(format!("There is no :{word} here.{meant} :help lists what there is."))
        }
    })
}

/// The list of these commands.
pub fn help(page: &mut Page, known: &[Command]) {
    for (name, _, words) in ALL.iter().filter(|(_, command, _)| known.contains(command)) {
        page.wrapped(&format!("  :{name:<9} "), words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shell_lines_are_left_alone_and_mistakes_are_told() {
        assert_eq!(read("docker ps", LESSON), None);
        assert_eq!(read(" :hint ", LESSON), Some(Ok(Hint)));
        assert!(matches!(read(":hnt", LESSON), Some(Err(sentence)) if sentence.contains(":hint")));
        assert!(matches!(read(":hint", QUIZ), Some(Err(_))));
    }
}
