//! What can be said to a session itself: a word after a colon, which no shell line begins with, and for some a name or number behind it.
//!
//! Promises: every word is listed, with what it does. Must not know: what a session does with it.

use super::words::Page;
use crate::diagnostic::nearest;

/// Something asked of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Next,
    Back,
    Go,
    Steps,
    Goals,
    Hint,
    Solution,
    Reset,
    Look,
    Undo,
    Redo,
    Edit,
    Sit,
    Interrupt,
    EndInput,
    List,
    Find,
    Quiz,
    Review,
    Play,
    Help,
    Quit,
}

use Command::{
    Back, Edit, EndInput, Find, Go, Goals, Help, Hint, Interrupt, List, Look, Next, Play, Quit, Quiz, Redo, Reset,
    Review, Sit, Solution, Steps, Undo,
};

/// A command's word, what may stand behind it, and what it does.
struct Entry {
    word: &'static str,
    argument: &'static str,
    command: Command,
    about: &'static str,
}

const fn entry(word: &'static str, argument: &'static str, command: Command, about: &'static str) -> Entry {
    Entry { word, argument, command, about }
}

const ALL: &[Entry] = &[
    entry("list", "", List, "the lessons, and where you stand"),
    entry("find", "WORDS", Find, "the lessons that speak of something"),
    entry("quiz", "", Quiz, "the lessons' questions, one after the other"),
    entry("review", "", Review, "the questions that are due again"),
    entry(
        "play",
        "[NAME]",
        Play,
        "a Docker host of your own, or a prepared one: website, build, leftovers, crowd, team, desktops",
    ),
    entry("next", "", Next, "go to the next step; what this one still has to show is played"),
    entry("back", "", Back, "go to the step before"),
    entry("go", "NUMBER", Go, "go to a step; what lies between is played"),
    entry("steps", "", Steps, "the steps, and which were shown"),
    entry("goals", "", Goals, "what the task asks for, and what is reached"),
    entry("hint", "", Hint, "the next hint; hints cost nothing"),
    entry("solution", "", Solution, "play the solution of the task"),
    entry("reset", "", Reset, "begin anew: the task, or the playground"),
    entry("look", "", Look, "the images and containers that there are"),
    entry("undo", "", Undo, "take the last command back"),
    entry("redo", "", Redo, "do again what was taken back"),
    entry("edit", "FILE", Edit, "write a file anew, line by line"),
    entry("sit", "[MACHINE]", Sit, "go to another machine; without a name, say which there are"),
    entry("ctrl-c", "", Interrupt, "interrupt the program that runs"),
    entry("ctrl-d", "", EndInput, "tell the program that reads that no more comes"),
    entry("help", "", Help, "this list"),
    entry("quit", "", Quit, "leave"),
];

/// What a lesson can be asked.
pub const LESSON: &[Command] = &[
    Next, Back, Go, Steps, Goals, Hint, Solution, Reset, Look, Undo, Redo, Edit, Sit, Interrupt, EndInput, Help, Quit,
];
/// What the playground can be asked.
pub const PLAYGROUND: &[Command] = &[Look, Undo, Redo, Reset, Edit, Sit, Interrupt, EndInput, Help, Quit];
/// What the quiz can be asked.
pub const QUIZ: &[Command] = &[Help, Quit];
/// What can be asked at home.
pub const HOME: &[Command] = &[List, Find, Quiz, Review, Play, Help, Quit];

/// Reads a line that begins with a colon: a command and what stands behind it, or a sentence that says what is wrong. None for any other
/// line.
pub fn read<'a>(line: &'a str, known: &[Command]) -> Option<Result<(Command, &'a str), String>> {
    let said = line.trim().strip_prefix(':')?.trim();
    let (word, argument) = said.split_once(char::is_whitespace).unwrap_or((said, ""));
    let argument = argument.trim();
    let all = || ALL.iter().filter(|entry| known.contains(&entry.command));
    Some(match all().find(|entry| entry.word == word) {
        Some(entry) if entry.argument.is_empty() && !argument.is_empty() => {
            Err(format!("Nothing stands behind :{word}; :help says what does."))
        }
        Some(entry) if argument.is_empty() && !entry.argument.is_empty() && !entry.argument.starts_with('[') => {
            Err(format!("Say it as :{word} {}.", entry.argument))
        }
        Some(entry) => Ok((entry.command, argument)),
        None => {
            let meant = nearest(word, all().map(|entry| entry.word));
            let meant = meant.map_or_else(String::new, |name| format!(" Did you mean :{name}?"));
            Err(format!("There is no :{word} here.{meant} :help lists what there is."))
        }
    })
}

/// The list of these commands.
pub fn help(page: &mut Page, known: &[Command]) {
    for Entry { word, argument, about, .. } in ALL.iter().filter(|entry| known.contains(&entry.command)) {
        let said = format!("{word} {argument}");
        page.wrapped(&format!("  :{:<15} ", said.trim_end()), about);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shell_lines_are_left_alone_and_mistakes_are_told() {
        assert_eq!(read("docker ps", LESSON), None);
        assert_eq!(read(" :hint ", LESSON), Some(Ok((Hint, ""))));
        assert_eq!(read(":go  3", LESSON), Some(Ok((Go, "3"))));
        assert_eq!(read(":sit", LESSON), Some(Ok((Sit, ""))));
        for (line, told) in [(":hnt", ":hint"), (":go", ":go NUMBER"), (":hint me", ":help")] {
            assert!(matches!(read(line, LESSON), Some(Err(sentence)) if sentence.contains(told)), "{line}");
        }
        assert!(matches!(read(":hint", QUIZ), Some(Err(_))));
    }
}
